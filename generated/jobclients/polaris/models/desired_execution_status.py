# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class DesiredExecutionStatus(StrEnum):
    CANCELED = "canceled"
    RUNNING = "running"
    SUSPENDED = "suspended"

    def __str__(self) -> str:
        return str(self.value)
