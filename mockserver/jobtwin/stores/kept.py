"""Sandboxes in a store: the changes of a turn are stored before its reply is sent."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar
from weakref import WeakKeyDictionary

from jobtwin.lifecycle import Machine, Moment
from jobtwin.sandboxes import (
    DEFAULT,
    JournalEntry,
    RealClock,
    Sandbox,
    SandboxClock,
    Sandboxes,
    Setup,
)
from jobtwin.sandboxes.changes import SandboxSnapshot
from jobtwin.sandboxes.tasks import Steps, at_once
from jobtwin.stores.clock import LastingClock, StoreDate
from jobtwin.stores.entries import entry_to_bytes
from jobtwin.stores.protocol import Batch, Store
from jobtwin.stores.replica import Action, Replica, Turn
from jobtwin.stores.rows import job_lines, row
from jobtwin.stores.sandbox import Incomplete, KeptSandbox, LatestEntries

T = TypeVar("T")

MOST_REPLICAS = 64
"""The maximum number of unused sandboxes in memory; others are read again."""

Machines = Mapping[str, Machine]


class KeptSandboxes(Sandboxes):
    """The sandboxes of one store, by as many servers as the store allows."""

    running: Turn | None = None
    """The running turn. Data of other sandboxes is read before it, and actions on them follow it."""

    def __init__(self, make: Callable[[], Setup], store: Store, machines: Machines) -> None:
        super().__init__(self._unnamed)
        self.may_skip = True
        self.store = store
        self.is_shared = store.is_remote
        self._setup = make
        self._machines = dict(machines)
        self._replicas: OrderedDict[str, Replica] = OrderedDict()
        self._prepared = WeakKeyDictionary[Sandbox, tuple[SandboxSnapshot, list[bytes]]]()

    async def turn(
        self, name: str, act: Callable[[Sandbox], T], *, makes: bool = True, reads: bool = False
    ) -> T:
        """Runs a turn, which ends when its changes are stored. Raises StoreLost otherwise.

        `act` is repeated if another server was faster, or if it needs more data of the store.
        """
        done: T = await self._replica(name).turn(act, makes=makes, reads=reads)
        return done

    def at_hand(self, name: str) -> None:
        """Returns None: every turn waits for the store."""

    def _replica(self, name: str) -> Replica:
        replica = self._replicas.get(name)
        if replica is None:
            self._make_room()
            replica = self._replicas[name] = Replica(name, self)
        self._replicas.move_to_end(name)
        return replica

    def _make_room(self) -> None:
        """Drops sandboxes that have not been used recently."""
        spare = len(self._replicas) + 1 - MOST_REPLICAS
        for name in [*self._replicas][: max(0, spare)]:
            if self._replicas[name].is_idle:
                self._replicas.pop(name).close()

    def skipping(self, name: str) -> Sandbox | None:
        """Returns the sandbox of that name if its clock skips."""
        replica = self._replicas.get(name)
        found = replica.sandbox if replica is not None else None
        return found if found is not None and found.setup.skips else None

    async def synced(self, name: str) -> Sandbox | None:
        """Returns the stored sandbox of a name, or None."""
        if name != DEFAULT and name not in await self.store.names():
            return None
        found: Sandbox = await self._replica(name).turn(_itself, makes=False, reads=True)
        return found

    async def entries(self, need: LatestEntries) -> Sequence[JournalEntry]:
        """Returns the latest entries of a sandbox, in a turn of its own. Raises UnknownSandbox."""
        latest: Sequence[JournalEntry] = await self._replica(need.sandbox).turn(
            lambda sandbox: sandbox.journal.latest(need.most), makes=False, reads=True
        )
        return latest

    async def all_names(self) -> list[str]:
        """Returns all names, outside of a turn."""
        return await self.store.names()

    async def disconnect(self) -> None:
        """Closes resources on the running event loop."""
        for replica in self._replicas.values():
            replica.close()
        await self.store.disconnect()

    def close(self) -> None:
        """Releases the store."""
        self.store.close()

    # -- within a turn ---------------------------------------------------------------------------

    def _turn(self) -> Turn:
        if self.running is None:
            raise RuntimeError("sandboxes of a store are seen by turns alone")
        return self.running

    def names(self) -> list[str]:
        """Returns all names, sorted."""
        if (names := self._turn().names) is None:
            raise Incomplete(None)
        return names

    def __contains__(self, name: str) -> bool:
        return name in self.names()

    def __len__(self) -> int:
        return len(self.names())

    def find(self, name: str) -> Sandbox | None:
        """Returns the sandbox of that name, or None."""
        turn = self._turn()
        if name not in turn.others or not self._is_settled(name):
            raise Incomplete(name)
        return turn.others[name]

    def _is_settled(self, name: str) -> bool:
        replica = self._replicas.get(name)
        return replica is None or replica.is_settled

    def latest(self, name: str, most: int) -> Sequence[JournalEntry]:
        """Returns the latest entries of a sandbox's journal, the oldest first."""
        turn, need = self._turn(), LatestEntries(name, most)
        if need not in turn.entries:
            raise Incomplete(need)
        return turn.entries[need]

    def __getitem__(self, name: str) -> Sandbox:
        """Returns the sandbox of that name, which must exist."""
        return self.existing(name)

    def some(self, names: Iterable[str]) -> Iterator[tuple[str, Sandbox]]:
        """Returns those of these sandboxes that exist, each with its name."""
        wanted, turn = list(names), self._turn()
        if missing := [name for name in wanted if name not in turn.others]:
            raise Incomplete(*missing)
        found = ((name, turn.others[name]) for name in wanted)
        return ((name, sandbox) for name, sandbox in found if sandbox is not None)

    def date(self) -> Moment:
        """Returns the store's date."""
        return self._turn().date // 1000

    def preparing(self, sandbox: Sandbox) -> Steps[None]:
        """Writes a sandbox as a row, in pieces; `put` then stores it as it is now."""
        capture = sandbox.capture()
        snapshot = capture.without_jobs
        self._prepared[sandbox] = snapshot, (yield from job_lines(capture))

    def put(self, name: str, sandbox: Sandbox) -> None:
        """Replaces the sandbox of a name at the end of the turn."""
        if sandbox not in self._prepared:
            at_once(self.preparing(sandbox))
        snapshot, lines = self._prepared[sandbox]
        date = self._turn().date
        first = row(snapshot, _lasting(sandbox.clock, snapshot.at, lambda: date))
        entries = list(map(entry_to_bytes, sandbox.journal))
        text, forgotten = b"\n".join([first, *lines]), sandbox.journal.forgotten
        batch = Batch([text], entries, makes=secrets.token_hex(8), forgotten=forgotten)
        self._later(name, partial(_put, name=name, batch=batch))

    def remove(self, name: str) -> None:
        """Deletes a sandbox at the end of the turn."""
        self._later(name, partial(_removed, name=name))

    def clear(self) -> None:
        """Deletes all sandboxes at the end of the turn."""
        for name in self.names():
            self._later(name, partial(_forgotten, name=name))

    def _later(self, name: str, action: Action) -> None:
        async def acted(store: Store) -> bool:
            done = await action(store)
            if (replica := self._replicas.get(name)) is not None:
                replica.refresh()
            return done

        self._turn().actions.append(acted)

    # -- sandboxes in memory ---------------------------------------------------------------------

    def shell(self, owner: Replica, date: StoreDate) -> KeptSandbox:
        """Returns an empty sandbox, to be filled by changes."""
        clock = LastingClock(0, frozen=True, steady=date)
        setup = Setup(clock, empty=True, limits=self._setup().limits)
        return KeptSandbox(self._machines, setup, owner)

    def new(self, owner: Replica, date: StoreDate) -> KeptSandbox:
        """Returns a new sandbox."""
        setup = self._setup()
        clock = _lasting(setup.clock, _start(setup.clock, date() // 1000), date)
        return KeptSandbox(self._machines, replace(setup, clock=clock), owner)

    def _unnamed(self) -> Sandbox:
        """Returns a new sandbox without a name, for the time of a turn."""
        setup, date = self._setup(), self.date()
        clock = SandboxClock(
            _start(setup.clock, date), speed=setup.clock.speed, frozen=setup.clock.frozen
        )
        return Sandbox(self._machines, replace(setup, clock=clock))


def _start(clock: SandboxClock, date: Moment) -> Moment:
    """Returns the start time of a new clock: the store's date for a real clock."""
    return date if isinstance(clock, RealClock) else clock.now()


def _lasting(clock: SandboxClock, now: Moment, date: Callable[[], int]) -> LastingClock:
    return LastingClock(now, speed=clock.speed, frozen=clock.frozen, steady=date)


def _itself(sandbox: Sandbox) -> Sandbox:
    return sandbox


async def _put(store: Store, *, name: str, batch: Batch) -> bool:
    await store.put(name, batch)
    return True


async def _removed(store: Store, *, name: str) -> bool:
    """Deletes a sandbox. Returns False if it did not exist; the default one always does."""
    return await store.remove(name) or name == DEFAULT


async def _forgotten(store: Store, *, name: str) -> bool:
    await store.remove(name)
    return True
