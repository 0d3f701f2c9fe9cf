"""Job state machines as plain data: what a spec's `x-jobs` says of machines, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    final: bool = field(init=False)
    """Whether a job never leaves this state."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "final", self.kind is Kind.FINAL)


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state that may happen: by itself (`after`), or when asked for (`event`)."""

    sources: frozenset[str]
    to: str | None
    after: Span | None = None
    event: str | None = None
    when: Condition = field(default_factory=nothing)
    set: Facts = field(default_factory=nothing)
    log: tuple[Line, ...] = ()
    unless: Condition = field(default_factory=nothing)

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
    """A number that grows by `per_second` while the job is in one of `states`."""

    states: frozenset[str]
    per_second: float
    at_most: float | str | None = None


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
    return all(lookup(facts, name) in allowed for name, allowed in condition.items())


def _strongest(name: str, *layers: Facts) -> Any:
    """The value at a dotted name in the first layer that knows its head; None where none does."""
    head, _, _ = name.partition(".")
    return next((lookup(layer, name) for layer in layers if head in layer), None)


_MAPS = (dict, Mapping)  # in this order: what is a dict need not be asked whether it is a map


def lookup(facts: Facts, name: str) -> Any:
    """The value at a dotted name; None where there is none."""
    value: Any = facts
    for key in name.split("."):
        value = value.get(key) if isinstance(value, _MAPS) else None
    return value


@dataclass(frozen=True, slots=True, eq=False)
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
    counters: Mapping[str, Counter] = field(default_factory=nothing)
    integer_ids: bool = False
    hex_ids: bool = False
    first_id: int = 1
    id_pattern: IdPattern | None = None
    keep: Keep | None = None
    fleet: tuple[Facts, ...] = ()
    polling: Polling = field(default_factory=Polling)
    samples: tuple[Sample, ...] = ()
    summary: str = ""
    siblings: Mapping[str, Machine] = field(default_factory=nothing)

    def sibling(self, name: str) -> Machine:
        """The machine of that name in the same spec; without a name, this one."""
        return self.siblings[name] if name else self

    @property
    def default_scenario(self) -> Scenario:
        """The walk of a job for which nobody chose."""
        return next(s for s in self.scenarios.values() if s.default)

    def scenarios_for(self, facts: Facts) -> list[Scenario]:
        """The scenarios that a job with these facts can live by, the usual one first."""
        able = [
            scenario
            for scenario in self.scenarios.values()
            if all(
                _strongest(name, facts, scenario.facts, self.facts) in allowed
                for name, allowed in scenario.when.items()
            )
        ]
        return sorted(able, key=lambda scenario: not scenario.default)

    @property
    def guards(self) -> tuple[str, ...]:
        """The facts on which some transition depends."""
        return tuple(sorted({n for t in self.transitions for n in (*t.when, *t.unless)}))

    @property
    def counted(self) -> frozenset[str]:
        """The states in which some counter grows."""
        return frozenset().union(*(c.states for c in self.counters.values()))

    def timed(self, state: str, facts: Facts) -> Transition | None:
        """The transition that leaves `state` by itself."""
        return next(
            (
                t
                for t in self.transitions
                if t.after is not None and state in t.sources and t.fits(facts)
            ),
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
