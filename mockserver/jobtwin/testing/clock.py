"""A sandbox's clock, for a test."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import ModuleType

import anyio
import anyio.to_thread

from jobclients.control import Client
from jobclients.control import models as m
from jobclients.control.api.clock import advance_clock, get_clock, set_clock, sleep_on_clock
from jobtwin.testing.control import done
from jobtwin.testing.machine import keeps_machine_time, seconds
from jobtwin.testing.patching import patched

__tracebackhide__ = True
"""Hides this module in the tracebacks of failed tests."""

SECOND = timedelta(seconds=1)


class Clock:
    """The clock of a sandbox. It is frozen until `advance` moves it or `run` starts it.

    A clock that `skips` jumps ahead when every thread of this process sleeps.
    """

    def __init__(self, client: Client, *, patient: Client | None = None) -> None:
        """`patient` is a client without a timeout, for a skipping clock."""
        self._client = client
        self._patient = patient

    def __repr__(self) -> str:
        return "<clock of the sandbox>"

    def _look(self) -> m.Clock:
        return done(get_clock.sync, client=self._client)

    @property
    def now(self) -> datetime:
        """The current time."""
        return self._look().now

    def time(self) -> float:
        """Returns seconds since 1970, in place of `time.time` or `time.monotonic`.

        A thread that serves the twin, or requests its time, gets the machine's time.
        """
        return seconds() if keeps_machine_time() else self.now.timestamp()

    @property
    def frozen(self) -> bool:
        """True if the clock is frozen."""
        return self._look().frozen

    @property
    def speed(self) -> float:
        """Its speed, as a multiple of real time."""
        return self._look().speed

    def advance(  # noqa: PLR0913 - one of them at a time
        self,
        *,
        seconds: float = 0,
        minutes: float = 0,
        hours: float = 0,
        days: float = 0,
        to: datetime | None = None,
        to_next: bool = False,
    ) -> datetime:
        """Moves it forward: by a span, `to` a moment, or `to_next`, the next change of a job.

        Returns the new time. Raises ControlRefused if the moment is past, or if no job changes any more.
        """
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if (span != timedelta()) + (to is not None) + to_next > 1:
            raise TypeError("use one of a span, `to` and `to_next`")
        if to_next:
            body = m.Advance(to_next=True)
        elif to is not None:
            body = m.Advance(to=aware(to))
        else:
            body = m.Advance(by=_iso(span))
        return done(advance_clock.sync, client=self._client, body=body).now

    @property
    def skips(self) -> bool:
        """True if it jumps ahead when every thread sleeps."""
        return self._patient is not None

    def sleep(self, seconds: float) -> None:
        """Advances it immediately, in place of `time.sleep`; waits if it skips."""
        if self._patient is None:
            self.advance(seconds=seconds)
            return
        until = self.now + timedelta(seconds=max(seconds, 0))
        me = m.Sleep(until=until, process=os.getpid(), thread=threading.get_native_id())
        done(sleep_on_clock.sync, client=self._patient, body=me)

    async def asleep(self, seconds: float) -> None:
        """Advances it in place of `asyncio.sleep`."""
        # anyio's default limiter would let only forty tasks sleep at a time.
        limiter = anyio.CapacityLimiter(1)
        await anyio.to_thread.run_sync(self.sleep, seconds, abandon_on_cancel=True, limiter=limiter)

    @contextmanager
    def patch(self, *modules: str | ModuleType) -> Iterator[None]:
        """Replaces the functions of `time` and `asyncio` with this clock, for the code under test.

        Within the `with` block `time.sleep` and `asyncio.sleep` advance the sandbox's clock at
        once, or wait for one that skips; `time.time` and `time.monotonic` (and their `_ns` forms) return its time. That holds
        for these modules and packages, or else for all but the standard library and the
        libraries that send requests, whose own timeouts stay real. `datetime.now` is not replaced.
        """
        with patched(self, modules):
            yield

    def run(self, speed: float = 1) -> None:
        """Starts it, at `speed` times real time."""
        done(set_clock.sync, client=self._client, body=m.ClockChange(speed=speed, frozen=False))

    def freeze(self) -> None:
        """Stops it."""
        done(set_clock.sync, client=self._client, body=m.ClockChange(frozen=True))


def aware(moment: datetime) -> datetime:
    """Returns the moment. Raises ValueError if it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; add tzinfo=UTC")
    return moment


def _iso(span: timedelta) -> str:
    if span < timedelta():
        raise ValueError(f"the clock only moves forward, not by {span}")
    seconds, rest = divmod(span, SECOND)
    return f"PT{seconds}.{rest.microseconds:06}S"
