# Generated from specs/control.yaml by "make generate". Do not edit.
from enum import StrEnum


class HealthStatus(StrEnum):
    OK = "ok"

    def __str__(self) -> str:
        return str(self.value)
