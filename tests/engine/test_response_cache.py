"""Cached responses always equal newly made ones."""

import random
from collections.abc import Iterator

import pytest

from jobtwin.http.reply import made
from jobtwin.http.request import RequestData
from jobtwin.http.response_cache import CACHE_SIZE, ResponseCache
from jobtwin.lifecycle import (
    JobRecord,
    JobView,
    Kind,
    Machine,
    MachineState,
    Scenario,
    build_timeline,
    course,
    course_entries,
)
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from jobtwin.sandboxes import ManualClock, Sandbox, Setup, StoredJob
from tests.loaded import loaded

SPECS = {spec.name: spec for spec in loaded()}
READS = [(s, o) for s in SPECS.values() for o in s.operations if o.does == "read"]
STEADY = [(spec, operation) for spec, operation in READS if operation.answer.steady]
SHARING = [(spec, operation) for spec, operation in READS if operation.answer.share]


REQUEST = RequestData(lambda: "1")
REQUEST.is_repeated = True


def _named(value: object) -> str | None:
    if isinstance(value, Operation):
        return value.id
    return value.name if isinstance(value, Spec) else None


def _machine(operation: Operation) -> Machine:
    assert operation.machine is not None
    return operation.machine


def _jobs(sandbox: Sandbox, machine: Machine) -> Iterator[StoredJob]:
    """Yields a job of each scenario, by time and by polls."""
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
    """After any change of a job, each cached response equals one made at that moment."""
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
    """At a milestone, and a microsecond before it, the cached response equals a new one."""
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
    """A response with progress or counters is not steady, and is made each time."""
    steady = {operation.id for _, operation in STEADY}
    flowing = {operation.id for _, operation in READS} - steady

    assert {"getJobStatus", "getUpload"} <= steady
    assert {"getJobProgress", "getJobMetrics"} <= flowing


def test_steady__counters() -> None:
    """A log in which a counter writes lines is not steady either."""
    operation = next(o for _, o in READS if o.id == "getJobLogs")
    sandbox, keeper = Sandbox([], Setup(ManualClock())), ResponseCache("test", operation)
    job = sandbox.create(_machine(operation), scenario="fails_parsing")
    seen = set()
    for _ in range(200):
        sandbox.clock.advance(100_000)
        view = job.view(sandbox.clock.now())
        seen.add(keeper.reply(operation.answer, view, REQUEST).body.count(b"invalid_rows_found"))

    assert len(seen) > 5


@pytest.mark.parametrize(("spec", "operation"), SHARING, ids=_named)
def test_shared__same_as_anew(spec: Spec, operation: Operation) -> None:
    """Jobs created alike at different times each get a response equal to a new one."""
    sandbox, dice = Sandbox([], Setup(ManualClock())), random.Random(spec.name)  # noqa: S311 - a game of dice
    keeper, jobs = ResponseCache("test", operation), list[StoredJob]()
    for _ in range(3):
        sandbox.clock.advance(dice.choice([1, 400_000, 7_300_001]))
        jobs += _jobs(sandbox, _machine(operation))
    for _ in range(40):
        now = sandbox.clock.now()
        for job in dice.sample(jobs, 6):
            replied = keeper.reply(operation.answer, job.view(now), REQUEST).body

            assert replied == made("test", operation.answer, job.view(now), REQUEST)
            if dice.random() < 0.2:
                _something_happens(sandbox, job, dice)
                now = sandbox.clock.now()
        sandbox.clock.advance(dice.choice([0, 1, 999_999, 5_000_000]))


@pytest.mark.parametrize(("spec", "operation"), SHARING, ids=_named)
def test_shared(spec: Spec, operation: Operation) -> None:
    """Alike jobs share the common objects in their bodies."""
    share, machine = operation.answer.share, _machine(operation)
    assert share is not None, spec.name
    sandbox = Sandbox([], Setup(ManualClock()))
    jobs = [sandbox.create(machine) for _ in range(2)]
    sandbox.clock.advance(600_000_000)
    views = [job.view(sandbox.clock.now()) for job in jobs]
    values: dict[object, object] = {}
    for view in views:
        view.shared = values
    first, second = (share(view, REQUEST) for view in views)

    assert course(views[0]) == course(views[1])
    assert _has_same(first, second)


def _has_same(first: object, second: object) -> bool:
    """Returns True if two objects of JSON have a text or an object in common, at any depth."""
    if not isinstance(first, dict) or not isinstance(second, dict):
        return False
    return any(
        (isinstance(inner, dict | str) and second[name] is inner) or _has_same(inner, second[name])
        for name, inner in first.items()
    )


def test_course__of_other_facts() -> None:
    """Jobs with other facts, or at another milestone, have another course."""
    operation = next(o for _, o in SHARING if o.id == "getUpload")
    sandbox, machine = Sandbox([], Setup(ManualClock())), _machine(operation)
    now = sandbox.clock.now()
    one, alike, other = (sandbox.create(machine, facts=f) for f in ({}, {}, {"fileName": "other"}))

    assert course(one.view(now)) == course(alike.view(now))
    assert course(one.view(now)) != course(other.view(now))
    assert course(one.view(now)) != course(one.view(now + 3_600_000_000))


def test_course__log() -> None:
    """A log that quotes IDs, or has lines of counters, is not shared by a course."""
    line, quoting = ({"message": text} for text in ("started", "started {id}"))
    views = [_view_with_log(each) for each in (line, quoting)]
    counting = next(o.machine for _, o in READS if o.id == "getJobLogs")
    assert counting is not None
    sandbox = Sandbox([], Setup(ManualClock()))

    assert [course_entries(view) is not None for view in views] == [True, False]
    assert course_entries(sandbox.create(counting).view(sandbox.clock.now())) is None


def _view_with_log(line: dict[str, str]) -> JobView:
    """Returns a job that has written a line."""
    states = {"running": MachineState("running", Kind.ACTIVE, log=(line,))}
    scenarios = {"runs": Scenario("runs", "It runs", default=True)}
    machine = Machine("job", states, scenarios, initial="running")
    return JobView(build_timeline(JobRecord.of(machine, "1", 0)), 0)


def test_made_once() -> None:
    """An unchanged job gets the same reply object once its request is repeated."""
    operation = next(o for _, o in STEADY if o.id == "getJobStatus")
    sandbox, keeper = Sandbox([], Setup(ManualClock())), ResponseCache("test", operation)
    job = sandbox.create(_machine(operation))
    replies = []
    for request in (RequestData(lambda: "1"), REQUEST, REQUEST):
        replies.append(keeper.reply(operation.answer, job.view(sandbox.clock.now()), request))
        sandbox.clock.advance(1)

    assert replies[0] == replies[1]
    assert replies[0] is not replies[1]
    assert replies[1] is replies[2]


def test_changed() -> None:
    """A polled job gets the same reply object again from the first poll after a change on."""
    operation = next(o for _, o in STEADY if o.id == "getJobStatus")
    sandbox, keeper = Sandbox([], Setup(ManualClock())), ResponseCache("test", operation)
    job = sandbox.create(_machine(operation))
    for _ in range(2):
        keeper.reply(operation.answer, job.view(sandbox.clock.now()), REQUEST)
    sandbox.clock.advance((job.view(sandbox.clock.now()).due or 0) - sandbox.clock.now())
    new = [keeper.reply(operation.answer, job.view(sandbox.clock.now()), REQUEST) for _ in range(2)]

    assert new[0] is new[1]


def test_oldest_makes_room() -> None:
    """A full cache drops its oldest response."""
    operation = next(o for _, o in STEADY if o.id == "getJobStatus")
    sandbox, keeper = Sandbox([], Setup(ManualClock())), ResponseCache("test", operation)
    views = [
        sandbox.create(_machine(operation)).view(ManualClock.START) for _ in range(CACHE_SIZE + 1)
    ]
    replies = [
        [keeper.reply(operation.answer, view, REQUEST) for _ in range(2)][-1] for view in views
    ]

    assert keeper.reply(operation.answer, views[1], REQUEST) is replies[1]
    assert keeper.reply(operation.answer, views[0], REQUEST) is not replies[0]
