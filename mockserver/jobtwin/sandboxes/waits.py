"""Waits on a sandbox's clock, and skipping of time while every client waits."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING
from weakref import ref

from jobtwin.lifecycle import Moment
from jobtwin.sandboxes.processes import Asleep, all_idle, run_time

if TYPE_CHECKING:
    from jobtwin.sandboxes.sandbox import Sandbox

PATIENCE = 0.1
"""Seconds after the end of its wait within which a thread runs, or counts as blocked."""
READING = 0.02
"""Seconds within which a client that waits for a reply begins to read it."""
SHORTEST, LONGEST = 0.0005, 0.01
"""Seconds between two looks at clients that are at work."""


@dataclass(eq=False, slots=True)
class Wait:
    """A wait until a moment, of a thread of a local process or of a request.

    A thread that `reads` waits for a response, with this moment as its timeout.
    """

    until: Moment
    over: asyncio.Future[None]
    process: int | None = None
    thread: int | None = None
    is_request: bool = False
    reads: bool = False
    since: float = field(default_factory=monotonic)


class Waits:
    """The waits on one sandbox's clock.

    On a running clock, a wait takes its time; on a frozen clock, it ends when the clock is
    advanced. A skipping clock jumps to the end of the next wait as soon as every client waits:
    all pending requests are waits, and no thread of a known process is running.
    """

    def __init__(
        self, sandbox: Sandbox, *, idle: Callable[[Asleep], Awaitable[bool]] = all_idle
    ) -> None:
        self._owner = ref(sandbox)  # a removed sandbox is freed without garbage collection
        self._idle = idle
        self._waiting: set[Wait] = set()
        self._processes: set[int] = set()
        self._woken: dict[tuple[int, int], tuple[int, float] | None] = {}
        """Threads whose wait has ended: their run time when the reply was sent, and when that was.

        None until the reply has been sent.
        """
        self._task: asyncio.Task[None] | None = None
        self._under_way = 0
        self._arrived = 0
        self._answered = 0.0

    @property
    def _sandbox(self) -> Sandbox:
        """The sandbox, which the task keeps alive."""
        sandbox = self._owner()
        assert sandbox is not None  # noqa: S101 - see above
        return sandbox

    @property
    def asleep(self) -> frozenset[tuple[int, int]]:
        """The threads of local processes that wait, each by the ids of its process and its own."""
        return frozenset(
            (wait.process, wait.thread)
            for wait in self._waiting
            if wait.process is not None and wait.thread is not None
        )

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Marks a request as pending: received, but not answered."""
        self._under_way += 1
        self._arrived += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._answered = monotonic()

    async def until(
        self,
        moment: Moment,
        process: int | None = None,
        thread: int | None = None,
        *,
        own_task: bool = False,
        reads: bool = False,
    ) -> None:
        """Waits until the sandbox's clock reaches a moment.

        `process` and `thread` are the IDs of a waiting local client; a wait without them belongs to
        a request, or a task of the server. A client that `reads` waits for a response.
        """
        sandbox = self._owner()
        if sandbox is None:  # it has been removed
            return
        if process is not None:
            self._processes.add(process)
            self._woken.pop(_key(process, thread), None)
        is_request = process is None and not own_task
        over = asyncio.get_running_loop().create_future()
        wait = Wait(moment, over, process, thread, is_request, reads)
        self._waiting.add(wait)
        if self._task is None:
            self._task = asyncio.create_task(self._run(sandbox))
        try:
            await wait.over
        finally:
            self._waiting.discard(wait)

    def told(self, process: int | None, thread: int | None) -> None:
        """Records that a thread has been sent the reply that ends its wait.

        Any run time that it gains from now on is its own work, not a look at a lock or a clock.
        """
        if process is not None and (key := _key(process, thread)) in self._woken:
            self._woken[key] = run_time(*key), monotonic()

    async def _run(self, sandbox: Sandbox) -> None:
        try:
            while self._waiting and not sandbox.feed.closed:
                number = sandbox.feed.total
                self._end_due()
                if self._waiting:
                    await self._go_on(number)
        finally:
            self._task = None
            self._end_all()

    def _end_due(self) -> None:
        now = self._sandbox.clock.now()
        for wait in [wait for wait in self._waiting if wait.until <= now]:
            self._end(wait)

    def _end_all(self) -> None:
        """Ends all waits when the sandbox is removed or the server stops."""
        for wait in [*self._waiting]:
            self._end(wait)

    def _end(self, wait: Wait) -> None:
        self._waiting.discard(wait)
        if wait.process is not None:
            self._woken[_key(wait.process, wait.thread)] = None
        if not wait.over.done():
            wait.over.set_result(None)

    async def _go_on(self, number: int) -> None:
        """Lets time pass: in real time, by an advance of the clock, or by a jump."""
        if not self._sandbox.setup.skips:
            await self._sandbox.feed.news(number, self._seconds_left())
            return
        pause = SHORTEST
        while self._waiting and not await self._everybody_waits():
            await self._sandbox.feed.news(number, pause)
            if self._sandbox.feed.total > number:
                return
            pause = min(2 * pause, LONGEST)
        if self._waiting:
            self._jump()

    def _seconds_left(self) -> float | None:
        clock = self._sandbox.clock
        if clock.frozen:
            return None
        return max(0.0, (self._next() - clock.now()) / 1_000_000 / clock.speed)

    def _next(self) -> Moment:
        return min(wait.until for wait in self._waiting)

    async def _everybody_waits(self) -> bool:
        arrived = self._arrived
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # everything that clients have sent by now has arrived
        if self._somebody_asks() or self._somebody_wakes() or self._somebody_reads():
            return False
        idle = await self._idle(self._asleep())
        return idle and arrived == self._arrived and bool(self._waiting)

    def _somebody_asks(self) -> bool:
        """Returns True if a request is pending, or may be about to arrive."""
        own = [wait for wait in self._waiting if wait.is_request]
        if self._under_way > len(own):
            return True
        if not self._processes and not own and monotonic() - self._answered < PATIENCE:
            return True  # only a task of the server's waits: a client may be about to ask
        # A client that waits for the reply with a time-out has not announced that yet.
        return any(monotonic() - wait.since < PATIENCE for wait in own)

    def _somebody_wakes(self) -> bool:
        """Returns True if a thread has not run since its wait ended."""
        for key, told in [*self._woken.items()]:
            if told is not None and (run_time(*key) != told[0] or monotonic() - told[1] > PATIENCE):
                del self._woken[key]
        return bool(self._woken)

    def _somebody_reads(self) -> bool:
        """Returns True if a client may be about to read the last response."""
        passed = monotonic() - self._answered
        if passed > PATIENCE:
            return False
        if any(wait.reads for wait in self._waiting):
            return True  # on a busy machine a reply takes its time to arrive
        return passed <= READING and any(
            wait.process and wait.since < self._answered for wait in self._waiting
        )

    def _asleep(self) -> Asleep:
        asleep = defaultdict[int, set[int]](set)
        for wait in self._waiting:
            if wait.process is not None and wait.thread is not None:
                asleep[wait.process].add(wait.thread)
        return {process: asleep[process] for process in self._processes}

    def _jump(self) -> None:
        span = self._next() - self._sandbox.clock.now()
        if span > 0:
            self._sandbox.skip(span)


def _key(process: int, thread: int | None) -> tuple[int, int]:
    """Returns the key of a thread; by default the process's first, which has the process's ID."""
    return process, process if thread is None else thread
