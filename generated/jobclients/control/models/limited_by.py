# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class LimitedBy(OpenStrEnum):
    CREDENTIAL = "credential"
    JOB = "job"
    OPERATION = "operation"
