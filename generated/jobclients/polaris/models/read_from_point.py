# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class ReadFromPoint(StrEnum):
    EARLIEST = "earliest"
    LATEST = "latest"

    def __str__(self) -> str:
        return str(self.value)
