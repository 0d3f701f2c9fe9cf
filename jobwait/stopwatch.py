"""The elapsed time of a wait, by a clock that may stand still or go back. No sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Returns the seconds since 1970."""

SPARE = 1.0
"""Seconds before the deadline at which the last poll is sent; also a request's least timeout."""


def steady() -> Clock:
    """Returns a clock that starts at the time of day and advances evenly from there."""
    ahead = time.time() - time.monotonic()
    return lambda: ahead + time.monotonic()


class Stopwatch:
    """Measures a wait against its deadline. All times are in seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.now = clock()
        """The clock's time at the last reading, since 1970."""
        self.elapsed = 0.0
        """Since the wait began; never decreases."""
        self.deadline = 0.0
        """The deadline, measured like `elapsed`."""

    @property
    def moment(self) -> datetime:
        """The time of the last reading."""
        return datetime.fromtimestamp(self.now, UTC)

    @property
    def left(self) -> float:
        """Time until the deadline; negative after it."""
        return self.deadline - self.elapsed

    def read(self, slept: float = 0.0) -> None:
        """Reads the clock; counts the time slept instead if the clock shows less."""
        now = self._clock()
        self.elapsed += max(now - self.now, slept, 0.0)
        self.now = now

    @property
    def request_timeout(self) -> float:
        """The longest that a request may take now."""
        return max(self.left, SPARE)

    @property
    def last_poll(self) -> float:
        """Time until the last poll, which is sent shortly before the deadline."""
        return max(0.0, self.left - min(SPARE, self.left / 10))
