"""Event loops that do the work of other threads: a request to a twin is a coroutine on one of them.

To change threads takes longer than most requests. So a `SharedLoop` runs in the thread of the
caller if no other thread runs it. A thread of its own goes on with what is left: long polls that
were interrupted, webhooks, callers that came meanwhile.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Protocol, TypeVar, TypeVarTuple, Unpack

from jobtwin.testing.machine import machine_time

T = TypeVar("T")
Given = TypeVarTuple("Given")


class LimitReached(Exception):
    """A coroutine has not ended within its limit."""


class WorkLoop(Protocol):
    """An event loop that does work for any thread."""

    def run(self, work: Coroutine[Any, Any, T], limit: float | None) -> T:
        """Returns the result of a coroutine. Raises LimitReached after `limit` seconds, and cancels it."""

    def close(self) -> None:
        """Ends the loop, unless it belongs to somebody else."""


class ForeignLoop:
    """An event loop that another thread runs, and ends."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, T], limit: float | None) -> T:
        """Returns the result of a coroutine. Raises LimitReached after `limit` seconds, and cancels it."""
        result = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return result.result(limit)
        except TimeoutError as error:
            # It may be the coroutine's own: that is not the limit.
            if result.done():
                return result.result()
            result.cancel()
            raise LimitReached from error

    def close(self) -> None:
        """Does nothing."""


class SharedLoop:
    """Runs coroutines for any thread, all of them on one event loop, so they need no locks."""

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._loop = _Loop(self._wanted.set)
        self._from_outside = ForeignLoop(self._loop)
        self._turn = threading.Lock()
        """Held by the thread that runs the loop."""
        self._closed = False
        self._thread = threading.Thread(target=self._go_on, name="jobtwin", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], limit: float | None) -> T:
        """Returns the result of a coroutine. Raises LimitReached after `limit` seconds, and cancels it."""
        if _is_in_loop() or not self._turn.acquire(blocking=False):
            return self._from_outside.run(work, limit)
        try:
            with machine_time():
                return self._run_here(work, limit)
        finally:
            self._turn.release()
            if self._loop.pending:
                self._wanted.set()

    def _run_here(self, work: Coroutine[Any, Any, T], limit: float | None) -> T:
        """Runs the loop in this thread until a coroutine has ended."""
        task: asyncio.Task[T] = self._loop.create_task(work)
        late = _Alarm(task)
        timer = None if limit is None else self._loop.call_later(limit, late.ring)
        try:
            return self._loop.run_until_complete(task)
        except asyncio.CancelledError as error:
            if late.has_rung:
                raise LimitReached from error
            raise
        finally:
            if timer is not None:
                timer.cancel()
            task.cancel()  # it has ended, unless Ctrl-C has interrupted the loop

    def _go_on(self) -> None:
        """Runs the loop whenever something is left to do, and no other thread runs it."""
        with machine_time():
            while self._wanted.wait() and not self._closed:
                self._wanted.clear()
                with self._turn:
                    self._loop.run_until_idle()
            with self._turn:
                self._loop.close()

    def close(self) -> None:
        """Ends the loop and its thread."""
        self._closed = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class _Alarm:
    """Cancels a task, and remembers that it has."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self._task = task
        self.has_rung = False

    def ring(self) -> None:
        """Cancels the task."""
        self.has_rung = True
        self._task.cancel()


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that counts its tasks, with the machine's time even if a test replaces `time.monotonic`.

    `called` is called for each callback that another thread adds.
    """

    time = staticmethod(time.monotonic)

    def __init__(self, called: Callable[[], None]) -> None:
        super().__init__()
        self.pending = 0
        self._called = called
        self._ends_when_idle = False

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Counts a task until it has ended."""
        task = super().create_task(coro, **options)
        self.pending += 1
        task.add_done_callback(self._ended)
        return task

    def call_soon_threadsafe(
        self,
        callback: Callable[[Unpack[Given]], object],
        *args: *Given,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Adds a callback from another thread."""
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        self._called()
        return handle

    def run_until_idle(self) -> None:
        """Runs until all tasks have ended, or `stop` is called."""
        self._ends_when_idle = True
        self.call_soon(self._end_when_idle)
        try:
            self.run_forever()
        finally:
            self._ends_when_idle = False

    def _ended(self, _task: asyncio.Task[Any]) -> None:
        self.pending -= 1
        self._end_when_idle()

    def _end_when_idle(self) -> None:
        if self._ends_when_idle and not self.pending:
            self.stop()


def _is_in_loop() -> bool:
    """Returns True if an event loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
