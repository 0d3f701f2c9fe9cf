# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class Timestamps(OpenStrEnum):
    REAL = "real"
    SANDBOX = "sandbox"
