# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class JobState(OpenStrEnum):
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    FAILED = "failed"
    PENDING = "pending"
    RUNNING = "running"
