# Generated from specs/control.yaml by "make generate". Do not edit.
from jobcall import OpenStrEnum


class DeliveryState(OpenStrEnum):
    DELIVERED = "delivered"
    FAILED = "failed"
    PENDING = "pending"
    PLANNED = "planned"
