# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class LogType(OpenStrEnum):
    ERROR = "error"
    INFO = "info"
    WARNING = "warning"
