# Generated from specs/osapi.yaml by "make generate". Do not edit.
from enum import StrEnum


class TimelineEventType(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    COMPLETED = "completed"
    FAILED = "failed"
    RETRIED = "retried"
    STARTED = "started"
    SUBMITTED = "submitted"

    def __str__(self) -> str:
        return str(self.value)
