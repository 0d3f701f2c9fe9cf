# Generated from specs/polaris.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class ExecutionStatus(OpenStrEnum):
    CANCELED = "canceled"
    COMPLETED = "completed"
    FAILED = "failed"
    IDLE = "idle"
    PENDING = "pending"
    RUNNING = "running"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"
