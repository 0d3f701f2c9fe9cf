"""A job's record, the life that follows from it, and the view of that life at one moment."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from jobtwin.lifecycle.machine import (
    NOTHING,
    Facts,
    Line,
    Machine,
    Moment,
    PartBirth,
    Scenario,
    Span,
    State,
    lookup,
    nothing,
)
from jobtwin.lifecycle.plan import Event, Mark, Plan, derive, walk

_QUOTE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Birth:
    """All that is known of a job, or of a part of one, when it is born."""

    machine: Machine
    id: str | int
    at: Moment
    scenario: Scenario
    facts: Facts = field(default_factory=nothing)
    parts: Mapping[str, tuple[Birth, ...]] = field(default_factory=nothing)
    spawned_by: str | int | None = None
    number: int = 0

    @classmethod
    def of(  # noqa: PLR0913 - the record has that many fields
        cls,
        machine: Machine,
        id: str | int,  # noqa: A002 - the field's name
        at: Moment,
        *,
        scenario: str | None = None,
        facts: Facts = NOTHING,
        parts: Mapping[str, Sequence[PartBirth]] | None = None,
        spawned_by: str | int | None = None,
        number: int = 0,
    ) -> Birth:
        """The record of a new job; what is given here is stronger than what its scenario says."""
        chosen = machine.scenarios[scenario] if scenario else machine.scenarios_for(facts)[0]
        return cls(
            machine,
            id,
            at,
            chosen,
            _merged(machine, chosen, facts),
            _parts(machine, chosen, id, at, parts),
            spawned_by,
            number,
        )

    def pattern(self) -> PartBirth:
        """What it takes to bring another such part into the world."""
        parts = {name: tuple(p.pattern() for p in parts) for name, parts in self.parts.items()}
        return PartBirth(None, None, self.facts, parts)


@lru_cache(maxsize=4096)
def _usual_facts(machine: Machine, scenario: Scenario) -> Facts:
    return {**machine.facts, **scenario.facts}


def _merged(machine: Machine, scenario: Scenario, facts: Facts) -> Facts:
    usual = _usual_facts(machine, scenario)
    return {**usual, **facts} if facts else usual


def _parts(
    machine: Machine,
    scenario: Scenario,
    owner: str | int,
    at: Moment,
    given: Mapping[str, Sequence[PartBirth]] | None,
) -> Mapping[str, tuple[Birth, ...]]:
    if not machine.parts:
        return NOTHING
    return {
        name: tuple(
            _part(kind, part, f"{owner}/{name}/{number}", number, at)
            for number, part in enumerate(_patterned(scenario.parts.get(name, ()), given, name))
        )
        for name, kind in machine.parts.items()
    }


def _patterned(
    pattern: Sequence[PartBirth], given: Mapping[str, Sequence[PartBirth]] | None, name: str
) -> Sequence[PartBirth]:
    """The given parts, each with what the pattern's entry of its place says about its life."""
    if given is None or name not in given:
        return pattern
    if not pattern:
        return given[name]
    last = len(pattern) - 1
    return [_over(pattern[min(n, last)], part) for n, part in enumerate(given[name])]


def _over(pattern: PartBirth, given: PartBirth) -> PartBirth:
    names = {**pattern.parts, **given.parts}
    parts = {n: tuple(_patterned(pattern.parts.get(n, ()), given.parts or None, n)) for n in names}
    facts = {**pattern.facts, **given.facts}
    return PartBirth(given.id, given.scenario or pattern.scenario, facts, parts)


def _part(machine: Machine, part: PartBirth, path: str, number: int, at: Moment) -> Birth:
    chosen = machine.scenarios[part.scenario or machine.scenarios_for(part.facts)[0].name]
    given = part.id if part.id is not None else _part_id(machine, path, number)
    facts = _merged(machine, chosen, part.facts)
    parts = _parts(machine, chosen, path, at, part.parts or None)
    return Birth(machine, given, at, chosen, facts, parts)


def _part_id(machine: Machine, path: str, number: int) -> str | int:
    if machine.integer_ids:
        return machine.first_id + number
    return str(uuid.UUID(bytes=hashlib.md5(path.encode()).digest(), version=4))  # noqa: S324 - an id, not a secret


@dataclass(frozen=True, slots=True)
class Life:
    """A record with the plan that follows from it, its parts' lives beside it."""

    birth: Birth
    plan: Plan
    parts: Mapping[str, tuple[Life, ...]] = field(default_factory=nothing)

    @property
    def machine(self) -> Machine:
        """The machine by which it lives."""
        return self.birth.machine

    @property
    def settled(self) -> Span:
        """When nothing new is planned any more, here or in a part: all that comes, comes again."""
        parts = (part.settled for parts in self.parts.values() for part in parts)
        return max([self.plan.settled, *parts])


def quoted(value: Any, birth: Birth) -> Any:
    """A value in which `{id}` and `{facts.NAME}` quote a job; a lone quote keeps its type."""
    if isinstance(value, Mapping):
        return {name: quoted(inner, birth) for name, inner in value.items()}
    if not isinstance(value, str):
        return value
    if alone := _QUOTE.fullmatch(value):
        return _of_birth(alone[1], birth)
    return _QUOTE.sub(lambda match: str(_of_birth(match[1], birth)), value)


def _of_birth(path: str, birth: Birth) -> Any:
    return birth.id if path == "id" else lookup(birth.facts, path.removeprefix("facts."))


class _Guarded:
    """Facts that count as equal where no transition can tell them apart."""

    __slots__ = ("facts", "key")

    def __init__(self, machine: Machine, facts: Facts) -> None:
        self.facts = facts
        self.key = tuple(repr(lookup(facts, name)) for name in _guards(machine))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Guarded) and self.key == other.key


@lru_cache(maxsize=4096)
def _guards(machine: Machine) -> tuple[str, ...]:
    return machine.guards


@lru_cache(maxsize=4096)
def _quiet_walk(machine: Machine, scenario: Scenario, guarded: _Guarded) -> Plan:
    return walk(machine, scenario, guarded.facts)


@lru_cache(maxsize=4096)
def _quiet_derive(machine: Machine, plans: tuple[Plan, ...], guarded: _Guarded) -> Plan:
    return derive(machine, plans, guarded.facts)


def lay_out(birth: Birth, events: Sequence[Event] = ()) -> Life:
    """The life of a job, from its record and the events that happened to it.

    Lives that nothing disturbs share their plans: one for each scenario and set of guarded facts.
    """
    return _lay_out(birth, [replace(event, number=n) for n, event in enumerate(events, 1)])


def _lay_out(birth: Birth, events: Sequence[Event]) -> Life:
    machine = birth.machine
    if machine.rules:
        return _lay_out_derived(birth, events)
    if events:
        plan = walk(machine, birth.scenario, birth.facts, events)
    else:
        plan = _quiet_walk(machine, birth.scenario, _Guarded(machine, birth.facts))
    if not birth.parts:
        return Life(birth, plan)
    heard = [mark.event for mark in plan.marks if mark.event]
    return Life(birth, plan, _lay_out_parts(birth, lay_out, heard))


def _lay_out_derived(birth: Birth, events: Sequence[Event]) -> Life:
    machine = birth.machine
    parts = _lay_out_parts(birth, _lay_out, events)
    plans = tuple(life.plan for life in parts[machine.part or ""])
    if not events:
        return Life(birth, _quiet_derive(machine, plans, _Guarded(machine, birth.facts)), parts)
    plan = derive(machine, plans, birth.facts, events)
    for event in events:
        before = plan.before(event)
        if machine.on(before.state.name, event.name, {**birth.facts, **before.facts}) is None:
            # What is illegal here is not offered to the parts, whatever they would make of it.
            return _lay_out_derived(birth, [other for other in events if other is not event])
    return Life(birth, plan, parts)


def _lay_out_parts(
    birth: Birth, lay: Callable[[Birth, Sequence[Event]], Life], events: Sequence[Event]
) -> Mapping[str, tuple[Life, ...]]:
    return {name: tuple(lay(p, events) for p in parts) for name, parts in birth.parts.items()}


class View:
    """A job, or a part of one, at one moment. `parent` is what the part belongs to."""

    __slots__ = ("_parts", "index", "life", "mark", "now", "parent")

    def __init__(self, life: Life, now: Moment, parent: View | None = None) -> None:
        self.life = life
        self.now = now
        self.parent = parent
        self.index = life.plan.index(now - life.birth.at)
        self.mark = life.plan[self.index]
        self._parts: dict[str, list[View]] | None = None

    @property
    def state(self) -> State:
        """The state, with its kind and outcome."""
        return self.mark.state

    @property
    def progress(self) -> float:
        """Percentage, 0 to 100."""
        return self.mark.progress(self.now - self.life.birth.at)

    @property
    def created_at(self) -> Moment:
        """Birth."""
        return self.life.birth.at

    @property
    def updated_at(self) -> Moment:
        """The latest change of this job or of a part of it."""
        own = self.life.birth.at + self.mark.at
        parts = (part.updated_at for name in self.life.parts for part in self.parts(name))
        return max([own, *parts])

    @property
    def ended_at(self) -> Moment | None:
        """When a final state was entered; None before that."""
        ends = self.life.plan.ends
        return self.life.birth.at + ends if self.mark.state.final and ends is not None else None

    @property
    def due(self) -> Moment | None:
        """When something is planned to change next, here or in a part; None if nothing is."""
        own = self.life.plan.due(self.index)
        moments = [] if own is None else [self.life.birth.at + own]
        moments += [d for n in self.life.parts for p in self.parts(n) if (d := p.due) is not None]
        return min(moments, default=None)

    def entered_at(self, state: str) -> Moment | None:
        """When `state` was first entered; None if it has not been."""
        entries = (m for m in self.life.plan.marks if m.entered and m.state.name == state)
        first = next((self.life.birth.at + mark.at for mark in entries), None)
        return first if first is not None and first <= self.now else None

    def marks(self) -> Iterator[Mark]:
        """What happened so far, in order."""
        return (self.life.plan[i] for i in range(self.index + 1))

    def fact(self, name: str) -> Any:
        """A fact as it is at this moment; None where it has no value."""
        facts = self.mark.facts
        return facts[name] if name in facts else self.life.birth.facts.get(name)

    def counter(self, name: str) -> float:
        """A counter as it is at this moment."""
        counter = self.life.machine.counters[name]
        spent = self.mark.spent_in(counter.states, self.now - self.life.birth.at)
        grown = counter.per_second * spent / 1_000_000
        limit = counter.at_most
        if isinstance(limit, str):
            limit = lookup(self.facts(), limit.removeprefix("facts."))
        return grown if limit is None else min(grown, limit)

    def facts(self) -> Facts:
        """Every fact, as it is at this moment."""
        return {**self.life.birth.facts, **self.mark.facts}

    def allows(self, event: str) -> bool:
        """Whether `event` may happen now; on a job that follows its parts, to one of them, too."""
        taken = self.life.machine.on(self.state.name, event, self.facts())
        if taken is None or taken.to is None or not self.life.machine.rules:
            return taken is not None
        return any(part.allows(event) for part in self.parts(self.life.machine.part or ""))

    def parts(self, name: str) -> list[View]:
        """The parts of that name, at the same moment. Not to be changed."""
        if self._parts is None:
            self._parts = {}
        if name not in self._parts:
            self._parts[name] = [View(life, self.now, self) for life in self.life.parts[name]]
        return self._parts[name]

    def entries(self) -> list[Entry]:
        """The log lines of the job and of its parts, in time order."""
        own = [
            Entry(self.life.birth.at + mark.at, line, self, mark)
            for mark in self.marks()
            for line in mark.lines
        ]
        parts = (e for name in self.life.parts for p in self.parts(name) for e in p.entries())
        return sorted([*own, *parts], key=lambda entry: entry.at)


@lru_cache(maxsize=4096)
def _words(text: str) -> list[str]:
    """A text split at its quotes: what is meant as it stands, then a path, and so on in turn."""
    return _QUOTE.split(text)


@dataclass(frozen=True, slots=True)
class Entry:
    """A log line at the moment at which it was written, with its owner as it was then."""

    at: Moment
    line: Line
    owner: View
    mark: Mark

    def field(self, name: str) -> Any:
        """A field of the line, its quotes filled in; None where the line has no such field."""
        value = self.line.get(name)
        if isinstance(value, str) and "{" in value:
            words = _words(value)
            return "".join([str(self._quoted(w)) if n % 2 else w for n, w in enumerate(words)])
        return value

    def _quoted(self, path: str) -> Any:
        head, _, rest = path.partition(".")
        if head == "event":
            return lookup(self.mark.event.data if self.mark.event else NOTHING, rest)
        if head == "facts":
            changed = self.mark.facts
            name, _, _ = rest.partition(".")
            return lookup(changed if name in changed else self.owner.life.birth.facts, rest)
        return self.owner.life.birth.id if head == "id" else self.mark.state.name
