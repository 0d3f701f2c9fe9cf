# Generated from specs/polaris.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class SortColumn(OpenStrEnum):
    CREATED_BY_USER_NAME = "created_by_user_name"
    CREATED_DATE_TIME = "created_date_time"
    EXECUTION_STATUS = "execution_status"
    LAST_UPDATED_DATE_TIME = "last_updated_date_time"
    SOURCE_CONNECTION_NAME = "source_connection_name"
    SOURCE_NAME = "source_name"
    SOURCE_TABLE_NAME = "source_table_name"
    SOURCE_TYPE = "source_type"
    TARGET_TABLE_NAME = "target_table_name"
    TYPE = "type"
