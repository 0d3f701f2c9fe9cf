# Generated from specs/polaris.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class JobType(OpenStrEnum):
    BATCH = "batch"
    DELETE_DATA = "delete_data"
    DROP_TABLE = "drop_table"
    RESTORE_DATA = "restore_data"
    SQL = "sql"
    STREAMING = "streaming"
