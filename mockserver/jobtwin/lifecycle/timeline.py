"""A job's timeline: its schedule and its parts', built from its record and events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from typing import TypeVar

from jobtwin.lifecycle.machine import Facts, Machine, Moment, Scenario, Span, lookup, nothing
from jobtwin.lifecycle.planning import DerivedPlanner, OwnPlanner
from jobtwin.lifecycle.record import JobRecord
from jobtwin.lifecycle.schedule import Event, Schedule

Parts = Mapping[str, tuple["Timeline", ...]]
_Part = TypeVar("_Part", JobRecord, "Timeline")


@dataclass(frozen=True, slots=True)
class Timeline:
    """A record with the schedule that follows from it, and its parts' timelines.

    `so_far` lets one more event cost the same, however many came before; None without events.
    """

    record: JobRecord
    schedule: Schedule
    parts: Parts = field(default_factory=nothing)
    so_far: _OwnSoFar | _DerivedSoFar | None = field(default=None, repr=False, compare=False)

    @property
    def machine(self) -> Machine:
        """The machine by which the job runs."""
        return self.record.machine

    @property
    def settled(self) -> Span:
        """When nothing new is planned any more, here or in a part: from then on all repeats."""
        parts = (part.settled for parts in self.parts.values() for part in parts)
        return max([self.schedule.settled, *parts])

    @property
    def arrives(self) -> Span:
        """When the last state that is planned is entered, here or in a part; facts can change later."""
        parts = (part.arrives for parts in self.parts.values() for part in parts)
        return max([self.schedule.arrives, *parts])

    def due(self, now: Moment) -> Moment | None:
        """Returns the time of the next planned change after a moment, here or in a part."""
        born, schedule = self.record.at, self.schedule
        due = schedule.due(schedule.index(now - born))
        earliest = None if due is None else born + due
        for parts in self.parts.values():
            for part in parts:
                due = part.due(now)
                if due is not None and (earliest is None or due < earliest):
                    earliest = due
        return earliest

    def after(self, event: Event) -> Timeline:
        """Returns the timeline after one more event, which is not earlier than those before it."""
        number = self.so_far.events + 1 if self.so_far else 1
        return _after(self, replace(event, number=number))


@dataclass(frozen=True, slots=True)
class _OwnSoFar:
    """Returns the position of an independent job right after its latest event, with those of its parts."""

    planner: OwnPlanner
    parts: Parts
    events: int


@dataclass(frozen=True, slots=True)
class _DerivedSoFar:
    """Returns the position of a derived job right after its latest event."""

    planner: DerivedPlanner
    events: int


class _Guarded:
    """Facts that are equal if no transition can tell them apart."""

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
def _own_schedule(
    machine: Machine, scenario: Scenario, guarded: _Guarded, born_at: Moment
) -> Schedule:
    return OwnPlanner(machine, scenario, guarded.facts, born_at).finish()


@lru_cache(maxsize=4096)
def _derived_schedule(
    machine: Machine, schedules: tuple[Schedule, ...], guarded: _Guarded
) -> Schedule:
    return DerivedPlanner(machine, len(schedules), guarded.facts).finish(schedules)


def build_timeline(record: JobRecord, events: Iterable[Event] = ()) -> Timeline:
    """Returns the timeline of a job, from its record and its events in time order.

    Jobs without events share schedules: one for each scenario and set of guarded facts.
    """
    return reduce(Timeline.after, events, _undisturbed(record))


def timeline_like(other: Timeline | None, record: JobRecord) -> Timeline:
    """Returns the timeline of a new job; `other` is that of a job with the same scenario and facts, or None."""
    if other is None or record.parts or record.machine.rules or _born_at(record):
        return _undisturbed(record)
    return Timeline(record, other.schedule)


def _undisturbed(record: JobRecord) -> Timeline:
    guarded = _Guarded(record.machine, record.facts)
    if record.machine.rules:
        parts = _each_part(record.parts, _undisturbed)
        schedules = _followed(record.machine, parts)
        return Timeline(record, _derived_schedule(record.machine, schedules, guarded), parts)
    schedule = _own_schedule(record.machine, record.scenario, guarded, _born_at(record))
    if not record.parts:
        return Timeline(record, schedule)
    return Timeline(record, schedule, _each_part(record.parts, _undisturbed, _to_come(schedule)))


def _born_at(record: JobRecord) -> Moment:
    """Returns a job's time of birth if its schedule depends on it; 0 if jobs can share one."""
    waits = any(t.moment(record.facts) is not None for t in record.machine.transitions if t.until)
    return record.at if waits or _sets_moments(record.machine) else 0


@lru_cache(maxsize=4096)
def _sets_moments(machine: Machine) -> bool:
    """Returns True if a fact that names a moment can change."""
    awaited = {name.split(".")[0] for t in machine.transitions for name in t.until}
    changed = [each.set for each in machine.transitions]
    changed += [step.set for step in machine.steps]
    return any(not awaited.isdisjoint(each) for each in changed)


def _each_part(
    parts: Mapping[str, Sequence[_Part]],
    build: Callable[[_Part], Timeline],
    events: Sequence[Event] = (),
) -> Parts:
    return {
        name: tuple(reduce(Timeline.after, events, build(part)) for part in parts)
        for name, parts in parts.items()
    }


def _followed(machine: Machine, parts: Parts) -> tuple[Schedule, ...]:
    return tuple(part.schedule for part in parts[machine.part or ""])


def _after(timeline: Timeline, event: Event) -> Timeline:
    if timeline.machine.rules:
        return _after_derived(timeline, event)
    return _after_own(timeline, event)


def _after_own(timeline: Timeline, event: Event) -> Timeline:
    """Adds an event to an independent job; offers its parts all events that change it."""
    record, so_far = timeline.record, timeline.so_far
    if isinstance(so_far, _OwnSoFar):
        planner, parts = so_far.planner.fork(), so_far.parts
    else:
        planner = OwnPlanner(record.machine, record.scenario, record.facts, _born_at(record))
        parts = _each_part(record.parts, _undisturbed)
    offered = planner.advance(event)
    schedule = planner.fork().finish()
    if parts:
        parts = _each_part(parts, _unchanged, offered)
    so_far = _OwnSoFar(planner, parts, event.number)
    return Timeline(record, schedule, _each_part(parts, _unchanged, _to_come(schedule)), so_far)


def _to_come(schedule: Schedule) -> list[Event]:
    """Returns the events that are planned by steps of the scenario."""
    planned = (milestone for segment in schedule.planned for milestone in segment.milestones)
    return [milestone.event for milestone in planned if milestone.event]


def _unchanged(timeline: Timeline) -> Timeline:
    return timeline


def _after_derived(timeline: Timeline, event: Event) -> Timeline:
    """Adds an event to a job that follows its parts, and to the parts, if it is legal."""
    record, machine, so_far = timeline.record, timeline.machine, timeline.so_far
    before = timeline.schedule[timeline.schedule.index(event.at)]
    if machine.on(before.state.name, event.name, {**record.facts, **before.facts}) is None:
        return timeline
    parts = {
        name: tuple(_after(part, event) for part in parts) for name, parts in timeline.parts.items()
    }
    schedules = _followed(machine, parts)
    if isinstance(so_far, _DerivedSoFar):
        planner = so_far.planner.fork()
    else:
        planner = DerivedPlanner(machine, len(schedules), record.facts)
    planner.advance(event, schedules)
    schedule = planner.fork().finish(schedules)
    return Timeline(record, schedule, parts, _DerivedSoFar(planner, event.number))
