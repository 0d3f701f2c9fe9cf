"""A job's life laid out in time: pure functions from a machine and its events to a `Plan`.

All times here are spans since the job's birth, so that jobs that live alike share one plan.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from mockserver.lifecycle.machine import NOTHING, Facts, Line, Machine, Span, State, nothing

if TYPE_CHECKING:
    from mockserver.lifecycle.machine import Scenario, Step, Transition


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a job `at` this span after its birth; `data` is quoted by logs."""

    at: Span
    name: str
    data: Mapping[str, Any] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in a plan at which something about the job changes."""

    at: Span
    state: State
    entered: bool = True
    facts: Facts = field(default_factory=nothing)
    lines: tuple[Line, ...] = ()
    event: Event | None = None
    ramp: tuple[float, float, Span] = (0.0, 0.0, 0)
    spent: Mapping[str, Span] = field(default_factory=nothing)

    def progress(self, offset: Span) -> float:
        """Percentage, 0 to 100, at `offset`."""
        low, high, span = self.ramp
        if not span:
            return low
        return low + (high - low) * min(1.0, (offset - self.at) / span)

    def spent_in(self, states: Iterable[str], offset: Span) -> Span:
        """Time spent in the given states from birth until `offset`."""
        before = sum(self.spent.get(state, 0) for state in states)
        return before + (offset - self.at if self.state.name in states else 0)


class Plan:
    """The marks of a life, in order; those from `loop` on come again every `period`, for ever."""

    __slots__ = ("_ats", "loop", "marks", "period")

    def __init__(self, marks: Sequence[Mark], loop: int | None = None, period: Span = 0) -> None:
        self.marks = tuple(marks)
        self.loop = loop
        self.period = period
        self._ats = [mark.at for mark in self.marks]

    def index(self, offset: Span) -> int:
        """The number of the last mark at or before `offset`."""
        if self.loop is not None and offset >= (start := self._ats[self.loop]) + self.period:
            rounds, rest = divmod(offset - start, self.period)
            return (
                bisect_right(self._ats, start + rest) - 1 + rounds * (len(self.marks) - self.loop)
            )
        return bisect_right(self._ats, offset) - 1

    def __getitem__(self, index: int) -> Mark:
        if index < len(self.marks):
            return self.marks[index]
        if self.loop is None:
            raise IndexError(index)
        rounds, place = divmod(index - self.loop, len(self.marks) - self.loop)
        mark = self.marks[self.loop + place]
        return replace(mark, at=mark.at + rounds * self.period, spent=self._spent(mark, rounds))

    def due(self, index: int) -> Span | None:
        """When the mark after this one comes; None where nothing more is planned."""
        try:
            return self[index + 1].at
        except IndexError:
            return None

    def state(self, offset: Span) -> State:
        """The state at `offset`."""
        return self[self.index(offset)].state

    def _spent(self, mark: Mark, rounds: int) -> Mapping[str, Span]:
        if not mark.spent or self.loop is None:
            return mark.spent
        first, last = self.marks[self.loop], self.marks[-1]
        end = self._ats[self.loop] + self.period
        return {
            state: spent + rounds * (last.spent_in((state,), end) - first.spent[state])
            for state, spent in mark.spent.items()
        }


class _Walk:
    """One walk through a machine, as far as it goes or until it repeats itself."""

    def __init__(
        self, machine: Machine, scenario: Scenario, facts: Facts, events: Iterable[Event]
    ) -> None:
        self.machine = machine
        self.born = facts
        self.events = deque(events)
        self.steps: defaultdict[str, deque[Step]] = defaultdict(deque)
        for step in scenario.steps:
            self.steps[step.state].extend([step] * step.times)
        self.marks: list[Mark] = []
        self.free: list[int] = []

    @property
    def facts(self) -> Facts:
        return {**self.born, **self.marks[-1].facts} if self.marks else self.born

    def plan(self) -> Plan:
        self._enter(0, self.machine.states[self.machine.initial or ""], None)
        while self._visit():
            if (start := self._repeats()) is not None:
                period = self.marks[-1].at - self.marks[start].at
                return Plan(self.marks[:-1], start, period)
        return Plan(self.marks)

    def _visit(self) -> bool:
        """Live through one visit to a state; False when it never ends."""
        state, entered = self.marks[-1].state.name, self.marks[-1].at
        if self._undisturbed():
            self.free.append(len(self.marks) - 1)
        while True:
            step = self.steps[state].popleft() if self.steps[state] else None
            leaving = self._planned(state, step)
            due = None if leaving is None else max(entered + leaving[0], self.marks[-1].at)
            while self.events and (due is None or self.events[0].at < due):
                event = self.events.popleft()
                asked = self.machine.on(state, event.name, self.facts)
                if asked and self._take(event.at, asked, event, None):
                    return True
            if leaving is None or due is None:
                return False
            caused = Event(due, leaving[1].event) if leaving[1].event else None
            if self._take(due, leaving[1], caused, step):
                return True

    def _planned(self, state: str, step: Step | None) -> tuple[Span, Transition] | None:
        timed = self.machine.timed(state, self.facts)
        if step is None:
            return (timed.after, timed) if timed and timed.after is not None else None
        if step.hold or step.after is None:
            return None
        transition = self.machine.on(state, step.event, self.facts) if step.event else timed
        return (step.after, transition) if transition else None

    def _take(self, at: Span, taken: Transition, event: Event | None, step: Step | None) -> bool:
        """Mark a transition; False where it leaves the job in its state."""
        extra, lines = (step.set, (*taken.log, *step.log)) if step else (NOTHING, taken.log)
        changed = {**taken.set, **extra}
        if taken.to is None:
            self._stay(at, event, changed, lines)
            return False
        self._enter(at, self.machine.states[taken.to], event, changed, lines)
        return True

    def _stay(self, at: Span, event: Event | None, changed: Facts, lines: tuple[Line, ...]) -> None:
        last = self.marks[-1]
        _, high, span = last.ramp
        rest = max(0, span - (at - last.at)) if span else 0
        ramp = (last.progress(at), high if rest else last.progress(at), rest)
        facts = {**last.facts, **changed} if changed else last.facts
        self.marks.append(
            Mark(at, last.state, False, facts, lines, event, ramp, self._spent(at))  # noqa: FBT003 - the fields in their order
        )

    def _enter(
        self,
        at: Span,
        state: State,
        event: Event | None,
        changed: Facts = NOTHING,
        lines: tuple[Line, ...] = (),
    ) -> None:
        last = self.marks[-1] if self.marks else None
        before = last.facts if last else NOTHING
        facts = {**before, **changed} if changed else before
        ramp = self._ramp(state, last.progress(at) if last else 0.0, {**self.born, **facts})
        lines = (*lines, *state.log)
        self.marks.append(Mark(at, state, True, facts, lines, event, ramp, self._spent(at)))  # noqa: FBT003 - the fields in their order

    def _ramp(self, state: State, so_far: float, facts: Facts) -> tuple[float, float, Span]:
        """Progress never goes back, and a step that leaves early does not hurry it."""
        if state.progress is None:
            return (so_far, so_far, 0)
        low, high = max(so_far, state.progress[0]), max(so_far, state.progress[1])
        waiting = self.steps[state.name]
        step = waiting[0] if waiting else None
        timed = self.machine.timed(state.name, facts)
        span = timed.after if timed else None
        if step and (step.hold or span is None or step.event is None):
            span = None if step.hold else step.after
        if low == high or state.final:
            return (high, high, 0)
        return (low, high, span) if span else (low, low, 0)

    def _spent(self, at: Span) -> Mapping[str, Span]:
        counted = self.machine.counted
        if not counted:
            return NOTHING
        last = self.marks[-1] if self.marks else None
        return {state: last.spent_in((state,), at) if last else 0 for state in counted}

    def _undisturbed(self) -> bool:
        """Whether all that is left is the machine's own timed transitions."""
        return not self.events and not any(self.steps.values())

    def _repeats(self) -> int | None:
        """The mark from which the walk goes round for ever, if the last one closes a circle."""
        last = self.marks[-1]
        return next((i for i in self.free if _alike(self.marks[i], last)), None)


def _alike(one: Mark, other: Mark) -> bool:
    return (one.state, one.facts, one.ramp, one.lines) == (
        other.state,
        other.facts,
        other.ramp,
        other.lines,
    )


def walk(machine: Machine, scenario: Scenario, facts: Facts, events: Iterable[Event] = ()) -> Plan:
    """The life of a job by its own machine.

    `facts` are those at birth; `events` come from outside, in time order. An event that is illegal
    at its moment changes nothing: who records events asks `Machine.on` first.
    """
    return _Walk(machine, scenario, facts, events).plan()


def derive(machine: Machine, parts: Sequence[Plan], events: Iterable[Event] = ()) -> Plan:
    """The life of a job whose state follows from its parts, by the machine's rules."""
    own = deque(events)
    changes = sorted({0, *(mark.at for plan in parts for mark in plan.marks if mark.entered)})
    marks: list[Mark] = []
    for at in chain(changes, [None]):
        while own and (at is None or own[0].at < at):
            _hear(machine, marks, own.popleft())
        if at is not None:
            _follow(machine, marks, at, [plan.state(at).name for plan in parts])
    return Plan(marks)


def _follow(machine: Machine, marks: list[Mark], at: Span, part_states: Sequence[str]) -> None:
    state = machine.states[machine.derived(part_states)]
    if not marks:
        marks.append(Mark(at, state, lines=state.log))
    elif state is not marks[-1].state:
        last = marks[-1]
        taken = machine.between(last.state.name, state.name)
        changed, lines = (taken.set, taken.log) if taken else (NOTHING, ())
        facts = {**last.facts, **changed} if changed else last.facts
        marks.append(Mark(at, state, facts=facts, lines=(*lines, *state.log)))


def _hear(machine: Machine, marks: list[Mark], event: Event) -> None:
    """Record an event that leaves a derived job as it is; others show through the parts."""
    last = marks[-1]
    taken = machine.on(last.state.name, event.name, last.facts)
    if taken and taken.to is None:
        facts = {**last.facts, **taken.set} if taken.set else last.facts
        marks.append(
            replace(last, at=event.at, entered=False, facts=facts, lines=taken.log, event=event)
        )
