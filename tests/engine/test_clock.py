"""Clocks: the only source of time."""

import math

import pytest

from jobtwin.bounds import FASTEST, LAST_MOMENT
from jobtwin.sandboxes import ManualClock, RealClock, SandboxClock

SECOND = 1_000_000
NANO = 1000
"""Nanoseconds in a microsecond."""


class ComputerClocks:
    """The machine's two clocks, in nanoseconds: the wall clock can be set back."""

    def __init__(self) -> None:
        self.wall = 1_767_225_600 * SECOND * NANO
        self.steady = 42

    def clock(self, speed: float = 1.0) -> RealClock:
        """Returns a clock that follows this watch."""
        return RealClock(speed, wall=lambda: self.wall, steady=lambda: self.steady)


@pytest.fixture
def watch() -> ComputerClocks:
    """A watch set to the start of 2026."""
    return ComputerClocks()


def test_manual() -> None:
    """A manual clock starts at the beginning of 2026, and moves only when advanced."""
    clock = ManualClock()

    clock.advance(SECOND)
    clock.advance(0)

    assert clock.now() == clock.now() == 1_767_225_601 * SECOND


def test_manual__back() -> None:
    """A manual clock cannot be moved back."""
    clock = ManualClock(5)

    with pytest.raises(ValueError, match="time goes forward only, not by -1 µs"):
        clock.advance(-1)

    assert clock.now() == 5


@pytest.mark.parametrize(("speed", "expected"), [(1, 10), (60, 600), (0.5, 5)])
def test_real(speed: float, expected: int, watch: ComputerClocks) -> None:
    """A real clock starts at the machine's time, and runs `speed` times as fast."""
    clock, start = watch.clock(speed), watch.wall // NANO

    watch.steady += 10 * SECOND * NANO

    assert clock.now() == start + expected * SECOND


def test_real__set_back(watch: ComputerClocks) -> None:
    """A real clock does not go back when the machine's clock is set back."""
    clock, start = watch.clock(), watch.wall // NANO

    watch.wall -= 3600 * SECOND * NANO

    assert clock.now() == start


def test_real__never_back(watch: ComputerClocks) -> None:
    """A real clock never goes back because of rounding."""
    clock, told = watch.clock(1 / 3), []

    for _ in range(100):
        watch.steady += 777
        told.append(clock.now())

    assert told == sorted(told)


def test_real__own_clocks() -> None:
    """A real clock follows the machine's own clocks unless others are given."""
    clock = RealClock()

    assert 1_767_225_600 * SECOND < clock.now() <= clock.now()


def test_real__frozen(watch: ComputerClocks) -> None:
    """A frozen clock stands still, and continues from there when thawed."""
    clock, start = watch.clock(), watch.wall // NANO

    clock.frozen = True
    watch.steady += 10 * SECOND * NANO
    clock.advance(SECOND)
    clock.frozen = False
    watch.steady += 5 * SECOND * NANO

    assert clock.now() == start + 6 * SECOND


def test_real__other_speed(watch: ComputerClocks) -> None:
    """A new speed applies from now on, and does not change the time already passed."""
    clock, start = watch.clock(60), watch.wall // NANO

    watch.steady += SECOND * NANO
    clock.speed = 2
    watch.steady += SECOND * NANO

    assert clock.now() == start + 62 * SECOND


@pytest.mark.parametrize("clock", [ManualClock(5), ManualClock()])
def test_anew__manual(clock: ManualClock) -> None:
    """A fresh copy of a manual clock is at its start, and moves independently."""
    start = clock.now()
    clock.advance(SECOND)

    other = clock.anew()
    clock.advance(SECOND)

    assert (other.now(), other.frozen) == (start, True)


def test_anew__real(watch: ComputerClocks) -> None:
    """A fresh copy of a real clock starts at the machine's current time, at the same speed."""
    clock = watch.clock(60)
    watch.wall += 10 * SECOND * NANO
    watch.steady += 10 * SECOND * NANO

    other = clock.anew()

    assert (other.now(), other.speed) == (watch.wall // NANO, 60)


@pytest.mark.parametrize("frozen", [True, False])
def test_last_moment(frozen: bool, watch: ComputerClocks) -> None:  # noqa: FBT001 - a parameter of the test
    """A clock stops at the last moment, whether it runs or is advanced."""
    clock = SandboxClock(LAST_MOMENT - 5, speed=FASTEST, frozen=frozen, steady=lambda: watch.steady)

    watch.steady += 3600 * SECOND * NANO
    clock.advance(10)
    clock.frozen = not frozen
    watch.steady += 3600 * SECOND * NANO

    assert clock.now() == LAST_MOMENT


@pytest.mark.parametrize("speed", [0, -1, math.inf, math.nan, FASTEST + 1])
def test_speed__out_of_bounds(speed: float) -> None:
    """A clock refuses a speed out of bounds, and keeps its own."""
    clock = ManualClock()

    with pytest.raises(
        ValueError, match="is no speed; write a number above 0 and at most 1,000,000"
    ):
        clock.speed = speed
    with pytest.raises(ValueError, match="is no speed"):
        RealClock(speed)

    assert clock.speed == 1
