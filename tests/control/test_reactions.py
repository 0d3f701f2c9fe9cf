"""How a client took failures, by the polling report: what was injected is not its fault."""

from typing import Any

import pytest

from tests.control.test_faults import JOBS, POLARIS, FaultySandbox


@pytest.fixture
def world() -> FaultySandbox:
    """Make a sandbox with one job."""
    return FaultySandbox()


def _polls(world: FaultySandbox, *pauses: float) -> dict[str, tuple[bool, str]]:
    """Poll, and again after each pause; the report's rules with their verdicts."""
    world.poll()
    for pause in pauses:
        world.advance(f"PT{pause}S")
        world.poll()
    return _rules(world)


def _rules(world: FaultySandbox) -> dict[str, tuple[bool, str]]:
    jobs = world.control("GET", "journal/report").json()["jobs"]
    return {r["rule"]: (r["kept"], r["says"]) for job in jobs for r in job["rules"]}


def _kept(rules: dict[str, tuple[bool, str]], name: str) -> bool | None:
    return rules[name][0] if name in rules else None


def test_injected(world: FaultySandbox) -> None:
    """An injected 429 is not the client's fault, and one without a failure has no such rules."""
    world.fault({"status": 429}, after=1, times=1)

    rules = _polls(world, 10, 20)

    assert _kept(rules, "heeds") is True
    assert _kept(rules, "persists") is True
    assert "persists" not in _polls(FaultySandbox(), 10)


@pytest.mark.parametrize(("pause", "kept"), [(5, True), (4, False)])
@pytest.mark.parametrize("date", [True, False])
def test_retry_after(world: FaultySandbox, pause: float, kept: bool, date: bool) -> None:  # noqa: FBT001 - rows of a table
    """Whoever comes back before Retry-After is over has not heeded it."""
    world.fault({"status": 503, "retryAfter": 5, "date": date}, after=1, times=1)

    rules = _polls(world, 10, pause)

    assert _kept(rules, "retry_after") is kept


@pytest.mark.parametrize(("pauses", "kept"), [((1, 2, 4), True), ((1, 1, 1), False)])
def test_backs_off(world: FaultySandbox, pauses: Any, kept: bool) -> None:  # noqa: FBT001 - rows of a table
    """Pauses must grow where failures come in a row; a cut connection is one."""
    world.fault({"body": "truncated"}, after=1, times=3)

    rules = _polls(world, 10, *pauses)

    assert _kept(rules, "backs_off") is kept


@pytest.mark.parametrize(("failures", "kept"), [(1, False), (4, False), (5, True)])
def test_persists(world: FaultySandbox, failures: int, kept: bool) -> None:  # noqa: FBT001 - rows of a table
    """Whoever gives up after a few failures has given up early."""
    world.fault({"status": 500}, after=1)

    rules = _polls(world, *(2**n for n in range(failures)))

    assert _kept(rules, "persists") is kept


def test_one_job(world: FaultySandbox) -> None:
    """A retry of a request that had made a job, though its answer was an error, makes two."""
    world.fault({"status": 500, "handled": True}, operation="createJob", times=1)
    world.create()
    before = _rules(world)
    world.create()

    assert "one_job" not in before
    assert _kept(_rules(world), "one_job") is False


def test_journal__unhandled(world: FaultySandbox) -> None:
    """The journal tells which job a request was about that no handler has seen."""
    world.fault({"status": 500})
    world.http.get(f"{JOBS}/{world.job}", headers=POLARIS)

    assert world.entry()["job"] == world.job
