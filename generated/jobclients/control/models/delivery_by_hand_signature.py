# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class DeliveryByHandSignature(OpenStrEnum):
    MISSING = "missing"
    OLD = "old"
    RIGHT = "right"
    WRONG = "wrong"
