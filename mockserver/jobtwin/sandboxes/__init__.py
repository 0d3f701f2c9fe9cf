"""Worlds in which jobs live: sandboxes and clocks. No HTTP, no YAML."""

from jobtwin.sandboxes.clock import Clock, ManualClock, RealClock
from jobtwin.sandboxes.journal import Entry, Journal, Seen
from jobtwin.sandboxes.sandbox import Sandbox
from jobtwin.sandboxes.sandboxes import DEFAULT, Sandboxes
from jobtwin.sandboxes.shelf import Job, Shelf

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
