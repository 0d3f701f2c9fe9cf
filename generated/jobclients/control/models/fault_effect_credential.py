# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class FaultEffectCredential(OpenStrEnum):
    EXPIRED = "expired"
