"""Clocks by a store's date: all its servers have the same time."""

from __future__ import annotations

import time
from math import inf
from typing import NamedTuple

from jobtwin.lifecycle import Moment
from jobtwin.sandboxes import SandboxClock


class Anchor(NamedTuple):
    """A moment of a clock, and the nanoseconds since 1970 at which it was that moment."""

    moment: Moment
    date: int


class LastingClock(SandboxClock):
    """A clock whose time also passes while no process runs, unless it is frozen."""

    @property
    def anchor(self) -> Anchor:
        """The origin of the clock."""
        return Anchor(self._base, self._origin)

    def date_of(self, moment: Moment) -> float:
        """Returns the date at which it reaches a moment."""
        if self.frozen or self.speed <= 0:
            return inf
        return self._origin + (moment - self._base) * 1000 / self.speed

    def go_on(self, anchor: Anchor) -> None:
        """Continues from an anchor."""
        self._base, self._origin = anchor.moment, min(anchor.date, self._steady())


class StoreDate:
    """Nanoseconds since 1970 by a store's last response, continued by this machine.

    A turn has the date of one response, from its beginning to its end.
    """

    def __init__(self) -> None:
        self._told = self._heard = self._last = 0
        self._pinned = False

    def tell(self, date: int) -> None:
        """Sets the date just received from the store."""
        self._told, self._heard = date, time.monotonic_ns()
        self._last = max(self._last, date)

    def pin(self, *, pinned: bool) -> None:
        """Freezes the date, or lets it continue."""
        self._pinned = pinned

    def __call__(self) -> int:
        """Returns the date."""
        if self._pinned:
            return self._told
        self._last = max(self._last, self._told + time.monotonic_ns() - self._heard)
        return self._last
