"""Where a receiver puts callbacks, and waiters take them: the one place that both sides know."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from jobwait.snapshot import Snapshot

MOST = 1_000
"""Jobs whose callbacks are kept until somebody waits for them, the latest."""

Key = tuple[str, str]
"""The name of a lifecycle, and the id of a job."""


class Inbox:
    """Callbacks for the waiters of one process, in any of its threads and event loops.

    Of each job the latest is kept; a state that is final gives way to no other.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._kept: OrderedDict[Key, Snapshot[Any]] = OrderedDict()
        self._wakers: set[Callable[[], object]] = set()

    def put(self, snapshot: Snapshot[Any]) -> None:
        """Take in what `read_…` returned; whoever waits for that job goes on at once."""
        record = snapshot.record
        key = record.of, str(next(iter(record.ids.values()), "")).casefold()
        with self._changed:
            before = self._kept.get(key)
            if before is None or before.kind != "final":
                self._kept[key] = snapshot
                self._kept.move_to_end(key)
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
            self._changed.notify_all()
            wakers = [*self._wakers]
        for wake in wakers:
            wake()

    def take(self, key: Key) -> Snapshot[Any] | None:
        """The callback of a job, which is not kept any longer; None if there is none."""
        with self._changed:
            return self._kept.pop(key, None)

    def wait(self, key: Key, seconds: float) -> Snapshot[Any] | None:
        """The callback of a job, as soon as there is one; None after these seconds."""
        with self._changed:
            self._changed.wait_for(lambda: key in self._kept, seconds)
            return self._kept.pop(key, None)

    def _has(self, key: Key) -> bool:
        with self._changed:
            return key in self._kept

    async def wait_async(self, key: Key, seconds: float) -> Snapshot[Any] | None:
        """As `wait`, awaiting."""
        loop, came = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(came.set)

        with self._changed:
            self._wakers.add(wake)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while not self._has(key):
                        await came.wait()
                        came.clear()
            return self.take(key)
        finally:
            with self._changed:
                self._wakers.discard(wake)
