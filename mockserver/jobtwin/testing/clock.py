"""A sandbox's clock in a test's hands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import ModuleType

import anyio.to_thread

from jobclients.control import Client
from jobclients.control import models as m
from jobclients.control.api.clock import advance_clock, get_clock, set_clock
from jobtwin.testing.control import done
from jobtwin.testing.machine import keeps_machine_time, seconds
from jobtwin.testing.patching import patched

__tracebackhide__ = True
"""A failed test shows its own line, not ours."""

SECOND = timedelta(seconds=1)


class Clock:
    """The clock by which a sandbox's jobs live; it stands still unless it is told to run."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __repr__(self) -> str:
        return "<clock of the sandbox>"

    def _look(self) -> m.Clock:
        return done(get_clock.sync, client=self._client)

    @property
    def now(self) -> datetime:
        """The moment."""
        return self._look().now

    def time(self) -> float:
        """Seconds since 1970, in place of `time.time` or `time.monotonic`.

        A thread that serves the twin, or asks it for the time, gets the machine's.
        """
        return seconds() if keeps_machine_time() else self.now.timestamp()

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._look().frozen

    @property
    def speed(self) -> float:
        """Seconds that pass in a second while it runs."""
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
        """Move it forward: by a span, `to` a moment, or `to_next`, when some job changes.

        The new moment; ControlRefused when that is past, or when no job changes any more.
        """
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if (span != timedelta()) + (to is not None) + to_next > 1:
            raise TypeError("advance by a span, or `to` a moment, or `to_next`: one of the three")
        if to_next:
            body = m.Advance(to_next=True)
        elif to is not None:
            body = m.Advance(to=aware(to))
        else:
            body = m.Advance(by=_iso(span))
        return done(advance_clock.sync, client=self._client, body=body).now

    def sleep(self, seconds: float) -> None:
        """Move it forward at once, for code that takes `time.sleep` as an argument."""
        self.advance(seconds=seconds)

    async def asleep(self, seconds: float) -> None:
        """Move it forward at once, for code that takes `asyncio.sleep` as an argument."""
        await anyio.to_thread.run_sync(self.sleep, seconds)

    @contextmanager
    def patch(self, *modules: str | ModuleType) -> Iterator[None]:
        """Replace the functions of `time` and `asyncio` by this clock, for the code under test.

        Within the `with` block `time.sleep` and `asyncio.sleep` advance the sandbox's clock at
        once; `time.time` and `time.monotonic` (and their `_ns` forms) return its time. That holds
        for these modules and packages, or else for all but the standard library and the
        libraries that send requests, whose own timeouts stay real. `datetime.now` is not replaced.
        """
        with patched(self, modules):
            yield

    def run(self, speed: float = 1) -> None:
        """Let time pass, `speed` seconds in a second."""
        done(set_clock.sync, client=self._client, body=m.ClockChange(speed=speed, frozen=False))

    def freeze(self) -> None:
        """Hold it still."""
        done(set_clock.sync, client=self._client, body=m.ClockChange(frozen=True))


def aware(moment: datetime) -> datetime:
    """The same moment; ValueError where it does not say its time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} names no moment without its time zone; add tzinfo=UTC")
    return moment


def _iso(span: timedelta) -> str:
    if span < timedelta():
        raise ValueError(f"time goes forward only, not by {span}")
    seconds, rest = divmod(span, SECOND)
    return f"PT{seconds}.{rest.microseconds:06}S"
