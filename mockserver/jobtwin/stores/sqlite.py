"""A store in one SQLite file, for one server at a time."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jobtwin.errors import SandboxesFull, StoreLost, StoreRefused
from jobtwin.sandbox_names import DEFAULT
from jobtwin.sandboxes.journal import CAPACITY, MOST_BYTES
from jobtwin.stores.protocol import NOWHERE, Batch, Delta, JournalPosition, Position

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS changes (
  sandbox TEXT NOT NULL, number INTEGER NOT NULL, change TEXT NOT NULL,
  PRIMARY KEY (sandbox, number)
);
CREATE TABLE IF NOT EXISTS entries (
  sandbox TEXT NOT NULL, number INTEGER NOT NULL, entry TEXT NOT NULL,
  PRIMARY KEY (sandbox, number)
);
"""

VERSION = 1
"""The version of the tables, as SQLite's `user_version`."""

LOCK_WAIT = 1.0
"""Seconds to wait for a file that another process uses."""

SPARE_ENTRIES = 256
"""Entries that the file may have of a journal beyond those that are shown."""

SPARE_BYTES = 1024 * 1024
"""Bytes that it may have beyond those."""

_SPECS, _DATE = "specs", "date"


@dataclass(frozen=True, slots=True)
class _Head:
    """The position of a sandbox: its last change, the number of changes, and its last journal entry."""

    position: Position
    length: int = 0
    cleared: int = 0
    entries: int = 0
    kept: int = 0
    bytes: int = 0


class SqliteStore:
    """One SQLite file, used by one process at a time. Raises StoreRefused if another process uses it.

    A transaction that was committed survives the end of the process, however it ends. A power cut
    may undo the latest ones; it leaves the file consistent.
    """

    is_remote = False

    def __init__(self, file: Path, *, idle: float | None = None, most: int | None = None) -> None:
        self.name = str(file)
        self._idle, self._most = idle, most
        self._heads: dict[str, _Head] = {}
        self._used: dict[str, float] = {}
        self._date = 0
        try:
            file.touch(mode=0o600, exist_ok=True)
            self._made_private(file)
            self._database = sqlite3.connect(
                file, timeout=LOCK_WAIT, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise StoreRefused(f"{file}: cannot be opened: {error}") from error
        try:
            self._set_up()
        except sqlite3.Error as error:
            self.close()
            in_use = "locked" in str(error)
            why = "another server uses it" if in_use else f"is no store: {error}"
            raise StoreRefused(f"{file}: {why}") from error

    @staticmethod
    def _made_private(file: Path) -> None:
        if not file.stat().st_size:
            os.chmod(file, 0o600)  # noqa: PTH101 - as `touch` above, but of a file that was there

    def _set_up(self) -> None:
        self._database.text_factory = bytes
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        version = run("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            self.close()
            raise StoreRefused(
                f"{self.name}: is a store of version {version}; this jobtwin reads version {VERSION}"
            )
        self._database.executescript(_SCHEMA)
        run("BEGIN EXCLUSIVE")  # acquires the lock until the file is closed
        run(f"PRAGMA user_version = {VERSION}")
        run("COMMIT")
        self._date = int(self._meta(_DATE) or 0)
        self._read_heads()
        for sandbox in self._heads:
            self._use(sandbox)

    def _read_heads(self) -> None:
        """Reads the position of each sandbox and of its journal."""
        run = self._database.execute
        numbers = "SELECT sandbox, max(number), count(*) FROM changes GROUP BY sandbox"
        for sandbox, number, length in run(numbers).fetchall():
            position = Position(secrets.token_hex(8), number)
            self._heads[sandbox.decode()] = _Head(position, length)
        entries = (
            "SELECT sandbox, max(number), count(*), sum(length(entry)) FROM entries GROUP BY 1"
        )
        for sandbox, last, kept, size in run(entries).fetchall():
            if head := self._heads.get(name := sandbox.decode()):
                self._heads[name] = replace(head, entries=last, kept=kept, bytes=size)

    async def disconnect(self) -> None:
        """Does nothing: the file belongs to no event loop."""

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Runs a transaction. Raises StoreLost, with the reason, if nothing was written."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._set_meta(_DATE, str(self._now()))
            self._database.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            if isinstance(error, sqlite3.Error):
                raise StoreLost(f"{self.name}: {error}") from error
            raise

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def _now(self) -> int:
        """Returns nanoseconds since 1970; the value does not go back if the machine's date does."""
        self._date = max(self._date, time.time_ns())
        return self._date

    # -- the whole file --------------------------------------------------------------------------

    def specs(self) -> str | None:
        """Returns the fingerprints of the specs that it was written with, as JSON."""
        return self._meta(_SPECS)

    def set_specs(self, text: str) -> None:
        """Binds the file to specs."""
        with self._transaction():
            self._set_meta(_SPECS, text)

    def count(self) -> int:
        """Returns the number of sandboxes."""
        return len(self._heads)

    async def names(self) -> list[str]:
        """Returns the names of all sandboxes."""
        self._expire()
        return sorted(self._heads)

    def _meta(self, name: str) -> str | None:
        found = self._rows("SELECT value FROM meta WHERE name = ?", name)
        return str(found[0][0].decode()) if found else None

    def _set_meta(self, name: str, value: str) -> None:
        self._run("INSERT OR REPLACE INTO meta VALUES (?, ?)", name, value)

    # -- sandboxes -------------------------------------------------------------------------------

    async def append(
        self,
        sandbox: str,
        expected: Position,
        batch: Batch,
        journal: JournalPosition | None = None,
    ) -> Delta:
        """Appends a batch in one transaction, its changes only if `expected` is the position."""
        self._use(sandbox)
        head = self._heads.get(sandbox)
        if batch.makes and head is None:
            self._check_room(sandbox)
            head = self._written(sandbox, _Head(Position(batch.makes, 0)), batch)
            return self._delta(sandbox, head, head.position, journal, stored=True)
        good = head is not None and not batch.makes
        if head is None or not good or (batch.changes and head.position != expected):
            return self._delta(sandbox, head, expected, journal, stored=False)
        if head.position.token == expected.token:
            head = self._written(sandbox, head, batch)
        known = head.position if batch.changes else expected
        return self._delta(sandbox, head, known, journal, stored=True)

    async def read(
        self, sandbox: str, after: Position, journal: JournalPosition | None = None
    ) -> Delta:
        """Returns the news since a position."""
        self._use(sandbox)
        return self._delta(sandbox, self._heads.get(sandbox), after, journal, stored=True)

    async def put(self, sandbox: str, batch: Batch) -> None:
        """Creates a sandbox, or replaces the one of its name."""
        self._use(sandbox)
        if sandbox not in self._heads:
            self._check_room(sandbox)
        head = _Head(Position(batch.makes, 0), entries=batch.forgotten)
        self._written(sandbox, head, batch, replaces=True)

    async def remove(self, sandbox: str) -> bool:
        """Deletes a sandbox. Returns False if it does not exist."""
        self._expire()
        return self._removed(sandbox)

    async def compact(self, sandbox: str, expected: Position, snapshot: bytes) -> None:
        """Replaces all changes by a snapshot if `expected` is still the position."""
        head = self._heads.get(sandbox)
        if head is None or head.position != expected:
            return
        with self._transaction():
            self._run("DELETE FROM changes WHERE sandbox = ?", sandbox)
            self._add("changes", sandbox, expected.number - 1, [snapshot])
        self._heads[sandbox] = replace(head, length=1)

    async def news(self, sandbox: str) -> AsyncIterator[None]:
        """Yields once, since there is no other server."""
        del sandbox
        yield

    # -- reading and writing ---------------------------------------------------------------------

    def _written(self, sandbox: str, head: _Head, batch: Batch, *, replaces: bool = False) -> _Head:
        """Writes a batch. Returns the sandbox's new position."""
        if not (batch.changes or batch.entries or batch.clears_journal):
            return head
        number, cleared = head.position.number, head.cleared + batch.clears_journal
        if batch.clears_journal:
            head = replace(head, entries=0, kept=0, bytes=0)
        written = replace(
            head,
            position=head.position._replace(number=number + len(batch.changes)),
            length=head.length + len(batch.changes),
            cleared=cleared,
            entries=head.entries + len(batch.entries),
            kept=head.kept + len(batch.entries),
            bytes=head.bytes + sum(map(len, batch.entries)),
        )
        with self._transaction():
            if replaces:
                self._run("DELETE FROM changes WHERE sandbox = ?", sandbox)
            if replaces or batch.clears_journal:
                self._run("DELETE FROM entries WHERE sandbox = ?", sandbox)
            self._add("changes", sandbox, number, batch.changes)
            self._add("entries", sandbox, head.entries, batch.entries)
            if written.kept > CAPACITY + SPARE_ENTRIES or written.bytes > MOST_BYTES + SPARE_BYTES:
                written = self._trimmed(sandbox, written)
        self._heads[sandbox] = written
        return written

    def _trimmed(self, sandbox: str, head: _Head) -> _Head:
        """Removes the oldest entries. Returns the changed head."""
        kept = size = 0
        sql = "SELECT length(entry) FROM entries WHERE sandbox = ? ORDER BY number DESC"
        for (length,) in self._database.execute(sql, (sandbox,)):
            if kept >= CAPACITY or size + length > MOST_BYTES:
                break
            kept, size = kept + 1, size + length
        sql = "DELETE FROM entries WHERE sandbox = ? AND number <= ?"
        self._run(sql, sandbox, head.entries - kept)
        return replace(head, kept=kept, bytes=size)

    def _add(self, table: str, sandbox: str, last: int, texts: Sequence[bytes]) -> None:
        rows = [(sandbox, last + n, text.decode()) for n, text in enumerate(texts, start=1)]
        self._database.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)  # noqa: S608 - our own

    def _delta(
        self,
        sandbox: str,
        head: _Head | None,
        known: Position,
        journal: JournalPosition | None,
        *,
        stored: bool,
    ) -> Delta:
        if head is None:
            nothing = JournalPosition(0, 0)
            return Delta(self._now(), stored, NOWHERE, 0, (), nothing, None)
        after = known.number if known.token == head.position.token else 0
        changes = [] if head.position == known else self._texts("change", "changes", sandbox, after)
        entries: Sequence[bytes] | None = None
        if journal is not None:
            goes_on = known.token == head.position.token and journal.cleared == head.cleared
            first = journal.number if goes_on else 0
            entries = self._texts("entry", "entries", sandbox, max(first, head.entries - CAPACITY))
        return Delta(
            self._now(),
            stored,
            head.position,
            head.length,
            changes,
            JournalPosition(head.cleared, head.entries),
            entries,
        )

    def _texts(self, column: str, table: str, sandbox: str, after: int) -> list[bytes]:
        sql = f"SELECT {column} FROM {table} WHERE sandbox = ? AND number > ? ORDER BY number"  # noqa: S608 - our own
        return [text for (text,) in self._rows(sql, sandbox, after)]

    # -- how many there are ----------------------------------------------------------------------

    def _check_room(self, sandbox: str) -> None:
        if self._most is not None and sandbox != DEFAULT and len(self._heads) >= self._most:
            raise SandboxesFull(self._most)

    def _removed(self, sandbox: str) -> bool:
        if sandbox not in self._heads:
            return False
        with self._transaction():
            self._run("DELETE FROM changes WHERE sandbox = ?", sandbox)
            self._run("DELETE FROM entries WHERE sandbox = ?", sandbox)
        del self._heads[sandbox]
        self._used.pop(sandbox, None)
        return True

    def _use(self, sandbox: str) -> None:
        """Notes the use of a sandbox, and deletes those that were unused for too long."""
        self._expire()
        if self._idle is not None and sandbox != DEFAULT:
            self._used.pop(sandbox, None)
            self._used[sandbox] = time.monotonic()

    def _expire(self) -> None:
        while self._idle is not None and self._used:
            name, last = next(iter(self._used.items()))
            if time.monotonic() - last < self._idle:
                return
            self._used.pop(name)
            self._removed(name)

    def _run(self, sql: str, *values: object) -> None:
        self._database.execute(sql, values)

    def _rows(self, sql: str, *values: object) -> list[Any]:
        try:
            return self._database.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StoreLost(f"{self.name}: {error}") from error
