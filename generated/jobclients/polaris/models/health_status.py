# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class HealthStatus(StrEnum):
    ERROR = "error"
    OK = "ok"
    WARN = "warn"

    def __str__(self) -> str:
        return str(self.value)
