# Generated from specs/control.yaml by "make generate". Do not edit.
from enum import StrEnum


class NewSandboxClock(StrEnum):
    MANUAL = "manual"
    REAL = "real"

    def __str__(self) -> str:
        return str(self.value)
