"""A job's timeline laid out in time: pure functions from a machine and its events to a `Schedule`.

All times here are spans since the job's record, so that jobs that live alike share one schedule.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from jobtwin.lifecycle.machine import NOTHING, Facts, Line, Machine, Span, State, nothing

if TYPE_CHECKING:
    from jobtwin.lifecycle.machine import Scenario, Step, Transition


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a job `at` this span after its record; `data` is quoted by logs.

    `number` is its place among the job's events, which decides between those of one moment.
    """

    at: Span
    name: str
    data: Mapping[str, Any] = field(default_factory=nothing)
    number: int = 0


@dataclass(frozen=True, slots=True)
class Milestone:
    """A point in a schedule at which something about the job changes.

    `heard` is the number of the last event until then, `event` the one that made this change.
    """

    at: Span
    state: State
    entered: bool = True
    facts: Facts = field(default_factory=nothing)
    lines: tuple[Line, ...] = ()
    event: Event | None = None
    ramp: tuple[float, float, Span] = (0.0, 0.0, 0)
    spent: Mapping[str, Span] = field(default_factory=nothing)
    heard: int = 0

    def progress(self, offset: Span) -> float:
        """Percentage, 0 to 100, at `offset`."""
        low, high, span = self.ramp
        passed = offset - self.at
        return high if passed >= span else low + (high - low) * passed / span

    def spent_in(self, states: Iterable[str], offset: Span) -> Span:
        """Time spent in the given states from record until `offset`."""
        before = sum(self.spent.get(state, 0) for state in states)
        return before + (offset - self.at if self.state.name in states else 0)


class Schedule:
    """The milestones of a timeline, in order; those from `loop` on come again every `period`.

    They do for ever, or until the timeline takes another way: then it goes on as `then` says.
    """

    __slots__ = ("_ats", "_count", "ends", "loop", "milestones", "period", "then")

    def __init__(
        self,
        milestones: Sequence[Milestone],
        loop: int | None = None,
        period: Span = 0,
        then: Schedule | None = None,
    ) -> None:
        self.loop = loop
        self.period = period
        self.then = then
        self._ats = [milestone.at for milestone in milestones]
        self._count = len(milestones)
        self.milestones = tuple(milestones)
        """Every milestone, those that come again once."""
        if then is not None:
            rounds = (then.milestones[0].at - self._ats[loop or 0]) // period
            self._count += (rounds - 1) * (len(milestones) - (loop or 0))
            self.milestones += then.milestones
        self.ends = next(
            (milestone.at for milestone in self.milestones if milestone.state.final), None
        )
        """When a final state is entered; None where none is."""

    def index(self, offset: Span) -> int:
        """The number of the last milestone at or before `offset`."""
        if self.then is not None and offset >= self.then.milestones[0].at:
            return self._count + self.then.index(offset)
        if self.loop is not None and offset >= (start := self._ats[self.loop]) + self.period:
            rounds, rest = divmod(offset - start, self.period)
            return bisect_right(self._ats, start + rest) - 1 + rounds * self._looped
        return bisect_right(self._ats, offset) - 1

    def __getitem__(self, index: int) -> Milestone:
        if index < len(self._ats):
            return self.milestones[index]
        if self.then is not None and index >= self._count:
            return self.then[index - self._count]
        if self.loop is None:
            raise IndexError(index)
        rounds, place = divmod(index - self.loop, self._looped)
        milestone = self.milestones[self.loop + place]
        return replace(
            milestone, at=milestone.at + rounds * self.period, spent=self._spent(milestone, rounds)
        )

    def before(self, event: Event) -> Milestone:
        """The last milestone before one of the job's events."""
        moment = event.at, event.number
        return next(
            milestone
            for milestone in reversed(self.milestones)
            if (milestone.at, milestone.heard) < moment
        )

    def due(self, index: int) -> Span | None:
        """When the milestone after this one comes; None where nothing more is planned."""
        try:
            return self[index + 1].at
        except IndexError:
            return None

    def state(self, offset: Span) -> State:
        """The state at `offset`."""
        return self[self.index(offset)].state

    @property
    def settled(self) -> Span:
        """When nothing new is planned any more: the last milestone, or the first that comes for ever."""
        if self.then is not None:
            return self.then.settled
        return self._ats[-1 if self.loop is None else self.loop]

    def phase(self, offset: Span) -> Span | None:
        """How far `offset` is in the circle that goes on for ever; None before that begins."""
        if self.then is not None:
            return self.then.phase(offset)
        since = offset - self.settled
        return None if since < 0 else since % self.period if self.period else 0

    @property
    def _looped(self) -> int:
        return len(self._ats) - (self.loop or 0)

    def _spent(self, milestone: Milestone, rounds: int) -> Mapping[str, Span]:
        if not milestone.spent or self.loop is None:
            return milestone.spent
        first, last = self.milestones[self.loop], self.milestones[len(self._ats) - 1]
        end = self._ats[self.loop] + self.period
        return {
            state: spent + rounds * (last.spent_in((state,), end) - first.spent[state])
            for state, spent in milestone.spent.items()
        }


class _Leaving(NamedTuple):
    """What is planned to end a visit."""

    at: Span
    by: Transition
    step: Step | None


class _Walk:
    """One walk through a machine, as far as it goes or until it repeats itself."""

    def __init__(
        self, machine: Machine, scenario: Scenario, facts: Facts, events: Iterable[Event]
    ) -> None:
        self.machine = machine
        self.born = facts
        self.events = deque(events)
        self.heard = 0
        self.steps: defaultdict[str, deque[Step]] = defaultdict(deque)
        for step in scenario.steps:
            self.steps[step.state].extend([step] * step.times)
        self.step: Step | None = None
        self.entered: Span = 0
        self.milestones: list[Milestone] = []
        self.free: list[int] = []  # milestones of the visits that nothing but time has ended since
        self.past: list[tuple[list[Milestone], int, Span]] = []

    @property
    def facts(self) -> Facts:
        return {**self.born, **self.milestones[-1].facts} if self.milestones else self.born

    def schedule(self) -> Schedule:
        self._enter(0, self.machine.states[self.machine.initial or ""], None)
        while self._visit():
            loop = self._repeats()
            if loop is not None and not self.events:
                period = self.milestones[-1].at - self.milestones[loop].at
                return self._whole(Schedule(self.milestones[:-1], loop, period))
            if loop is not None:
                self._go_round(loop)
        return self._whole(Schedule(self.milestones))

    def _whole(self, schedule: Schedule) -> Schedule:
        for milestones, loop, period in reversed(self.past):
            schedule = Schedule(milestones, loop, period, schedule)
        return schedule

    def _visit(self) -> bool:
        """Live through one visit to a state; False when it never ends."""
        state = self.milestones[-1].state.name
        if self.step:
            self.free.clear()
        else:
            self.free.append(len(self.milestones) - 1)
        while True:
            leaving = self._planned(state)
            if self.events and (leaving is None or self.events[0].at < leaving.at):
                event = self.events.popleft()
                self.heard = event.number
                self.free.clear()
                asked = self.machine.on(state, event.name, self.facts)
                if asked and self._take(event.at, asked, event):
                    return True
            elif leaving is None:
                return False
            else:
                at, by, step = leaving
                if self._take(at, by, Event(at, by.event) if by.event else None, step):
                    return True

    def _planned(self, state: str) -> _Leaving | None:
        """What ends this visit unless an event comes first; None where nothing does."""
        step, by = self.step, self.machine.timed(state, self.facts)
        if step and step.event:
            asked = self.machine.on(state, step.event, self.facts)
            step, by = (step, asked) if asked else (None, by)
        if by is None or (after := (step or by).after) is None:
            return None
        return _Leaving(max(self.entered + after, self.milestones[-1].at), by, step)

    def _take(
        self, at: Span, taken: Transition, event: Event | None, step: Step | None = None
    ) -> bool:
        """Milestone a transition; False where it leaves the job in its state."""
        changed, lines = taken.set, taken.log
        if step:
            changed, lines, self.step = {**changed, **step.set}, (*lines, *step.log), None
        if taken.to is not None:
            self._enter(at, self.machine.states[taken.to], event, changed, lines)
            return True
        self._mark(at, self.milestones[-1].state, event, changed, lines)
        return False

    def _enter(
        self,
        at: Span,
        state: State,
        event: Event | None,
        changed: Facts = NOTHING,
        lines: tuple[Line, ...] = (),
    ) -> None:
        steps = self.steps[state.name]
        self.step = steps.popleft() if steps else None
        self.entered = at
        self._mark(at, state, event, changed, (*lines, *state.log), entered=True)

    def _mark(  # noqa: PLR0913 - a milestone has that many fields
        self,
        at: Span,
        state: State,
        event: Event | None,
        changed: Facts,
        lines: tuple[Line, ...],
        *,
        entered: bool = False,
    ) -> None:
        last = self.milestones[-1] if self.milestones else None
        before = last.facts if last else NOTHING
        facts = {**before, **changed} if changed else before
        ramp = self._ramp(at, state, last.progress(at) if last else 0.0, {**self.born, **facts})
        spent = _spent(self.machine, last, at)
        self.milestones.append(
            Milestone(at, state, entered, facts, lines, event, ramp, spent, self.heard)
        )

    def _ramp(
        self, at: Span, state: State, so_far: float, facts: Facts
    ) -> tuple[float, float, Span]:
        """Progress never goes back, and a step that leaves early does not hurry it."""
        if state.progress is None:
            return (so_far, so_far, 0)
        low = max(so_far, state.progress[0])
        high = max(low, state.progress[1])
        if low == high or state.final:
            return (high, high, 0)
        timed, step = self.machine.timed(state.name, facts), self.step
        span = timed.after if timed else None
        if step and not step.event:
            span = step.after if timed else None
        elif step and step.event and not timed and self.machine.on(state.name, step.event, facts):
            span = step.after
        rest = self.entered + span - at if span else 0
        return (low, high, rest) if rest > 0 else (low, low, 0)

    def _repeats(self) -> int | None:
        """The milestone from which the walk goes round, if the last one closes a circle."""
        last = self.milestones[-1]
        return next((i for i in self.free if _alike(self.milestones[i], last)), None)

    def _go_round(self, loop: int) -> None:
        """Leave out the rounds until the next event: there may be millions."""
        *milestones, last = self.milestones
        period = last.at - milestones[loop].at
        rounds = (self.events[0].at - last.at) // period
        if rounds:
            self.past.append((milestones, loop, period))
            self.milestones = [
                Schedule(milestones, loop, period)[
                    len(milestones) + rounds * (len(milestones) - loop)
                ]
            ]
            self.entered = self.milestones[0].at
            self.free.clear()


def _alike(one: Milestone, other: Milestone) -> bool:
    return (one.state, one.facts, one.ramp, one.lines, one.event) == (
        other.state,
        other.facts,
        other.ramp,
        other.lines,
        other.event,
    )


def _spent(machine: Machine, last: Milestone | None, at: Span) -> Mapping[str, Span]:
    counted = machine.counted
    if not counted:
        return NOTHING
    return {state: last.spent_in((state,), at) if last else 0 for state in counted}


class _Following:
    """One timeline that follows from those of the parts, as far as it goes or until it repeats itself."""

    def __init__(
        self, machine: Machine, parts: Sequence[Schedule], facts: Facts, events: Iterable[Event]
    ) -> None:
        self.machine = machine
        self.parts = parts
        self.reached = [-1] * len(parts)
        self.states = [""] * len(parts)
        self.born = facts
        self.events = deque(events)
        self.milestones: list[Milestone] = []

    def schedule(self) -> Schedule:
        at: Span | None = 0
        seen: dict[tuple[Any, ...], tuple[Span, int]] = {}
        while at is not None:
            self._live(at)
            place = self._place(at)
            if place and place in seen:
                start, loop = seen[place]
                return (
                    Schedule(self.milestones, loop, at - start)
                    if self.milestones[loop:]
                    else Schedule(self.milestones)
                )
            if place:
                seen[place] = at, len(self.milestones)
            at = self._next()
        return Schedule(self.milestones)

    def _live(self, at: Span) -> None:
        """Live through one moment: what the parts do by themselves, then event by event."""
        told: dict[int, Event] = {}
        while self.events and self.events[0].at == at:
            event = self.events.popleft()
            told[event.number] = event
        changes: dict[int, list[tuple[int, str]]] = {number: [] for number in (0, *told)}
        for part, schedule in enumerate(self.parts):
            while schedule.due(self.reached[part]) == at:
                self.reached[part] += 1
                milestone = schedule[self.reached[part]]
                changes[milestone.heard if milestone.heard in told else 0].append(
                    (part, milestone.state.name)
                )
        for number, changed in changes.items():
            if number in told:
                self._hear(told[number])
            for part, state in changed:
                self.states[part] = state
            self._follow(at, told.get(number))

    def _place(self, at: Span) -> tuple[Any, ...] | None:
        """Where all the parts are in their circles; None before they, and events, are past."""
        phases = [schedule.phase(at) for schedule in self.parts]
        if self.events or None in phases:
            return None
        return (*phases, repr(self.milestones[-1].facts))

    def _next(self) -> Span | None:
        dues = [
            schedule.due(reached)
            for schedule, reached in zip(self.parts, self.reached, strict=True)
        ]
        dues += [event.at for event in self.events]
        return min((due for due in dues if due is not None), default=None)

    @property
    def facts(self) -> Facts:
        return {**self.born, **self.milestones[-1].facts}

    def _hear(self, event: Event) -> None:
        """Record an event that leaves the job as it is; others show through the parts."""
        state = self.milestones[-1].state
        taken = self.machine.on(state.name, event.name, self.facts)
        if taken and taken.to is None:
            self._mark(event.at, state, event, taken.set, taken.log)

    def _follow(self, at: Span, event: Event | None) -> None:
        state = self.machine.states[self.machine.derived(self.states)]
        if not self.milestones:
            self._mark(at, state, event, NOTHING, state.log)
        elif state is not (before := self.milestones[-1].state) and not before.final:
            name = event.name if event else None
            taken = self.machine.between(before.name, state.name, self.facts, name)
            changed, lines = (taken.set, taken.log) if taken else (NOTHING, ())
            self._mark(at, state, event, changed, (*lines, *state.log))

    def _mark(
        self, at: Span, state: State, event: Event | None, changed: Facts, lines: tuple[Line, ...]
    ) -> None:
        last = self.milestones[-1] if self.milestones else None
        before = last.facts if last else NOTHING
        self.milestones.append(
            Milestone(
                at,
                state,
                last is None or last.state is not state,
                {**before, **changed} if changed else before,
                lines,
                event,
                spent=_spent(self.machine, last, at),
                heard=event.number if event else 0,
            )
        )


def walk(
    machine: Machine, scenario: Scenario, facts: Facts, events: Iterable[Event] = ()
) -> Schedule:
    """The timeline of a job by its own machine.

    `facts` are those at record; `events` come from outside, in time order. An event that is illegal
    at its moment changes nothing: who records events asks `Machine.on` first.
    """
    return _Walk(machine, scenario, facts, events).schedule()


def derive(
    machine: Machine,
    parts: Sequence[Schedule],
    facts: Facts = NOTHING,
    events: Iterable[Event] = (),
) -> Schedule:
    """The timeline of a job whose state follows from its parts, by the machine's rules.

    `events` are those that the parts were offered, too, in time order and numbered.
    """
    return _Following(machine, parts, facts, events).schedule()
