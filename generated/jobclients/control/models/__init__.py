# Generated from specs/control.yaml by "make generate". Do not edit.
"""Contains all the data models used in inputs/outputs"""

from .health import Health
from .health_status import HealthStatus

__all__ = (
    "Health",
    "HealthStatus",
)
