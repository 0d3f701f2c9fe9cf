# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from enum import StrEnum


class UploadStatus(StrEnum):
    CANCELLED = "cancelled"
    FAILED = "failed"
    PENDING = "pending"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"

    def __str__(self) -> str:
        return str(self.value)
