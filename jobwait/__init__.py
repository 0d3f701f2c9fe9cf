"""Waits for jobs of APIs; the runtime of every generated `waiters.py`. Knows no vendor."""

from jobwait.driving import wait, wait_async, watch, watch_async
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
from jobwait.options import Options, Shown, Sleeper, WaitOptions, WatchOptions
from jobwait.policy import Policy, Rng
from jobwait.resume import recorded
from jobwait.snapshot import Part, Record, Seen, Snapshot
from jobwait.stopwatch import Clock

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
    "WaitOptions",
    "WaitTimeout",
    "WatchOptions",
    "recorded",
    "wait",
    "wait_async",
    "watch",
    "watch_async",
]
