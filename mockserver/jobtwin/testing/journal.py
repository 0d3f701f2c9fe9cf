"""The requests to a sandbox, and the politeness of its polls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import overload

from jobclients.control import Client
from jobclients.control import models as m
from jobclients.control.api.clock import get_clock
from jobclients.control.api.journal import clear_journal, get_journal, get_polling_report
from jobclients.control.types import UNSET
from jobtwin.testing.call import RecordedCall
from jobtwin.testing.control import done

MOST = 1000
"""The maximum number of entries that the control API returns."""

TAIL = 12
"""The number of entries in the report of a failed test."""


def line(entry: m.JournalEntry | RecordedCall) -> str:
    """Formats an entry as one line."""
    words = [f"{entry.at:%Y-%m-%d %H:%M:%S}.{entry.at.microsecond // 1000:03}", str(entry.status)]
    words += [entry.method, entry.path + (f"?{entry.query}" if entry.query else "")]
    states = " → ".join(dict.fromkeys(str(state) for state in (entry.before, entry.after) if state))
    remark = entry.finding or ("sample" if entry.sampled else "")
    return "  ".join(filter(None, [*words, states, f"({remark})" if remark else ""]))


class Journal:
    """The journal of a sandbox: its latest thousand requests, the oldest first."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.verdict: Verdict | None = None

    def __repr__(self) -> str:
        return f"<journal of {len(self)} requests>"

    def __str__(self) -> str:
        return "\n".join(map(line, self))

    def __len__(self) -> int:
        return done(get_journal.sync, client=self._client, limit=1).total

    def __iter__(self) -> Iterator[RecordedCall]:
        return iter(self.calls())

    def clear(self) -> None:
        """Deletes all entries."""
        clear_journal.sync_detailed(client=self._client)

    def calls(
        self, api: str | None = None, operation: str | None = None, job: str | None = None
    ) -> Calls:
        """Returns the requests to an API, for an operation or about a job if given."""
        found = done(
            get_journal.sync,
            client=self._client,
            api=api or UNSET,
            operation=operation or UNSET,
            job=job or UNSET,
            limit=MOST,
        )
        asked = " ".join(filter(None, (api, operation, job and f"job {job}")))
        entries = tuple(
            RecordedCall(entry) for entry in reversed(found.entries) if not entry.delivery
        )
        complete = len(found.entries) < MOST and not found.forgotten
        return Calls(entries, asked, complete, lambda: self._judged(asked, api, operation, job))

    def deliveries(self) -> list[RecordedCall]:
        """Returns the attempts to deliver callbacks and webhooks, one by one."""
        found = done(get_journal.sync, client=self._client, limit=MOST)
        return [RecordedCall(entry) for entry in reversed(found.entries) if entry.delivery]

    def _judged(
        self, asked: str, api: str | None, operation: str | None, job: str | None
    ) -> Verdict:
        found = done(
            get_polling_report.sync, client=self._client, api=api or UNSET, job=job or UNSET
        )
        polled = tuple(each for each in found.jobs if operation in (None, each.operation))
        frozen = done(get_clock.sync, client=self._client).frozen
        self.verdict = Verdict(asked, polled, tuple(self.tail()), frozen)
        return self.verdict

    def tail(self, lines: int = TAIL) -> list[str]:
        """Returns the last requests, one a line, below a line with their number."""
        found = done(get_journal.sync, client=self._client, limit=lines)
        last = list(map(RecordedCall, reversed(found.entries)))
        shown = [text for call in last for text in (line(call), *call.lines())]
        return [f"journal: the last {len(last)} of {found.total} requests", *shown]

    def report(self) -> str:
        """Explains a failed test: the last verdict, if it was bad, and the last requests."""
        bad = [] if self.verdict is None or self.verdict else list(self.verdict.told())
        hint = [FROZEN] if FROZEN not in bad and self._polls_in_vain() else []
        return "\n".join([*bad, *hint, *self.tail()])

    def _polls_in_vain(self) -> bool:
        """Returns True if a job was polled several times at one moment, because the clock is frozen."""
        polls = [(e.api, e.operation, e.job, e.at) for e in self.calls() if e.job and e.after]
        repeated = len(set(polls)) < len(polls)
        return repeated and done(get_clock.sync, client=self._client).frozen


@dataclass(frozen=True, slots=True, repr=False)
class Calls(Sequence[RecordedCall]):
    """Requests from the journal, the oldest first."""

    entries: tuple[RecordedCall, ...]
    asked: str
    complete: bool
    """True if these are all; otherwise earlier requests were dropped or not returned."""
    judge: Callable[[], Verdict] = field(compare=False)

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, index: int) -> RecordedCall: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[RecordedCall]: ...

    def __getitem__(self, index: int | slice) -> RecordedCall | Sequence[RecordedCall]:
        return self.entries[index]

    def __repr__(self) -> str:
        latest = "" if self.complete else "the latest "
        return f"<{latest}{len(self)} calls of {self.asked or 'any API'}>"

    def __str__(self) -> str:
        return "\n".join(map(line, self))

    @property
    def intervals(self) -> list[float]:
        """Seconds between requests, by the sandbox's clock."""
        return [(later.at - earlier.at).total_seconds() for earlier, later in pairwise(self)]

    @property
    def statuses(self) -> list[int]:
        """The status codes of the responses."""
        return [entry.status for entry in self]

    @property
    def states(self) -> list[str]:
        """The job's state in each response that showed one job."""
        return [entry.after for entry in self if entry.after]

    def polite(self) -> Verdict:
        """Returns a verdict: true if every job was polled as its API advises, false if none was polled."""
        return self.judge()


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """A verdict on polling; true or false in an `assert`, with an explanation if that fails."""

    asked: str
    jobs: tuple[m.PolledJob, ...]
    lines: tuple[str, ...] = ()
    frozen: bool = False

    def __bool__(self) -> bool:
        return bool(self.jobs) and all(job.polite for job in self.jobs)

    @property
    def broken(self) -> list[m.PollingRule]:
        """The rules that were broken."""
        return [rule for job in self.jobs for rule in job.rules if not rule.kept]

    def __repr__(self) -> str:
        if not self.jobs:
            return f"<not polite: no job was polled by {self.asked}>"
        broken = dict.fromkeys(f"{rule.rule} ({rule.says})" for rule in self.broken)
        return f"<not polite: {', '.join(broken)}>" if broken else "<polite>"

    def __str__(self) -> str:
        return "\n".join([*self.told(), *self.lines])

    def told(self) -> Iterator[str]:
        """Yields each job's rules, one per line: kept or broken, the observation, the source."""
        if not self.jobs:
            yield f"expected polls by {self.asked}; no job was polled"
        for job in self.jobs:
            yield from _told(job)
        if self.frozen and any(0 in job.intervals for job in self.jobs):
            yield FROZEN


def _told(job: m.PolledJob) -> Iterator[str]:
    manner = "politely" if job.polite else "impolitely"
    yield f"{job.operation} polled job {job.job} of {job.api} {manner}, {job.polls} times"
    for rule in job.rules:
        source = f" [{rule.source}]" if rule.source else ""
        yield f"  {'kept  ' if rule.kept else 'broken'}  {rule.rule}: {rule.says}{source}"
    yield f"  seconds between polls: {', '.join(f'{s:g}' for s in job.intervals) or '-'}"


FROZEN = (
    "the sandbox's clock is frozen: pass `jobtwin.clock.sleep` to your code, patch its time with "
    "`jobtwin.clock.patch()`, or start the clock with `jobtwin.clock.run()`"
)
