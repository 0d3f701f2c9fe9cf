"""Sandboxes: jobs, clocks, journals and their changes. No HTTP, no YAML."""

from jobtwin.sandbox_names import DEFAULT
from jobtwin.sandboxes.changes import Change, change_from_json
from jobtwin.sandboxes.clock import ManualClock, RealClock, SandboxClock
from jobtwin.sandboxes.feed import Behind, Feed, Follower, Item, JobChanged
from jobtwin.sandboxes.job_store import JobStore, StoredJob
from jobtwin.sandboxes.journal import JournalEntry, RecordedBody, SandboxJournal, ShownJob
from jobtwin.sandboxes.outbox import Attempt, OutgoingRequest, Receiver, ReceiverResponse
from jobtwin.sandboxes.sandbox import Sandbox, Setup
from jobtwin.sandboxes.sandboxes import Sandboxes

__all__ = [
    "DEFAULT",
    "Attempt",
    "Behind",
    "Change",
    "Feed",
    "Follower",
    "Item",
    "JobChanged",
    "JobStore",
    "JournalEntry",
    "ManualClock",
    "OutgoingRequest",
    "RealClock",
    "Receiver",
    "ReceiverResponse",
    "RecordedBody",
    "Sandbox",
    "SandboxClock",
    "SandboxJournal",
    "Sandboxes",
    "Setup",
    "ShownJob",
    "StoredJob",
    "change_from_json",
]
