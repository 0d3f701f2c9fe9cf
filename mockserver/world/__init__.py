"""Worlds in which jobs live: sandboxes and clocks. No HTTP, no YAML."""

from mockserver.world.clock import Clock, ManualClock, RealClock
from mockserver.world.journal import Entry, Journal, Seen
from mockserver.world.sandbox import Sandbox
from mockserver.world.sandboxes import DEFAULT, Sandboxes
from mockserver.world.shelf import Job, Shelf

__all__ = [
    "DEFAULT",
    "Clock",
    "Entry",
    "Job",
    "Journal",
    "ManualClock",
    "RealClock",
    "Sandbox",
    "Sandboxes",
    "Seen",
    "Shelf",
]
