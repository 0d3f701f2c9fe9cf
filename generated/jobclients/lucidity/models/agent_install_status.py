# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class AgentInstallStatus(OpenStrEnum):
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    PREPARING = "PREPARING"
    PROCESSING = "PROCESSING"
    QUEUED = "QUEUED"
    UNKNOWN = "UNKNOWN"
