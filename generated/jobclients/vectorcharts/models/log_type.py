# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from enum import StrEnum


class LogType(StrEnum):
    ERROR = "error"
    INFO = "info"
    WARNING = "warning"

    def __str__(self) -> str:
        return str(self.value)
