# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class FaultEffectDrop(OpenStrEnum):
    AFTER_HEADERS = "after_headers"
    BEFORE = "before"
    BODY = "body"
    HEADERS = "headers"
