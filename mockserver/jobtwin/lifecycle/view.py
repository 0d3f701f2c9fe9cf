"""A job at one moment: its state, progress, facts and log, read from its timeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from jobtwin.lifecycle.machine import NOTHING, Facts, Line, MachineState, Moment, Span, lookup
from jobtwin.lifecycle.record import QUOTE
from jobtwin.lifecycle.schedule import Milestone
from jobtwin.lifecycle.timeline import Timeline

COUNTED_LINES = 100
"""A counter writes no more lines than that."""
LONGEST_LOG = 1000
"""Log lines of a job that are made, the latest; one that repeats for ever has millions."""


class JobView:
    """A job, or a part of one, at one moment. `parent` is what the part belongs to."""

    __slots__ = ("_parts", "index", "milestone", "now", "parent", "timeline")

    def __init__(self, timeline: Timeline, now: Moment, parent: JobView | None = None) -> None:
        self.timeline = timeline
        self.now = now
        self.parent = parent
        self.index = timeline.schedule.index(now - timeline.record.at)
        self.milestone = timeline.schedule[self.index]
        self._parts: dict[str, list[JobView]] | None = None

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
        """JobRecord."""
        return self.timeline.record.at

    @property
    def updated_at(self) -> Moment:
        """The latest change of this job or of a part of it."""
        own = self.timeline.record.at + self.milestone.at
        parts = (part.updated_at for name in self.timeline.parts for part in self.parts(name))
        return max([own, *parts])

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
        if not self.milestone.state.final:
            return None
        schedule, number = self.timeline.schedule, self.index
        while not schedule[number].entered and number:
            number -= 1
        return self.timeline.record.at + schedule[number].at

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
        first = self.timeline.schedule.first_entered.get(state)
        at = None if first is None else self.timeline.record.at + first
        return at if at is not None and at <= self.now else None

    def milestones(self) -> Iterator[Milestone]:
        """The milestones so far, in order."""
        return (self.timeline.schedule[i] for i in range(self.index + 1))

    def fact(self, name: str) -> Any:
        """Returns a fact's value at this moment, or None."""
        facts = self.milestone.facts
        return facts[name] if name in facts else self.timeline.record.facts.get(name)

    def counter(self, name: str) -> float:
        """Returns a counter's value at this moment."""
        counter = self.timeline.machine.counters[name]
        spent = self.milestone.spent_in(counter.states, self.now - self.timeline.record.at)
        return counter.grown(spent, counter.limit(self.facts()))

    def facts(self) -> Facts:
        """All facts at this moment."""
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
        """The latest log lines of the job and of its parts, in time order: LONGEST_LOG of each."""
        latest = (
            LogEntry(self.timeline.record.at + milestone.at, line, self, milestone)
            for milestone in self.timeline.schedule.matching(self.index, _logs)
            for line in reversed(milestone.lines)
        )
        own = [*islice(latest, LONGEST_LOG)][::-1]
        parts = (e for name in self.timeline.parts for p in self.parts(name) for e in p.entries())
        return sorted([*own, *self._counted(), *parts], key=lambda entry: entry.at)

    def _counted(self) -> Iterator[LogEntry]:
        """Yields the lines that counters write each time they have grown by one."""
        for name, counter in self.timeline.machine.counters.items():
            if counter.log:
                count, limit = int(self.counter(name)), counter.limit(self.facts())
                for n in range(1, min(count, COUNTED_LINES) + 1):
                    found = self._after(counter.reached(n, limit), counter.states)
                    if found:
                        at, milestone = found
                        yield from (LogEntry(at, line, self, milestone, n) for line in counter.log)

    def _after(self, spent: Span, states: frozenset[str]) -> tuple[Moment, Milestone] | None:
        """When this time had been spent in these states, and the milestone at that moment."""
        schedule, born = self.timeline.schedule, self.timeline.record.at
        for number in range(self.index + 1):
            milestone = schedule[number]
            due = schedule.due(number) if number < self.index else self.now - born
            before = milestone.spent_in(states, milestone.at)
            if due is not None and before < spent <= milestone.spent_in(states, due):
                return born + milestone.at + spent - before, milestone
        return None


def _logs(milestone: Milestone) -> bool:
    return bool(milestone.lines)


@lru_cache(maxsize=4096)
def _words(text: str) -> list[str]:
    """Splits a text at its placeholders: literal text, then a path, and so on in turn."""
    return QUOTE.split(text)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A log line at the moment at which it was written, with its owner as it was then."""

    at: Moment
    line: Line
    owner: JobView
    milestone: Milestone
    count: int = 0
    """The value of the counter that wrote it."""

    def field(self, name: str) -> Any:
        """Returns a field of the line with its placeholders filled in, or None."""
        value = self.line.get(name)
        if isinstance(value, str) and "{" in value:
            words = _words(value)
            return "".join([str(self._quoted(w)) if n % 2 else w for n, w in enumerate(words)])
        return value

    def _quoted(self, path: str) -> Any:
        head, _, rest = path.partition(".")
        if head == "count":
            return self.count
        if head == "event":
            return lookup(self.milestone.event.data if self.milestone.event else NOTHING, rest)
        if head == "facts":
            changed = self.milestone.facts
            name, _, _ = rest.partition(".")
            return lookup(changed if name in changed else self.owner.timeline.record.facts, rest)
        return self.owner.timeline.record.id if head == "id" else self.milestone.state.name
