"""A job at one moment: its state, progress, facts and log, read from its timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from jobtwin.lifecycle.machine import NOTHING, Facts, Line, MachineState, Moment, Span, lookup
from jobtwin.lifecycle.record import QUOTE
from jobtwin.lifecycle.schedule import Milestone
from jobtwin.lifecycle.timeline import Timeline

COUNTED_LINES = 100
"""The maximum number of lines that a counter writes."""
LONGEST_LOG = 1000
"""The maximum number of log lines of a job, the latest; one that repeats for ever has millions."""


class JobView:
    """A job, or a part of one, at one moment. `parent` is what the part belongs to.

    `selected` are parts that answers have asked for, by condition. `shared` are values that views of
    other jobs have in common with this one; the response cache sets them.
    """

    __slots__ = ("_parts", "index", "milestone", "now", "parent", "selected", "shared", "timeline")

    shared: dict[Any, Any]

    def __init__(self, timeline: Timeline, now: Moment, parent: JobView | None = None) -> None:
        self.timeline = timeline
        self.now = now
        self.parent = parent
        self.index, self.milestone = timeline.schedule.at(now - timeline.record.at)
        self._parts: dict[str, list[JobView]] | None = None
        self.selected: dict[str, list[JobView]] = {}

    @property
    def state(self) -> MachineState:
        """The state, with its kind and outcome."""
        return self.milestone.state

    @property
    def progress(self) -> float:
        """Percentage, 0 to 100."""
        return self.milestone.progress(self.now - self.timeline.record.at)

    @property
    def created_at(self) -> Moment:
        """The time of its creation."""
        return self.timeline.record.at

    @property
    def updated_at(self) -> Moment:
        """The latest change of this job or of a part of it."""
        own = self.timeline.record.at + self.milestone.at
        if not self.timeline.parts:
            return own
        for name in self.timeline.parts:
            own = max([own, *[part.updated_at for part in self.parts(name)]])
        return own

    @property
    def asked_at(self) -> Moment:
        """The latest event that an operation can ask for; the birth before that."""
        names, schedule = self.timeline.machine.asked, self.timeline.schedule
        if not names:
            return self.timeline.record.at
        asked = schedule.matching(self.index, lambda m: bool(m.event and m.event.name in names))
        latest = next(asked, None)
        return self.timeline.record.at + (latest.at if latest else 0)

    @property
    def ended_at(self) -> Moment | None:
        """When a final state was entered; None before that, and once it has been left again."""
        milestone, number = self.milestone, self.index
        if not milestone.state.final:
            return None
        while not milestone.entered and number:
            number -= 1
            milestone = self.timeline.schedule[number]
        return self.timeline.record.at + milestone.at

    @property
    def due(self) -> Moment | None:
        """When something is planned to change next, here or in a part; None if nothing is."""
        own = self.timeline.schedule.due(self.index)
        moments = [] if own is None else [self.timeline.record.at + own]
        if not self.timeline.parts:
            return moments[0] if moments else None
        moments += [
            d for n in self.timeline.parts for p in self.parts(n) if (d := p.due) is not None
        ]
        return min(moments, default=None)

    def entered_at(self, state: str) -> Moment | None:
        """Returns when `state` was first entered; None if it was not."""
        first = self.timeline.schedule.first_entered.get(state)
        at = None if first is None else self.timeline.record.at + first
        return at if at is not None and at <= self.now else None

    def milestones(self) -> Iterator[Milestone]:
        """Returns the milestones so far, in order."""
        return (self.timeline.schedule[i] for i in range(self.index + 1))

    def fact(self, name: str) -> Any:
        """Returns a fact's value at this moment, or None."""
        facts = self.milestone.facts
        return facts[name] if name in facts else self.timeline.record.facts.get(name)

    def counter(self, name: str) -> float:
        """Returns a counter's value at this moment."""
        counter = self.timeline.machine.counters[name]
        spent = self.milestone.spent_in(counter.states, self.now - self.timeline.record.at)
        limit = counter.at_most
        return counter.grown(spent, counter.limit(self.fact) if isinstance(limit, str) else limit)

    def facts(self) -> Facts:
        """Returns all facts at this moment."""
        return {**self.timeline.record.facts, **self.milestone.facts}

    def allows(self, event: str) -> bool:
        """Returns True if `event` is legal now; for a job that follows its parts, in one of them, too."""
        taken = self.timeline.machine.on(self.state.name, event, self.facts())
        if taken is None or taken.to is None or not self.timeline.machine.rules:
            return taken is not None
        return any(part.allows(event) for part in self.parts(self.timeline.machine.part or ""))

    def parts(self, name: str) -> list[JobView]:
        """Returns the parts of that name at the same moment. Do not change the list."""
        if self._parts is None:
            self._parts = {}
        if name not in self._parts:
            self._parts[name] = [
                JobView(timeline, self.now, self) for timeline in self.timeline.parts[name]
            ]
        return self._parts[name]

    def entries(self) -> list[LogEntry]:
        """Returns the latest log lines of the job and its parts, in time order: LONGEST_LOG of each."""
        schedule, born = self.timeline.schedule, self.timeline.record.at
        entries = [
            LogEntry(born + milestone.at, line, self, milestone)
            for milestone, line in schedule.lines(self.index, LONGEST_LOG)
        ]
        if self.timeline.machine.counters:
            entries += self._counted()
        for name in self.timeline.parts:
            for part in self.parts(name):
                entries += part.entries()
        entries.sort(key=_AT)
        return entries

    def _counted(self) -> Iterator[LogEntry]:
        """Yields the lines that counters write each time they have grown by one."""
        for name, counter in self.timeline.machine.counters.items():
            if counter.log:
                count, limit = int(self.counter(name)), counter.limit(self.fact)
                for n in range(1, min(count, COUNTED_LINES) + 1):
                    found = self._after(counter.reached(n, limit), counter.states)
                    if found:
                        at, milestone = found
                        yield from (LogEntry(at, line, self, milestone, n) for line in counter.log)

    def _after(self, spent: Span, states: frozenset[str]) -> tuple[Moment, Milestone] | None:
        """Returns when this time had been spent in these states, and the milestone then."""
        schedule, born = self.timeline.schedule, self.timeline.record.at
        for number in range(self.index + 1):
            milestone = schedule[number]
            due = schedule.due(number) if number < self.index else self.now - born
            before = milestone.spent_in(states, milestone.at)
            if due is not None and before < spent <= milestone.spent_in(states, due):
                return born + milestone.at + spent - before, milestone
        return None


class LogEntry(NamedTuple):
    """A log line at the moment at which it was written, with its owner as it was then."""

    at: Moment
    line: Line
    owner: JobView
    milestone: Milestone
    counted: int = 0
    """The value of the counter that wrote it."""

    def field(self, name: str) -> Any:
        """Returns a field of the line with its placeholders filled in, or None."""
        return line_field(self.line, name)(self, None)


_AT = attrgetter("at")


def line_field(line: Line, name: str) -> Callable[[LogEntry, Any], Any]:
    """Returns the function that fills in the placeholders of a line's field, or returns None.

    Its second argument is not used; compiled values have one.
    """
    value = line.get(name)
    if isinstance(value, str) and "{" in value:
        return _template(value)
    return lambda _entry, _request: value


@lru_cache(maxsize=4096)
def _template(text: str) -> Callable[[LogEntry, Any], str]:
    """Returns the function that fills in the placeholders of a text."""
    # Literal text, then a path, and so on in turn.
    first, *words = QUOTE.split(text)
    pieces = [(_quote(path), after) for path, after in zip(words[::2], words[1::2], strict=True)]

    def filled(entry: LogEntry, _request: Any) -> str:
        made = first
        for quote, after in pieces:
            made += f"{quote(entry)}{after}"
        return made

    return filled


def _quote(path: str) -> Callable[[LogEntry], Any]:
    """Returns the function that looks up what a placeholder of a line quotes."""
    head, _, rest = path.partition(".")
    if head == "count":
        return lambda entry: entry.counted
    if head == "event":
        return lambda entry: lookup(
            entry.milestone.event.data if entry.milestone.event else NOTHING, rest
        )
    if head == "facts":
        return _quoted_fact(rest)
    if head == "id":
        return lambda entry: entry.owner.timeline.record.id
    return lambda entry: entry.milestone.state.name


def _quoted_fact(path: str) -> Callable[[LogEntry], Any]:
    name, _, deeper = path.partition(".")

    def fact(entry: LogEntry) -> Any:
        changed = entry.milestone.facts
        facts = changed if name in changed else entry.owner.timeline.record.facts
        return lookup(facts, path) if deeper else facts.get(name)

    return fact
