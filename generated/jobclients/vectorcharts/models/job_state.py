# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from enum import StrEnum


class JobState(StrEnum):
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    FAILED = "failed"
    PENDING = "pending"
    RUNNING = "running"

    def __str__(self) -> str:
        return str(self.value)
