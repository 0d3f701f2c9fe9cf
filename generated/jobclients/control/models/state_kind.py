# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class StateKind(OpenStrEnum):
    ACTIVE = "active"
    FINAL = "final"
    PAUSED = "paused"
    TRANSIENT = "transient"
    WAITING = "waiting"
