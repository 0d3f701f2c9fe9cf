"""A job's record, the timeline that follows from it, and the view of that timeline at one moment."""

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
from jobtwin.lifecycle.schedule import Event, Milestone, Schedule, derive, walk

_QUOTE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class JobRecord:
    """All that is known of a job, or of a part of one, when it is born."""

    machine: Machine
    id: str | int
    at: Moment
    scenario: Scenario
    facts: Facts = field(default_factory=nothing)
    parts: Mapping[str, tuple[JobRecord, ...]] = field(default_factory=nothing)
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
    ) -> JobRecord:
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
) -> Mapping[str, tuple[JobRecord, ...]]:
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
    """The given parts, each with what the pattern's entry of its place says about its timeline."""
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


def _part(machine: Machine, part: PartBirth, path: str, number: int, at: Moment) -> JobRecord:
    chosen = machine.scenarios[part.scenario or machine.scenarios_for(part.facts)[0].name]
    given = part.id if part.id is not None else _part_id(machine, path, number)
    facts = _merged(machine, chosen, part.facts)
    parts = _parts(machine, chosen, path, at, part.parts or None)
    return JobRecord(machine, given, at, chosen, facts, parts)


def _part_id(machine: Machine, path: str, number: int) -> str | int:
    if machine.integer_ids:
        return machine.first_id + number
    return str(uuid.UUID(bytes=hashlib.md5(path.encode()).digest(), version=4))  # noqa: S324 - an id, not a secret


@dataclass(frozen=True, slots=True)
class Timeline:
    """A record with the schedule that follows from it, its parts' timelines beside it."""

    record: JobRecord
    schedule: Schedule
    parts: Mapping[str, tuple[Timeline, ...]] = field(default_factory=nothing)

    @property
    def machine(self) -> Machine:
        """The machine by which it timelines."""
        return self.record.machine

    @property
    def settled(self) -> Span:
        """When nothing new is planned any more, here or in a part: all that comes, comes again."""
        parts = (part.settled for parts in self.parts.values() for part in parts)
        return max([self.schedule.settled, *parts])


def quoted(value: Any, record: JobRecord) -> Any:
    """A value in which `{id}` and `{facts.NAME}` quote a job; a lone quote keeps its type."""
    if isinstance(value, Mapping):
        return {name: quoted(inner, record) for name, inner in value.items()}
    if not isinstance(value, str):
        return value
    if alone := _QUOTE.fullmatch(value):
        return _of_birth(alone[1], record)
    return _QUOTE.sub(lambda match: str(_of_birth(match[1], record)), value)


def _of_birth(path: str, record: JobRecord) -> Any:
    return record.id if path == "id" else lookup(record.facts, path.removeprefix("facts."))


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
def _quiet_walk(machine: Machine, scenario: Scenario, guarded: _Guarded) -> Schedule:
    return walk(machine, scenario, guarded.facts)


@lru_cache(maxsize=4096)
def _quiet_derive(machine: Machine, schedules: tuple[Schedule, ...], guarded: _Guarded) -> Schedule:
    return derive(machine, schedules, guarded.facts)


def build_timeline(record: JobRecord, events: Sequence[Event] = ()) -> Timeline:
    """The timeline of a job, from its record and the events that happened to it.

    Lives that nothing disturbs share their schedules: one for each scenario and set of guarded facts.
    """
    return _build(record, [replace(event, number=n) for n, event in enumerate(events, 1)])


def _build(record: JobRecord, events: Sequence[Event]) -> Timeline:
    machine = record.machine
    if machine.rules:
        return _lay_out_derived(record, events)
    if events:
        schedule = walk(machine, record.scenario, record.facts, events)
    else:
        schedule = _quiet_walk(machine, record.scenario, _Guarded(machine, record.facts))
    if not record.parts:
        return Timeline(record, schedule)
    heard = [milestone.event for milestone in schedule.milestones if milestone.event]
    return Timeline(record, schedule, _lay_out_parts(record, build_timeline, heard))


def _lay_out_derived(record: JobRecord, events: Sequence[Event]) -> Timeline:
    machine = record.machine
    parts = _lay_out_parts(record, _build, events)
    schedules = tuple(timeline.schedule for timeline in parts[machine.part or ""])
    if not events:
        return Timeline(
            record, _quiet_derive(machine, schedules, _Guarded(machine, record.facts)), parts
        )
    schedule = derive(machine, schedules, record.facts, events)
    for event in events:
        before = schedule.before(event)
        if machine.on(before.state.name, event.name, {**record.facts, **before.facts}) is None:
            # What is illegal here is not offered to the parts, whatever they would make of it.
            return _lay_out_derived(record, [other for other in events if other is not event])
    return Timeline(record, schedule, parts)


def _lay_out_parts(
    record: JobRecord,
    lay: Callable[[JobRecord, Sequence[Event]], Timeline],
    events: Sequence[Event],
) -> Mapping[str, tuple[Timeline, ...]]:
    return {name: tuple(lay(p, events) for p in parts) for name, parts in record.parts.items()}


class View:
    """A job, or a part of one, at one moment. `parent` is what the part belongs to."""

    __slots__ = ("_parts", "index", "milestone", "now", "parent", "timeline")

    def __init__(self, timeline: Timeline, now: Moment, parent: View | None = None) -> None:
        self.timeline = timeline
        self.now = now
        self.parent = parent
        self.index = timeline.schedule.index(now - timeline.record.at)
        self.milestone = timeline.schedule[self.index]
        self._parts: dict[str, list[View]] | None = None

    @property
    def state(self) -> State:
        """The state, with its kind and outcome."""
        return self.milestone.state

    @property
    def progress(self) -> float:
        """Percentage, 0 to 100."""
        return self.milestone.progress(self.now - self.timeline.record.at)

    @property
    def created_at(self) -> Moment:
        """JobRecord."""
        return self.timeline.record.at

    @property
    def updated_at(self) -> Moment:
        """The latest change of this job or of a part of it."""
        own = self.timeline.record.at + self.milestone.at
        parts = (part.updated_at for name in self.timeline.parts for part in self.parts(name))
        return max([own, *parts])

    @property
    def ended_at(self) -> Moment | None:
        """When a final state was entered; None before that."""
        ends = self.timeline.schedule.ends
        return (
            self.timeline.record.at + ends
            if self.milestone.state.final and ends is not None
            else None
        )

    @property
    def due(self) -> Moment | None:
        """When something is planned to change next, here or in a part; None if nothing is."""
        own = self.timeline.schedule.due(self.index)
        moments = [] if own is None else [self.timeline.record.at + own]
        moments += [
            d for n in self.timeline.parts for p in self.parts(n) if (d := p.due) is not None
        ]
        return min(moments, default=None)

    def entered_at(self, state: str) -> Moment | None:
        """When `state` was first entered; None if it has not been."""
        entries = (
            m for m in self.timeline.schedule.milestones if m.entered and m.state.name == state
        )
        first = next((self.timeline.record.at + milestone.at for milestone in entries), None)
        return first if first is not None and first <= self.now else None

    def milestones(self) -> Iterator[Milestone]:
        """What happened so far, in order."""
        return (self.timeline.schedule[i] for i in range(self.index + 1))

    def fact(self, name: str) -> Any:
        """A fact as it is at this moment; None where it has no value."""
        facts = self.milestone.facts
        return facts[name] if name in facts else self.timeline.record.facts.get(name)

    def counter(self, name: str) -> float:
        """A counter as it is at this moment."""
        counter = self.timeline.machine.counters[name]
        spent = self.milestone.spent_in(counter.states, self.now - self.timeline.record.at)
        grown = counter.per_second * spent / 1_000_000
        limit = counter.at_most
        if isinstance(limit, str):
            limit = lookup(self.facts(), limit.removeprefix("facts."))
        return grown if limit is None else min(grown, limit)

    def facts(self) -> Facts:
        """Every fact, as it is at this moment."""
        return {**self.timeline.record.facts, **self.milestone.facts}

    def allows(self, event: str) -> bool:
        """Whether `event` may happen now; on a job that follows its parts, to one of them, too."""
        taken = self.timeline.machine.on(self.state.name, event, self.facts())
        if taken is None or taken.to is None or not self.timeline.machine.rules:
            return taken is not None
        return any(part.allows(event) for part in self.parts(self.timeline.machine.part or ""))

    def parts(self, name: str) -> list[View]:
        """The parts of that name, at the same moment. Not to be changed."""
        if self._parts is None:
            self._parts = {}
        if name not in self._parts:
            self._parts[name] = [
                View(timeline, self.now, self) for timeline in self.timeline.parts[name]
            ]
        return self._parts[name]

    def entries(self) -> list[Entry]:
        """The log lines of the job and of its parts, in time order."""
        own = [
            Entry(self.timeline.record.at + milestone.at, line, self, milestone)
            for milestone in self.milestones()
            for line in milestone.lines
        ]
        parts = (e for name in self.timeline.parts for p in self.parts(name) for e in p.entries())
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
    milestone: Milestone

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
            return lookup(self.milestone.event.data if self.milestone.event else NOTHING, rest)
        if head == "facts":
            changed = self.milestone.facts
            name, _, _ = rest.partition(".")
            return lookup(changed if name in changed else self.owner.timeline.record.facts, rest)
        return self.owner.timeline.record.id if head == "id" else self.milestone.state.name
