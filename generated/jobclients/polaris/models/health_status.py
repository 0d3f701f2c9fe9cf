# Generated from specs/polaris.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class HealthStatus(OpenStrEnum):
    ERROR = "error"
    OK = "ok"
    WARN = "warn"
