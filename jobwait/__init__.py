"""Waits for jobs of APIs; the runtime of every generated `waiters.py`. Knows no vendor."""

from jobwait.callbacks import Callback, read_body, read_callback
from jobwait.driving import wait, wait_async, watch, watch_async
from jobwait.errors import (
    CallbackRefused,
    CallbackUnreadable,
    JobCancelled,
    JobEnded,
    JobExpired,
    JobFailed,
    JobNotFound,
    JobPartlyFailed,
    JobwaitError,
    LocationRefused,
    ProtocolViolated,
    ResumeRefused,
    SignatureExpired,
    SignatureMissing,
    SignatureWrong,
    TransportFailed,
    WaitError,
    WaitTimeout,
)
from jobwait.inbox import Inbox
from jobwait.lifecycle import (
    Call,
    Lifecycle,
    Pages,
    Parts,
    Sign,
    State,
    StatusMeaning,
    Target,
    View,
)
from jobwait.location import Headed, followed, located
from jobwait.options import Options, Shown, Sleeper, WaitOptions, WatchOptions
from jobwait.policy import Policy, Rng
from jobwait.resume import recorded
from jobwait.signatures import Signature
from jobwait.snapshot import Part, Record, Seen, Snapshot
from jobwait.stopwatch import Clock

__all__ = [
    "Call",
    "Callback",
    "CallbackRefused",
    "CallbackUnreadable",
    "Clock",
    "Headed",
    "Inbox",
    "JobCancelled",
    "JobEnded",
    "JobExpired",
    "JobFailed",
    "JobNotFound",
    "JobPartlyFailed",
    "JobwaitError",
    "Lifecycle",
    "LocationRefused",
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
    "Sign",
    "Signature",
    "SignatureExpired",
    "SignatureMissing",
    "SignatureWrong",
    "Sleeper",
    "Snapshot",
    "State",
    "StatusMeaning",
    "Target",
    "TransportFailed",
    "View",
    "WaitError",
    "WaitOptions",
    "WaitTimeout",
    "WatchOptions",
    "followed",
    "located",
    "read_body",
    "read_callback",
    "recorded",
    "wait",
    "wait_async",
    "watch",
    "watch_async",
]
