"""The interface of stores: they keep the changes and the journal of each sandbox, as bytes. No JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple, Protocol


class Position(NamedTuple):
    """The last change of a sandbox: its number, and its origin.

    Each sandbox that is created or replaced has a new `token`. In a store
    that can lose changes, `batch` identifies the batch with that number.
    """

    token: str
    number: int
    batch: str = ""


NOWHERE = Position("", 0)
"""The position if the sandbox does not exist."""


class JournalPosition(NamedTuple):
    """The last entry of a journal: its number, and how often the journal was cleared before."""

    cleared: int
    number: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The results of some turns, for a store.

    With `makes`, a token, the first change, a snapshot, creates the sandbox. With
    `clears_journal`, the journal is cleared before its entries are appended. The turns ran at the
    date `at`, and are valid `until` another; with `is_exact`, no later date may have been given out.
    With `holds`, other servers wait a moment, so that the next batch does not lose the race again.
    `forgotten` entries of a journal that is put were dropped before those of the batch.
    """

    changes: Sequence[bytes] = ()
    entries: Sequence[bytes] = ()
    clears_journal: bool = False
    makes: str = ""
    at: int = 0
    until: float = inf
    is_exact: bool = False
    holds: bool = False
    forgotten: int = 0


NOTHING = Batch()


class Delta(NamedTuple):
    """The news of a store since a server's position.

    `changes` begin with a snapshot if the server cannot continue from its position; they are empty
    if there is no sandbox. `length` is the number of changes in the store, and `journal` its position.
    """

    date: int
    """Nanoseconds since 1970 by the store's clock, which is never set back."""

    stored: bool
    position: Position
    length: int
    changes: Sequence[bytes]
    journal: JournalPosition
    entries: Sequence[bytes] | None
    """The new journal entries, or None if no position was given."""


class Store(Protocol):
    """Keeps the sandboxes of one server, or of several.

    Every method raises StoreLost if the store is out of reach. Each is atomic.
    """

    name: str

    is_remote: bool
    """True if the store is slow, so that replies without changes do not wait for it."""

    async def append(
        self,
        sandbox: str,
        expected: Position,
        batch: Batch,
        journal: JournalPosition | None = None,
    ) -> Delta:
        """Appends a batch, its changes only if `expected` is the position; the journal is not compared.

        Returns the news since then, without the batch itself; of the journal only if its position is
        given. Raises SandboxesFull if the batch would exceed the number of sandboxes.
        """

    async def read(
        self, sandbox: str, after: Position, journal: JournalPosition | None = None
    ) -> Delta:
        """Returns the news since a position."""

    async def put(self, sandbox: str, batch: Batch) -> None:
        """Creates a sandbox, or replaces the one of its name. Raises SandboxesFull if there are too many."""

    async def remove(self, sandbox: str) -> bool:
        """Deletes a sandbox. Returns False if it does not exist."""

    async def compact(self, sandbox: str, expected: Position, snapshot: bytes) -> None:
        """Replaces all changes by a snapshot if `expected` is still the position."""

    async def names(self) -> list[str]:
        """Returns the names of all sandboxes."""

    def news(self, sandbox: str) -> AsyncIterator[None]:
        """Yields once when it listens, and then after each append by others."""

    async def disconnect(self) -> None:
        """Closes resources on the running event loop."""

    def close(self) -> None:
        """Releases the store."""
