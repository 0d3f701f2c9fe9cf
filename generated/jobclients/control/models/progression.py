# Generated from specs/control.yaml by "make generate". Do not edit.
from enum import StrEnum


class Progression(StrEnum):
    POLLS = "polls"
    TIME = "time"

    def __str__(self) -> str:
        return str(self.value)
