"""Clocks: the only door through which time enters."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from mockserver.lifecycle import Moment, Span


class Clock(Protocol):
    """Tells the moment, in microseconds since 1970; never goes back."""

    def now(self) -> Moment:
        """Tell the moment."""
        ...


class RealClock:
    """The machine's clock, `speed` times as fast from the moment at which it was made."""

    def __init__(
        self,
        speed: float = 1.0,
        *,
        wall: Callable[[], int] = time.time_ns,
        steady: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._speed = speed
        self._start = wall() // 1000
        self._steady = steady
        self._origin = steady()

    def now(self) -> Moment:
        """Tell the moment; a machine whose clock is set back does not set this one back."""
        return self._start + int((self._steady() - self._origin) // 1000 * self._speed)


class ManualClock:
    """A clock that stands still until it is moved."""

    START: Moment = 1_767_225_600_000_000
    """2026-01-01T00:00:00Z."""

    def __init__(self, start: Moment = START) -> None:
        self._now = start

    def now(self) -> Moment:
        """Tell the moment."""
        return self._now

    def advance(self, span: Span) -> None:
        """Move forward; ValueError for a negative span."""
        if span < 0:
            raise ValueError(f"time goes forward only, not by {span} µs")
        self._now += span
