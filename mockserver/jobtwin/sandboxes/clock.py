"""Clocks: the only source of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from jobtwin import bounds
from jobtwin.bounds import LAST_MOMENT
from jobtwin.lifecycle import Moment, Span

Tick = Callable[[], int]
"""Nanoseconds, of a clock that is never set back."""


class Setting(NamedTuple):
    """The origin and the speed of a clock."""

    base: Moment
    origin: int
    speed: float
    frozen: bool


class SandboxClock:
    """Tells the moment, in microseconds since 1970; goes forward only.

    It passes `speed` seconds in a second, and none while it is frozen. It stops at the last moment
    that can be written.
    """

    def __init__(
        self,
        start: Moment,
        *,
        speed: float = 1.0,
        frozen: bool = False,
        steady: Tick = time.monotonic_ns,
    ) -> None:
        self._start = self._base = min(start, LAST_MOMENT)
        self._speed = self._first_speed = bounds.speed(speed)
        self._frozen = self._first_frozen = frozen
        self._steady = steady
        self._origin = steady()
        self._watchers: list[Callable[[Moment], None]] = []

    def watch(self, moved: Callable[[Moment], None]) -> None:
        """Calls `moved` with the time, from now on, whenever the clock is moved by hand."""
        self._watchers.append(moved)

    def anew(self) -> SandboxClock:
        """Returns a new clock with this one's initial settings."""
        return SandboxClock(
            self._start, speed=self._first_speed, frozen=self._first_frozen, steady=self._steady
        )

    def now(self) -> Moment:
        """Returns the time. It does not go back if the machine's clock is set back."""
        if self._frozen:
            return self._base
        passed = (self._steady() - self._origin) // 1000
        if self._speed != 1:
            passed = int(passed * self._speed)
        now = self._base + passed
        return now if now < LAST_MOMENT else LAST_MOMENT  # noqa: FURB136 - `min` takes longer

    def advance(self, span: Span) -> None:
        """Advances the clock. Raises ValueError for a negative span."""
        if span < 0:
            raise ValueError(f"time goes forward only, not by {span} µs")
        self._base = min(self._base + span, LAST_MOMENT)
        self._tell()

    def _tell(self) -> None:
        for moved in self._watchers:
            moved(self.now())

    @property
    def speed(self) -> float:
        """Seconds that pass in a second while it is not frozen."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        speed = bounds.speed(speed)
        self._settle()
        self._speed = speed

    @property
    def frozen(self) -> bool:
        """True if it is frozen."""
        return self._frozen

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        self._settle()
        self._frozen = frozen

    def restore(self, *, now: Moment, speed: float, frozen: bool) -> None:
        """Continues from a moment, as another clock did before."""
        self._base, self._origin = now, self._steady()
        self._speed, self._frozen = speed, frozen
        self._tell()

    @property
    def setting(self) -> Setting:
        """Its origin and its speed."""
        return Setting(self._base, self._origin, self._speed, self._frozen)

    def undo(self, setting: Setting) -> None:
        """Reverts to the setting before a change of speed, or before `restore`."""
        self._base, self._origin, self._speed, self._frozen = setting

    def _settle(self) -> None:
        """Sets the origin to the current time."""
        self._base = self.now()
        self._origin = self._steady()


class RealClock(SandboxClock):
    """The machine's clock, `speed` times as fast from the moment at which it was made."""

    def __init__(
        self,
        speed: float = 1.0,
        *,
        wall: Callable[[], int] = time.time_ns,
        steady: Tick = time.monotonic_ns,
    ) -> None:
        super().__init__(wall() // 1000, speed=speed, steady=steady)
        self._wall = wall

    def anew(self) -> SandboxClock:
        """Returns a clock with this one's initial speed that starts now."""
        return RealClock(self._first_speed, wall=self._wall, steady=self._steady)


class ManualClock(SandboxClock):
    """A frozen clock, which only moves when it is advanced."""

    START: Moment = 1_767_225_600_000_000
    """2026-01-01T00:00:00Z."""

    def __init__(self, start: Moment = START) -> None:
        super().__init__(start, frozen=True)
