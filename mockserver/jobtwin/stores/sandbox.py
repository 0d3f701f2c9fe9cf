"""A sandbox of a store: records the changes of its turns, and the dates until which their replies are valid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import inf
from typing import NamedTuple, Protocol

from jobtwin.lifecycle import JobView, Machine, Moment, Span, Timeline
from jobtwin.sandboxes import Change, Feed, JournalEntry, Sandbox, SandboxJournal, Setup, StoredJob
from jobtwin.sandboxes.changes import ClockSet, SandboxReset, SandboxSnapshot
from jobtwin.sandboxes.job_list import JobList
from jobtwin.sandboxes.reversible import ReversibleSandbox
from jobtwin.stores.clock import LastingClock
from jobtwin.stores.entries import entry_from_bytes, entry_to_bytes
from jobtwin.stores.protocol import JournalPosition
from jobtwin.stores.rows import row


class Owner(Protocol):
    """The owner of the sandbox, which runs its turns."""

    def later(self, act: Callable[[Sandbox], object]) -> None:
        """Runs a turn as soon as possible."""

    async def news(self, feed: KeptFeed, number: int, timeout: float | None) -> bool:  # noqa: ASYNC109 - see `Feed.news`
        """Waits for the feed, and listens to other servers meanwhile."""


class LatestEntries(NamedTuple):
    """The latest entries of the journal of a sandbox, at `most` that many."""

    sandbox: str
    most: int


Need = str | LatestEntries | None
"""Data that a turn needs: a sandbox, by its name, or entries of its journal.

None means the names of all sandboxes, "" the journal of the turn's own sandbox.
"""


class Incomplete(BaseException):
    """A turn needs more data from the store, and is run again with it."""

    def __init__(self, *needs: Need) -> None:
        super().__init__(needs)
        self.needs = needs


class KeptFeed(Feed):
    """A feed that includes other servers' changes during waits."""

    def __init__(self, owner: Owner) -> None:
        super().__init__()
        self._owner = owner

    async def news(self, number: int, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - see `Feed.news`
        """Waits for an item after that number, or for the end. Returns False after the timeout."""
        return await self._owner.news(self, number, timeout)

    async def heard(self, number: int, timeout: float | None) -> bool:  # noqa: ASYNC109 - see `Feed.news`
        """Waits for items added by this server."""
        return await super().news(number, timeout)


_UNKNOWN = -1
"""The number of clearings of a journal of which nothing is known yet."""


class KeptJournal(SandboxJournal):
    """The part of a journal that was read. Raises Incomplete if all of it is required."""

    def __init__(self) -> None:
        super().__init__()
        self.known = JournalPosition(0, 0)
        self.present = JournalPosition(0, 0)
        self.is_ahead = False
        """True if it has changes that are not stored yet."""

    def tell(self, present: JournalPosition) -> None:
        """Sets the position of the journal."""
        self.present, self.total, self.is_ahead = present, present.number, False

    def read(self, present: JournalPosition, rows: Sequence[bytes]) -> list[JournalEntry]:
        """Adds the entries since `known`, and returns them."""
        first = present.number - len(rows) + 1
        entries = [entry_from_bytes(each, number) for number, each in enumerate(rows, first)]
        if self.known.cleared not in {_UNKNOWN, present.cleared}:
            self.clear()
        elif self.known.cleared == _UNKNOWN or first > self.known.number + 1:
            self.clear_entries()
        for entry in entries:
            self.add(entry)
        self.known = present
        self.tell(present)
        return entries

    def _check(self) -> None:
        if self.is_ahead or self.known != self.present:
            raise Incomplete("")

    def __len__(self) -> int:
        self._check()
        return super().__len__()

    def __iter__(self) -> Iterator[JournalEntry]:
        self._check()
        return super().__iter__()

    def __reversed__(self) -> Iterator[JournalEntry]:
        self._check()
        return super().__reversed__()


class TouchedJob(NamedTuple):
    """A job read or changed by a turn, as of that time."""

    job: StoredJob
    timeline: Timeline
    reached: Span | None

    @classmethod
    def now(cls, job: StoredJob) -> TouchedJob:
        """Returns the current state of a job."""
        return cls(job, job.timeline, job.reached)

    def due(self, now: Moment) -> Moment | None:
        """Returns the time of its next change."""
        born = self.job.record.at
        if self.reached is not None:
            return None
        return born if born > now else JobView(self.timeline, now).due


@dataclass
class PendingRows:
    """The changes of turns since the last call, as rows for the store."""

    changes: list[Change] = field(default_factory=list)
    rows: list[bytes] = field(default_factory=list)
    entries: list[bytes] = field(default_factory=list)
    found: list[TouchedJob] = field(default_factory=list)
    listed: set[Machine] = field(default_factory=set)
    clears_journal: bool = False
    is_exact: bool = False

    @property
    def is_change(self) -> bool:
        """True if the reply has to wait until it is stored."""
        return bool(self.rows) or self.clears_journal

    def until(self, sandbox: KeptSandbox) -> float:
        """Returns the date until which the turns would have found the same jobs."""
        clock, now = sandbox.clock, sandbox.clock.now()
        listed = map(sandbox.next_change, self.listed)
        dues = chain((found.due(now) for found in self.found), listed)
        return min((clock.date_of(due) for due in dues if due is not None), default=inf)

    def overlook(self) -> None:
        """Clears the record of reads, since no pending reply depends on them."""
        self.found.clear()
        self.listed.clear()


class KeptSandbox(ReversibleSandbox):
    """A sandbox whose changes and entries are recorded for a store."""

    clock: LastingClock
    journal: KeptJournal

    def __init__(self, machines: dict[str, Machine], setup: Setup, owner: Owner) -> None:
        self.outcome = PendingRows()
        self.is_running = False
        self._owner = owner
        super().__init__(machines, setup)
        self.journal = KeptJournal()
        self.feed = KeptFeed(owner)

    def _forget(self) -> None:
        """Clears the jobs; the journal is known to be empty."""
        journal = getattr(self, "journal", None)
        super()._forget()
        if isinstance(journal, KeptJournal):
            journal.clear()
            journal.known = JournalPosition(_UNKNOWN, 0)

    def apply(self, change: Change) -> object:
        """Applies a change and records it; it is added to the feed when it is stored."""
        if isinstance(change, SandboxReset | SandboxSnapshot):
            self._clear()
        made = self.make(change)
        self.outcome.changes.append(change)
        self.outcome.rows.append(row(change, self.clock))
        self.outcome.is_exact = self.outcome.is_exact or isinstance(change, ClockSet)
        return made

    def answered(self, entry: JournalEntry) -> None:
        """Adds an entry; the store numbers it."""
        self.outcome.entries.append(entry_to_bytes(entry))
        self.journal.is_ahead = True

    def clear_journal(self) -> None:
        """Clears the journal."""
        self._clear()

    def _clear(self) -> None:
        self.outcome.entries.clear()
        self.outcome.clears_journal = True
        self.journal.is_ahead = True

    def skip(self, span: Span) -> None:
        """Moves the clock forward in a turn of its own, as soon as possible."""
        target = self.clock.now() + span
        self._owner.later(lambda sandbox: _skip_to(target, sandbox))

    def find(
        self,
        machine: Machine,
        id: str | int,  # noqa: A002 - the field's name
        *,
        unborn: bool = False,
        now: Moment | None = None,
    ) -> StoredJob | None:
        """Returns the job with that ID; the turn is then valid until the job's next change."""
        job = super().find(machine, id, unborn=unborn, now=now)
        if job is not None and self.is_running:
            self.outcome.found.append(TouchedJob.now(job))
        return job

    def jobs(self, machine: Machine, *, unfinished: bool = False) -> JobList[StoredJob]:
        """Returns the jobs of a machine; the turn is then valid until the next change of one of them."""
        if self.is_running:
            self.outcome.listed.add(machine)
        return super().jobs(machine, unfinished=unfinished)

    def _note(self, job: StoredJob) -> None:
        super()._note(job)
        self.outcome.found.append(TouchedJob.now(job))


def _skip_to(target: Moment, sandbox: Sandbox) -> None:
    """Skips to a moment, unless it has come meanwhile."""
    span = target - sandbox.clock.now()
    if span > 0:
        Sandbox.skip(sandbox, span)
