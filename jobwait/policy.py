"""How often to ask, and what to put up with: numbers and their arithmetic. No clock, no HTTP."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Rng = Callable[[], float]
"""Draws a number from 0 to 1, such as `random.random`."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of a wait; all times are in seconds. `dataclasses.replace` makes others of it.

    ValueError when a number is not one that a wait could end with.
    """

    first: float = 2.0
    """The shortest pause between two answered polls; what the vendor advises."""
    at_most: float = 60.0
    """The longest."""
    factor: float = 1.5
    """By how much pauses grow."""
    jitter: float = 1.0
    """How much of a pause is left to chance: 1 is all above `first`, 0 nothing."""
    transient: float = 2.0
    """The pause after a state that is to pass soon, or when a new job is not there yet."""
    retry_after_at_most: float = 600.0
    """How much of a `Retry-After` is heeded."""
    request: float = 30.0
    """How long one request may take, from its first byte to the last of its answer."""
    body: int = 32_000_000
    """How many bytes an answer may have, unpacked."""
    deadline: float = 7200.0
    """When to give up, where the caller sets no `timeout`."""
    absent: float = 30.0
    """How long a job that was never seen may be missing."""
    retries: int = 8
    """How many requests in a row may fail: connection lost, timed out, or a 5xx."""
    unreadable: int = 3
    """How many answers in a row may be such that the state cannot be read."""
    unknown: int = 20
    """How many times in a row a state may be one that nobody has described."""

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
        """How long to wait after poll `number`, from 0 on.

        Exponential backoff with full jitter, but never sooner than `first`: a vendor who asks for
        ten seconds is not asked after one.
        """
        usual, longest = self._grown(self.first, number), self._grown(self.first, number + 1)
        low = usual - self.jitter * (usual - self.first)
        high = usual + self.jitter * (longest - usual)
        return low + (high - low) * rng()

    def soon(self, number: int) -> float:
        """How long to wait for what is to pass soon; if it does not, less and less often."""
        return self._grown(self.transient, number)

    def heeded(self, retry_after: float) -> float:
        """What is made of a server's wish: not so short as to spin, nor so long as to hang."""
        return min(max(retry_after, self.transient), self.retry_after_at_most)

    def _grown(self, pause: float, number: int) -> float:
        try:
            return min(self.at_most, pause * self.factor**number)
        except OverflowError:
            return self.at_most
