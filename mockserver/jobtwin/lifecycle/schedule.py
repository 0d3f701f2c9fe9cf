"""A job's schedule: the milestones that follow from its machine and events, as plain data.

All times here are spans since the job's birth, so that jobs with equal courses share one schedule.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import attrgetter
from typing import Any

from jobtwin.lifecycle.machine import Facts, Line, MachineState, Span, nothing


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a job, `at` a span after its creation; logs may quote its `data`.

    `number` is its position among the job's events, and orders events of the same moment.
    """

    at: Span
    name: str
    data: Mapping[str, Any] = field(default_factory=nothing)
    number: int = 0


@dataclass(frozen=True, slots=True)
class Milestone:
    """A point in a schedule at which something about the job changes.

    `event` is the event that made this change, `last_event` the number of the latest one so far.
    """

    at: Span
    state: MachineState
    entered: bool = True
    facts: Facts = field(default_factory=nothing)
    lines: tuple[Line, ...] = ()
    event: Event | None = None
    ramp: tuple[float, float, Span] = (0.0, 0.0, 0)
    spent: Mapping[str, Span] = field(default_factory=nothing)
    last_event: int = 0

    def progress(self, offset: Span) -> float:
        """Returns the percentage, 0 to 100, at `offset`."""
        low, high, span = self.ramp
        passed = offset - self.at
        return high if passed >= span else low + (high - low) * passed / span

    def spent_in(self, states: Collection[str], offset: Span) -> Span:
        """Returns the time spent in the given states from birth until `offset`."""
        spent = offset - self.at if self.state.name in states else 0
        for state in states:
            spent += self.spent.get(state, 0)
        return spent


WrittenLine = tuple[Milestone, Line]
"""A log line, after the milestone at which it is written."""


class Segment:
    """Milestones in a row, numbered from `first`; with a `period` they repeat for ever.

    They repeat until the schedule's next segment begins, if there is one.
    """

    __slots__ = ("_ats", "_lined", "_lines", "first", "milestones", "period", "start")

    def __init__(self, first: int, milestones: Sequence[Milestone], period: Span = 0) -> None:
        self.first = first
        self.milestones = tuple(milestones)
        self.period = period
        self.start = milestones[0].at
        self._ats = [milestone.at for milestone in milestones]
        self._lines: Sequence[WrittenLine] | None = None
        self._lined: Sequence[int] = ()

    def index(self, offset: Span) -> int:
        """Returns the number of the last milestone at or before `offset`."""
        if not self.period:
            return self.first + bisect_right(self._ats, offset) - 1
        rounds, rest = divmod(offset - self.start, self.period)
        place = bisect_right(self._ats, self.start + rest) - 1
        return self.first + rounds * len(self._ats) + place

    def at(self, offset: Span) -> tuple[int, Milestone]:
        """Returns the number of the last milestone at or before `offset`, and the milestone."""
        if self.period:
            number = self.index(offset)
            return number, self[number]
        place = bisect_right(self._ats, offset) - 1
        return self.first + place, self.milestones[place]

    def __getitem__(self, number: int) -> Milestone:
        """Returns the milestone of a number. Raises IndexError after the last."""
        place = number - self.first
        if place < len(self._ats):
            return self.milestones[place]
        if not self.period:
            raise IndexError(number)
        rounds, place = divmod(place, len(self._ats))
        found = self.milestones[place]
        return replace(found, at=found.at + rounds * self.period, spent=self._spent(found, rounds))

    def matching(self, last: int, fits: Callable[[Milestone], bool]) -> Iterator[Milestone]:
        """Yields the matching milestones up to number `last`, the latest first."""
        length = len(self.milestones)
        places = [place for place, found in enumerate(self.milestones) if fits(found)]
        rounds = (last - self.first) // length if self.period else 0
        for turn in range(rounds, -1, -1) if places else ():
            for place in reversed(places):
                if (number := self.first + turn * length + place) <= last:
                    yield self[number]

    def lines(self, last: int, most: int) -> Sequence[WrittenLine]:
        """Returns the latest `most` lines up to milestone number `last`, in order.

        Without repetitions they are found once for all jobs that share the schedule.
        """
        if self.period:
            latest = _written(self.matching(last, lambda found: bool(found.lines)))
            return [*islice(latest, most)][::-1]
        if self._lines is None:
            self._lines = [*_written(reversed(self.milestones))][::-1]
            places = enumerate(self.milestones)
            self._lined = [place for place, found in places for _ in found.lines]
        lines = self._lines
        if last - self.first < len(self.milestones) - 1:
            lines = lines[: bisect_right(self._lined, last - self.first)]
        return lines if len(lines) <= most else lines[-most:]

    def _spent(self, milestone: Milestone, rounds: int) -> Mapping[str, Span]:
        if not milestone.spent:
            return milestone.spent
        first, last, end = self.milestones[0], self.milestones[-1], self.start + self.period
        return {
            state: spent + rounds * (last.spent_in((state,), end) - first.spent[state])
            for state, spent in milestone.spent.items()
        }


def _written(milestones: Iterable[Milestone]) -> Iterator[WrittenLine]:
    """Returns the lines of milestones, from the latest line to the first."""
    return ((found, line) for found in milestones for line in reversed(found.lines))


class History:
    """The segments up to a job's latest event: immutable, yet one more costs O(1).

    Histories of the same job share one list, of which each sees its own part.
    """

    __slots__ = ("_count", "_segments")

    def __init__(self, segments: list[Segment] | None = None, count: int = 0) -> None:
        self._segments = [] if segments is None else segments
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Segment:
        return self._segments[index]

    def extended(self, segment: Segment) -> History:
        """Returns a history with one more segment."""
        shared = self._segments
        if len(shared) > self._count:  # another history has grown from the same beginning
            shared = shared[: self._count]
        shared.append(segment)
        return History(shared, self._count + 1)

    def all(self) -> Sequence[Segment]:
        """Returns all segments, in order."""
        return self._segments[: self._count]

    def at(self, offset: Span) -> Segment:
        """Returns the last segment that starts at or before `offset`."""
        after = bisect_right(self._segments, offset, hi=self._count, key=attrgetter("start"))
        return self._segments[after - 1]

    def holding(self, number: int) -> Segment:
        """Returns the segment with the milestone of that number."""
        after = bisect_right(self._segments, number, hi=self._count, key=attrgetter("first"))
        return self._segments[after - 1]


class Schedule:
    """The milestones of a job in order: up to its last event, and what is planned after that.

    `ends` is the span after which a final state is first entered, None if none is planned;
    `first_entered` maps states to the spans after which they are first entered.
    """

    __slots__ = ("_last", "_planned", "ends", "first_entered", "history", "planned")

    def __init__(
        self,
        history: History,
        planned: Sequence[Segment],
        first_entered: Mapping[str, Span],
        ends: Span | None,
    ) -> None:
        self.history = history
        self.planned = tuple(planned)
        self.first_entered = first_entered
        self.ends = ends
        self._planned = self.planned[::-1]
        end = self._end
        self._last = None if end.period else end.first + len(end.milestones) - 1

    def index(self, offset: Span) -> int:
        """Returns the number of the last milestone at or before `offset`. Raises ValueError before the creation."""
        return self.at(offset)[0]

    def at(self, offset: Span) -> tuple[int, Milestone]:
        """Returns the number and the last milestone at or before `offset`. Raises ValueError before the creation."""
        for segment in self._planned:
            if offset >= segment.start:
                return segment.at(offset)
        if offset < 0:
            raise ValueError(f"there is no milestone {-offset} µs before birth")
        return self.history.at(offset).at(offset)

    def __getitem__(self, number: int) -> Milestone:
        """Returns the milestone of a number, from 0. Raises IndexError after the last."""
        for segment in self._planned:
            if number >= segment.first:
                return segment[number]
        return self.history.holding(number)[number]

    def matching(self, last: int, fits: Callable[[Milestone], bool]) -> Iterator[Milestone]:
        """Yields the matching milestones up to number `last`, the latest first.

        It takes time in proportion to these milestones, not to the repetitions of others.
        """
        for segment in reversed(self.segments):
            if segment.first <= last:
                yield from segment.matching(last, fits)
                last = segment.first - 1

    def lines(self, last: int, most: int) -> Sequence[WrittenLine]:
        """Returns the latest `most` lines up to milestone number `last`, in order."""
        found: Sequence[WrittenLine] = ()
        for segment in reversed(self.segments):
            if segment.first <= last:
                earlier = segment.lines(last, most - len(found))
                found = [*earlier, *found] if found else earlier
                last = segment.first - 1
            if len(found) >= most:
                break
        return found

    def due(self, number: int) -> Span | None:
        """Returns when the milestone after this one is due; None if nothing more is planned."""
        if self._last is not None and number >= self._last:
            return None
        return self[number + 1].at

    def state(self, offset: Span) -> MachineState:
        """Returns the state at `offset`."""
        return self[self.index(offset)].state

    @property
    def segments(self) -> Sequence[Segment]:
        """Every segment, in order."""
        return (*self.history.all(), *self.planned) if self.history else self.planned

    @property
    def milestones(self) -> tuple[Milestone, ...]:
        """Every milestone, repeating ones once."""
        return tuple(milestone for segment in self.segments for milestone in segment.milestones)

    @property
    def last(self) -> Milestone:
        """The last milestone; of those that repeat, the last in a round."""
        return self._end.milestones[-1]

    @property
    def loop(self) -> int | None:
        """The place in `milestones` from which they repeat for ever; None if they do not."""
        repeating = self._end
        return len(self.milestones) - len(repeating.milestones) if repeating.period else None

    @property
    def period(self) -> Span:
        """The span after which milestones repeat for ever; 0 if they do not."""
        return self._end.period

    @property
    def settled(self) -> Span:
        """When nothing new is planned any more: the last milestone, or where repetition begins."""
        return self._end.start if self._end.period else self._end.milestones[-1].at

    @property
    def arrives(self) -> Span:
        """When the last state that is planned is entered, or where repetition begins; 0 if none is."""
        if self._end.period:
            return self._end.start
        planned = (m.at for segment in self.planned for m in segment.milestones if m.entered)
        return max(planned, default=0)

    def phase(self, offset: Span) -> Span | None:
        """Returns the span since the last repetition, or 0 without one; None before `settled`."""
        since = offset - self.settled
        return None if since < 0 else since % self.period if self.period else 0

    @property
    def _end(self) -> Segment:
        return self.planned[-1] if self.planned else self.history[len(self.history) - 1]
