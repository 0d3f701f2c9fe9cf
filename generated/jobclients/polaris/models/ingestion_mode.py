# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class IngestionMode(StrEnum):
    APPEND = "append"
    REPLACE = "replace"

    def __str__(self) -> str:
        return str(self.value)
