# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class JobType(StrEnum):
    BATCH = "batch"
    DELETE_DATA = "delete_data"
    DROP_TABLE = "drop_table"
    RESTORE_DATA = "restore_data"
    SQL = "sql"
    STREAMING = "streaming"

    def __str__(self) -> str:
        return str(self.value)
