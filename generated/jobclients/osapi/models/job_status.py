# Generated from specs/osapi.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class JobStatus(OpenStrEnum):
    COMPLETED = "completed"
    FAILED = "failed"
    PARTIAL_FAILURE = "partial_failure"
    PROCESSING = "processing"
    SUBMITTED = "submitted"
