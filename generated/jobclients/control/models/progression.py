# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class Progression(OpenStrEnum):
    POLLS = "polls"
    TIME = "time"
