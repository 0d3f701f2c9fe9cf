# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class FieldDamage(OpenStrEnum):
    MISSING = "missing"
    NULL = "null"
    WRONG_TYPE = "wrong_type"
