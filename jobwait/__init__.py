"""Waits for jobs of other people's APIs; what a generated `waiters.py` runs on. Knows no vendor."""

from jobwait.driving import Shown, Sleeper, wait, wait_async, watch, watch_async
from jobwait.engine import Clock, Options
from jobwait.errors import (
    JobCancelled,
    JobEnded,
    JobExpired,
    JobFailed,
    JobNotFound,
    JobPartlyFailed,
    JobwaitError,
    ProtocolViolated,
    ResumeRefused,
    TransportFailed,
    WaitError,
    WaitTimeout,
)
from jobwait.lifecycle import Call, Lifecycle, Pages, Parts, State, Target, View
from jobwait.policy import Policy, Rng
from jobwait.resume import recorded
from jobwait.snapshot import Part, Record, Seen, Snapshot

__all__ = [
    "Call",
    "Clock",
    "JobCancelled",
    "JobEnded",
    "JobExpired",
    "JobFailed",
    "JobNotFound",
    "JobPartlyFailed",
    "JobwaitError",
    "Lifecycle",
    "Options",
    "Pages",
    "Part",
    "Parts",
    "Policy",
    "ProtocolViolated",
    "Record",
    "ResumeRefused",
    "Rng",
    "Seen",
    "Shown",
    "Sleeper",
    "Snapshot",
    "State",
    "Target",
    "TransportFailed",
    "View",
    "WaitError",
    "WaitTimeout",
    "recorded",
    "wait",
    "wait_async",
    "watch",
    "watch_async",
]
