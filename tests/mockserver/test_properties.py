"""The engine against a naive replay that lives event by event, and against itself, read late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mockserver.lifecycle import (
    Birth,
    Counter,
    Event,
    Kind,
    Machine,
    Moment,
    Outcome,
    PartBirth,
    Plan,
    Rule,
    Scenario,
    Span,
    State,
    Step,
    Transition,
    View,
    derive,
    lay_out,
    walk,
)
from mockserver.spec import load_all

SECOND = 1_000_000
BORN: Moment = 1_767_225_600 * SECOND


class Replay:
    """A job, or a part of one, lived by the letter of specs/README.md: no plan, no foresight."""

    def __init__(self, birth: Birth) -> None:
        self.birth = birth
        self.machine = birth.machine
        self.now: Span = 0
        self.facts = dict(birth.facts)
        self.steps = [step for step in birth.scenario.steps for _ in range(step.times)]
        self.step: Step | None = None
        self.progress = 0.0
        self.spent = dict.fromkeys(self.machine.states, 0)
        self.history: list[tuple[Span, str]] = []
        self.updated: Span = 0
        self.log: list[tuple[Span, Any]] = []
        self.parts = {name: [Replay(part) for part in parts] for name, parts in birth.parts.items()}
        if self.machine.rules:
            self.enter(self.followed(), {}, ())
        else:
            self.enter(self.machine.initial or "", {}, ())

    # -- time passes -----------------------------------------------------------------------------

    def live(self, until: Span) -> None:
        """Live until a moment, and through all that happens by itself at it."""
        while (due := self.due) is not None and due <= until:
            self.settle(due)
        self.settle(until)

    def settle(self, at: Span) -> None:
        """Come to a moment at or before the next change, and live through it."""
        self.grow(at)
        for part in self.every_part():
            part.settle(at)
        if self.machine.rules:
            self.follow(None)
        while not self.machine.rules and self.planned and self.planned[0] == at:
            self.act()

    def grow(self, at: Span) -> None:
        """Let progress and the time spent in the state grow."""
        rest = self.pace - (self.now - self.history[-1][0])
        if rest > 0 and (span := self.state.progress):
            high = max(self.progress, span[1])
            self.progress += (high - self.progress) * min(1.0, (at - self.now) / rest)
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
    def planned(self) -> tuple[Span, Transition, Step | None] | None:
        """What ends this visit unless something comes between."""
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
        """When something happens next by itself, here or in a part."""
        dues = [part.due for part in self.every_part()]
        if not self.machine.rules:
            dues.append(self.planned[0] if self.planned else None)
        return min((due for due in dues if due is not None), default=None)

    # -- changes ---------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        return self.machine.states[self.history[-1][1]]

    def can(self, event: str) -> Transition | None:
        return self.machine.on(self.state.name, event, self.facts)

    def allows(self, event: str) -> bool:
        """Whether the event is legal now."""
        taken = self.can(event)
        if taken is None or taken.to is None or not self.machine.rules:
            return taken is not None
        return any(part.allows(event) for part in self.parts[self.machine.part or ""])

    def tell(self, event: str) -> None:
        """Let an event happen; an illegal one changes nothing."""
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
        """Do what is planned for this moment."""
        assert self.planned
        _, taken, step = self.planned
        if step:
            self.step = None
        self.take(taken, step)
        for part in self.every_part() if taken.event else ():
            part.tell(taken.event or "")

    def take(self, taken: Transition, step: Step | None = None) -> None:
        changed = {**taken.set, **step.set} if step else taken.set
        lines = (*taken.log, *step.log) if step else taken.log
        if taken.to is None:
            self.note(changed, lines)
        else:
            self.enter(taken.to, changed, lines)

    def enter(self, state: str, changed: Mapping[str, Any], lines: Sequence[Any]) -> None:
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
        self.facts |= changed
        self.log += [(self.now, line) for line in lines]
        self.updated = self.now

    def follow(self, event: str | None) -> None:
        """Take the state that the rules give."""
        before, after = self.state.name, self.followed()
        if before != after:
            taken = self.machine.between(before, after, self.facts, event)
            self.enter(after, taken.set if taken else {}, taken.log if taken else ())

    def followed(self) -> str:
        states = [part.state.name for part in self.parts[self.machine.part or ""]]
        return next(rule.then for rule in self.machine.rules if rule.holds(states))

    def every_part(self) -> Iterator[Replay]:
        return (part for parts in self.parts.values() for part in parts)

    # -- what can be seen ------------------------------------------------------------------------

    def seen(self) -> dict[str, Any]:
        """All that a reader can see now."""
        first = {state: at for at, state in reversed(self.history)}
        parts = {name: [part.seen() for part in parts] for name, parts in self.parts.items()}
        return {
            "state": self.state.name,
            "progress": pytest.approx(self.progress),
            "facts": self.facts.copy(),
            "counters": {name: self.counter(name) for name in self.machine.counters},
            "entered_at": {state: BORN + at for state, at in first.items()},
            "ended_at": BORN + first[self.state.name] if self.state.final else None,
            "updated_at": BORN + max([self.updated, *(p.latest() for p in self.every_part())]),
            "log": [(BORN + at, line) for at, line in self.lines()],
            "parts": parts,
        }

    def counter(self, name: str) -> Any:
        counter = self.machine.counters[name]
        grown = sum(self.spent[state] for state in counter.states) / SECOND * counter.per_second
        limit = self.facts["limit"] if counter.at_most == "facts.limit" else counter.at_most
        return pytest.approx(grown if limit is None else min(grown, limit))

    def latest(self) -> Span:
        return max([self.updated, *(part.latest() for part in self.every_part())])

    def lines(self) -> list[tuple[Span, Any]]:
        lines = self.log + [line for part in self.every_part() for line in part.lines()]
        return sorted(lines, key=lambda line: line[0])


def seen(view: View) -> dict[str, Any]:
    """All that the engine shows at one moment."""
    machine = view.life.machine
    entered = {state: view.entered_at(state) for state in machine.states}
    return {
        "state": view.state.name,
        "progress": view.progress,
        "facts": dict(view.facts()),
        "counters": {name: view.counter(name) for name in machine.counters},
        "entered_at": {state: at for state, at in entered.items() if at is not None},
        "ended_at": view.ended_at,
        "updated_at": view.updated_at,
        "log": [(entry.at, entry.line) for entry in view.entries()],
        "parts": {name: [seen(part) for part in view.parts(name)] for name in view.life.parts},
    }


# -- random machines -----------------------------------------------------------------------------

EVENTS = ["go", "stop", "poke"]
VALUES = st.sampled_from([None, 0, 1])
FACTS = st.fixed_dictionaries({"x": VALUES, "y": VALUES, "limit": st.sampled_from([None, 3, 40])})
CHANGES = st.dictionaries(st.sampled_from("xy"), VALUES, max_size=2)
GUARDS = st.dictionaries(st.sampled_from("xy"), st.sampled_from([(0,), (1,), (None, 1)]), max_size=1)
LINES = st.lists(st.sampled_from([{"says": "{facts.x}"}, {"says": "{event.by}"}]), max_size=1)
LOGS = LINES.map(tuple)
SPANS = st.integers(1, 6).map(lambda seconds: seconds * SECOND)


PROGRESS = st.none() | st.tuples(st.integers(0, 100), st.integers(0, 100))


@st.composite
def states(draw: st.DrawFn, open_: str, ends: str, progress: st.SearchStrategy[Any]) -> list[State]:
    active = [State(name, Kind.ACTIVE, None, draw(progress), draw(LOGS)) for name in open_]
    final = [
        State(name, Kind.FINAL, Outcome.SUCCESS, draw(progress), draw(LOGS)) for name in ends
    ]
    return [*active, *final]


def some(names: Sequence[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(names), min_size=1)


def transitions(open_: Sequence[str], all_: Sequence[str]) -> st.SearchStrategy[Transition]:
    """Timed ones that leave open states, events that do, and events that change no state."""
    common = {"when": GUARDS, "set": CHANGES, "log": LOGS}
    target, event = st.sampled_from(all_), st.sampled_from(EVENTS)
    timed = st.builds(Transition, some(open_), target, after=SPANS, **common)
    moved = st.builds(Transition, some(open_), target, event=event, **common)
    stays = st.builds(Transition, some(all_), st.none(), event=event, **common)
    return timed | timed | moved | stays


def steps(names: Sequence[str]) -> st.SearchStrategy[Step]:
    common = {"times": st.integers(1, 3), "set": CHANGES, "log": LOGS}
    state, after = st.sampled_from(names), st.integers(0, 6).map(lambda span: span * SECOND)
    return st.one_of(
        st.builds(Step, state, hold=st.just(value=True)),
        st.builds(Step, state, after, **common),
        st.builds(Step, state, after, st.sampled_from(EVENTS), **common),
    )


@st.composite
def machines(draw: st.DrawFn, parts: Machine | None = None) -> Machine:
    """A machine of two to seven states, whose jobs have parts or not."""
    open_, ends = "abcde"[: draw(st.integers(1, 5))], "yz"[: draw(st.integers(1, 2))]
    all_ = draw(states(open_, ends, PROGRESS))
    names = [state.name for state in all_]
    limits = st.sampled_from([None, 20, "facts.limit"])
    walked = draw(st.lists(steps(names), max_size=4))
    return Machine(
        "own",
        {state.name: state for state in all_},
        {
            "usual": Scenario("usual", "Usual", default=True),
            "steps": Scenario("steps", "Steps", steps=tuple(walked)),
        },
        tuple(draw(st.lists(transitions(open_, names), min_size=1, max_size=8))),
        initial=open_[0],
        facts={"x": None, "y": None, "limit": None},
        counters={"rows": Counter(draw(some(names)), draw(st.sampled_from([1, 2.5])), draw(limits))},
        parts={"parts": parts} if parts else {},
    )


@st.composite
def followers(draw: st.DrawFn, parts: Machine) -> Machine:
    """A machine whose jobs take their state from their parts, and end when all of these have."""
    open_ = [name for name, state in parts.states.items() if not state.final]
    ends = [name for name, state in parts.states.items() if state.final]
    all_ = draw(states("pqr", "vw", st.none()))
    opened = st.builds(Rule, st.sampled_from("pqr"), all=st.none() | some([*open_, *ends]), any=some(open_))
    ended = st.builds(Rule, st.sampled_from("vw"), all=some(ends)) | st.builds(
        Rule, st.sampled_from("vw"), any=some(ends)
    )
    rules = [
        *draw(st.lists(opened, max_size=3)),
        Rule("p", any=frozenset(open_)),
        *draw(st.lists(ended, max_size=2)),
        Rule("v"),
    ]
    target = st.none() | st.sampled_from("pqrvw")
    event = st.none() | st.sampled_from(EVENTS)
    listed = st.builds(
        Transition, some("pqrvw"), target, event=event, when=GUARDS, set=CHANGES, log=LOGS
    ).filter(lambda taken: taken.to is not None or taken.event is not None)
    return Machine(
        "follower",
        {state.name: state for state in all_},
        {"usual": Scenario("usual", "Usual", default=True)},
        tuple(draw(st.lists(listed, max_size=8))),
        part="parts",
        rules=tuple(rules),
        facts={"x": None, "y": None, "limit": None},
        counters={"rows": Counter(draw(some("pqr")), 1, None)},
        parts={"parts": parts},
    )


LEAVES = machines()
BRANCHES = LEAVES.flatmap(lambda part: followers(part) | machines(part))
TREES = BRANCHES.flatmap(lambda part: followers(part) | machines(part))


@st.composite
def part_births(draw: st.DrawFn, machine: Machine) -> PartBirth:
    scenario = draw(st.sampled_from(list(machine.scenarios)))
    return PartBirth(None, scenario, draw(FACTS), draw(given_parts(machine)))


def given_parts(machine: Machine) -> st.SearchStrategy[dict[str, tuple[PartBirth, ...]]]:
    return st.fixed_dictionaries(
        {
            name: st.lists(part_births(part), max_size=3).map(tuple)
            for name, part in machine.parts.items()
        }
    )


@st.composite
def births(draw: st.DrawFn, kinds: st.SearchStrategy[Machine]) -> Birth:
    machine = draw(kinds)
    scenario = draw(st.sampled_from(list(machine.scenarios)))
    facts, parts = draw(FACTS), draw(given_parts(machine))
    return Birth.of(machine, 1, BORN, scenario=scenario, facts=facts, parts=parts)


@dataclass(frozen=True)
class Act:
    """What happens after a while: an event is told, or the job is read."""

    after: Span
    event: str | None = None


def acts(events: Sequence[str], longest: int = 8) -> st.SearchStrategy[list[Act]]:
    after = st.integers(0, longest).map(lambda seconds: seconds * SECOND)
    fine = st.integers(0, longest * SECOND)
    return st.lists(
        st.builds(Act, after | fine, st.none() | st.sampled_from(events)) if events else st.builds(Act, after | fine),
        max_size=8,
    )


# -- facts about all of them ---------------------------------------------------------------------


def live(birth: Birth, acts: Sequence[Act]) -> tuple[list[Event], dict[Span, dict[str, Any]]]:
    """Replay a life; at each moment compare with the engine. What was told, and what was seen."""
    replay, events, records, now = Replay(birth), list[Event](), dict[Span, dict[str, Any]](), 0
    for act in acts:
        now += act.after
        replay.live(now)
        view = View(lay_out(birth, events), BORN + now)
        assert seen(view) == replay.seen()
        assert view.due == (None if replay.due is None else BORN + replay.due)
        if act.event:
            assert view.allows(act.event) == replay.allows(act.event)
            if view.allows(act.event):
                events.append(Event(now, act.event))
                replay.tell(act.event)
                view = View(lay_out(birth, events), BORN + now)
                assert seen(view) == replay.seen()
        records[now] = seen(view)
    return events, records


@pytest.mark.parametrize("kinds", [LEAVES, BRANCHES, TREES], ids=["jobs", "parts", "trees"])
def test_replay(kinds: st.SearchStrategy[Machine]) -> None:
    """The engine shows what a naive replay shows, and shows it still when it is read late."""

    @given(births(kinds), acts(EVENTS))
    def check(birth: Birth, acts: Sequence[Act]) -> None:
        events, records = live(birth, acts)

        late = lay_out(birth, events)
        for at, record in records.items():
            assert seen(View(late, BORN + at)) == record

    check()
