# Generated from specs/polaris.yaml by "make generate". Do not edit.
from enum import StrEnum


class ConnectionSourceType(StrEnum):
    CONNECTION = "connection"

    def __str__(self) -> str:
        return str(self.value)
