"""Builds schedules: pure functions from a machine, a scenario, facts and events.

A planner has processed all events so far. `advance` processes one more, in time that does not depend
on their number. `finish` plans the rest and makes the planner unusable: call it on a `fork`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from jobtwin.lifecycle.machine import NOTHING, Facts, Line, Machine, MachineState, Moment, Span
from jobtwin.lifecycle.schedule import Event, History, Milestone, Schedule, Segment

if TYPE_CHECKING:
    from jobtwin.lifecycle.machine import Scenario, ScenarioStep, Transition

_LONGEST: Span = 100 * 365 * 86400 * 1_000_000
"""A job does not wait for a moment that is further away than a hundred years."""


class _Planner:
    """The milestones so far: the history, and the recent ones since the latest event."""

    def __init__(self, machine: Machine, facts: Facts) -> None:
        self.machine = machine
        self.born = facts
        self.history = History()
        self.recent: list[Milestone] = []
        self.last: Milestone | None = None
        self.number = 0  # of the first recent milestone
        self.ends: Span | None = None
        self.first_entered: Mapping[str, Span] = NOTHING

    @property
    def facts(self) -> Facts:
        return {**self.born, **self.last.facts} if self.last else self.born

    def fork(self) -> Self:
        """Returns a separate planner that continues from here."""
        fork = copy(self)
        fork.recent = [*self.recent]
        return fork

    def _add(self, milestone: Milestone) -> None:
        if milestone.state.name not in self.first_entered:
            self.first_entered = {**self.first_entered, milestone.state.name: milestone.at}
        if self.ends is None and milestone.state.final:
            self.ends = milestone.at
        self.recent.append(milestone)
        self.last = milestone

    def _changed(self, changed: Facts) -> Facts:
        before = self.last.facts if self.last else NOTHING
        return {**before, **changed} if changed else before

    def _spent(self, at: Span) -> Mapping[str, Span]:
        counted, last = self.machine.counted, self.last
        if not counted:
            return NOTHING
        return {state: last.spent_in((state,), at) if last else 0 for state in counted}

    def _close(self, milestones: Sequence[Milestone], period: Span = 0) -> None:
        """Adds milestones, the first of the recent ones, to the history."""
        if milestones:
            self.history = self.history.extended(Segment(self.number, milestones, period))
            self.number += len(milestones)

    def _schedule(self, loop: int | None, period: Span) -> Schedule:
        """Returns the schedule of a planner that has reached the end, or a repetition."""
        once, repeated = self.recent[:loop], () if loop is None else self.recent[loop:]
        planned = [Segment(self.number, once)] if once else []
        if repeated:
            planned.append(Segment(self.number + len(once), repeated, period))
        return Schedule(self.history, planned, self.first_entered, self.ends)


class _Leaving(NamedTuple):
    """The planned end of a visit to a state, or a change during it."""

    at: Span
    by: Transition
    step: ScenarioStep | None


class OwnPlanner(_Planner):
    """Plans a job by its machine's own transitions."""

    def __init__(
        self, machine: Machine, scenario: Scenario, facts: Facts, born_at: Moment = 0
    ) -> None:
        super().__init__(machine, facts)
        self.scenario = scenario
        self.born_at = born_at
        self.visits: Mapping[str, int] = NOTHING  # by state; the nth visit takes its nth step
        self.step: ScenarioStep | None = None
        self.entered: Span = 0
        self.changed = 0  # of the changes that this visit brings by itself
        self._state = machine.states[machine.initial or ""]
        self.last_event = 0
        self.undisturbed: list[int] = []  # recent visits that nothing but time has ended since
        self._enter(0, self._state, None)
        self._begin_visit()

    def fork(self) -> Self:
        """Returns a separate planner that continues from here."""
        fork = super().fork()
        fork.undisturbed = [*self.undisturbed]
        return fork

    def advance(self, event: Event) -> list[Event]:
        """Advances to this event. Returns the events that changed the job, up to and including it.

        An event that is illegal at its moment changes nothing.
        """
        self._run(event.at)
        self._hear(event)
        offered = [each.event for each in self.recent if each.event]
        self._close(self.recent)
        self.recent, self.undisturbed = [], []
        return offered

    def finish(self) -> Schedule:
        """Returns the schedule if no further event comes."""
        loop = self._run(None)
        if loop is None:
            return self._schedule(None, 0)
        last = self.recent.pop()
        return self._schedule(loop, last.at - self.recent[loop].at)

    def _run(self, until: Span | None) -> int | None:
        """Runs the planned transitions until a moment. Without one, returns the start of a repetition."""
        while (planned := self._planned()) and (until is None or planned.at <= until):
            at, by, step = planned
            if not self._take(at, by, Event(at, by.event) if by.event else None, step):
                continue
            loop = self._repeats()
            if loop is not None and until is None:
                return loop
            if loop is not None and until is not None:
                self._skip_cycles(loop, until)
            self._begin_visit()
        return None

    def _hear(self, event: Event) -> None:
        self.last_event = event.number
        self.undisturbed.clear()
        taken = self.machine.on(self._state.name, event.name, self.facts)
        if taken and self._take(event.at, taken, event):
            self._begin_visit()

    def _begin_visit(self) -> None:
        waits = self.machine.timed(self._state.name, self.facts)
        if self.step or (waits and waits.until):
            self.undisturbed.clear()
        else:
            self.undisturbed.append(len(self.recent) - 1)

    def _planned(self) -> _Leaving | None:
        """Returns the next change without an event: the end of the visit, or a change during it."""
        leaving, state = self._leaving(), self._state.name
        change = next(iter(_changes(self.machine).get(state, ())[self.changed :]), None)
        if change is None:
            return leaving
        at = self.entered + (change.after or 0)
        return leaving if leaving and leaving.at <= at else _Leaving(at, change, None)

    def _leaving(self) -> _Leaving | None:
        """Returns the end of this visit without an event; None if it does not end."""
        state, last = self._state.name, self.last
        step, by = self.step, self.machine.timed(state, self.facts)
        if step and step.event:
            asked = self.machine.on(state, step.event, self.facts)
            step, by = (step, asked) if asked else (None, by)
        if by is None or (due := self._due(by, step)) is None:
            return None
        return _Leaving(max(due, last.at if last else 0), by, step)

    def _due(self, by: Transition, step: ScenarioStep | None) -> Span | None:
        """Returns the end of a visit: after a while, or at the moment given by a fact."""
        if step is None and (at := by.moment(self.facts)) is not None:
            due = at - self.born_at
            return due if due <= _LONGEST else None
        after = (step or by).after
        return None if after is None else self.entered + after

    def _take(
        self, at: Span, taken: Transition, event: Event | None, step: ScenarioStep | None = None
    ) -> bool:
        """Adds a transition's milestone. Returns False if the job stays in its state."""
        changed, lines = taken.set, taken.log
        if step:
            changed, lines, self.step = {**changed, **step.set}, (*lines, *step.log), None
        if taken.to is not None:
            self._enter(at, self.machine.states[taken.to], event, changed, lines)
            return True
        if event is None:
            self.changed += 1
        self._mark(at, self._state, event, changed, lines)
        return False

    def _enter(
        self,
        at: Span,
        state: MachineState,
        event: Event | None,
        changed: Facts = NOTHING,
        lines: tuple[Line, ...] = (),
    ) -> None:
        self.step = self._next_step(state)
        self.entered, self.changed, self._state = at, 0, state
        self._mark(at, state, event, changed, (*lines, *state.log), entered=True)

    def _next_step(self, state: MachineState) -> ScenarioStep | None:
        """Returns the step for this visit to a state, and counts the visit."""
        left = self.visits.get(state.name, 0)
        for step in self.scenario.steps:
            if step.state == state.name:
                if left < step.times:
                    self.visits = {**self.visits, state.name: self.visits.get(state.name, 0) + 1}
                    return step
                left -= step.times
        return None

    def _mark(  # noqa: PLR0913 - a milestone has that many fields
        self,
        at: Span,
        state: MachineState,
        event: Event | None,
        changed: Facts,
        lines: tuple[Line, ...],
        *,
        entered: bool = False,
    ) -> None:
        last, facts = self.last, self._changed(changed)
        ramp = self._ramp(at, state, last.progress(at) if last else 0.0, {**self.born, **facts})
        spent = self._spent(at)
        self._add(Milestone(at, state, entered, facts, lines, event, ramp, spent, self.last_event))

    def _ramp(
        self, at: Span, state: MachineState, so_far: float, facts: Facts
    ) -> tuple[float, float, Span]:
        """Returns the progress at the start and the end of a span. It never decreases.

        A step that leaves its state early does not make progress faster.
        """
        if state.progress is None:
            return (so_far, so_far, 0)
        low = max(so_far, state.progress[0])
        high = max(low, state.progress[1])
        if low == high or state.final:
            return (high, high, 0)
        span = self._whole_stay(state, facts)
        rest = self.entered + span - at if span else 0
        return (low, high, rest) if rest > 0 else (low, low, 0)

    def _whole_stay(self, state: MachineState, facts: Facts) -> Span | None:
        """Returns the duration of a state without an early end; None if it is unknown."""
        timed, step = self.machine.timed(state.name, facts), self.step
        if step and not step.event:
            return step.after if timed else None
        if timed:
            return timed.after if not timed.until else None
        leaves = step and step.event and self.machine.on(state.name, step.event, facts)
        return step.after if step and leaves else None

    def _repeats(self) -> int | None:
        """Returns the recent milestone from which the job repeats, if the last closes a cycle."""
        last = self.recent[-1]
        return next((i for i in self.undisturbed if _alike(self.recent[i], last)), None)

    def _skip_cycles(self, loop: int, until: Span) -> None:
        """Skips the cycles before a moment; there may be millions."""
        *once, last = self.recent
        once, cycle = once[:loop], once[loop:]
        period = last.at - cycle[0].at
        rounds = (until - last.at) // period
        if rounds:
            self._close(once)
            repeated = Segment(self.number, cycle, period)
            self.history = self.history.extended(repeated)
            self.number += (rounds + 1) * len(cycle)
            self.last = repeated[self.number]
            self.recent = [self.last]
            self.entered = self.last.at
            self.undisturbed.clear()


@lru_cache(maxsize=4096)
def _changes(machine: Machine) -> Mapping[str, tuple[Transition, ...]]:
    """Returns the timed changes within states, by state and in time order."""
    own = [t for t in machine.transitions if t.to is None and t.after is not None]
    own.sort(key=lambda transition: transition.after or 0)
    found = {name: tuple(t for t in own if name in t.sources) for name in machine.states}
    return {name: changes for name, changes in found.items() if changes}


def _alike(one: Milestone, other: Milestone) -> bool:
    return (one.state, one.facts, one.ramp, one.lines, one.event) == (
        other.state,
        other.facts,
        other.ramp,
        other.lines,
        other.event,
    )


class DerivedPlanner(_Planner):
    """Plans a job whose state follows from its parts' states by the machine's rules."""

    def __init__(self, machine: Machine, parts: int, facts: Facts) -> None:
        super().__init__(machine, facts)
        self.at: Span = -1
        self.reached = [-1] * parts
        self.states = [""] * parts

    def fork(self) -> Self:
        """Returns a separate planner that continues from here."""
        fork = super().fork()
        fork.reached, fork.states = [*self.reached], [*self.states]
        return fork

    def advance(self, event: Event, parts: Sequence[Schedule]) -> None:
        """Advances to this event, which the parts' schedules include as well."""
        if self.at < 0 < event.at:
            self._live(0, parts)
        while (at := self._next(parts)) is not None and at < event.at:
            self._live(at, parts)
        self._live(event.at, parts, event)
        self._close(self.recent)
        self.recent = []

    def finish(self, parts: Sequence[Schedule]) -> Schedule:
        """Returns the schedule if no further event comes to the job or to its parts."""
        return self._schedule(*self._run(parts))

    def _run(self, parts: Sequence[Schedule]) -> tuple[int | None, Span]:
        """Runs to the end, or to a repetition. Returns its start among the recent, and its span."""
        seen: dict[tuple[Any, ...], tuple[Span, int]] = {}
        if self.at < 0:
            self._live(0, parts)
        while True:
            place = self._place(parts)
            if place and place in seen:
                start, loop = seen[place]
                return (loop, self.at - start) if self.recent[loop:] else (None, 0)
            if place:
                seen[place] = self.at, len(self.recent)
            if (at := self._next(parts)) is None:
                return None, 0
            self._live(at, parts)

    def _live(self, at: Span, parts: Sequence[Schedule], event: Event | None = None) -> None:
        """Follows the parts through one moment: their own changes, then those by the event."""
        alone: list[tuple[int, str]] = []
        told: list[tuple[int, str]] = []
        for part, schedule in enumerate(parts):
            while schedule.due(self.reached[part]) == at:
                self.reached[part] += 1
                milestone = schedule[self.reached[part]]
                by_event = event is not None and milestone.last_event == event.number
                (told if by_event else alone).append((part, milestone.state.name))
        self.at = at
        self._follow(at, alone, None)
        if event is not None:
            self._hear(event)
            self._follow(at, told, event)

    def _place(self, parts: Sequence[Schedule]) -> tuple[Any, ...] | None:
        """Returns the positions of all parts in their repetitions; None before all of them repeat."""
        phases = [schedule.phase(self.at) for schedule in parts]
        if self.last is None or None in phases:
            return None
        return (*phases, repr(self.last.facts))

    def _next(self, parts: Sequence[Schedule]) -> Span | None:
        dues = [schedule.due(n) for schedule, n in zip(parts, self.reached, strict=True)]
        return min((due for due in dues if due is not None), default=None)

    def _hear(self, event: Event) -> None:
        """Adds an event that leaves the job in its state; others take effect through the parts."""
        if self.last is None:
            return
        state = self.last.state
        taken = self.machine.on(state.name, event.name, self.facts)
        if taken and taken.to is None:
            self._mark(event.at, state, event, taken.set, taken.log)

    def _follow(self, at: Span, changed: Iterable[tuple[int, str]], event: Event | None) -> None:
        for part, reached in changed:
            self.states[part] = reached
        state = self.machine.states[self.machine.derived(self.states)]
        if self.last is None:
            self._mark(at, state, event, NOTHING, state.log)
        elif state is not (before := self.last.state) and (before.reopens or not before.final):
            name = event.name if event else None
            taken = self.machine.between(before.name, state.name, self.facts, name)
            facts, lines = (taken.set, taken.log) if taken else (NOTHING, ())
            self._mark(at, state, event, facts, (*lines, *state.log))

    def _mark(
        self,
        at: Span,
        state: MachineState,
        event: Event | None,
        changed: Facts,
        lines: tuple[Line, ...],
    ) -> None:
        entered = self.last is None or self.last.state is not state
        facts, number = self._changed(changed), event.number if event else 0
        spent = self._spent(at)
        self._add(
            Milestone(at, state, entered, facts, lines, event, spent=spent, last_event=number)
        )


def build_schedule(
    machine: Machine, scenario: Scenario, facts: Facts, events: Iterable[Event] = ()
) -> Schedule:
    """Returns a job's schedule by its own machine, from facts at birth and events in time order."""
    planner = OwnPlanner(machine, scenario, facts)
    for event in events:
        planner.advance(event)
    return planner.finish()
