"""A client's reactions to failures, by the polling report, which does not blame it for faults."""

from typing import Any

import pytest

from jobtwin.sandboxes import JournalEntry
from jobtwin.sandboxes.reactions import second_jobs
from tests.control.test_faults import JOBS, POLARIS, FaultySandbox


@pytest.fixture
def world() -> FaultySandbox:
    """Make a sandbox with one job."""
    return FaultySandbox()


def _polls(world: FaultySandbox, *pauses: float) -> dict[str, tuple[bool, str]]:
    """Polls, and again after each pause; returns the report's rules with their verdicts."""
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
    """The client is not blamed for an injected 429; without failures, there are no such rules."""
    world.fault({"status": 429}, after=1, times=1)

    rules = _polls(world, 10, 20)

    assert _kept(rules, "heeds") is True
    assert _kept(rules, "persists") is True
    assert "persists" not in _polls(FaultySandbox(), 10)


@pytest.mark.parametrize(("pause", "kept"), [(5, True), (4, False)])
@pytest.mark.parametrize("date", [True, False])
def test_retry_after(world: FaultySandbox, pause: float, kept: bool, date: bool) -> None:  # noqa: FBT001 - rows of a table
    """A poll before the end of Retry-After breaks the rule."""
    world.fault({"status": 503, "retryAfter": 5, "date": date}, after=1, times=1)

    rules = _polls(world, 10, pause)

    assert _kept(rules, "retry_after") is kept


@pytest.mark.parametrize(("pauses", "kept"), [((1, 2, 4), True), ((1, 1, 1), False)])
def test_backs_off(world: FaultySandbox, pauses: Any, kept: bool) -> None:  # noqa: FBT001 - rows of a table
    """Pauses must grow during consecutive failures, including cut connections."""
    world.fault({"body": "truncated"}, after=1, times=3)

    rules = _polls(world, 10, *pauses)

    assert _kept(rules, "backs_off") is kept


@pytest.mark.parametrize(("failures", "kept"), [(1, False), (4, False), (5, True)])
def test_persists(world: FaultySandbox, failures: int, kept: bool) -> None:  # noqa: FBT001 - rows of a table
    """A client that stops after fewer than five failures has given up early."""
    world.fault({"status": 500}, after=1)

    rules = _polls(world, *(2**n for n in range(failures)))

    assert _kept(rules, "persists") is kept


def test_one_job(world: FaultySandbox) -> None:
    """Retrying a request that created a job despite its error creates a second job."""
    world.fault({"status": 500, "handled": True}, operation="createJob", times=1)
    world.create()
    before = _rules(world)
    world.create()

    assert "one_job" not in before
    assert _kept(_rules(world), "one_job") is False


def test_one_job__next() -> None:
    """Each unseen job is reported with the next one that the same request created."""
    entries = [
        JournalEntry(number, 0, 1, "x", "create", "POST", "/", "", 500, job, injected=injected)
        for number, (job, injected) in enumerate(
            [("a", True), ("a", False), ("b", True), (None, False), ("b", True), ("c", False)]
        )
    ]

    found = [(again.number, rule.says) for again, rule in second_jobs(entries)]

    assert found == [
        (2, "made the jobs a and b of one request, sent twice"),
        (5, "made the jobs b and c of one request, sent twice"),
        (5, "made the jobs b and c of one request, sent twice"),
    ]


def test_journal__unhandled(world: FaultySandbox) -> None:
    """The journal shows a request's job even if a fault answered before the handler."""
    world.fault({"status": 500})
    world.http.get(f"{JOBS}/{world.job}", headers=POLARIS)

    assert world.entry()["job"] == world.job
