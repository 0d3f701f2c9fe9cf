"""Sandboxes: jobs, clocks, journals and what happens to them. No HTTP, no YAML."""

from jobtwin.sandbox_names import DEFAULT
from jobtwin.sandboxes.changes import Change, change_from_json
from jobtwin.sandboxes.clock import Clock, ManualClock, RealClock
from jobtwin.sandboxes.feed import Behind, Feed, Follower, Item, JobChanged
from jobtwin.sandboxes.job_store import Job, JobStore
from jobtwin.sandboxes.journal import Body, Entry, Journal, Seen
from jobtwin.sandboxes.outbox import Attempt, OutgoingRequest, Receiver, ReceiverResponse
from jobtwin.sandboxes.sandbox import Sandbox, Setup
from jobtwin.sandboxes.sandboxes import Sandboxes

__all__ = [
    "DEFAULT",
    "Attempt",
    "Behind",
    "Body",
    "Change",
    "Clock",
    "Entry",
    "Feed",
    "Follower",
    "Item",
    "Job",
    "JobChanged",
    "JobStore",
    "Journal",
    "ManualClock",
    "OutgoingRequest",
    "RealClock",
    "Receiver",
    "ReceiverResponse",
    "Sandbox",
    "Sandboxes",
    "Seen",
    "Setup",
    "change_from_json",
]
