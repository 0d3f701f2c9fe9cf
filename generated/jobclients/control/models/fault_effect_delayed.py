# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class FaultEffectDelayed(OpenStrEnum):
    ANSWER = "answer"
    BODY = "body"
    DRIP = "drip"
