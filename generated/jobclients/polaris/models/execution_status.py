# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class ExecutionStatus(StrEnum):
    CANCELED = "canceled"
    COMPLETED = "completed"
    FAILED = "failed"
    IDLE = "idle"
    PENDING = "pending"
    RUNNING = "running"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return str(self.value)
