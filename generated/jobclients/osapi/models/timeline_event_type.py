# Generated from specs/osapi.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class TimelineEventType(OpenStrEnum):
    ACKNOWLEDGED = "acknowledged"
    COMPLETED = "completed"
    FAILED = "failed"
    RETRIED = "retried"
    STARTED = "started"
    SUBMITTED = "submitted"
