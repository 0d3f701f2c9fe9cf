"""Sandboxes by name, limited in number and deleted when idle; requests use `turn`."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from jobtwin.errors import SandboxesFull, UnknownSandbox
from jobtwin.lifecycle import Moment
from jobtwin.sandbox_names import DEFAULT
from jobtwin.sandboxes.clock import RealClock
from jobtwin.sandboxes.job_store import PIECE, JobStore
from jobtwin.sandboxes.journal import JournalEntry
from jobtwin.sandboxes.sandbox import Sandbox
from jobtwin.sandboxes.tasks import Steps

T = TypeVar("T")


class Sandboxes:
    """Every sandbox of a server, at `most` that many.

    `idle` is the number of seconds after which an unused one is deleted. The default one always exists.
    """

    is_shared = False
    """True if other servers may share the sandboxes."""

    def __init__(
        self,
        make: Callable[[], Sandbox],
        *,
        idle: float | None = None,
        most: int | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._idle = idle
        self._most = most
        self._steady = steady
        self.when_removed: Callable[[], object] = lambda: None
        """Is called after a sandbox was removed or replaced."""
        self._found: dict[str, Sandbox] = {}
        self.may_skip = False
        """True if a sandbox may have a clock that skips."""
        self._used: OrderedDict[str, float] = OrderedDict()
        self._expired: deque[Iterator[None]] = deque()
        """Parts of large expired sandboxes that are still to be freed."""

    @classmethod
    def only(cls, sandbox: Sandbox) -> Sandboxes:
        """Returns sandboxes with this one as the default; others are created like it."""
        made = cls(sandbox.sibling)
        made.put(DEFAULT, sandbox)
        return made

    async def turn(
        self, name: str, act: Callable[[Sandbox], T], *, makes: bool = True, reads: bool = False
    ) -> T:
        """Runs `act` with the sandbox of that name in one turn, and returns its result.

        A turn begins when the body has arrived, and ends when the journal is written. It only awaits
        a store: without one, a turn is atomic without a lock. Delays, waits and
        deliveries happen between turns. A turn that `makes` no sandbox may raise UnknownSandbox; a
        turn that `reads` usually changes nothing.
        """
        del reads  # a store puts these before others
        return act(self[name] if makes else self.existing(name))

    def at_hand(self, name: str) -> Sandbox | None:
        """Returns the sandbox of that name if its turns need not be awaited.

        Returns None if it does not exist, or if its use must be recorded since idle ones are deleted.
        """
        return self._found.get(name) if self._idle is None else None

    def __getitem__(self, name: str) -> Sandbox:
        """Returns the sandbox of a name; creates it if necessary. Raises SandboxesFull if there are too many."""
        sandbox = self.find(name)
        if sandbox is None:
            sandbox = self.fresh()
            self.put(name, sandbox)
        return sandbox

    def find(self, name: str) -> Sandbox | None:
        """Returns the sandbox of that name, or None; creates the default one if necessary."""
        if self._idle is not None:
            self._expire()
        sandbox = self._found.get(name)
        if sandbox is not None:
            if self._idle is not None:
                self._touch(name)
            return sandbox
        if name == DEFAULT:
            self.put(name, self.fresh())
        return self._found.get(name)

    def skipping(self, name: str) -> Sandbox | None:
        """Returns the sandbox of that name if its clock skips."""
        sandbox = self._found.get(name)
        return sandbox if sandbox is not None and sandbox.setup.skips else None

    def existing(self, name: str) -> Sandbox:
        """Returns the sandbox of that name. Raises UnknownSandbox if there is none."""
        sandbox = self.find(name)
        if sandbox is None:
            raise UnknownSandbox(name, self.names())
        return sandbox

    def names(self) -> list[str]:
        """Returns all names, sorted."""
        self.find(DEFAULT)
        return sorted(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def some(self, names: Iterable[str]) -> Iterator[tuple[str, Sandbox]]:
        """Returns the sandboxes of these names, each with its name."""
        return ((name, self._found[name]) for name in names)

    def stores(self, names: Iterable[str] | None = None) -> Sequence[JobStore]:
        """Returns the job stores of these sandboxes, or of all, if removal makes them unused.

        The caller drops their jobs in pieces when it deletes or replaces sandboxes. Sandboxes in a
        store may turn out not to be deleted.
        """
        found = (
            [self._found[n] for n in names if n in self._found] if names else self._found.values()
        )
        return [store for sandbox in found for store in sandbox.stores]

    def latest(self, name: str, most: int) -> Sequence[JournalEntry]:
        """Returns the latest entries of a sandbox's journal, the oldest first. Raises UnknownSandbox."""
        return self.existing(name).journal.latest(most)

    def fresh(self) -> Sandbox:
        """Returns a new sandbox, without a name."""
        return self._make()

    def preparing(self, sandbox: Sandbox) -> Steps[None]:
        """Prepares, in pieces, to `put` a large sandbox; in memory there is nothing to prepare."""
        del sandbox
        yield from ()

    def put(self, name: str, sandbox: Sandbox) -> None:
        """Adds a sandbox, or replaces the one of its name. Raises SandboxesFull if there are too many."""
        self._expire()
        if self._is_full() and name not in self._found and name != DEFAULT:
            raise SandboxesFull(len(self._found))
        if (replaced := self._found.get(name)) is not None and replaced is not sandbox:
            replaced.feed.close()
            self.when_removed()
        self._found[name] = sandbox
        self.may_skip = self.may_skip or sandbox.setup.skips
        self._touch(name)

    def remove(self, name: str) -> None:
        """Deletes a sandbox. Raises KeyError if there is none of that name."""
        self._found.pop(name).feed.close()
        self._used.pop(name, None)
        self.when_removed()

    def clear(self) -> None:
        """Removes all sandboxes."""
        for name in [*self._found]:
            self.remove(name)

    async def all_names(self) -> list[str]:
        """Returns all names, outside of a turn."""
        return self.names()

    def date(self) -> Moment:
        """Returns the start time of a real clock."""
        return RealClock().now()

    async def disconnect(self) -> None:
        """Closes the store's resources on the running event loop, if there is a store."""

    def close(self) -> None:
        """Releases the store, if there is one."""

    def _is_full(self) -> bool:
        return self._most is not None and len(self._found) >= self._most

    def _touch(self, name: str) -> None:
        if self._idle is not None and name != DEFAULT:
            self._used[name] = self._steady()
            self._used.move_to_end(name)

    def _expire(self) -> None:
        """Deletes idle sandboxes, the longest idle first; a large one is freed in pieces by later calls."""
        if self._expired and next(self._expired[0], _FREED) is _FREED:
            self._expired.popleft()
        while self._idle is not None and self._used:
            name = next(iter(self._used))
            if self._steady() - self._used[name] < self._idle:
                return
            self._expired.extend(
                store.drop() for store in self.stores([name]) if len(store) > PIECE
            )
            self.remove(name)


_FREED = object()
