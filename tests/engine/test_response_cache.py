"""Answers that are kept: never another than one that would be made anew."""

import random
from collections.abc import Iterator

import pytest

from jobtwin.http.reply import made
from jobtwin.http.request import RequestData
from jobtwin.http.response_cache import CACHE_SIZE, ResponseCache
from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from jobtwin.sandboxes import ManualClock, Sandbox, Setup, StoredJob
from tests.loaded import loaded

SPECS = {spec.name: spec for spec in loaded()}
READS = [(s, o) for s in SPECS.values() for o in s.operations if o.does == "read"]
STEADY = [(spec, operation) for spec, operation in READS if operation.answer.steady]


REQUEST = RequestData(lambda: "1")


def _named(value: object) -> str | None:
    if isinstance(value, Operation):
        return value.id
    return value.name if isinstance(value, Spec) else None


def _machine(operation: Operation) -> Machine:
    assert operation.machine is not None
    return operation.machine


def _jobs(sandbox: Sandbox, machine: Machine) -> Iterator[StoredJob]:
    """A job of each scenario, by time and by polls."""
    for scenario in machine.scenarios.values():
        facts = {**machine.facts, **scenario.facts}
        facts |= {name: allowed[0] for name, allowed in scenario.when.items() if "." not in name}
        for by_polls in (False, True):
            yield sandbox.create(machine, scenario=scenario.name, facts=facts, by_polls=by_polls)


def _something_happens(sandbox: Sandbox, job: StoredJob, random: random.Random) -> None:
    chosen = random.choice(["wait", "wait", "wait", "poll", "tell"])
    if chosen == "poll":
        sandbox.polled(job)
    elif chosen == "tell":
        events = sorted({t.event for t in job.record.machine.transitions if t.event})
        if events:
            sandbox.send_event(job, random.choice(events))
    else:
        sandbox.clock.advance(random.choice([0, 1, 999_999, 5_000_000, 61_000_000]))


@pytest.mark.parametrize(("spec", "operation"), STEADY, ids=_named)
def test_same_as_anew(spec: Spec, operation: Operation) -> None:
    """Whatever happens to a job, each kept answer is the one that would be made at that moment."""
    sandbox, dice = Sandbox([], Setup(ManualClock())), random.Random(spec.name)  # noqa: S311 - a game of dice
    keeper, answer = ResponseCache("test", operation), operation.answer
    for job in _jobs(sandbox, _machine(operation)):
        for _ in range(60):
            view = job.view(sandbox.clock.now())

            assert keeper.reply(operation.answer, view, REQUEST).body == made(
                "test", answer, view, REQUEST
            )
            _something_happens(sandbox, job, dice)


@pytest.mark.parametrize(("spec", "operation"), STEADY, ids=_named)
def test_each_change_shows(spec: Spec, operation: Operation) -> None:
    """At the very moment of a milestone, and a microsecond before it, the answer is right."""
    sandbox, keeper = Sandbox([], Setup(ManualClock())), ResponseCache("test", operation)
    jobs = list(_jobs(sandbox, _machine(operation)))
    for _ in range(40):
        views = [job.view(sandbox.clock.now()) for job in jobs]
        dues = [view.due for view in views if view.due is not None]

        for view in views:
            assert keeper.reply(operation.answer, view, REQUEST).body == made(
                "test", operation.answer, view, REQUEST
            )
        if dues:
            span = min(dues) - sandbox.clock.now()
            sandbox.clock.advance(max(0, span - 1 if span > 1 else span))
    assert spec.jobs


def test_steady() -> None:
    """Progress and counters flow: an answer that shows them is made anew each time."""
    steady = {operation.id for _, operation in STEADY}
    flowing = {operation.id for _, operation in READS} - steady

    assert {"getJobStatus", "getJobLogs"} <= steady
    assert {"getJobProgress", "getJobMetrics"} <= flowing


def test_made_once() -> None:
    """As long as nothing happens to a job its answer is the very same reply."""
    operation = next(o for _, o in STEADY if o.id == "getJobStatus")
    sandbox, keeper = Sandbox([], Setup(ManualClock())), ResponseCache("test", operation)
    job = sandbox.create(_machine(operation))
    first = keeper.reply(operation.answer, job.view(sandbox.clock.now()), REQUEST)
    sandbox.clock.advance(1)

    assert keeper.reply(operation.answer, job.view(sandbox.clock.now()), REQUEST) is first


def test_oldest_makes_room() -> None:
    """So many answers are kept and no more."""
    operation = next(o for _, o in STEADY if o.id == "getJobStatus")
    sandbox, keeper = Sandbox([], Setup(ManualClock())), ResponseCache("test", operation)
    views = [
        sandbox.create(_machine(operation)).view(ManualClock.START) for _ in range(CACHE_SIZE + 1)
    ]
    replies = [keeper.reply(operation.answer, view, REQUEST) for view in views]

    assert keeper.reply(operation.answer, views[1], REQUEST) is replies[1]
    assert keeper.reply(operation.answer, views[0], REQUEST) is not replies[0]
