"""The journal of a sandbox: requests and responses, without credentials."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from jobtwin.lifecycle import Moment, Span

CAPACITY = 10_000
"""The maximum number of entries in a journal."""

LONGEST_BODY = 64 * 1024
"""The maximum number of bytes stored of a body."""

MOST_BYTES = 32 * 1024 * 1024
"""The maximum number of bytes of all bodies; the oldest are dropped."""


class ShownJob(NamedTuple):
    """A job that an answer showed: its state, and the time of its end if that is final."""

    job: str
    machine: str
    state: str
    ended_at: Moment | None


class RecordedBody(NamedTuple):
    """The raw body, or its beginning. Secrets are masked when it is displayed."""

    raw: bytes
    size: int
    media_type: str

    @classmethod
    def of(cls, raw: bytes, media_type: str) -> RecordedBody | None:
        """Returns the stored part of a body, or None for an empty one."""
        return cls(raw[:LONGEST_BODY], len(raw), media_type) if raw else None

    @property
    def truncated(self) -> bool:
        """True if only the beginning is stored."""
        return self.size > len(self.raw)

    def __repr__(self) -> str:
        return f"<{self.size} bytes of {self.media_type}>"


class JournalEntry(NamedTuple):
    """A request with its response; `before` is its job's state before the request.

    `finding` is the situation of a refusal; an `injected` response was changed by a fault.
    `retry_after` is the wait requested by the response. `delivery` is the ID of the delivery, if the
    twin itself sent the request; then `status` is 0 without a response.
    A `sampled` response belongs to an operation without a job: an example, or generated.
    """

    number: int
    at: Moment
    took: Span
    api: str
    operation: str | None
    method: str
    path: str
    query: str
    status: int
    job: str | None = None
    before: str | None = None
    seen: tuple[ShownJob, ...] = ()
    finding: str | None = None
    injected: bool = False
    request: RecordedBody | None = None
    response: RecordedBody | None = None
    retry_after: Span | None = None
    delivery: str | None = None
    sampled: bool = False

    @property
    def after(self) -> str | None:
        """The state of its job after the request, where the answer showed it."""
        return next((seen.state for seen in self.seen if seen.job == self.job), None)

    @property
    def size(self) -> int:
        """The number of stored bytes of its bodies."""
        size = len(self.response.raw) if self.response else 0
        return size + len(self.request.raw) if self.request else size


class Skip(NamedTuple):
    """A span that was skipped because every client waited, with the number of requests before it."""

    after: int
    at: Moment
    by: Span


class SandboxJournal:
    """The latest entries; the oldest are dropped first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._entries: deque[JournalEntry] = deque()
        self.skips: deque[Skip] = deque(maxlen=capacity)
        """The latest skips of the clock, the oldest first."""
        self._capacity = capacity
        self._bytes = 0
        self.total = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[JournalEntry]:
        """Yields the entries from the oldest to the latest."""
        return iter(self._entries)

    def __reversed__(self) -> Iterator[JournalEntry]:
        return reversed(self._entries)

    def latest(self, most: int) -> Sequence[JournalEntry]:
        """Returns the latest entries, at `most` that many, the oldest first."""
        return [*islice(reversed(self), most)][::-1]

    @property
    def forgotten(self) -> int:
        """The number of dropped entries."""
        return self.total - len(self._entries)

    def add(self, entry: JournalEntry) -> None:
        """Adds an entry; a full journal drops its oldest one."""
        entries = self._entries
        entries.append(entry)
        self.total += 1
        self._bytes += entry.size
        while self._bytes > MOST_BYTES or len(entries) > self._capacity:
            self._bytes -= entries.popleft().size

    def skipped(self, at: Moment, by: Span) -> None:
        """Records that the clock skipped a span in which every client waited."""
        self.skips.append(Skip(self.total, at, by))

    def clear(self) -> None:
        """Removes all entries and skips, and resets the count."""
        self.clear_entries()
        self.skips.clear()
        self.total = 0

    def clear_entries(self) -> None:
        """Removes all entries, but not their count."""
        self._entries.clear()
        self._bytes = 0
