"""The feed of a sandbox: numbered items in order, for followers that may be slow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from operator import itemgetter
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple
from weakref import ref

from jobtwin.lifecycle import Moment
from jobtwin.sandboxes.changes import Change, RequestIdDrawn, SandboxSnapshot
from jobtwin.sandboxes.job_store import PIECE, StoredJob
from jobtwin.sandboxes.journal import JournalEntry

if TYPE_CHECKING:
    from jobtwin.sandboxes.sandbox import Sandbox

CAPACITY = 1_000
"""The number of items in a feed. A follower that is further behind restarts from the present."""

LONGEST_SLEEP = 3600.0
"""Seconds after which the next change is looked for again."""


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A job reached a milestone by time, `at` a moment of the sandbox's clock."""

    at: Moment
    machine: str
    id: str | int
    state: str


class Item(NamedTuple):
    """One thing that happened, with its number."""

    number: int
    what: Change | JournalEntry | JobChanged


class Behind(Exception):
    """A follower is too far behind, and has lost items."""


class Feed:
    """The latest items, and their followers."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.token = token_hex(4)
        """Tells the numbers of this feed from those of another, also of an earlier server."""
        self.total = 0
        self.closed = False
        self._items: deque[Change | JournalEntry | JobChanged] = deque(maxlen=capacity)
        self._waiting: set[asyncio.Future[None]] = set()
        self._watchers: list[Callable[[Change | JournalEntry | JobChanged], None]] = []

    def watch(self, added: Callable[[Change | JournalEntry | JobChanged], None]) -> None:
        """Calls `added` with each new item, in the turn that adds it."""
        self._watchers.append(added)

    def add(self, what: Change | JournalEntry | JobChanged) -> None:
        """Appends an item; a full feed drops its oldest one. A snapshot is reported without its state."""
        if isinstance(what, SandboxSnapshot):
            what = replace(what, state={})
        self.total += 1
        self._items.append(what)
        for added in self._watchers:
            added(what)
        if self._waiting:
            self._wake()

    def skip(self, count: int) -> None:
        """Counts items that were dropped at once, since there were too many."""
        self.total += count
        self._items.clear()

    def since(self, number: int) -> Sequence[Item]:
        """Returns the items after that number. Raises Behind if some of them have been dropped."""
        missing = self.total - number
        if not 0 <= missing <= len(self._items):
            raise Behind
        first = len(self._items) - missing
        return [
            Item(number + n, what)
            for n, what in enumerate(islice(self._items, first, None), start=1)
        ]

    def close(self) -> None:
        """Closes the feed after its sandbox was removed; followers are notified."""
        self.closed = True
        self._wake()

    async def news(self, number: int, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - asyncio.timeout would cancel the caller's other waits
        """Waits for an item after that number, or for the end. Returns False after the timeout."""
        if self.total > number or self.closed:
            return True
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            done, _ = await asyncio.wait([waiting], timeout=timeout)
            return bool(done)
        finally:
            self._waiting.discard(waiting)

    async def moved(self, number: int, pause: float | None) -> None:
        """Waits for a change after that number, or until the pause is over.

        Requests do not end the wait.
        """
        now = asyncio.get_running_loop().time
        ends = None if pause is None else now() + pause
        while await self.news(number, None if ends is None else max(0.0, ends - now())):
            if self.closed or self.total - number > CAPACITY // 2:
                return
            if any(map(_moves, self.since(number))):
                return
            number = self.total

    def _wake(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()


class Follower:
    """Reads a sandbox's feed from one number on."""

    def __init__(self, sandbox: Sandbox, after: int | None = None) -> None:
        self.feed = sandbox.feed
        self.number = self.feed.total if after is None else after

    async def next(self, timeout: float | None = None) -> Sequence[Item]:  # noqa: ASYNC109 - see `Feed.news`
        """Returns the items since the last call: at least one, unless the time is over or the feed is closed.

        Raises Behind if items are lost; the follower then continues from the present.
        """
        await self.feed.news(self.number, timeout)
        try:
            found = self.feed.since(self.number)
        finally:
            self.number = self.feed.total
        return found


class DueTimer:
    """Adds items that are due by time to the feed; only runs while there are followers."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._owner = ref(sandbox)  # a removed sandbox is freed without garbage collection
        self._followers = 0
        self._task: asyncio.Task[None] | None = None
        self._told: Moment = 0
        self._changed = set[StoredJob]()

    @property
    def _sandbox(self) -> Sandbox:
        """The sandbox, which `awake` keeps alive."""
        sandbox = self._owner()
        assert sandbox is not None  # noqa: S101 - see above
        return sandbox

    @asynccontextmanager
    async def awake(self) -> AsyncIterator[None]:
        """Keeps the timer running inside the block."""
        sandbox = self._sandbox
        self._followers += 1
        if self._task is None:
            self._told, self._changed = sandbox.clock.now(), sandbox.watch()
            self._task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._followers -= 1
            if not self._followers:
                await self._stop()

    async def _stop(self) -> None:
        task, self._task = self._task, None
        self._sandbox.unwatch(self._changed)
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        feed = self._sandbox.feed
        while not feed.closed:
            await self._tell()
            await feed.moved(feed.total, self._pause())

    def _pause(self) -> float | None:
        """Returns the seconds until the next change is due; None if only a clock change brings it."""
        clock = self._sandbox.clock
        if clock.frozen or clock.speed <= 0 or (due := self._sandbox.next_change()) is None:
            return None
        return min(max(0.0, (due - clock.now()) / 1_000_000 / clock.speed), LONGEST_SLEEP)

    async def _tell(self) -> None:
        """Adds the items that have become due since the last call, at most the latest ones."""
        after, until, jobs = self._told, *await self._moved()
        if until <= after:
            return
        self._told = until
        latest, count = list[_Due](), 0
        for start in range(0, len(jobs), PIECE):
            found = [*self._due(jobs[start : start + PIECE], after, until)]
            latest = sorted([*latest, *found], key=itemgetter(0))[-CAPACITY:]
            count += len(found)
            await asyncio.sleep(0)
        if count > len(latest):
            self._sandbox.feed.skip(count - len(latest))
        for _, changed in latest:
            self._sandbox.feed.add(changed)

    async def _moved(self) -> tuple[Moment, Sequence[StoredJob]]:
        """Returns the jobs changed since the last call, and the moment up to which they were found."""
        sandbox = self._sandbox
        for _ in sandbox.settling(sandbox.clock.now()):
            await asyncio.sleep(0)
        until = sandbox.clock.now()
        for _ in sandbox.settling(until):
            pass
        jobs = [*self._changed]
        self._changed.clear()
        return until, jobs

    def _due(self, jobs: Iterable[StoredJob], after: Moment, until: Moment) -> Iterator[_Due]:
        """Yields the items due by time, each with its sort key."""
        for job in jobs:
            for changed in self._sandbox.changes_of(job, after, until):
                yield (changed.at, job.record.number), changed


_Due = tuple[tuple[Moment, int], JobChanged]


def _moves(item: Item) -> bool:
    """Returns True if the next due time may have changed."""
    return isinstance(item.what, Change) and not isinstance(item.what, RequestIdDrawn)
