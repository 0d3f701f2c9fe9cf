"""A clock that a later process can go on with: it counts by the machine's date, forward only."""

from __future__ import annotations

import time
from typing import NamedTuple

from jobtwin.lifecycle import Moment
from jobtwin.sandboxes import Clock


class Anchor(NamedTuple):
    """A moment of a clock, and the nanoseconds since 1970 at which it was that moment."""

    moment: Moment
    date: int


class LastingClock(Clock):
    """A clock whose time passes while no process runs, unless it is frozen."""

    @property
    def anchor(self) -> Anchor:
        """What the clock counts from."""
        return Anchor(self._base, self._origin)

    def go_on(self, anchor: Anchor, latest: Moment) -> None:
        """Go on from an anchor, but from no earlier moment than `latest`.

        The machine's date may have been set back since.
        """
        self._base, self._origin = anchor.moment, min(anchor.date, self._steady())
        if self.now() < latest:
            self._base, self._origin = latest, self._steady()


class Date:
    """Nanoseconds since 1970 by the machine's date, which stands still while that is set back."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> int:
        """Tell the date."""
        self._last = max(self._last, time.time_ns())
        return self._last
