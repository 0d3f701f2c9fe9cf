"""Event loops that do the work of other threads: a request to a twin is a coroutine on one of them.

Switching threads takes longer than most requests, so a `SharedLoop` runs in its caller's thread
when it is free. A background thread finishes the rest: webhooks, cancelled long polls, requests of
other threads.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from contextvars import Context
from math import inf
from typing import Any, Protocol, TypeVar, TypeVarTuple, Unpack

from jobtwin.testing.machine import machine_time

T = TypeVar("T")
Given = TypeVarTuple("Given")

_LOOK = 0.5
"""Seconds between two looks whether a loop of another thread has ended."""

_PATIENCE = 10
"""Seconds to wait for a loop's thread, which may hang if a signal's handler has raised in a lock."""


class LimitReached(Exception):
    """A coroutine has not ended within its limit."""


class LoopClosed(Exception):
    """The loop has ended before the coroutine."""


class WorkLoop(Protocol):
    """An event loop that does work for any thread."""

    def run(self, work: Coroutine[Any, Any, T], limit: float | None) -> T:
        """Returns the result of a coroutine.

        Raises LimitReached after `limit` seconds, and cancels it; LoopClosed if the loop has ended.
        """

    def close(self) -> None:
        """Ends the loop, unless it belongs to somebody else."""


class RunningLoop:
    """An event loop that another thread runs, and ends."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, T], limit: float | None) -> T:
        """Returns the result of a coroutine.

        Raises LimitReached after `limit` seconds, and cancels it; LoopClosed if the loop has ended.
        """
        result, left = self._begun(work), inf if limit is None else limit
        while True:
            try:
                return result.result(min(left, _LOOK))
            except CancelledError as error:
                raise LoopClosed from error
            except TimeoutError:
                # It may be the coroutine's own: that is not the limit.
                if result.done():
                    return result.result()
            left -= _LOOK
            if self._loop.is_closed():
                raise LoopClosed
            if left <= 0:
                result.cancel()
                raise LimitReached

    def _begun(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError as error:
            work.close()
            raise LoopClosed from error

    def close(self) -> None:
        """Does nothing."""


class SharedLoop:
    """Runs coroutines for any thread, all of them on one event loop, so they need no locks."""

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._loop = _Loop(self._wanted.set)
        self._from_outside = RunningLoop(self._loop)
        self._turn = threading.RLock()
        """Held by the thread that runs the loop. An RLock knows its thread, so `_give_back` can free it."""
        self._closed = False
        self._thread = threading.Thread(target=self._run_rest, name="jobtwin", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], limit: float | None) -> T:
        """Returns the result of a coroutine.

        Raises LimitReached after `limit` seconds, and cancels it; LoopClosed if the loop has ended.
        """
        running = _running_loop()
        if running is self._loop:
            work.close()
            raise RuntimeError("a request to a twin, on its own event loop, would wait for itself")
        if running is not None or not self._turn.acquire(blocking=False):
            return self._from_outside.run(work, limit)
        try:
            with machine_time():
                return self._run_here(work, limit)
        finally:
            self._give_back()
            if self._loop.pending:
                self._wanted.set()

    def _run_here(self, work: Coroutine[Any, Any, T], limit: float | None) -> T:
        """Runs the loop in this thread until a coroutine has ended."""
        if self._loop.is_closed():
            work.close()
            raise LoopClosed
        task: asyncio.Task[T] = self._loop.create_task(work)
        deadline = _Deadline(task)
        timer = None if limit is None else self._loop.call_later(limit, deadline.expire)
        try:
            return self._loop.run_until_complete(task)
        except asyncio.CancelledError as error:
            if deadline.is_over:
                raise LimitReached from error
            raise
        finally:
            if timer is not None:
                timer.cancel()
            task.cancel()  # it has ended, unless a signal's handler has raised

    def _give_back(self) -> None:
        """Releases the turn, also one that was taken when a signal's handler raised."""
        with suppress(RuntimeError):
            while True:
                self._turn.release()

    def _run_rest(self) -> None:
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
        self._give_back()
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join(_PATIENCE)

    def _end(self) -> None:
        self._closed = True
        self._wanted.set()
        self._loop.stop()


class _Deadline:
    """Cancels a task when it expires, and remembers that."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self._task = task
        self.is_over = False

    def expire(self) -> None:
        """Cancels the task."""
        self.is_over = True
        if not self._task.cancel():  # it has ended, but its end was not noticed
            self._task.get_loop().stop()


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that knows its tasks, with the machine's time even if a test replaces `time.monotonic`.

    `wake` is called after each `call_soon_threadsafe`.
    """

    time = staticmethod(time.monotonic)

    def __init__(self, wake: Callable[[], None]) -> None:
        super().__init__()
        self.pending = set[asyncio.Task[Any]]()
        """The tasks that have not ended, and perhaps some that have when a signal's handler raised."""
        self._wake = wake
        self._ends_when_idle = False

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Creates a task, which is pending until it has ended."""
        task = super().create_task(coro, **options)
        self.pending.add(task)
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
        self._wake()
        return handle

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Raises what a signal's handler has raised in a callback, such as pytest's timeout.

        asyncio would log it, and go on, perhaps without an end.
        """
        error: BaseException | None = context.get("exception") if "handle" in context else None
        usual = isinstance(error, Exception | asyncio.CancelledError) or self._ends_when_idle
        if error is not None and not usual:
            raise error
        super().call_exception_handler(context)

    def run_until_idle(self) -> None:
        """Runs until all tasks have ended, or `stop` is called."""
        self.pending = {task for task in self.pending if not task.done()}
        self._ends_when_idle = True
        self.call_soon(self._end_when_idle)
        try:
            self.run_forever()
        finally:
            self._ends_when_idle = False

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.pending.discard(task)
        self._end_when_idle()

    def _end_when_idle(self) -> None:
        if self._ends_when_idle and not self.pending:
            self.stop()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """Returns the event loop that runs in this thread, or None."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
