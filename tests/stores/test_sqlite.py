"""Sandboxes in an SQLite file: confirmed changes survive the server."""

import asyncio
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from jobtwin.errors import StoreRefused
from jobtwin.sandboxes import DEFAULT, ManualClock, RealClock, Sandbox, Setup
from jobtwin.stores import replica
from jobtwin.stores.opening import kept_sandboxes
from jobtwin.stores.sqlite import SqliteStore
from tests.dice import SECOND
from tests.stored import MACHINES, Stored, ask, take

POLARIS = MACHINES["polaris/job"]
CREATE = ("POST", "/_control/jobs", {"api": "polaris"})


def file_of(store: Stored) -> Path:
    return Path(store.url.removeprefix("sqlite:///"))


def test_secrets(sqlite_store: Stored) -> None:
    """A client's secrets are not in the file."""
    sent = {"password": "hunter22", "type": "unheard of"}
    ask(sqlite_store.server(), ("POST", "/polaris/v1/projects/p/jobs", sent))
    sqlite_store.close()

    text = file_of(sqlite_store).read_bytes()

    assert b"unheard of" in text
    assert b"hunter22" not in text
    assert b"pok_test" not in text


def test_clock__date_set_back(sqlite_store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """A running clock continues without a server, and does not go back if the date is set back."""
    date = [1_800_000_000 * 10**9]
    monkeypatch.setattr(time, "time_ns", lambda: date[0])
    sqlite_store.clock = lambda: RealClock(wall=lambda: date[0])

    def now(sandbox: Any) -> int:
        return int(sandbox.clock.now())

    before = sqlite_store.server()
    start = take(before, now)
    take(before, lambda sandbox: sandbox.set_clock(speed=3))

    date[0] += 10 * 10**9
    after = sqlite_store.server()
    assert take(after, now) == start + 30 * SECOND
    take(after, lambda sandbox: sandbox.create(POLARIS) and None)

    date[0] -= 3600 * 10**9
    assert take(sqlite_store.server(), now) == start + 30 * SECOND


@pytest.mark.parametrize("projects", [1, 100])
@pytest.mark.parametrize("fewest", [20, 1_000], ids=["snapshot", "changes"])
def test_many_jobs(
    fewest: int, projects: int, sqlite_store: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other requests have a turn while a sandbox with many jobs is read."""
    monkeypatch.setattr(replica, "FEWEST_CHANGES", fewest)
    monkeypatch.setattr("jobtwin.stores.rows.PIECE", 10)
    monkeypatch.setattr("jobtwin.sandboxes.sandbox.RESTORED_AT_ONCE", 10)

    def create(sandbox: Any) -> None:
        for number in range(100):
            sandbox.create(POLARIS, facts={"project": f"p{number % projects}"})

    before = sqlite_store.server()
    take(before, create)
    for _ in range(3):
        take(before, lambda sandbox: sandbox.advance_clock(1))
    state = take(before, Sandbox.snapshot)

    async def read() -> tuple[Any, int]:
        turns, sandboxes = 0, sqlite_store.server()
        reading = asyncio.ensure_future(sandboxes.turn(DEFAULT, Sandbox.snapshot))
        while not reading.done():
            await asyncio.sleep(0)
            turns += 1
        await sandboxes.disconnect()
        return await reading, turns

    read_again, turns = asyncio.run(read())

    assert read_again == state
    assert turns > 10


# -- an unusable store -----------------------------------------------------------------------------


def test_lost(sqlite_store: Stored) -> None:
    """On a full disk requests get a 503 with the reason and change nothing; later they work."""
    sandboxes = sqlite_store.server()
    [first] = ask(sandboxes, CREATE)
    database = sandboxes.store._database  # type: ignore[attr-defined]  # noqa: SLF001 - a full disk is made here
    [(pages,)] = database.execute("PRAGMA page_count").fetchall()
    database.execute(f"PRAGMA max_page_count = {pages}")

    refused = ask(sandboxes, *[CREATE] * 60)[-1]
    polled = ask(sandboxes, ("GET", "/_control/jobs", None))[0]
    database.execute("PRAGMA max_page_count = 1000000")
    [made, jobs] = ask(sandboxes, CREATE, ("GET", "/_control/jobs", None))

    assert refused.status_code == 503
    assert refused.json()["detail"].endswith("twin.db: database or disk is full")
    assert made.status_code == 201
    assert jobs.json()["total"] == polled.json()["total"] + 1
    assert first.json()["id"] in {job["id"] for job in jobs.json()["jobs"]}
    count = take(sqlite_store.server(), lambda sandbox: len(sandbox.jobs(POLARIS)))
    assert count == jobs.json()["total"]


# -- refused ---------------------------------------------------------------------------------------


def test_refused__in_use(sqlite_store: Stored) -> None:
    """A file in use by another server is refused."""
    sqlite_store.server()

    with pytest.raises(StoreRefused, match=r"twin\.db: another server uses it"):
        SqliteStore(file_of(sqlite_store))


def test_refused__no_store(tmp_path: Path) -> None:
    """A file that is not a store is refused, and stays unchanged."""
    path = tmp_path / "twin.db"
    path.write_text("not a database, but long enough to be looked at" * 30, encoding="utf-8")

    with pytest.raises(StoreRefused, match="is no store: file is not a database"):
        SqliteStore(path)

    assert path.read_text(encoding="utf-8").startswith("not a database")


def test_refused__other_version(sqlite_store: Stored) -> None:
    """A store of another version is refused."""
    sqlite_store.server()
    sqlite_store.close()
    with sqlite3.connect(file_of(sqlite_store)) as database:
        database.execute("PRAGMA user_version = 9")
    database.close()

    with pytest.raises(StoreRefused, match="a store of version 9; this jobtwin reads version 1"):
        SqliteStore(file_of(sqlite_store))


@pytest.mark.parametrize("url", ["twin.db", "sqlite:///", "mysql://x/y"])
def test_refused__url(url: str) -> None:
    """A URL that is not of a store is refused with the valid forms."""
    with pytest.raises(StoreRefused, match="is no store; use memory:, sqlite:///FILE or valkey:"):
        kept_sandboxes(url, lambda: Setup(ManualClock()), MACHINES)


def test_file__owner_alone(sqlite_store: Stored) -> None:
    """Only its owner can read the file, since the facts of jobs may be secret."""
    ask(sqlite_store.server(), CREATE)

    modes = [each.stat().st_mode & 0o777 for each in file_of(sqlite_store).parent.glob("twin.db*")]

    assert set(modes) == {0o600}


# -- cost ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_nothing_imported() -> None:
    """A server without a store does not import the modules of stores."""
    program = """
import sys
from jobtwin.http import Settings
from jobtwin.openapi import load_all
from jobtwin.server import Server
Server(load_all(["polaris"]), Settings(), port=0)
ours = {"kept", "protocol", "replica", "rows", "sandbox", "sqlite", "valkey"}
unwanted = {"sqlite3", "valkey", *(f"jobtwin.stores.{name}" for name in ours)}
print(sorted(unwanted & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
