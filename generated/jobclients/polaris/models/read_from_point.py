# Generated from specs/polaris.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class ReadFromPoint(OpenStrEnum):
    EARLIEST = "earliest"
    LATEST = "latest"
