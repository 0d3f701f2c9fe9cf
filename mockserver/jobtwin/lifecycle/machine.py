"""Job state machines as plain data: what a spec's `x-jobs` says of machines, and nothing else."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
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
    """Return the one empty mapping: a field's default that costs no memory."""
    return NOTHING


class Kind(StrEnum):
    """What a state means to somebody who waits."""

    WAITING = "waiting"
    ACTIVE = "active"
    PAUSED = "paused"
    TRANSIENT = "transient"
    FINAL = "final"


class Outcome(StrEnum):
    """How a job ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    PARTIAL = "partial"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class State:
    """One state; its name is the text on the wire."""

    name: str
    kind: Kind
    outcome: Outcome | None = None
    progress: tuple[float, float] | None = None
    log: tuple[Line, ...] = ()
    reopens: bool = False
    """Whether a job can leave this end again."""
    final: bool = field(init=False)
    """Whether this is an end."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "final", self.kind is Kind.FINAL)


@dataclass(frozen=True, slots=True)
class Above:
    """In a condition, in place of a value: any number above a limit, a number or a fact's name."""

    limit: float | str

    def __str__(self) -> str:
        return f"above {self.limit}"

    def holds(self, value: Any, limit: Any) -> bool:
        """Whether a value is above the limit; without either of the two it is not."""
        return isinstance(value, int | float) and isinstance(limit, int | float) and value > limit


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state that may happen: by itself (`after`), or when asked for (`event`).

    With `until`, the first of these facts that has a value names the moment instead. Without `to`
    the job stays in its state, and only facts and the log change.
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
        """Whether it can lead to another state by itself."""
        return self.to is not None and (self.after is not None or bool(self.until))

    def moment(self, facts: Facts) -> Moment | None:
        """The moment that a fact names; None if none does."""
        named = (read_moment(lookup(facts, name)) for name in self.until)
        return next((at for at in named if at is not None), None)

    def fits(self, facts: Facts) -> bool:
        """Whether it can happen to a job with these facts."""
        return fits(self.when, facts) and not (self.unless and fits(self.unless, facts))


@dataclass(frozen=True, slots=True)
class Step:
    """What differs from the machine's timed transitions during one visit to a state."""

    state: str
    after: Span | None = None
    event: str | None = None
    hold: bool = False
    times: int = 1
    set: Facts = field(default_factory=nothing)
    log: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class PartBirth:
    """How a scenario brings one part into the world."""

    id: str | int | None = None
    scenario: str | None = None
    facts: Facts = field(default_factory=nothing)
    parts: Mapping[str, tuple[PartBirth, ...]] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True)
class Spawn:
    """A further job, born some time after its parent first entered a state."""

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
    steps: tuple[Step, ...] = ()
    parts: Mapping[str, tuple[PartBirth, ...]] = field(default_factory=nothing)
    spawns: tuple[Spawn, ...] = ()
    faults: tuple[JobFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """Part states to job state: holds if all, or any, of the parts are in the given states."""

    then: str
    all: frozenset[str] | None = None
    any: frozenset[str] | None = None

    def holds(self, states: Sequence[str]) -> bool:
        """Whether this rule decides; one without a condition always does."""
        return (self.all is None or self.all.issuperset(states)) and (
            self.any is None or not self.any.isdisjoint(states)
        )


@dataclass(frozen=True, slots=True)
class Counter:
    """A number that grows while the job is in one of `states`: `per_second`, or to `at_most` in `over`.

    A line of `log` is written each time that it has grown by one.
    """

    states: frozenset[str]
    per_second: float = 0.0
    at_most: float | str | None = None
    over: Span | None = None
    log: tuple[Line, ...] = ()

    def limit(self, facts: Facts) -> float | None:
        """How far it grows for a job with these facts; None if it has no limit."""
        limit = self.at_most
        found = lookup(facts, limit.removeprefix("facts.")) if isinstance(limit, str) else limit
        return found if isinstance(found, int | float) else None

    def grown(self, spent: Span, limit: float | None) -> float:
        """How large it is after this time in its states."""
        if limit is not None and self.over:
            return limit * min(spent, self.over) / self.over
        grown = self.per_second * spent / 1_000_000
        return grown if limit is None else min(grown, limit)

    def reached(self, count: int, limit: float | None) -> Span:
        """The time in its states after which it is at `count`, which it reaches."""
        if limit is not None and self.over:
            return math.ceil(count * self.over / limit)
        return math.ceil(count * 1_000_000 / self.per_second)


@dataclass(frozen=True, slots=True)
class Default:
    """Facts that jobs have unless something else is said, if `when` fits them."""

    when: Condition
    facts: Facts


@dataclass(frozen=True, slots=True)
class Polling:
    """What the vendor advises to those who poll, and where; `source` says if we assume it."""

    first: Span | None = None
    at_most: Span | None = None
    factor: float | None = None
    source: str = ""

    @property
    def given(self) -> bool:
        """Whether the vendor advises anything."""
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
    """How long a record is kept, since `created_at` or `ended_at`; if it is for these facts alone."""

    span: Span
    since: str = "created_at"
    when: Condition = field(default_factory=nothing)


def fits(condition: Condition, facts: Facts) -> bool:
    """Whether the facts, by dotted name, have the values that the condition asks for."""
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
    """The moment that a fact names: RFC 3339, or milliseconds; None if it names none."""
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
    """A value that a condition allows; None where that depends on another fact."""
    first = next(iter(allowed), None)
    if not isinstance(first, Above):
        return first
    return None if isinstance(first.limit, str) else first.limit + 1


def names_of(condition: Condition) -> Iterator[str]:
    """The facts that a condition is about, by dotted name, limits included."""
    for name, allowed in condition.items():
        yield name
        yield from (a.limit for a in allowed if isinstance(a, Above) and isinstance(a.limit, str))


_MAPS = (dict, Mapping)  # in this order: what is a dict need not be asked whether it is a map


def lookup(facts: Facts, name: str) -> Any:
    """The value at a dotted name; None where there is none."""
    value: Any = facts
    for key in name.split("."):
        value = value.get(key) if isinstance(value, _MAPS) else None
    return value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Machine:
    """A job's, or a part's, state machine. It is compared, and hashed, by identity."""

    name: str
    states: Mapping[str, State]
    scenarios: Mapping[str, Scenario]
    transitions: tuple[Transition, ...] = ()
    initial: str | None = None
    part: str | None = None
    rules: tuple[Rule, ...] = ()
    parts: Mapping[str, Machine] = field(default_factory=nothing)
    facts: Facts = field(default_factory=nothing)
    schemas: Mapping[str, Any] = field(default_factory=nothing)
    """The schema of each fact, as the spec has it."""
    reason: str = ""
    """The fact that tells why a job failed."""
    defaults: tuple[Default, ...] = ()
    inherits: frozenset[str] = frozenset()
    """The facts that a part takes over from its job."""
    asked: frozenset[str] = frozenset()
    """The events that an operation can ask for."""
    counters: Mapping[str, Counter] = field(default_factory=nothing)
    integer_ids: bool = False
    hex_ids: bool = False
    first_id: int = 1
    id_pattern: IdPattern | None = None
    secret_ids: bool = False
    """Whether the id of a job is a credential, such as the token of a session."""
    keep: Keep | None = None
    fleet: tuple[Facts, ...] = ()
    polling: Polling = field(default_factory=Polling)
    samples: tuple[Sample, ...] = ()
    summary: str = ""
    siblings: Mapping[str, Machine] = field(default_factory=nothing)

    def __repr__(self) -> str:
        """The name alone: a machine whole, with its siblings, is tens of kilobytes."""
        return f"Machine({self.name!r})"

    def shown_id(self, id: str | int) -> str:  # noqa: A002 - the field's name
        """A job's id as text; where ids are credentials, a handle that stands for it."""
        text = str(id)
        if not self.secret_ids or re.fullmatch(rf"{re.escape(self.name)}-[0-9a-f]{{8}}", text):
            return text
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def sibling(self, name: str) -> Machine:
        """The machine of that name in the same spec; without a name, this one."""
        return self.siblings[name] if name else self

    @property
    def default_scenario(self) -> Scenario:
        """The walk of a job for which nobody chose."""
        return next(s for s in self.scenarios.values() if s.default)

    def scenarios_for(self, facts: Facts) -> list[Scenario]:
        """The scenarios that a job with these facts can live by, the usual one first."""
        able = [s for s in self.scenarios.values() if fits(s.when, self.at_birth(s, facts))]
        return sorted(able, key=lambda scenario: not scenario.default)

    def at_birth(self, scenario: Scenario, given: Facts = NOTHING) -> Facts:
        """The facts of a new job: those given, the scenario's, those for such jobs, the usual ones."""
        stronger = {**scenario.facts, **given}
        made: Facts = {**self.facts, **stronger}
        for default in self.defaults:
            if fits(default.when, made):
                made = {**made, **default.facts, **stronger}
        return made

    @property
    def guards(self) -> tuple[str, ...]:
        """The facts on which some transition depends."""
        names = (
            name
            for t in self.transitions
            for name in (*names_of(t.when), *names_of(t.unless), *t.until)
        )
        return tuple(sorted({*names}))

    @property
    def counted(self) -> frozenset[str]:
        """The states in which some counter grows."""
        return frozenset().union(*(c.states for c in self.counters.values()))

    def timed(self, state: str, facts: Facts) -> Transition | None:
        """The transition that leaves `state` by itself."""
        return next(
            (t for t in self.transitions if t.timed and state in t.sources and t.fits(facts)),
            None,
        )

    def on(self, state: str, event: str, facts: Facts) -> Transition | None:
        """The transition that `event` causes in `state`; None where it is illegal."""
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
        """The transition that a change of a derived state stands for.

        The first listed of `event`, or else of any; without `facts`, whatever its `when` says.
        """
        listed = [
            t
            for t in self.transitions
            if t.to == after and before in t.sources and (facts is None or t.fits(facts))
        ]
        return next((t for t in listed if t.event == event), listed[0] if listed else None)

    def derived(self, part_states: Sequence[str]) -> str:
        """The state that follows from the parts' states."""
        return next(rule.then for rule in self.rules if rule.holds(part_states))

    def events(self, state: str, facts: Facts) -> list[str]:
        """The events that are legal in `state`, in the order of the spec."""
        names = (t.event for t in self.transitions if t.event and state in t.sources)
        return [name for name in dict.fromkeys(names) if self.on(state, name, facts)]
