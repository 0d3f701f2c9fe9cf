# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class RestoreDataSpecType(StrEnum):
    RESTORE_DATA = "restore_data"
