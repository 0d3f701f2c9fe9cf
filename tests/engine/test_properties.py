"""The engine, compared with a naive replay event by event, and with itself when read late."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtwin.lifecycle import (
    Counter,
    DerivationRule,
    Event,
    JobRecord,
    JobView,
    Kind,
    Machine,
    MachineState,
    Moment,
    Outcome,
    PartBirth,
    Scenario,
    ScenarioStep,
    Span,
    Transition,
    build_schedule,
    build_timeline,
)
from jobtwin.lifecycle.machine import Line
from jobtwin.lifecycle.view import COUNTED_LINES, LONGEST_LOG
from tests.loaded import loaded
from tests.sampling import examples, fast_every

SECOND = 1_000_000
BORN: Moment = 1_767_225_600 * SECOND


def some_examples(number: int) -> settings:
    """Returns settings with the same examples each time, on a machine of any speed."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=examples(max(number // 3, 6), number),
        derandomize=True,
        deadline=None,
        suppress_health_check=slow,
    )


class Replay:
    """A job or part that follows specs/README.md literally, without planning a schedule."""

    def __init__(self, record: JobRecord) -> None:
        self.record = record
        self.machine = record.machine
        self.now: Span = 0
        self.facts = dict(record.facts)
        self.steps = [step for step in record.scenario.steps for _ in range(step.times)]
        self.step: ScenarioStep | None = None
        self.progress = 0.0
        self.spent = dict.fromkeys(self.machine.states, 0)
        self.history: list[tuple[Span, str]] = []
        self.updated: Span = 0
        self.log: list[tuple[Span, Any]] = []
        self.counted: list[tuple[Span, Any]] = []
        self.parts = {
            name: [Replay(part) for part in parts] for name, parts in record.parts.items()
        }
        if self.machine.rules:
            for part in self.every_part():
                part.settle(0)
            self.enter(self.followed(), {}, ())
        else:
            self.enter(self.machine.initial or "", {}, ())

    # -- time passes -----------------------------------------------------------------------------

    def live(self, until: Span) -> None:
        """Advance to a moment, applying all scheduled changes up to it."""
        while (due := self.due) is not None and due <= until:
            self.settle(due)
        self.settle(until)

    def settle(self, at: Span) -> None:
        """Advance to a moment at or before the next change, and apply that change."""
        self.grow(at)
        for part in self.every_part():
            part.settle(at)
        if self.machine.rules:
            self.follow(None)
        while not self.machine.rules and self.planned and self.planned[0] == at:
            self.act()

    def grow(self, at: Span) -> None:
        """Increase progress and the time spent in the state."""
        rest = self.pace - (self.now - self.history[-1][0])
        if rest > 0 and (span := self.state.progress):
            high = max(self.progress, span[1])
            self.progress += (high - self.progress) * min(1.0, (at - self.now) / rest)
        self.count(at)
        self.spent[self.state.name] += at - self.now
        self.now = at

    @property
    def pace(self) -> Span:
        """The time over which progress rises in this state."""
        timed, step = self.machine.timed(self.state.name, self.facts), self.step
        if timed is None:
            return (step.after or 0) if step and step.event and self.can(step.event) else 0
        if step is None or step.event:
            return timed.after or 0
        return step.after or 0

    @property
    def planned(self) -> tuple[Span, Transition, ScenarioStep | None] | None:
        """The change that ends this visit unless an event comes before."""
        step, entered = self.step, self.history[-1][0]
        timed = self.machine.timed(self.state.name, self.facts)
        if step and step.event and (asked := self.can(step.event)):
            return max(entered + (step.after or 0), self.now), asked, step
        if (step and step.hold) or timed is None:
            return None
        if step and not step.event:
            return max(entered + (step.after or 0), self.now), timed, step
        return max(entered + (timed.after or 0), self.now), timed, None

    @property
    def due(self) -> Span | None:
        """The time of the next scheduled change, here or in a part."""
        dues = [part.due for part in self.every_part()]
        if not self.machine.rules:
            dues.append(self.planned[0] if self.planned else None)
        return min((due for due in dues if due is not None), default=None)

    # -- changes ---------------------------------------------------------------------------------

    @property
    def state(self) -> MachineState:
        """The current state."""
        return self.machine.states[self.history[-1][1]]

    def can(self, event: str) -> Transition | None:
        """Returns the transition that the event would cause."""
        return self.machine.on(self.state.name, event, self.facts)

    def allows(self, event: str) -> bool:
        """True if the event is legal now."""
        taken = self.can(event)
        if taken is None or taken.to is None or not self.machine.rules:
            return taken is not None
        return any(part.allows(event) for part in self.parts[self.machine.part or ""])

    def tell(self, event: str) -> None:
        """Send an event; an illegal one changes nothing."""
        taken = self.can(event)
        if taken is None:
            return
        if not self.machine.rules:
            self.take(taken)
        elif taken.to is None:
            self.note(taken.set, taken.log)
        for part in self.every_part():
            part.tell(event)
        if self.machine.rules:
            self.follow(event)
        while not self.machine.rules and self.planned and self.planned[0] == self.now:
            self.act()

    def act(self) -> None:
        """Apply the change planned for this moment."""
        assert self.planned
        _, taken, step = self.planned
        if step:
            self.step = None
        self.take(taken, step)
        for part in self.every_part() if taken.event else ():
            part.tell(taken.event or "")

    def take(self, taken: Transition, step: ScenarioStep | None = None) -> None:
        """Make a transition, with the step's facts and lines added."""
        changed = {**taken.set, **step.set} if step else taken.set
        lines = (*taken.log, *step.log) if step else taken.log
        if taken.to is None:
            self.note(changed, lines)
        else:
            self.enter(taken.to, changed, lines)

    def enter(self, state: str, changed: Mapping[str, Any], lines: Sequence[Any]) -> None:
        """Begin a visit to a state."""
        self.history.append((self.now, state))
        self.step = next((step for step in self.steps if step.state == state), None)
        if self.step:
            self.steps.remove(self.step)
        if span := self.state.progress:
            self.progress = max(self.progress, span[0])
            if self.state.final:
                self.progress = max(self.progress, span[1])
        self.note(changed, (*lines, *self.state.log))

    def note(self, changed: Mapping[str, Any], lines: Sequence[Any]) -> None:
        """Change facts and write lines."""
        self.facts |= changed
        self.log += [(self.now, line) for line in lines]
        self.updated = self.now

    def follow(self, event: str | None) -> None:
        """Enter the state that the rules give."""
        before, after = self.state.name, self.followed()
        if before != after:
            taken = self.machine.between(before, after, self.facts, event)
            self.enter(after, taken.set if taken else {}, taken.log if taken else ())

    def followed(self) -> str:
        """Returns the state that the rules give now."""
        states = [part.state.name for part in self.parts[self.machine.part or ""]]
        return next(rule.then for rule in self.machine.rules if rule.holds(states))

    def every_part(self) -> Iterator[Replay]:
        """Returns the parts of all names."""
        return (part for parts in self.parts.values() for part in parts)

    # -- visible state ---------------------------------------------------------------------------

    def seen(self) -> dict[str, Any]:
        """Returns everything a reader can see now."""
        first = {state: at for at, state in reversed(self.history)}
        parts = {name: [part.seen() for part in parts] for name, parts in self.parts.items()}
        return {
            "state": self.state.name,
            "progress": pytest.approx(self.progress),
            "facts": self.facts.copy(),
            "counters": {name: self.counter(name) for name in self.machine.counters},
            "entered_at": {state: BORN + at for state, at in first.items()},
            "ended_at": BORN + self.history[-1][0] if self.state.final else None,
            "updated_at": BORN + self.latest(),
            "log": [(BORN + at, line) for at, line in self.lines()],
            "parts": parts,
        }

    def counter(self, name: str) -> Any:
        """Returns the counter's value now."""
        counter = self.machine.counters[name]
        spent, limit = sum(self.spent[state] for state in counter.states), self.limit(name)
        if counter.over and limit is not None:
            return pytest.approx(limit * min(1.0, spent / counter.over))
        grown = spent / SECOND * counter.per_second
        return pytest.approx(grown if limit is None else min(grown, limit))

    def limit(self, name: str) -> float | None:
        """Returns a counter's limit."""
        limit = self.machine.counters[name].at_most
        if isinstance(limit, str):
            limit = self.facts[limit.removeprefix("facts.")]
        return limit

    def count(self, at: Span) -> None:
        """Write the lines of counters that reach a whole number up to a moment."""
        for name, counter in self.machine.counters.items():
            limit = self.limit(name)
            if not (counter.log and counter.over and limit and self.state.name in counter.states):
                continue
            spent = sum(self.spent[state] for state in counter.states)
            for n in range(1, min(int(limit), COUNTED_LINES) + 1):
                whole = math.ceil(n * counter.over / limit)
                if spent < whole <= spent + at - self.now:
                    self.counted += [(self.now + whole - spent, line) for line in counter.log]

    def latest(self) -> Span:
        """Returns the time of the last change, here or in a part."""
        return max([self.updated, *(part.latest() for part in self.every_part())])

    def lines(self) -> list[tuple[Span, Any]]:
        """Returns the log, including the parts' lines."""
        lines = (
            self.log[-LONGEST_LOG:]
            + self.counted
            + [line for part in self.every_part() for line in part.lines()]
        )
        return sorted(lines, key=lambda line: line[0])


def seen(view: JobView) -> dict[str, Any]:
    """Returns everything the engine shows at one moment."""
    machine = view.timeline.machine
    entered = {state: view.entered_at(state) for state in machine.states}
    return {
        "state": view.state.name,
        "progress": view.progress,
        "facts": dict(view.facts()),
        "counters": {name: view.counter(name) for name in machine.counters},
        "entered_at": {state: at for state, at in entered.items() if at is not None},
        "ended_at": view.ended_at,
        "updated_at": view.updated_at,
        "log": lines(view),
        "parts": {name: [seen(part) for part in view.parts(name)] for name in view.timeline.parts},
    }


def lines(view: JobView) -> list[tuple[Moment, Line]]:
    """Returns the log at one moment."""
    return [(entry.at, entry.line) for entry in view.entries()]


# -- random machines: states are named by letters, so that a text is a set of states ---------------

ENDED = (Kind.FINAL, Outcome.SUCCESS)
EVENTS = ["go", "poke", "stop"]
SPANS = st.integers(1, 6).map(lambda seconds: seconds * SECOND)
PROGRESS = st.none() | st.tuples(st.integers(0, 100), st.integers(0, 100))
VALUES = st.sampled_from([None, 0, 1])
LIMITS = st.sampled_from([None, 20, "facts.limit"])
FACTS = st.fixed_dictionaries({"x": VALUES, "y": VALUES, "limit": st.sampled_from([None, 3, 40])})
NO_FACTS = {"x": None, "y": None, "limit": None}
LINES: list[tuple[Line, ...]] = [(), ({"says": "{facts.x}"},), ({"says": "{event.by}"},)]
CHANGES = {
    "set": st.sampled_from([{}, {"x": 0}, {"x": 1}, {"y": None}, {"x": None, "y": 1}]),
    "log": st.sampled_from(LINES),
}
GUARDS = st.sampled_from([{}, {}, {"x": (0,)}, {"x": (1, None)}, {"y": (1,)}, {"y": (0, None)}])


@cache
def some(names: str) -> st.SearchStrategy[frozenset[str]]:
    return st.lists(st.sampled_from(names), min_size=1, max_size=3).map(frozenset)


@cache
def states(
    open_: str, ends: str, progress: st.SearchStrategy[Any]
) -> st.SearchStrategy[list[MachineState]]:
    kinds = dict.fromkeys(open_, (Kind.ACTIVE, None)) | dict.fromkeys(ends, ENDED)
    return st.tuples(
        *(
            st.builds(
                MachineState,
                st.just(name),
                st.just(kind),
                st.just(outcome),
                progress,
                CHANGES["log"],
            )
            for name, (kind, outcome) in kinds.items()
        )
    ).map(list)


@cache
def transitions(open_: str, ends: str) -> st.SearchStrategy[list[Transition]]:
    """Transitions by event and by time, and a way out of nearly every open state."""
    target, event, all_ = st.sampled_from(open_ + ends), st.sampled_from(EVENTS), open_ + ends
    timed = st.builds(Transition, some(open_), target, after=SPANS, when=GUARDS, **CHANGES)
    moves = st.builds(Transition, some(open_), target, event=event, when=GUARDS, **CHANGES)
    stays = st.builds(Transition, some(all_), st.none(), event=event, when=GUARDS, **CHANGES)
    out = [
        st.builds(Transition, st.just(frozenset(name)), st.just(after) | target, after=SPANS)
        for name, after in zip(open_, open_[1:] + open_[0], strict=True)
    ]
    return st.builds(
        lambda listed, ways: [*listed, *filter(None, ways)],
        st.lists(st.one_of(timed, moves, moves, stays), min_size=1, max_size=6),
        st.tuples(*(st.one_of(way, way, st.none()) for way in out)),
    )


@cache
def steps(names: str) -> st.SearchStrategy[list[ScenarioStep]]:
    state, after, times = st.sampled_from(names), st.just(0) | SPANS, st.integers(1, 3)
    held = st.builds(ScenarioStep, state, hold=st.just(value=True))
    timed = st.builds(ScenarioStep, state, after, times=times, **CHANGES)
    told = st.builds(ScenarioStep, state, after, st.sampled_from(EVENTS), times=times, **CHANGES)
    return st.lists(st.one_of(held, timed, told), max_size=4)


@st.composite
def machines(draw: st.DrawFn, parts: Machine | None = None) -> Machine:
    """A machine of two to seven states, with or without parts."""
    open_ = draw(st.sampled_from(["abc", "a", "ab", "abcde"]))
    ends = draw(st.sampled_from(["y", "yz"]))
    walked = tuple(draw(steps(open_ + ends)))
    scenarios = [Scenario("usual", "", default=True), Scenario("steps", "", steps=walked)]
    return Machine(
        "own",
        {state.name: state for state in draw(states(open_, ends, PROGRESS))},
        {scenario.name: scenario for scenario in scenarios},
        tuple(draw(transitions(open_, ends))),
        initial="a",
        facts=NO_FACTS,
        counters={"rows": Counter(draw(some(open_)), 2.5, draw(LIMITS))},
        parts={"parts": parts} if parts else {},
    )


OPEN, ENDS = "pqr", "vw"


@cache
def rules(open_: str, ends: str) -> st.SearchStrategy[list[DerivationRule]]:
    """Rules that keep a job open while a part is open."""
    then, end = st.sampled_from(OPEN), st.sampled_from(ENDS)
    opened = st.builds(DerivationRule, then, all=st.none() | some(open_ + ends), any=some(open_))
    ended = st.builds(DerivationRule, end, all=st.none() | some(ends), any=st.none() | some(ends))
    return st.builds(
        lambda first, last: [
            *first,
            DerivationRule("p", any=frozenset(open_)),
            *last,
            DerivationRule("v"),
        ],
        st.lists(opened, min_size=1, max_size=3),
        st.lists(ended, max_size=2),
    )


PROMISES = st.lists(
    st.builds(
        Transition,
        some(OPEN + ENDS),
        st.sampled_from([None, *OPEN, *ENDS]),
        event=st.sampled_from([None, *EVENTS]),
        when=GUARDS,
        **CHANGES,
    ).filter(lambda taken: taken.to or taken.event),
    max_size=8,
)


@st.composite
def followers(draw: st.DrawFn, parts: Machine) -> Machine:
    """A machine whose jobs take their state from their parts, and end when all parts have ended."""
    open_ = "".join(name for name, state in parts.states.items() if not state.final)
    ends = "".join(name for name, state in parts.states.items() if state.final)
    return Machine(
        "follower",
        {state.name: state for state in draw(states(OPEN, ENDS, st.none()))},
        {"usual": Scenario("usual", "", default=True)},
        tuple(draw(PROMISES)),
        part="parts",
        rules=tuple(draw(rules(open_, ends))),
        facts=NO_FACTS,
        counters={"rows": Counter(draw(some(OPEN)), 1, draw(LIMITS))},
        parts={"parts": parts},
    )


LEAVES = machines()
FOLLOWERS = LEAVES.flatmap(followers)
BRANCHES = FOLLOWERS | LEAVES.flatmap(machines)
JOBS = LEAVES | BRANCHES | BRANCHES.flatmap(followers) | BRANCHES.flatmap(machines)


@cache
def given_parts(machine: Machine) -> st.SearchStrategy[dict[str, tuple[PartBirth, ...]]]:
    lists = {}
    for name, part in machine.parts.items():
        one = st.builds(
            PartBirth,
            scenario=st.sampled_from(list(part.scenarios)),
            facts=FACTS,
            parts=given_parts(part),
        )
        numbers = [st.tuples(*[one] * number) for number in range(4)]
        lists[name] = st.sampled_from([1, 2, 3, 0]).flatmap(numbers.__getitem__)
    return st.fixed_dictionaries(lists)


@st.composite
def births(draw: st.DrawFn, kinds: st.SearchStrategy[Machine] = JOBS) -> JobRecord:
    machine = draw(kinds)
    scenario = draw(st.sampled_from(list(machine.scenarios)))
    facts, parts = draw(FACTS), draw(given_parts(machine))
    return JobRecord.of(machine, 1, BORN, scenario=scenario, facts=facts, parts=parts)


@dataclass(frozen=True)
class Act:
    """After a time, or at the next change: read the job, or send it one of the legal events."""

    after: Span | None
    event: int | None = None


@cache
def acts(longest: int = 8 * SECOND) -> st.SearchStrategy[list[Act]]:
    whole = st.integers(0, longest // SECOND).map(lambda seconds: seconds * SECOND)
    after = st.none() | whole | st.integers(0, longest)
    return st.lists(st.builds(Act, after, st.integers(0, 2) | st.none()), min_size=1, max_size=8)


def events_of(machine: Machine) -> list[str]:
    """Returns the events of a machine and of its parts' machines."""
    own = {taken.event for taken in machine.transitions if taken.event}
    return sorted(own.union(*(events_of(part) for part in machine.parts.values())))


# -- the facts -----------------------------------------------------------------------------------


def live(record: JobRecord, acts: Sequence[Act]) -> tuple[list[Event], dict[Span, dict[str, Any]]]:
    """Perform acts, compare the engine with the replay, and return the events and the views."""
    replay, names = Replay(record), events_of(record.machine)
    events, records = list[Event](), dict[Span, dict[str, Any]]()
    for act in acts:
        now = (replay.due or replay.now) if act.after is None else replay.now + act.after
        replay.live(now)
        view = JobView(build_timeline(record, events), BORN + now)
        assert seen(view) == replay.seen()
        assert view.due == (None if replay.due is None else BORN + replay.due)
        legal = [name for name in names if view.allows(name)]
        assert legal == [name for name in names if replay.allows(name)]
        if act.event is not None and legal:
            events.append(Event(now, legal[act.event % len(legal)]))
            replay.tell(events[-1].name)
            view = JobView(build_timeline(record, events), BORN + now)
            assert seen(view) == replay.seen()
        records[now] = seen(view)
    return events, records


@pytest.mark.slow
@some_examples(200)
@given(births(), acts())
def test_reading_late(record: JobRecord, acts: Sequence[Act]) -> None:
    """Reading often, reading late and replaying event by event all show the same."""
    events, records = live(record, acts)

    timeline = build_timeline(record, events)
    for at, expected in records.items():
        assert seen(JobView(timeline, BORN + at)) == expected


WALKS = [
    pytest.param(machine, name, id=f"{spec.name}-{machine.name}-{name}")
    for spec in loaded()
    for machine in spec.machines.values()
    for name in machine.scenarios
]


@pytest.mark.parametrize(("machine", "scenario"), fast_every(4, WALKS))
@some_examples(6)
@given(acts=acts(900 * SECOND))
def test_reading_late__specs(machine: Machine, scenario: str, acts: Sequence[Act]) -> None:
    """Early and late reads agree for every scenario of every spec."""
    chosen = machine.scenarios[scenario]
    facts = {n: allowed[0] for n, allowed in chosen.when.items() if n not in chosen.facts}
    record = JobRecord.of(machine, 1, BORN, scenario=scenario, facts=facts)

    events, records = live(record, acts)

    timeline = build_timeline(record, events)
    for at, expected in records.items():
        assert seen(JobView(timeline, BORN + at)) == expected


def recorded(acts: Sequence[Act]) -> list[Event]:
    """Returns events without a check of their legality."""
    events, now = [], 0
    for act in acts:
        now += act.after or 0
        if act.event is not None:
            events.append(Event(now, [*EVENTS, "no such"][act.event % 4]))
    return events


@pytest.mark.slow
@some_examples(80)
@given(births(), acts(), st.data())
def test_append_only(record: JobRecord, acts: Sequence[Act], data: st.DataObject) -> None:
    """An event, legal or illegal, does not change what earlier moments show."""
    events = recorded([*acts, Act(SECOND, 0)])
    *before, last = events
    at = data.draw(st.integers(0, last.at - 1))

    assert seen(JobView(build_timeline(record, before), BORN + at)) == seen(
        JobView(build_timeline(record, events), BORN + at)
    )


@pytest.mark.slow
@some_examples(80)
@given(births(), acts(), st.lists(st.integers(0, 60 * SECOND), min_size=2, max_size=8).map(sorted))
def test_one_way(record: JobRecord, acts: Sequence[Act], moments: Sequence[Span]) -> None:
    """A final state stays; progress, counters, the log and `updated_at` never go back."""
    timeline = build_timeline(record, recorded(acts))
    views = [JobView(timeline, BORN + at) for at in moments]

    for before, after in pairwise(views):
        assert after.state is before.state or not before.state.final
        assert after.progress >= before.progress
        assert after.updated_at >= before.updated_at
        assert lines(after)[: len(lines(before))] == lines(before)
        for name, counter in timeline.machine.counters.items():
            limit = after.fact("limit") if isinstance(counter.at_most, str) else counter.at_most
            assert before.counter(name) <= after.counter(name)
            assert limit is None or after.counter(name) <= limit


@some_examples(60)
@given(births(FOLLOWERS), acts(), st.integers(0, 60 * SECOND))
def test_derived(record: JobRecord, acts: Sequence[Act], at: Span) -> None:
    """A derived job's state is always the result of its rules for its parts' states."""
    view = JobView(build_timeline(record, recorded(acts)), BORN + at)

    states = [part.state.name for part in view.parts("parts")]
    assert view.state.name == view.timeline.machine.derived(states)


def loops(record: JobRecord) -> bool:
    return build_timeline(record).schedule.loop is not None


@some_examples(20)
@given(births(LEAVES).filter(loops), st.integers(1000, 3000), st.integers(0, 20 * SECOND))
def test_loop(record: JobRecord, rounds: int, rest: Span) -> None:
    """A looping walk agrees with the replay after thousands of rounds."""
    replay, schedule = Replay(record), build_timeline(record).schedule
    now = rounds * schedule.period + rest

    replay.live(now)

    assert seen(JobView(build_timeline(record), BORN + now)) == replay.seen()
    assert schedule.due(schedule.index(now)) == replay.due


@some_examples(10)
@given(births(LEAVES).filter(loops), st.integers(1000, 1500), acts())
def test_loop__then_told(record: JobRecord, rounds: int, acts: Sequence[Act]) -> None:
    """Events after a thousand rounds agree with the replay."""
    live(record, [Act(rounds * build_timeline(record).schedule.period, 0), *acts[:2]])


def ring(spans: Sequence[Span], number: int) -> list[Transition]:
    """Returns transitions from a to b to c to a, for jobs whose `x` is this number."""
    when = {"x": (number,)}
    ways = zip("abc", "bca", spans, strict=True)
    return [Transition(frozenset(a), b, after=span, when=when) for a, b, span in ways]


PROMISED = st.builds(Transition, some("abc"), st.sampled_from("abc"), when=GUARDS, **CHANGES)


@some_examples(60)
@given(
    st.tuples(*[st.tuples(SPANS, SPANS, SPANS)] * 2),
    st.lists(st.integers(0, 1), min_size=1, max_size=3),
    st.lists(PROMISED, max_size=4),
    st.integers(0, 30 * SECOND),
)
def test_loop__of_parts(
    spans: Sequence[Sequence[Span]], numbers: Sequence[int], promised: list[Transition], rest: Span
) -> None:
    """A job loops with its parts, for any lengths of their rounds."""
    usual = {"usual": Scenario("usual", "", default=True)}
    states = {name: MachineState(name, Kind.ACTIVE) for name in "abc"}
    ways = tuple(way for number in (0, 1) for way in ring(spans[number], number))
    part = Machine("part", states, usual, ways, initial="a")
    rules = (
        DerivationRule("a", any=frozenset("a")),
        DerivationRule("b", any=frozenset("b")),
        DerivationRule("c"),
    )
    listed = tuple(promised)
    job = Machine("job", states, usual, listed, part="parts", rules=rules, parts={"parts": part})
    record = JobRecord.of(
        job, 1, BORN, parts={"parts": [PartBirth(facts={"x": n}) for n in numbers]}
    )
    replay, now = Replay(record), 3 * build_timeline(record).schedule.period + rest

    replay.live(now)

    assert seen(JobView(build_timeline(record), BORN + now)) == replay.seen()


@some_examples(60)
@given(births(LEAVES))
def test_shared(record: JobRecord) -> None:
    """The shared schedule of an undisturbed timeline equals a schedule of its own."""
    shared, own = (
        build_timeline(record).schedule,
        build_schedule(record.machine, record.scenario, record.facts),
    )

    assert (shared.milestones, shared.loop, shared.period) == (own.milestones, own.loop, own.period)


@some_examples(60)
@given(births(BRANCHES), FACTS)
def test_shared__equal_guards(record: JobRecord, facts: Mapping[str, Any]) -> None:
    """Jobs with equal guarded facts share one schedule."""
    guarded = {name: record.facts[name] for name in record.machine.guards}
    twin = replace(record, id=2, at=BORN + SECOND, facts={**facts, **guarded})

    assert build_timeline(twin).schedule is build_timeline(record).schedule
