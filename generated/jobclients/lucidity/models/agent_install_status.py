# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from enum import StrEnum


class AgentInstallStatus(StrEnum):
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    PREPARING = "PREPARING"
    PROCESSING = "PROCESSING"
    QUEUED = "QUEUED"
    UNKNOWN = "UNKNOWN"

    def __str__(self) -> str:
        return str(self.value)
