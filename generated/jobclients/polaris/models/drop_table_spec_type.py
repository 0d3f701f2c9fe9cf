# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class DropTableSpecType(StrEnum):
    DROP_TABLE = "drop_table"
