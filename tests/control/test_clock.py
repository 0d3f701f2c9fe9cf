"""The clock by the control API: read, advanced, sped up and frozen, separately for each sandbox."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from jobclients.control import models
from jobclients.control.api.clock import advance_clock, get_clock, set_clock
from jobtwin.http import create_app
from jobtwin.sandboxes import RealClock, Sandbox, Setup
from tests.control.world import Sandboxed, names
from tests.loaded import loaded

SPECS = loaded()
START = datetime(2026, 1, 1, tzinfo=UTC)
POLARIS = {"Authorization": "Basic pok_test"}
PROBLEM = "application/problem+json"
MANUAL = {"clock": "manual"}
EMPTY = {"clock": "manual", "empty": True}


class WallAndMonotonic:
    """The machine's clocks, in nanoseconds: wall time is the start of 2026."""

    def __init__(self) -> None:
        self.steady = 42

    def wait(self, seconds: float) -> None:
        self.steady += round(seconds * 1e9)

    def clock(self) -> RealClock:
        return RealClock(wall=lambda: int(START.timestamp()) * 10**9, steady=lambda: self.steady)


WATCH = WallAndMonotonic()
APP = create_app(SPECS, Sandbox([m for s in SPECS for m in s.jobs.values()], Setup(WATCH.clock())))


class ClockSandbox(Sandboxed):
    """A sandbox of the twins, in process; its clock follows WATCH unless `setup` stops it."""

    def __init__(self, **setup: Any) -> None:
        super().__init__(APP, **setup)

    def advance(self, **how: Any) -> httpx.Response:
        return self.control("POST", "clock/advance", how)

    def set(self, **how: Any) -> httpx.Response:
        return self.control("PATCH", "clock", how)

    @property
    def now(self) -> str:
        """The current moment, as the API shows it."""
        return str(self.control("GET", "clock").json()["now"])

    def make(self, scenario: str = "batch_succeeds", **body: Any) -> str:
        """Creates a job of Polaris and returns its id."""
        body = {"api": "polaris", "scenario": scenario, **body}
        return str(self.control("POST", "jobs", body).json()["id"])

    def state(self, job: str) -> str:
        """Returns a job's state by the vendor's API."""
        url = f"polaris/v1/projects/p/jobs/{job}/status"
        return str(self.http.get(url, headers=POLARIS).json()["executionStatus"])


@pytest.fixture
def world() -> ClockSandbox:
    """Make a sandbox whose clock stands still at the start of 2026."""
    return ClockSandbox(**MANUAL)


@pytest.fixture
def running() -> ClockSandbox:
    """Make a sandbox whose clock follows WATCH from the start of 2026."""
    return ClockSandbox()


# -- read and advance ------------------------------------------------------------------------------


def test_read(world: ClockSandbox) -> None:
    """The clock shows its moment, its speed, whether it is frozen, and how jobs progress."""
    clock = get_clock.sync(client=world.client)

    assert clock == models.Clock(
        START, 1.0, frozen=True, skips=False, progression=models.Progression.TIME
    )


@pytest.mark.parametrize(
    ("by", "now"),
    [
        ("PT5M", "2026-01-01T00:05:00Z"),
        ("PT0S", "2026-01-01T00:00:00Z"),
        ("PT0.5S", "2026-01-01T00:00:00.500000Z"),
        ("PT0.000001S", "2026-01-01T00:00:00.000001Z"),
        ("P1D", "2026-01-02T00:00:00Z"),
        ("P1DT1H1M1S", "2026-01-02T01:01:01Z"),
        ("PT90M", "2026-01-01T01:30:00Z"),
        ("P36524D", "2126-01-01T00:00:00Z"),
        ("P2000000D", "7501-10-26T00:00:00Z"),
    ],
)
def test_by(by: str, now: str, world: ClockSandbox) -> None:
    """The clock advances by a duration, however long or short."""
    clock = advance_clock.sync(client=world.client, body=models.Advance(by=by))

    assert isinstance(clock, models.Clock)
    assert (clock.now, world.now) == (datetime.fromisoformat(now), now)


def test_to(world: ClockSandbox) -> None:
    """The clock advances to a moment in any time zone, even to the current one."""
    to = START + timedelta(hours=1)
    clock = advance_clock.sync(client=world.client, body=models.Advance(to=to))

    assert isinstance(clock, models.Clock)
    assert clock.now == to
    assert world.advance(to="2026-01-01T03:00:00+02:00").json()["now"] == "2026-01-01T01:00:00Z"


@pytest.mark.parametrize(
    "to", ["2025-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "2026-01-01T00:59:59+01:00"]
)
def test_to__past(to: str, world: ClockSandbox) -> None:
    """The clock cannot go back."""
    response = world.advance(to=to)

    assert (response.status_code, response.headers["Content-Type"]) == (409, PROBLEM)
    assert "time goes forward only" in response.json()["detail"]
    assert world.now == "2026-01-01T00:00:00Z"


def test_jobs_follow(world: ClockSandbox) -> None:
    """Jobs follow the clock: a late read returns the right state."""
    job = world.make()

    states = [world.state(job)]
    for seconds in (5, 40, 3600):
        world.advance(by=f"PT{seconds}S")
        states.append(world.state(job))

    assert states == ["pending", "running", "completed", "completed"]


# -- the next transition ---------------------------------------------------------------------------


def test_next() -> None:
    """`toNext` advances to the next change of a job, until there are no more."""
    world = ClockSandbox(**EMPTY)
    job, seen = world.make("stopped"), []

    while world.advance(toNext=True).status_code == 200:
        seen.append((world.now[14:19], world.state(job)))

    assert seen == [("00:05", "running"), ("00:20", "canceled")]
    left = world.advance(toNext=True)
    assert (left.status_code, left.headers["Content-Type"]) == (409, PROBLEM)
    assert "no job changes any more" in left.json()["detail"]


def test_next__parts() -> None:
    """`toNext` includes changes of parts."""
    world, seen = ClockSandbox(**EMPTY), []
    parts = {"agents": [{"scenario": "completes"}, {"scenario": "completes_late"}]}
    world.control("POST", "jobs", {"api": "osapi", "parts": parts})

    while world.advance(toNext=True).status_code == 200:
        seen.append(world.now[17:19])

    assert seen == ["01", "02", "05", "10"]


def test_next__birth() -> None:
    """`toNext` includes the birth of a job, even of one that advances by polls."""
    world = ClockSandbox(**EMPTY)
    world.make(at="2026-01-01T02:00:00Z")
    world.make(at="2026-01-01T01:00:00Z", progression="polls")

    moments = [world.advance(toNext=True).json()["now"][11:19] for _ in range(3)]

    assert moments == ["01:00:00", "02:00:00", "02:00:05"]


@pytest.mark.parametrize(
    "new", [{"scenario": "stays_pending"}, {"progression": "polls"}], ids=["holds", "by polls"]
)
def test_next__nothing(new: Any) -> None:
    """`toNext` ignores jobs that do not change by time."""
    world = ClockSandbox(**EMPTY)
    world.make(**new)

    assert world.advance(toNext=True).status_code == 409


def test_next__finished() -> None:
    """`toNext` ignores finished and deleted jobs."""
    world = ClockSandbox(**EMPTY)
    finished, deleted = world.make(), world.make()

    world.control("POST", f"jobs/polaris/job/{finished}/finish")
    world.control("DELETE", f"jobs/polaris/job/{deleted}")

    assert world.advance(toNext=True).status_code == 409


# -- bounds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "by", ["P99999999D", "P2912809D", f"PT{'9' * 400}S", f"P{'9' * 5000}DT{'9' * 5000}H"]
)
def test_by__huge(by: str, world: ClockSandbox) -> None:
    """The clock ends with the year 9998; an advance beyond it is refused and changes nothing."""
    response = world.advance(by=by)

    assert (response.status_code, response.headers["Content-Type"]) == (409, PROBLEM)
    assert "9999-01-01" in response.json()["detail"]
    assert world.now == "2026-01-01T00:00:00Z"


def test_by__last(world: ClockSandbox) -> None:
    """At its last moment, the clock and jobs still work."""
    job = world.make()

    assert world.advance(to="9999-01-01T00:00:00Z").status_code == 200
    assert (world.state(job), world.state(world.make())) == ("completed", "pending")
    assert world.advance(by="PT1S").status_code == 409
    assert world.control("GET", "jobs").status_code == 200


@pytest.mark.parametrize(
    "by",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "5m",
        "PT5",
        "5",
        "-PT5M",
        "PT-5M",
        "P1W",
        "P1Y",
        "PT1.5H",
        "pt5m",
        "PT5M ",
        "PT1M1H",
        "PT1.0000001S",
        300,
        None,
    ],
)
def test_by__no_duration(by: Any, world: ClockSandbox) -> None:
    """An invalid duration is refused with 400 and a valid example."""
    response = world.advance(by=by)

    assert (response.status_code, response.headers["Content-Type"]) == (400, PROBLEM)
    assert "PT1M30S" in response.json()["detail"]
    assert world.now == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "to",
    [
        "",
        "now",
        "2026-02-30T00:00:00Z",
        "2026-02-01",
        "2026-02-01T00:00:00",
        "2026-12-31T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:00",
        1,
        None,
    ],
)
def test_to__no_moment(to: Any, world: ClockSandbox) -> None:
    """An invalid or unsupported moment is refused with 400 and a valid example."""
    response = world.advance(to=to)

    assert (response.status_code, response.headers["Content-Type"]) == (400, PROBLEM)
    assert "-01-01T" in response.json()["detail"]


@pytest.mark.parametrize(
    "how",
    [{}, {"by": "PT1S", "toNext": True}, {"toNext": False}, {"toNext": 1}, {"for": "PT1S"}],
    ids=str,
)
def test_advance__how(how: Any, world: ClockSandbox) -> None:
    """Exactly one of the three ways to advance is required; the error names them."""
    response = world.advance(**how)

    assert response.status_code == 400
    assert '"toNext": true' in response.json()["detail"]
    assert world.now == "2026-01-01T00:00:00Z"


# -- speed and freezing ----------------------------------------------------------------------------


def test_runs(running: ClockSandbox) -> None:
    """On a running clock, jobs advance by themselves."""
    job = running.make()

    WATCH.wait(45)

    assert running.now == "2026-01-01T00:00:45Z"
    assert running.state(job) == "completed"


def test_advance__running(running: ClockSandbox) -> None:
    """A running clock can be advanced, and continues from there."""
    WATCH.wait(1)
    running.advance(by="PT1H")
    WATCH.wait(1)

    assert running.now == "2026-01-01T01:00:02Z"


def test_freeze(running: ClockSandbox) -> None:
    """A frozen clock does not run but can be advanced, and continues from there when unfrozen."""
    WATCH.wait(1)
    running.set(frozen=True)
    WATCH.wait(10)
    assert running.now == "2026-01-01T00:00:01Z"

    running.set(frozen=True)
    running.advance(by="PT1M")
    WATCH.wait(10)
    assert running.now == "2026-01-01T00:01:01Z"

    running.set(frozen=False)
    WATCH.wait(1)
    assert running.now == "2026-01-01T00:01:02Z"


def test_speed(running: ClockSandbox) -> None:
    """A new speed applies from now on, and does not change the past."""
    WATCH.wait(1)
    clock = set_clock.sync(client=running.client, body=models.ClockChange(speed=60))
    WATCH.wait(1)

    assert isinstance(clock, models.Clock)
    assert (clock.speed, clock.frozen) == (60, False)
    assert running.now == "2026-01-01T00:01:01Z"
    running.set(speed=0.5)
    WATCH.wait(2)
    assert running.now == "2026-01-01T00:01:02Z"


def test_speed__frozen(running: ClockSandbox) -> None:
    """A frozen clock remembers a new speed."""
    running.set(frozen=True)
    running.set(speed=3600)
    WATCH.wait(1)
    assert running.now == "2026-01-01T00:00:00Z"

    running.set(frozen=False)
    WATCH.wait(1)
    assert running.now == "2026-01-01T01:00:00Z"


@pytest.mark.parametrize(
    "how",
    [
        {"speed": 0},
        {"speed": -1},
        {"speed": 1000001},
        {"speed": "fast"},
        {"speed": None},
        {"speed": True},
        {"frozen": "yes"},
        {"frozen": None},
        {"progression": "luck"},
        {"now": "2026-01-01T00:00:00Z"},
        {"frozen": True, "speed": 0},
        {},
    ],
    ids=str,
)
def test_set__refused(how: Any, running: ClockSandbox) -> None:
    """An invalid change is refused with 400, and no part of it is applied."""
    before = running.control("GET", "clock").json()

    response = running.set(**how)

    assert (response.status_code, response.headers["Content-Type"]) == (400, PROBLEM)
    assert running.control("GET", "clock").json() == before


def test_progression(world: ClockSandbox) -> None:
    """The progression set here applies to new jobs."""
    before = world.make()
    world.set(progression="polls")
    after = world.make()

    assert world.control("GET", "clock").json()["progression"] == "polls"
    assert [world.state(before), world.state(before)] == ["pending", "pending"]
    assert [world.state(after), world.state(after)] == ["pending", "running"]
    world.set(progression="time")
    last = world.make()
    assert [world.state(last), world.state(last)] == ["pending", "pending"]


# -- separate clocks -------------------------------------------------------------------------------


def test_own_clock() -> None:
    """Each sandbox has its own clock, advanced, sped up and frozen separately."""
    one, other = ClockSandbox(), ClockSandbox()

    one.advance(by="PT1H")
    one.set(speed=60)
    other.set(frozen=True)
    WATCH.wait(1)

    assert (one.now, other.now) == ("2026-01-01T01:01:00Z", "2026-01-01T00:00:00Z")


def test_own_clock__later() -> None:
    """Changes to the default sandbox's clock do not affect sandboxes created later."""
    root = httpx.Client(transport=ClockSandbox(), base_url="http://twin")
    root.patch("_control/clock", json={"speed": 60, "frozen": True, "progression": "polls"})
    made = root.put(f"_control/sandboxes/{next(names)}").json()["name"]
    used = next(names)
    root.get(f"sandboxes/{used}/polaris/v1/projects/p/jobs")

    clocks = [root.get(f"sandboxes/{name}/_control/clock").json() for name in (made, used)]

    for clock in clocks:
        assert (clock["speed"], clock["frozen"], clock["progression"]) == (1, False, "time")


def test_own_clock__reset(world: ClockSandbox) -> None:
    """A reset does not change the clock."""
    world.advance(by="PT1H")
    world.control("POST", "reset")

    assert world.now == "2026-01-01T01:00:00Z"
