"""The intervals of polls, and the failures to tolerate. No clock, no HTTP."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Rng = Callable[[], float]
"""Draws a number from 0 to 1, such as `random.random`."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of a wait; all times are in seconds. Change them with `dataclasses.replace`.

    Raises ValueError for a number with which a wait would never end.
    """

    first: float = 2.0
    """The shortest pause between two answered polls, as the vendor advises."""
    at_most: float = 60.0
    """The longest pause."""
    factor: float = 1.5
    """The factor by which pauses grow."""
    jitter: float = 1.0
    """The random share of a pause: 1 is all above `first`, 0 none."""
    transient: float = 2.0
    """The pause after a transient state, or while a new job does not exist yet."""
    retry_after_at_most: float = 600.0
    """The upper bound for `Retry-After`."""
    request: float = 30.0
    """The longest that one request may take, with its response."""
    body: int = 32_000_000
    """The largest response, in bytes, after decompression."""
    deadline: float = 7200.0
    """The default of `timeout`, in seconds."""
    absent: float = 30.0
    """The longest that a job which was never seen may be missing."""
    retries: int = 8
    """The most requests in a row that may fail: connection lost, timed out, or a 5xx."""
    unreadable: int = 3
    """The most responses in a row without a readable state."""
    unknown: int = 20
    """The most responses in a row with an undocumented state."""

    def __post_init__(self) -> None:
        self._hold("first", self.first > 0, "more than 0")
        self._hold("at_most", self.at_most >= self.first, f"first ({self.first:g}) or more")
        self._hold("factor", self.factor >= 1, "1 or more")
        self._hold("jitter", 0 <= self.jitter <= 1, "from 0 to 1")
        self._hold("transient", self.transient > 0, "more than 0")
        self._hold("retry_after_at_most", self.retry_after_at_most > 0, "more than 0")
        self._hold("request", self.request > 0, "more than 0")
        self._hold("body", self.body > 0, "more than 0")
        for name in ("deadline", "absent", "retries", "unreadable", "unknown"):
            self._hold(name, getattr(self, name) >= 0, "0 or more")

    def _hold(self, name: str, holds: bool, able: str) -> None:  # noqa: FBT001 - a predicate's result
        value = getattr(self, name)
        if not (holds and math.isfinite(value)):
            raise ValueError(f"Policy.{name} is {value:g}; it must be finite, and {able}")

    def pause(self, number: int, rng: Rng) -> float:
        """Returns the pause after poll `number`, which counts from 0.

        Exponential backoff with full jitter, but never shorter than `first`: a vendor that asks
        for ten seconds is not polled after one.
        """
        usual, longest = self._grown(self.first, number), self._grown(self.first, number + 1)
        low = usual - self.jitter * (usual - self.first)
        high = usual + self.jitter * (longest - usual)
        return low + (high - low) * rng()

    def soon(self, number: int) -> float:
        """Returns the pause after a transient state; it grows with the number of such polls."""
        return self._grown(self.transient, number)

    def heeded(self, retry_after: float) -> float:
        """Returns `Retry-After`, clamped to [`transient`, `retry_after_at_most`]."""
        return min(max(retry_after, self.transient), self.retry_after_at_most)

    def _grown(self, pause: float, number: int) -> float:
        try:
            return min(self.at_most, pause * self.factor**number)
        except OverflowError:
            return self.at_most
