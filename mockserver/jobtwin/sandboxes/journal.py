"""The journal of a sandbox: what was asked, and how it was answered. It knows no credential."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from jobtwin.lifecycle import Moment, Span

CAPACITY = 10_000
"""Entries that a journal keeps."""


class Seen(NamedTuple):
    """A job that an answer showed: in which state, and since when for good if that is final."""

    job: str
    machine: str
    state: str
    ended_at: Moment | None


class Entry(NamedTuple):
    """One request and its answer; `before` is its job's state before that.

    `finding` is the situation for which it was refused; an `injected` answer is a fault's.
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
    seen: tuple[Seen, ...] = ()
    finding: str | None = None
    injected: bool = False

    @property
    def after(self) -> str | None:
        """The state of its job after the request, where the answer showed it."""
        return next((seen.state for seen in self.seen if seen.job == self.job), None)


class Journal:
    """The latest entries, the oldest forgotten first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self.total = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """From the oldest to the latest."""
        return iter(self._entries)

    def __reversed__(self) -> Iterator[Entry]:
        return reversed(self._entries)

    @property
    def forgotten(self) -> int:
        """How many entries are no longer kept."""
        return self.total - len(self._entries)

    def add(self, entry: Entry) -> None:
        """Keep an entry; in a full journal the oldest makes room."""
        self._entries.append(entry)
        self.total += 1

    def clear(self) -> None:
        """Forget everything, the count included."""
        self._entries.clear()
        self.total = 0
