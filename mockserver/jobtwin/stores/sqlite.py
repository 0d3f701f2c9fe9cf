"""A store in one SQLite file: changes and journal entries of sandboxes. It knows texts alone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jobtwin.errors import StoreLost, StoreRefused

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


class SqliteStore:
    """One SQLite file, used by one process at a time; StoreRefused if another has it.

    A transaction that was committed survives the end of the process, however it ends. A power cut
    may undo the latest ones; it leaves the file consistent.
    """

    def __init__(self, file: Path) -> None:
        self.name = str(file)
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
        run("BEGIN EXCLUSIVE")  # takes the lock, which is kept from now on
        run(f"PRAGMA user_version = {VERSION}")
        run("COMMIT")

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is written, or nothing; StoreLost says why nothing was."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            if isinstance(error, sqlite3.Error):
                raise StoreLost(f"{self.name}: {error}") from error
            raise

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    # -- what is about the whole file ------------------------------------------------------------

    def meta(self, name: str) -> str | None:
        """A text about the whole store."""
        found = self._rows("SELECT value FROM meta WHERE name = ?", name)
        return str(found[0][0]) if found else None

    def set_meta(self, name: str, value: str) -> None:
        """Set a text about the whole store."""
        self._run("INSERT OR REPLACE INTO meta VALUES (?, ?)", name, value)

    def names(self) -> list[str]:
        """The sandboxes of which there are changes."""
        return [name for (name,) in self._rows("SELECT DISTINCT sandbox FROM changes")]

    # -- changes ---------------------------------------------------------------------------------

    def append(
        self, sandbox: str, expected: int, changes: Sequence[str], *, whole: bool = False
    ) -> int:
        """Append changes after the one of number `expected`, which must be the last.

        The first of them replaces all before it, if it is the `whole` state. Returns the number of
        the last; StoreLost if another was the last before.
        """
        [(last,)] = self._rows(
            "SELECT coalesce(max(number), 0) FROM changes WHERE sandbox = ?", sandbox
        )
        if last != expected:
            raise StoreLost(f"{self.name}: {sandbox} is at change {last}, not at {expected}")
        if whole:
            self._run("DELETE FROM changes WHERE sandbox = ?", sandbox)
        rows = [(sandbox, number, text) for number, text in enumerate(changes, start=last + 1)]
        self._database.executemany("INSERT INTO changes VALUES (?, ?, ?)", rows)
        return int(last) + len(rows)

    def read(self, sandbox: str, after: int = 0) -> list[tuple[int, str]]:
        """The changes after a number, in order, each with its own."""
        sql = "SELECT number, change FROM changes WHERE sandbox = ? AND number > ? ORDER BY number"
        return self._rows(sql, sandbox, after)

    def forget(self, sandbox: str) -> None:
        """Delete a sandbox."""
        self._run("DELETE FROM changes WHERE sandbox = ?", sandbox)
        self.forget_entries(sandbox)

    # -- journals --------------------------------------------------------------------------------

    def add_entry(self, sandbox: str, number: int, entry: str) -> None:
        """Append to a journal; nothing is compared."""
        self._run("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", sandbox, number, entry)

    def entries(self, sandbox: str) -> list[str]:
        """A journal, from the oldest entry to the latest."""
        sql = "SELECT entry FROM entries WHERE sandbox = ? ORDER BY number"
        return [entry for (entry,) in self._rows(sql, sandbox)]

    def forget_entries(self, sandbox: str, until: int | None = None) -> None:
        """Delete a journal, or its entries until a number."""
        if until is None:
            self._run("DELETE FROM entries WHERE sandbox = ?", sandbox)
        else:
            self._run("DELETE FROM entries WHERE sandbox = ? AND number <= ?", sandbox, until)

    def _run(self, sql: str, *values: object) -> None:
        self._database.execute(sql, values)

    def _rows(self, sql: str, *values: object) -> list[Any]:
        try:
            return self._database.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StoreLost(f"{self.name}: {error}") from error
