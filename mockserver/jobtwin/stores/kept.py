"""Sandboxes that a store keeps: each turn's changes are stored before its reply is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

import orjson

from jobtwin.errors import StoreLost, StoreRefused
from jobtwin.lifecycle import Machine
from jobtwin.sandboxes import DEFAULT, Change, Entry, Sandbox, Sandboxes, Setup, change_from_json
from jobtwin.sandboxes.changes import ClockAdvanced, ClockSet, SandboxReset, Snapshot
from jobtwin.sandboxes.sandboxes import Turn
from jobtwin.stores.clock import Anchor, Date, LastingClock
from jobtwin.stores.entries import entry_from_json, entry_to_json
from jobtwin.stores.fingerprint import fingerprints
from jobtwin.stores.sqlite import SqliteStore

FEWEST_CHANGES = 1_000
"""Changes of a sandbox after which they are replaced by a snapshot, unless it has more jobs."""

SPARE_ENTRIES = 256
"""Entries that a stored journal may have beyond those in memory."""

_SPECS = "specs"

_ABOUT_CLOCK = (ClockAdvanced, ClockSet, Snapshot)
"""Changes that are stored with the clock's anchor: replayed later, they would make another."""

Machines = Mapping[str, Machine]
Action = Callable[[SqliteStore], None]


class KeptSandbox(Sandbox):
    """A sandbox that reports its changes and its journal, as soon as somebody listens."""

    listener: Listener | None = None

    def apply(self, change: Change) -> Any:
        """Make a change, and report it."""
        made = super().apply(change)
        if self.listener is not None:
            self.listener.changed(change)
        return made

    def answered(self, entry: Entry) -> None:
        """Write into the journal, and report the entry."""
        super().answered(entry)
        if self.listener is not None:
            self.listener.answered(entry)

    def clear_journal(self) -> None:
        """Forget the journal, and report it."""
        super().clear_journal()
        if self.listener is not None:
            self.listener.cleared()


class Listener(Protocol):
    """Who hears what happens to a sandbox."""

    def changed(self, change: Change) -> None:
        """A change was made."""

    def answered(self, entry: Entry) -> None:
        """A request was answered."""

    def cleared(self) -> None:
        """The journal was cleared."""


class KeptSandboxes(Sandboxes):
    """Sandboxes of one store, which are there again when the next process opens it."""

    def __init__(
        self,
        make: Callable[[], Setup],
        store: SqliteStore,
        machines: Machines,
        *,
        idle: float | None = None,
        most: int | None = None,
    ) -> None:
        super().__init__(lambda: self._new(make()), idle=idle, most=most)
        self._store = store
        self._machines = machines
        self._date = Date()
        self._actions: list[Action] = []
        self._touched: set[str] = set()
        self._lost: set[str] = set()
        self._check_specs()
        for name in store.names():
            self._load(name)
        self.find(DEFAULT)
        self.save()

    def turn(self, name: str, *, makes: bool = True) -> KeptTurn:
        """A turn, at whose end all is stored; StoreLost says why it is not."""
        return KeptTurn(self, name, makes=makes)

    def put(self, name: str, sandbox: Sandbox) -> None:
        """Put a sandbox in the place of the one of that name, and store it whole."""
        kept = sandbox if isinstance(sandbox, KeptSandbox) else self._like(sandbox)
        self._part(name)
        super().put(name, kept)
        self._listen(name, kept, 0).stored_whole()

    def remove(self, name: str) -> None:
        """Forget a sandbox, in the store as well."""
        self._part(name)
        super().remove(name)
        self.note(name, lambda store: store.forget(name))

    def close(self) -> None:
        """Release the store."""
        self._store.close()

    def _part(self, name: str) -> None:
        """Listen no longer to the sandbox of that name, which is to be replaced."""
        if isinstance(replaced := self._found.get(name), KeptSandbox):
            replaced.listener = None

    def note(self, name: str, action: Action) -> None:
        """Note what is to be stored at the end of the turn."""
        self._actions.append(action)
        self._touched.add(name)

    def save(self) -> None:
        """Store all that is noted, or nothing: then sandboxes are read from the store again."""
        if not self._actions:
            return
        actions, touched = self._actions, self._touched
        self._actions, self._touched = [], set()
        try:
            with self._store.transaction():
                for action in actions:
                    action(self._store)
        except StoreLost:
            self._lost |= touched
            raise

    def recover(self) -> None:
        """Read sandboxes again that could not be stored; StoreLost if that cannot be done."""
        for name in [*self._lost]:
            self._load(name)
            self._lost.discard(name)

    # -- to and from the store -------------------------------------------------------------------

    def _check_specs(self) -> None:
        ours, text = fingerprints(self._machines), self._store.meta(_SPECS)
        theirs: Mapping[str, str] = json.loads(text) if text else {}
        for name, digest in theirs.items():
            if ours.get(name) != digest:
                why = "is not served" if name not in ours else "has other machines today"
                raise StoreRefused(
                    f"{self._store.name}: was written with the spec {name}, which {why}. "
                    f"Serve the specs that it was written with, or begin another file"
                )
        if theirs != ours:
            with self._store.transaction():
                self._store.set_meta(_SPECS, json.dumps(ours))

    def _new(self, setup: Setup) -> KeptSandbox:
        """A sandbox with a clock that lasts."""
        clock = LastingClock(
            setup.clock.now(),
            speed=setup.clock.speed,
            frozen=setup.clock.frozen,
            steady=self._date,
        )
        return KeptSandbox(
            self._machines,
            replace(setup, clock=clock),
        )

    def _like(self, sandbox: Sandbox) -> KeptSandbox:
        made = self._new(sandbox.setup)
        made.restore(sandbox.snapshot())
        return made

    def _load(self, name: str) -> None:
        """Make a sandbox what the store has; forget it if the store has nothing."""
        rows, texts = self._store.read(name), self._store.entries(name)
        self._part(name)
        if not rows:
            if name in self:
                super().remove(name)
            return
        made, clock = self._replayed([_parsed(text) for _, text in rows])
        entries = [entry_from_json(_parsed(text)) for text in texts]
        for entry in entries:
            made.journal.add(entry)
        if entries:
            made.journal.total = entries[-1].number
        clock.go_on(clock.anchor, max([made.latest, *(entry.at for entry in entries)]))
        super().put(name, made)
        self._listen(name, made, rows[-1][0], len(rows))

    def _replayed(self, rows: list[dict[str, Any]]) -> tuple[_Replayed, LastingClock]:
        clock = LastingClock(0, frozen=True, steady=self._date)
        limits = self._make().setup.limits
        made = _Replayed(self._machines, Setup(clock, empty=True, limits=limits))
        for row in rows:
            made.apply(change_from_json(row["change"]))
            made.latest = max(made.latest, row["change"]["at"])
            if "clock" in row:
                clock.go_on(Anchor(*row["clock"]), row["clock"][0])
        return made, clock

    def _listen(self, name: str, sandbox: KeptSandbox, last: int, stored: int = 0) -> _Recorder:
        recorder = _Recorder(self, name, sandbox, last, stored)
        sandbox.listener = recorder
        return recorder


class _Replayed(KeptSandbox):
    """A sandbox that is made from its changes; `latest` is the moment of the last one."""

    latest = 0


class KeptTurn(Turn):
    """A turn whose changes are in the store when it has ended."""

    __slots__ = ()
    _sandboxes: KeptSandboxes

    async def __aenter__(self) -> Sandbox:
        """Look the sandbox up, in the store if it had to be given up."""
        self._sandboxes.recover()
        return await super().__aenter__()

    async def __aexit__(self, *_: object) -> None:
        """Store what was changed, whether the reply tells of success or not."""
        self._sandboxes.save()


class _Recorder:
    """Notes what happens to one sandbox, for the store."""

    def __init__(
        self, sandboxes: KeptSandboxes, name: str, sandbox: KeptSandbox, last: int, stored: int
    ) -> None:
        self._sandboxes = sandboxes
        self._name = name
        self._sandbox = sandbox
        self._last = last
        self._stored = stored
        self._most = FEWEST_CHANGES
        self._trimmed = sandbox.journal.forgotten

    def changed(self, change: Change) -> None:
        """Note a change; so many of them are replaced by a snapshot."""
        if isinstance(change, SandboxReset | Snapshot):
            self.cleared()
        if self._stored >= self._most:
            self._note(self._sandbox.snapshot(), whole=True)
            return
        self._note(change)

    def stored_whole(self) -> None:
        """Note the sandbox as it is, in the place of what the store has of that name."""
        name = self._name
        self._sandboxes.note(name, lambda store: store.forget(name))
        self._note(self._sandbox.snapshot(), whole=True)
        for entry in self._sandbox.journal:
            self.answered(entry)

    def _note(self, change: Change, *, whole: bool = False) -> None:
        row: dict[str, Any] = {"change": change.to_json()}
        clock = self._sandbox.clock
        if isinstance(clock, LastingClock) and isinstance(change, _ABOUT_CLOCK):
            row["clock"] = clock.anchor
        if isinstance(change, Snapshot):
            self._stored = 0
            self._most = max(FEWEST_CHANGES, len(change.state["jobs"]))
        name, expected, text = self._name, self._last, _written(row)
        self._last += 1
        self._stored += 1
        self._sandboxes.note(name, lambda store: _append(store, name, expected, text, whole=whole))

    def answered(self, entry: Entry) -> None:
        """Note an entry of the journal."""
        name, text = self._name, _written(entry_to_json(entry))
        self._sandboxes.note(name, lambda store: store.add_entry(name, entry.number, text))
        forgotten = self._sandbox.journal.forgotten
        if forgotten >= self._trimmed + SPARE_ENTRIES:
            self._trimmed = forgotten
            self._sandboxes.note(name, lambda store: store.forget_entries(name, forgotten))

    def cleared(self) -> None:
        """Note that the journal was cleared."""
        name, self._trimmed = self._name, 0
        self._sandboxes.note(name, lambda store: store.forget_entries(name))


def _append(store: SqliteStore, name: str, expected: int, text: str, *, whole: bool) -> None:
    store.append(name, expected, [text], whole=whole)


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def _written(value: Any) -> str:
    """A value as JSON; what orjson cannot write, the standard library can."""
    try:
        return orjson.dumps(value, default=dict).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value, default=dict)
