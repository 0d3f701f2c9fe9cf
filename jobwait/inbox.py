"""An inbox of callbacks: a receiver puts them in, and waiters take them out."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from jobwait.snapshot import Snapshot

MOST = 1_000
"""The number of jobs whose latest callbacks are stored until a waiter takes them."""

Key = tuple[str, str]
"""The name of a lifecycle, and the id of a job."""


class Inbox:
    """Callbacks for the waiters of one process, in any of its threads and event loops.

    Only the latest callback of each job is kept; a final state is never replaced by another.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._kept: OrderedDict[Key, Snapshot[Any]] = OrderedDict()
        self._wakers: set[Callable[[], object]] = set()

    def put(self, snapshot: Snapshot[Any]) -> None:
        """Adds a snapshot that `read_…` returned; a waiter for that job continues at once."""
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
        """Removes and returns the callback of a job; None if there is none."""
        with self._changed:
            return self._kept.pop(key, None)

    def wait(self, key: Key, seconds: float) -> Snapshot[Any] | None:
        """Waits for the callback of a job, and returns it; None after these seconds."""
        with self._changed:
            self._changed.wait_for(lambda: key in self._kept, seconds)
            return self._kept.pop(key, None)

    def _has(self, key: Key) -> bool:
        with self._changed:
            return key in self._kept

    async def wait_async(self, key: Key, seconds: float) -> Snapshot[Any] | None:
        """As `wait`, async."""
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
