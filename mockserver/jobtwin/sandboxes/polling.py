"""Did the client poll politely? Told from the journal, job by job, against the vendor's advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from jobtwin.lifecycle import Machine, Moment, Span
from jobtwin.sandboxes.journal import Entry

TOO_MANY = 429

MachineOf = Callable[[str, str], Machine | None]
"""From an API's and a machine's name to the machine."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of polite polling: whether it was kept, what was seen, and who asks for it."""

    rule: str
    kept: bool
    says: str
    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """How one job was polled by one operation; spans are by the sandbox's clock.

    `refused` counts the polls answered with 429, which are not among the `polls`.
    """

    api: str
    operation: str
    job: str
    polls: int
    intervals: Sequence[Span]
    after_final: int
    noticed: Span | None
    refused: int
    rules: Sequence[Rule]

    @property
    def polite(self) -> bool:
        """Whether every rule was kept."""
        return all(rule.kept for rule in self.rules)


@dataclass(slots=True)
class _Polls:
    """The polls of one job by one operation, in order; `final` is when its end was first seen."""

    machine: str
    at: list[Moment] = field(default_factory=list)
    final: Moment | None = None
    ended_at: Moment | None = None
    after_final: int = 0


def reports(entries: Iterable[Entry], machine_of: MachineOf) -> list[Report]:
    """A report for each job and operation that polled it."""
    found: dict[tuple[str, str, str], _Polls] = {}
    refused: Counter[tuple[str, str, str | None]] = Counter()
    for entry in entries:
        if entry.method == "GET" and entry.operation is not None:
            _note(entry, entry.operation, found)
            refused[entry.api, entry.operation, entry.job] += entry.status == TOO_MANY
    return [
        _report(
            (api, operation, job),
            polls,
            refused[api, operation, job] + refused[api, operation, None],
            machine_of(api, polls.machine),
        )
        for (api, operation, job), polls in found.items()
    ]


def _note(entry: Entry, operation: str, found: dict[tuple[str, str, str], _Polls]) -> None:
    awaited = any(seen.ended_at is None for seen in entry.seen)
    for seen in entry.seen:
        polls = found.setdefault((entry.api, operation, seen.job), _Polls(seen.machine))
        if polls.final is not None and awaited:
            continue  # A list that is read on for the sake of other jobs polls them alone.
        polls.at.append(entry.at)
        polls.after_final += polls.final is not None
        if polls.final is None and seen.ended_at is not None:
            polls.final, polls.ended_at = entry.at, seen.ended_at


def _report(
    key: tuple[str, str, str], polls: _Polls, refused: int, machine: Machine | None
) -> Report:
    intervals = [after - before for before, after in pairwise(polls.at)]
    noticed = None
    if polls.final is not None and polls.ended_at is not None:
        noticed = max(0, polls.final - polls.ended_at)
    rules = list(_rules(polls, intervals, refused, machine))
    count, after = len(polls.at), polls.after_final
    return Report(*key, count, intervals, after, noticed, refused, rules)


def _rules(
    polls: _Polls, intervals: Sequence[Span], refused: int, machine: Machine | None
) -> Iterator[Rule]:
    advice = machine.polling if machine else None
    if advice and advice.first and intervals:
        shortest = min(intervals)
        says = f"shortest interval {_seconds(shortest)}, advised are {_seconds(advice.first)}"
        yield Rule("interval", shortest >= advice.first, says, advice.source)
    if advice and advice.factor and advice.factor > 1 and len(intervals) > 1:
        kept = intervals[-1] > intervals[0] or min(intervals) >= (advice.at_most or 0) > 0
        says = f"intervals went from {_seconds(intervals[0])} to {_seconds(intervals[-1])}"
        yield Rule("backoff", kept, says, advice.source)
    if polls.final is not None:
        says = f"{polls.after_final} polls after the final state was seen"
        yield Rule("stops", polls.after_final == 0, says, advice.source if advice else "")
    says = f"{refused} polls were refused with {TOO_MANY}"
    yield Rule("heeds", refused == 0, says, "RFC 6585, section 4")


def _seconds(span: Span) -> str:
    return f"{span / 1_000_000:g} s"
