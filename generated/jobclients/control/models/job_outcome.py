# Generated from specs/control.yaml by "make generate". Do not edit.
from enum import StrEnum


class JobOutcome(StrEnum):
    CANCELLED = "cancelled"
    FAILURE = "failure"
    PARTIAL = "partial"
    SUCCESS = "success"

    def __str__(self) -> str:
        return str(self.value)
