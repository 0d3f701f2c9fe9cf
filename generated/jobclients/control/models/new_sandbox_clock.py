# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class NewSandboxClock(OpenStrEnum):
    MANUAL = "manual"
    REAL = "real"
    SKIP = "skip"
