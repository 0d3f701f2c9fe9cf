"""Worlds in which jobs live: sandboxes and clocks. No HTTP, no YAML."""

from jobtwin.sandboxes.clock import Clock, ManualClock, RealClock
from jobtwin.sandboxes.job_store import Job, JobStore
from jobtwin.sandboxes.journal import Entry, Journal, Seen
from jobtwin.sandboxes.sandbox import Sandbox
from jobtwin.sandboxes.sandboxes import DEFAULT, Sandboxes

__all__ = [
    "DEFAULT",
    "Clock",
    "Entry",
    "Job",
    "JobStore",
    "Journal",
    "ManualClock",
    "RealClock",
    "Sandbox",
    "Sandboxes",
    "Seen",
]
