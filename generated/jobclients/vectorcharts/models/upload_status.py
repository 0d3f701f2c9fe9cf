# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class UploadStatus(OpenStrEnum):
    CANCELLED = "cancelled"
    FAILED = "failed"
    PENDING = "pending"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
