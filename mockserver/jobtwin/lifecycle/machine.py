"""Job state machines as plain data, as declared in a spec's `x-jobs`."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain
from types import MappingProxyType
from typing import Any

from jobtwin.lifecycle.faults import JobFault
from jobtwin.lifecycle.ids import IdPattern

Moment = int
"""Microseconds since the Unix epoch."""

Span = int
"""Microseconds."""

Facts = Mapping[str, Any]
Line = Mapping[str, Any]
Condition = Mapping[str, tuple[Any, ...]]

NOTHING: Mapping[str, Any] = MappingProxyType({})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nothing() -> Mapping[str, Any]:
    """Returns a shared empty mapping, a default that costs no memory."""
    return NOTHING


class Kind(StrEnum):
    """The meaning of a state to a waiting client."""

    WAITING = "waiting"
    ACTIVE = "active"
    PAUSED = "paused"
    TRANSIENT = "transient"
    FINAL = "final"


class Outcome(StrEnum):
    """The outcome of a job."""

    SUCCESS = "success"
    FAILURE = "failure"
    PARTIAL = "partial"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class MachineState:
    """One state; its name is the text on the wire."""

    name: str
    kind: Kind
    outcome: Outcome | None = None
    progress: tuple[float, float] | None = None
    log: tuple[Line, ...] = ()
    reopens: bool = False
    """True if a job can leave this final state again."""
    final: bool = field(init=False)
    """True if the state is final."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "final", self.kind is Kind.FINAL)


@dataclass(frozen=True, slots=True)
class Above:
    """In a condition, matches numbers above a limit, which is a number or a fact's name."""

    limit: float | str

    def __str__(self) -> str:
        return f"above {self.limit}"

    def holds(self, value: Any, limit: Any) -> bool:
        """Returns True if a value is above the limit; False if one of the two is missing."""
        return isinstance(value, int | float) and isinstance(limit, int | float) and value > limit


@dataclass(frozen=True, slots=True)
class Transition:
    """A possible change of state: by time (`after`), or by an event (`event`).

    With `until`, the first of these facts with a value gives the moment instead. Without `to`, the
    job stays in its state, and only its facts and log change.
    """

    sources: frozenset[str]
    to: str | None
    after: Span | None = None
    event: str | None = None
    when: Condition = field(default_factory=nothing)
    set: Facts = field(default_factory=nothing)
    log: tuple[Line, ...] = ()
    unless: Condition = field(default_factory=nothing)
    until: tuple[str, ...] = ()

    @property
    def timed(self) -> bool:
        """True if it leads to another state by time."""
        return self.to is not None and (self.after is not None or bool(self.until))

    def moment(self, facts: Facts) -> Moment | None:
        """Returns the moment given by a fact, or None."""
        named = (read_moment(lookup(facts, name)) for name in self.until)
        return next((at for at in named if at is not None), None)

    def fits(self, facts: Facts) -> bool:
        """Returns True if it can happen to a job with these facts."""
        return fits(self.when, facts) and not (self.unless and fits(self.unless, facts))


@dataclass(frozen=True, slots=True)
class ScenarioStep:
    """A deviation from the machine's timed transitions during one visit to a state."""

    state: str
    after: Span | None = None
    event: str | None = None
    hold: bool = False
    times: int = 1
    set: Facts = field(default_factory=nothing)
    log: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class PartBirth:
    """The creation of one part by a scenario."""

    id: str | int | None = None
    scenario: str | None = None
    facts: Facts = field(default_factory=nothing)
    parts: Mapping[str, tuple[PartBirth, ...]] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True)
class Spawn:
    """Another job, created some time after its parent first entered a state."""

    state: str
    after: Span
    job: str
    scenario: str | None = None
    facts: Facts = field(default_factory=nothing)
    parts: Mapping[str, tuple[PartBirth, ...]] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A named walk through a machine."""

    name: str
    summary: str
    default: bool = False
    when: Condition = field(default_factory=nothing)
    facts: Facts = field(default_factory=nothing)
    steps: tuple[ScenarioStep, ...] = ()
    parts: Mapping[str, tuple[PartBirth, ...]] = field(default_factory=nothing)
    spawns: tuple[Spawn, ...] = ()
    faults: tuple[JobFault, ...] = ()


@dataclass(frozen=True, slots=True)
class DerivationRule:
    """Part states to job state: holds if all, or any, of the parts are in the given states."""

    then: str
    all: frozenset[str] | None = None
    any: frozenset[str] | None = None

    def holds(self, states: Sequence[str]) -> bool:
        """Returns True if this rule decides; a rule without a condition always does."""
        return (self.all is None or self.all.issuperset(states)) and (
            self.any is None or not self.any.isdisjoint(states)
        )


@dataclass(frozen=True, slots=True)
class Counter:
    """A number that grows in some `states`: by a rate `per_second`, or to `at_most` within `over`.

    Each time it has grown by one, it writes a line of `log`.
    """

    states: frozenset[str]
    per_second: float = 0.0
    at_most: float | str | None = None
    over: Span | None = None
    log: tuple[Line, ...] = ()

    def limit(self, fact: Callable[[str], Any]) -> float | None:
        """Returns its upper limit, or None; `fact` returns the value of one of the job's facts by name."""
        limit: Any = self.at_most
        if isinstance(limit, str):
            name, _, deeper = limit.removeprefix("facts.").partition(".")
            limit = lookup(fact(name), deeper) if deeper else fact(name)
        return limit if isinstance(limit, int | float) else None

    def grown(self, spent: Span, limit: float | None) -> float:
        """Returns its value after this time in its states."""
        if limit is not None and self.over:
            return limit * min(spent, self.over) / self.over
        grown = self.per_second * spent / 1_000_000
        return grown if limit is None else min(grown, limit)

    def reached(self, count: int, limit: float | None) -> Span:
        """Returns the time in its states after which it is `count`, which it must reach."""
        if limit is not None and self.over:
            return math.ceil(count * self.over / limit)
        return math.ceil(count * 1_000_000 / self.per_second)


@dataclass(frozen=True, slots=True)
class Default:
    """Default facts of jobs to which `when` applies."""

    when: Condition
    facts: Facts


@dataclass(frozen=True, slots=True)
class Polling:
    """The vendor's advice on polling; `source` is the document with the advice, or says that it is assumed."""

    first: Span | None = None
    at_most: Span | None = None
    factor: float | None = None
    source: str = ""

    @property
    def given(self) -> bool:
        """True if the vendor gives any advice."""
        return (self.first, self.at_most, self.factor) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Sample:
    """A job that exists at start-up; `created` is a moment, or a span before start-up."""

    id: str | int
    scenario: str | None = None
    facts: Facts = field(default_factory=nothing)
    parts: Mapping[str, tuple[PartBirth, ...]] = field(default_factory=nothing)
    created: Moment | None = None
    age: Span = 0


@dataclass(frozen=True, slots=True)
class Keep:
    """The time for which a record is kept after `created_at` or `ended_at`; `when` restricts it to some jobs."""

    span: Span
    since: str = "created_at"
    when: Condition = field(default_factory=nothing)


def fits(condition: Condition, facts: Facts) -> bool:
    """Returns True if the facts, by dotted name, have the values that the condition allows."""
    return all(
        value in allowed or any(_above(each, value, facts) for each in allowed)
        for name, allowed in condition.items()
        for value in (lookup(facts, name),)
    )


def _above(allowed: Any, value: Any, facts: Facts) -> bool:
    if not isinstance(allowed, Above):
        return False
    limit = allowed.limit
    return allowed.holds(value, lookup(facts, limit) if isinstance(limit, str) else limit)


def read_moment(value: Any) -> Moment | None:
    """Parses a fact as a moment: RFC 3339, or milliseconds. Returns None if it is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 1000
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
        return (read.replace(tzinfo=read.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None


def example_of(allowed: Sequence[Any]) -> Any:
    """Returns a value that a condition allows; None if that depends on another fact."""
    first = next(iter(allowed), None)
    if not isinstance(first, Above):
        return first
    return None if isinstance(first.limit, str) else first.limit + 1


def names_of(condition: Condition) -> Iterator[str]:
    """Yields the dotted names of a condition's facts, limits included."""
    for name, allowed in condition.items():
        yield name
        yield from (a.limit for a in allowed if isinstance(a, Above) and isinstance(a.limit, str))


_MAPS = (dict, Mapping)  # `dict` first: it is the usual case, and the faster check


def lookup(facts: Facts, name: str) -> Any:
    """Returns the value at a dotted name, or None."""
    value: Any = facts
    for key in name.split("."):
        value = value.get(key) if isinstance(value, _MAPS) else None
    return value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Machine:
    """The state machine of a job or a part. Compared and hashed by identity."""

    name: str
    states: Mapping[str, MachineState]
    scenarios: Mapping[str, Scenario]
    transitions: tuple[Transition, ...] = ()
    initial: str | None = None
    part: str | None = None
    rules: tuple[DerivationRule, ...] = ()
    parts: Mapping[str, Machine] = field(default_factory=nothing)
    facts: Facts = field(default_factory=nothing)
    schemas: Mapping[str, Any] = field(default_factory=nothing)
    """The schema of each fact, as the spec has it."""
    reason: str = ""
    """The fact with the reason of a failure."""
    defaults: tuple[Default, ...] = ()
    inherits: frozenset[str] = frozenset()
    """The facts that a part inherits from its job."""
    asked: frozenset[str] = frozenset()
    """The events that operations can trigger."""
    excluding: tuple[str, ...] = ()
    """The facts by which operations compare a new job with others."""
    counters: Mapping[str, Counter] = field(default_factory=nothing)
    integer_ids: bool = False
    hex_ids: bool = False
    first_id: int = 1
    id_pattern: IdPattern | None = None
    secret_ids: bool = False
    """True if the id of a job is a credential, such as the token of a session."""
    keep: Keep | None = None
    fleet: tuple[Facts, ...] = ()
    polling: Polling = field(default_factory=Polling)
    samples: tuple[Sample, ...] = ()
    summary: str = ""
    siblings: Mapping[str, Machine] = field(default_factory=nothing)

    def __repr__(self) -> str:
        """Returns only the name: a whole machine, with its siblings, is tens of kilobytes."""
        return f"Machine({self.name!r})"

    def shown_id(self, id: str | int) -> str:  # noqa: A002 - the field's name
        """Returns a job's id as text, or a hash of it if ids are credentials."""
        text = str(id)
        if not self.secret_ids or re.fullmatch(rf"{re.escape(self.name)}-[0-9a-f]{{8}}", text):
            return text
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def sibling(self, name: str) -> Machine:
        """Returns the machine of that name in the same spec; without a name, this one."""
        return self.siblings[name] if name else self

    @property
    def event_names(self) -> tuple[str, ...]:
        """The events of all transitions, each once, in their order."""
        return tuple(dict.fromkeys(each.event for each in self.transitions if each.event))

    @property
    def steps(self) -> Iterator[ScenarioStep]:
        """The steps of all scenarios."""
        return chain.from_iterable(scenario.steps for scenario in self.scenarios.values())

    @property
    def set_facts(self) -> frozenset[str]:
        """The facts that change during the life of a job."""
        changes = [each.set for each in self.transitions] + [each.set for each in self.steps]
        return frozenset(chain.from_iterable(changes))

    @property
    def default_scenario(self) -> Scenario:
        """The scenario of a job for which none was chosen."""
        return next(s for s in self.scenarios.values() if s.default)

    def scenarios_for(self, facts: Facts) -> list[Scenario]:
        """Returns the scenarios that suit a job with these facts, the default first."""
        able = [
            s
            for s in self.scenarios.values()
            if not s.when or fits(s.when, self.at_birth(s, facts))
        ]
        return sorted(able, key=lambda scenario: not scenario.default)

    def at_birth(self, scenario: Scenario, given: Facts = NOTHING) -> Facts:
        """Returns a new job's facts: the given ones, the scenario's, the defaults for such jobs, the others."""
        stronger = {**scenario.facts, **given}
        made: Facts = {**self.facts, **stronger}
        for default in self.defaults:
            if fits(default.when, made):
                made = {**made, **default.facts, **stronger}
        return made

    @property
    def guards(self) -> tuple[str, ...]:
        """The facts on which transitions depend."""
        names = (
            name
            for t in self.transitions
            for name in (*names_of(t.when), *names_of(t.unless), *t.until)
        )
        return tuple(sorted({*names}))

    @property
    def counted(self) -> frozenset[str]:
        """The states in which a counter grows."""
        return frozenset().union(*(c.states for c in self.counters.values()))

    def transitions_of(self, event: str) -> list[Transition]:
        """Returns the transitions by an event, in their order."""
        return [each for each in self.transitions if each.event == event]

    @property
    def logs_counts(self) -> bool:
        """True if counters write log lines, its own or those of its parts: they do so between milestones."""
        own = any(counter.log for counter in self.counters.values())
        return own or any(part.logs_counts for part in self.parts.values())

    def timed(self, state: str, facts: Facts) -> Transition | None:
        """Returns the transition that leaves `state` by time, or None."""
        return next(
            (t for t in self.transitions if t.timed and state in t.sources and t.fits(facts)),
            None,
        )

    def on(self, state: str, event: str, facts: Facts) -> Transition | None:
        """Returns the transition that `event` triggers in `state`; None if it is illegal."""
        return next(
            (
                t
                for t in self.transitions
                if t.event == event and state in t.sources and t.fits(facts)
            ),
            None,
        )

    def between(
        self, before: str, after: str, facts: Facts | None = None, event: str | None = None
    ) -> Transition | None:
        """Returns the transition for a change of a derived state.

        It is the first one listed for `event`, or else for any. Without `facts`, its `when` is ignored.
        """
        listed = [
            t
            for t in self.transitions
            if t.to == after and before in t.sources and (facts is None or t.fits(facts))
        ]
        return next((t for t in listed if t.event == event), listed[0] if listed else None)

    def derived(self, part_states: Sequence[str]) -> str:
        """Returns the state derived from the parts' states."""
        return next(rule.then for rule in self.rules if rule.holds(part_states))

    def events(self, state: str, facts: Facts) -> list[str]:
        """Returns the events that are legal in `state`, in the order of the spec."""
        names = (t.event for t in self.transitions if t.event and state in t.sources)
        return [name for name in dict.fromkeys(names) if self.on(state, name, facts)]
