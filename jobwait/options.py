"""The options of a wait: the keyword arguments of every generated waiter."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Generic, TypedDict

from jobwait.inbox import Inbox
from jobwait.lifecycle import J
from jobwait.policy import Policy, Rng
from jobwait.snapshot import Record, Snapshot
from jobwait.stopwatch import Clock

Sleeper = Callable[[float], object]
"""Sleeps for some seconds. An async waiter awaits the result if it is awaitable."""

Shown = Callable[[Snapshot[J]], object]
"""Takes a snapshot. An async waiter awaits the result if it is awaitable."""


class WatchOptions(TypedDict, total=False):
    """The options of `watch_…` and `watch_…_async`."""

    timeout: float | None
    """Seconds until the waiter gives up; by default the `deadline` of the policy."""
    policy: Policy | None
    """The intervals of polls, and the failures to tolerate; by default that of the API."""
    until: str | Collection[str] | None
    """A state, or several, to wait for; any final state still ends the wait."""
    clock: Clock | None
    """Returns the seconds since 1970; by default the machine's time."""
    sleep: Sleeper | None
    """Sleeps for some seconds; by default `time.sleep`, or `asyncio.sleep` in an async waiter."""
    callbacks: Inbox | None
    """The inbox of callbacks; the wait continues on the next callback or poll."""
    rng: Rng
    """Returns a number from 0 to 1, for the jitter; by default `random.random`."""


class WaitOptions(WatchOptions, Generic[J], total=False):
    """The options of `wait_for_…`, `resume_…` and their async forms."""

    on_progress: Shown[J] | None
    """Is called with a snapshot after each response that shows the state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Generic[J]):
    """The options with their defaults; None means that of the policy or of the machine."""

    timeout: float | None = None
    policy: Policy | None = None
    until: str | Collection[str] | None = None
    clock: Clock | None = None
    sleep: Sleeper | None = None
    callbacks: Inbox | None = None
    rng: Rng = random.random
    on_progress: Shown[J] | None = None
    record: Record | None = None
    """The wait to continue; None for a new one."""
