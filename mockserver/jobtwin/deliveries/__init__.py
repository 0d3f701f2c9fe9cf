"""Callbacks and webhooks: planned from jobs, signed, sent, and tried again."""

from jobtwin.deliveries.courier import Courier
from jobtwin.deliveries.network import Network
from jobtwin.deliveries.plan import PlannedDelivery, deliveries
from jobtwin.deliveries.signing import Manner

__all__ = ["Courier", "Manner", "Network", "PlannedDelivery", "deliveries"]
