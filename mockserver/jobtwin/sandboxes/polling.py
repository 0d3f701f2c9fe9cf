"""Judges from the journal whether each job was polled politely, by the vendor's advice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

from jobtwin.lifecycle import Machine, Moment, Span
from jobtwin.lifecycle.machine import Polling
from jobtwin.sandboxes.journal import JournalEntry
from jobtwin.sandboxes.reactions import reactions, second_jobs
from jobtwin.sandboxes.rules import PolitenessRule

TOO_MANY = 429
LIMITED = "too_many_requests"
"""The situation of requests above a limit."""

PIECE = 200
"""Requests that are looked at in one piece of work."""

_Key = tuple[str, str, str]
"""An API, an operation and the ID of a job."""

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
    return [*chain.from_iterable(reporting(entries, machine_of))]


def reporting(
    entries: Iterable[JournalEntry],
    machine_of: MachineOf,
    *,
    api: str | None = None,
    job: str | None = None,
) -> Iterator[Sequence[PollingReport]]:
    """Yields the reports in pieces, some of which are empty; only those of an API or a job, if given."""
    requests = [entry for entry in entries if entry.delivery is None]
    polled = _Polled(requests)
    for start in range(0, len(requests), PIECE):
        polled.note(range(start, min(start + PIECE, len(requests))))
        yield ()
    wanted = [key for key in polled.jobs if api in (None, key[0]) and job in (None, key[2])]
    for key in wanted:
        polls = polled.jobs[key]
        yield [_report(key, polls, polled.requests(key), machine_of(key[0], polls.machine))]
    twice = list(map(_made_twice, second_jobs(requests)))
    yield [r for r in twice if api in (None, r.api) and job in (None, r.job)]


class _Polled:
    """The jobs that requests polled, each by one operation, with the requests that may be about it.

    A response that shows no job may be about any.
    """

    def __init__(self, requests: Sequence[JournalEntry]) -> None:
        self._all = requests
        self._about = defaultdict[_Key, list[int]](list)
        self._about_any = defaultdict[tuple[str, str], list[int]](list)
        self.jobs: dict[_Key, _Polls] = {}

    def note(self, places: Iterable[int]) -> None:
        """Notes the requests at these places, which follow those before."""
        for place in places:
            entry = self._all[place]
            if entry.method != "GET" or entry.operation is None:
                continue
            api, operation = entry.api, entry.operation
            _note(entry, operation, self.jobs)
            shown = {entry.job, *(seen.job for seen in entry.seen)} - {None}
            for job in shown:
                self._about[api, operation, str(job)].append(place)
            if not shown:
                self._about_any[api, operation].append(place)

    def requests(self, key: _Key) -> list[JournalEntry]:
        """Returns the requests that may be about a job, in order."""
        about, about_any = self._about[key], self._about_any[key[:2]]
        return [self._all[place] for place in sorted([*about, *about_any])]


def _made_twice(found: tuple[JournalEntry, PolitenessRule]) -> PollingReport:
    entry, rule = found
    key = entry.api, str(entry.operation), str(entry.job)
    return PollingReport(*key, 0, [], 0, None, 0, [rule])


def _note(entry: JournalEntry, operation: str, found: dict[_Key, _Polls]) -> None:
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
    key: _Key,
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
