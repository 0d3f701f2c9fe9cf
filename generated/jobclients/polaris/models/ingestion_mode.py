# Generated from specs/polaris.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class IngestionMode(OpenStrEnum):
    APPEND = "append"
    REPLACE = "replace"
