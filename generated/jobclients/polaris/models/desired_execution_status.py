# Generated from specs/polaris.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class DesiredExecutionStatus(OpenStrEnum):
    CANCELED = "canceled"
    RUNNING = "running"
    SUSPENDED = "suspended"
