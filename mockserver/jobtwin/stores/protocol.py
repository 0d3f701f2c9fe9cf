"""What a store does: it keeps the changes and the journal of each sandbox, as bytes. No JSON here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple, Protocol


class Position(NamedTuple):
    """The last change of a sandbox: its number, and whose it is.

    Each sandbox that is created, or put in the place of another, has a `token` of its own. A store
    that can lose changes and go on tells by `batch` which one came with that number.
    """

    token: str
    number: int
    batch: str = ""


NOWHERE = Position("", 0)
"""The position where no sandbox is."""


class JournalPosition(NamedTuple):
    """The last entry of a journal: its number, and how often the journal was cleared before."""

    cleared: int
    number: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What some turns leave in a store.

    With `makes`, a token, the sandbox is created by the first change, a snapshot. The journal is
    cleared before its entries are appended if the batch `clears_journal`. The turns ran at the date
    `at`, and hold `until` another; where `is_exact`, nobody may have been told a later date since.
    With `holds`, others have to wait a moment, so that the next batch does not lose the race again.
    """

    changes: Sequence[bytes] = ()
    entries: Sequence[bytes] = ()
    clears_journal: bool = False
    makes: str = ""
    at: int = 0
    until: float = inf
    is_exact: bool = False
    holds: bool = False


NOTHING = Batch()


class Delta(NamedTuple):
    """What a store has beyond what a server knows.

    `changes` begin with a snapshot where the server cannot go on from what it knows; they are empty
    where no sandbox is. `length` is how many changes the store has, and `journal` is its position.
    """

    date: int
    """Nanoseconds since 1970 by the store's clock, which is never set back."""

    stored: bool
    position: Position
    length: int
    changes: Sequence[bytes]
    journal: JournalPosition
    entries: Sequence[bytes] | None
    """Those of the journal that are new; None if its position was not given."""


class Store(Protocol):
    """Keeps the sandboxes of one server, or of several.

    Every method raises StoreLost if the store is out of reach. Each is atomic.
    """

    name: str

    is_remote: bool
    """Whether to ask it takes a while, for which no reply waits that changes nothing."""

    async def append(
        self,
        sandbox: str,
        expected: Position,
        batch: Batch,
        journal: JournalPosition | None = None,
    ) -> Delta:
        """Append a batch, its changes if `expected` is the position; a journal is not compared.

        Returns what is new since, without the batch itself; of the journal only if its position is
        given. SandboxesFull if the batch would create one sandbox too many.
        """

    async def read(
        self, sandbox: str, after: Position, journal: JournalPosition | None = None
    ) -> Delta:
        """What is new since a position."""

    async def put(self, sandbox: str, batch: Batch) -> None:
        """Create a sandbox, in the place of the one of that name; SandboxesFull if it is too much."""

    async def remove(self, sandbox: str) -> bool:
        """Delete a sandbox; False if it is not there."""

    async def compact(self, sandbox: str, expected: Position, snapshot: bytes) -> None:
        """Replace all changes by a snapshot, if `expected` is the position still."""

    async def names(self) -> list[str]:
        """The names of all sandboxes."""

    def news(self, sandbox: str) -> AsyncIterator[None]:
        """Tells of what others append: once when it listens, then again and again."""

    async def disconnect(self) -> None:
        """Close what belongs to the event loop that runs."""

    def close(self) -> None:
        """Release the store."""
