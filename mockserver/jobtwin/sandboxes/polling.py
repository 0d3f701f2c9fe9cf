"""Judges from the journal whether each job was polled politely, by the vendor's advice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from jobtwin.lifecycle import Machine, Moment, Span
from jobtwin.lifecycle.machine import Polling
from jobtwin.sandboxes.journal import JournalEntry
from jobtwin.sandboxes.reactions import reactions, second_jobs
from jobtwin.sandboxes.rules import PolitenessRule

TOO_MANY = 429
LIMITED = "too_many_requests"
"""The situation of requests above a limit."""

MachineOf = Callable[[str, str], Machine | None]
"""From an API's and a machine's name to the machine."""


@dataclass(frozen=True, slots=True)
class PollingReport:
    """The polls of one job by one operation; durations are on the sandbox's clock.

    `refused` counts the polls answered with 429, which are not included in `polls`; injected ones
    only count if they exceeded a limit.
    """

    api: str
    operation: str
    job: str
    polls: int
    intervals: Sequence[Span]
    after_final: int
    noticed: Span | None
    refused: int
    rules: Sequence[PolitenessRule]

    @property
    def polite(self) -> bool:
        """True if every rule was kept."""
        return all(rule.kept for rule in self.rules)


@dataclass(slots=True)
class _Polls:
    """The polls of one job by one operation, in order; `final` is when its end was first seen."""

    machine: str
    at: list[Moment] = field(default_factory=list)
    final: Moment | None = None
    ended_at: Moment | None = None
    after_final: int = 0


def reports(entries: Iterable[JournalEntry], machine_of: MachineOf) -> list[PollingReport]:
    """Returns a report for each job and operation that polled it, and each job created twice."""
    every = [entry for entry in entries if entry.delivery is None]
    found: dict[tuple[str, str, str], _Polls] = {}
    requests = defaultdict[tuple[str, str], list[JournalEntry]](list)
    for entry in every:
        if entry.method == "GET" and entry.operation is not None:
            _note(entry, entry.operation, found)
            requests[entry.api, entry.operation].append(entry)
    polled = [
        _report(
            (api, operation, job),
            polls,
            [each for each in requests[api, operation] if _may_be_of(each, job)],
            machine_of(api, polls.machine),
        )
        for (api, operation, job), polls in found.items()
    ]
    return [*polled, *map(_made_twice, second_jobs(every))]


def _may_be_of(entry: JournalEntry, job: str) -> bool:
    """Returns True if a response may be about a job; one that shows no job may be about any."""
    shown = {entry.job, *(seen.job for seen in entry.seen)}
    return job in shown or (entry.job is None and not entry.seen)


def _made_twice(found: tuple[JournalEntry, PolitenessRule]) -> PollingReport:
    entry, rule = found
    key = entry.api, str(entry.operation), str(entry.job)
    return PollingReport(*key, 0, [], 0, None, 0, [rule])


def _note(entry: JournalEntry, operation: str, found: dict[tuple[str, str, str], _Polls]) -> None:
    awaited = any(seen.ended_at is None for seen in entry.seen)
    for seen in entry.seen:
        polls = found.setdefault((entry.api, operation, seen.job), _Polls(seen.machine))
        if polls.final is not None and awaited:
            continue  # Further pages, read for other jobs, only count for those jobs.
        polls.at.append(entry.at)
        polls.after_final += polls.final is not None
        if polls.final is None and seen.ended_at is not None:
            polls.final, polls.ended_at = entry.at, seen.ended_at


def _report(
    key: tuple[str, str, str],
    polls: _Polls,
    requests: Sequence[JournalEntry],
    machine: Machine | None,
) -> PollingReport:
    refused = sum(map(_is_too_many, requests))
    intervals = [after - before for before, after in pairwise(polls.at)]
    noticed = None
    if polls.final is not None and polls.ended_at is not None:
        noticed = max(0, polls.final - polls.ended_at)
    rules = [*_rules(polls, intervals, refused, machine), *reactions(requests)]
    count, after = len(polls.at), polls.after_final
    return PollingReport(*key, count, intervals, after, noticed, refused, rules)


def _is_too_many(entry: JournalEntry) -> bool:
    """Returns True if the client caused a 429; faults also affect polite clients."""
    return entry.finding == LIMITED or (entry.status == TOO_MANY and not entry.injected)


def _advised(intervals: Sequence[Span], advice: Polling) -> Iterator[PolitenessRule]:
    """Yields the verdicts on the intervals between polls, by the vendor's advice."""
    if advice.first and intervals:
        shortest = min(intervals)
        says = f"shortest interval {_seconds(shortest)}, advised are {_seconds(advice.first)}"
        yield PolitenessRule("interval", shortest >= advice.first, says, advice.source)
    if advice.factor and advice.factor > 1 and len(intervals) > 1:
        yield _backoff(intervals, advice)


_GROWN = 1.05
"""The least growth of an interval; clocks and networks make equal ones differ a little."""


def _backoff(intervals: Sequence[Span], advice: Polling) -> PolitenessRule:
    # With full jitter, the last interval may be shorter than the first.
    longest = max(intervals[1:])
    kept = longest > intervals[0] * _GROWN or min(intervals) >= (advice.at_most or 0) > 0
    says = f"intervals went from {_seconds(intervals[0])} to {_seconds(longest)}"
    return PolitenessRule("backoff", kept, says, advice.source)


def _rules(
    polls: _Polls, intervals: Sequence[Span], refused: int, machine: Machine | None
) -> Iterator[PolitenessRule]:
    advice = machine.polling if machine else None
    if advice:
        yield from _advised(intervals, advice)
    if polls.final is not None:
        says = f"{polls.after_final} polls after the final state was seen"
        yield PolitenessRule("stops", polls.after_final == 0, says, advice.source if advice else "")
    says = f"{refused} polls were refused with {TOO_MANY}"
    yield PolitenessRule("heeds", refused == 0, says, "RFC 6585, section 4")


def _seconds(span: Span) -> str:
    return f"{span / 1_000_000:g} s"
