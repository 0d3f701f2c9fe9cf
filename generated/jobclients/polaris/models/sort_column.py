# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class SortColumn(StrEnum):
    LAST_UPDATED_DATE_TIME = "last_updated_date_time"

    def __str__(self) -> str:
        return str(self.value)
