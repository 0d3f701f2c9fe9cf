# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class Outcome(OpenStrEnum):
    CANCELLED = "cancelled"
    FAILURE = "failure"
    PARTIAL = "partial"
    SUCCESS = "success"
