"""Every generated waiter waits for a job of every scenario, and reports the right result."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest

from jobtwin.lifecycle import JobView, Machine, Outcome
from jobtwin.openapi import Spec
from jobwait import (
    JobCancelled,
    JobEnded,
    JobFailed,
    JobPartlyFailed,
    WaitError,
    WaitTimeout,
)
from tests.sampling import fast_every
from tests.waiters import stage
from tests.waiters.stage import WaiterStage

HOUR = 3600
ENDS: dict[Outcome | None, type[WaitError] | None] = {
    None: WaitTimeout,
    Outcome.SUCCESS: None,
    Outcome.FAILURE: JobFailed,
    Outcome.PARTIAL: JobPartlyFailed,
    Outcome.CANCELLED: JobCancelled,
}

pytestmark = pytest.mark.usefixtures("fifth")


def _walks() -> Iterator[Any]:
    for spec, machine in stage.waiters():
        for scenario in machine.scenarios:
            yield pytest.param(spec, machine, scenario, id=f"{spec.name}.{machine.name}-{scenario}")


def _in_turn(states: list[str]) -> list[str]:
    return [state for state, _ in groupby(states)]


def _failed(view: JobView) -> Iterator[JobView]:
    """Yields the deepest failed parts, by the engine."""
    for name in view.timeline.parts:
        for part in view.parts(name):
            within = list(_failed(part))
            if within:
                yield from within
            elif part.state.outcome in (Outcome.FAILURE, Outcome.PARTIAL):
                yield part


def _is_walk(seen: list[str], view: JobView) -> bool:
    """True if the states are in the order of the job's plan; some may be missing."""
    marks = iter([mark.state.name for mark in view.milestones()])
    return all(state in marks for state in seen)


@pytest.mark.parametrize("way", stage.WAYS)
@pytest.mark.parametrize(("spec", "machine", "scenario"), fast_every(3, _walks()))
def test_walk(spec: Spec, machine: Machine, scenario: str, way: str) -> None:
    """The waiter ends as the scenario does, and names the failed parts with their reasons."""
    play = WaiterStage(spec, machine, way)
    job = play.born(scenario)
    ends = job.timeline.schedule.ends
    shown: list[Any] = []

    try:
        got: Any = play.wait(
            job, timeout=HOUR / 6 if ends is None else ends / 1e6 + HOUR, on_progress=shown.append
        )
    except WaitError as error:
        got = error

    view = play.view(job)
    last = shown[-1]
    assert last.state == view.state.name
    assert type(got) is (ENDS[view.state.outcome] or type(last.job))
    assert _is_walk(_in_turn([each.state for each in shown]), view)
    assert [seen.state for seen in last.history] == _in_turn([each.state for each in shown])
    assert last.attempts == len(play.requests)
    assert min(play.slept, default=1) > 0
    assert {part.state for part in last.failures} == {p.state.name for p in _failed(view)}
    assert len(last.failures) == len(list(_failed(view)))
    assert [report for report in play.politeness(job) if not report.polite] == []
    if isinstance(got, JobEnded):
        facts = [list(part.facts().values()) for part in _failed(view)]
        assert all(
            part.reason is None or any(part.reason in f for f in facts) for part in got.failures
        )
        assert all(f"{part.path[-1]} is {part.state}" in str(got) for part in got.failures)
    elif not isinstance(got, WaitError):
        assert got is last.job
