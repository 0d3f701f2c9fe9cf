# Generated from specs/control.yaml by "make generate". Do not edit.
from enum import StrEnum


class JobKind(StrEnum):
    ACTIVE = "active"
    FINAL = "final"
    PAUSED = "paused"
    TRANSIENT = "transient"
    WAITING = "waiting"

    def __str__(self) -> str:
        return str(self.value)
