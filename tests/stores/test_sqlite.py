"""Sandboxes in an SQLite file: what was answered is there again, whatever became of the server."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.errors import StoreRefused
from jobtwin.http import create_app
from jobtwin.lifecycle import Machine
from jobtwin.openapi import load_all
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import DEFAULT, Clock, ManualClock, RealClock, Sandboxes, Setup
from jobtwin.stores.kept import FEWEST_CHANGES, KeptSandboxes
from jobtwin.stores.opening import kept_sandboxes
from jobtwin.stores.sqlite import SqliteStore
from tests.dice import SECOND, live
from tests.stored import serve

SPECS = load_all()
MACHINES = machines_by_name(SPECS)
POLARIS = MACHINES["polaris/job"]
KEY = {"Authorization": "Basic pok_test"}


class File:
    """A store's file, opened by one server after another."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "twin.db"
        self.clock: Callable[[], Clock] = ManualClock
        self._open: list[SqliteStore] = []

    def sandboxes(self) -> KeptSandboxes:
        """The sandboxes of a server that has just been started; the one before has ended."""
        self.close()
        store = SqliteStore(self.path)
        self._open.append(store)
        return KeptSandboxes(lambda: Setup(self.clock(), empty=True), store, MACHINES)

    def close(self) -> None:
        while self._open:
            self._open.pop().close()

    def count(self, table: str) -> int:
        """The rows of a table, once the server has ended."""
        self.close()
        with sqlite3.connect(self.path) as database:
            [(rows,)] = database.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own
        database.close()
        return int(rows)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    """A file of a store that is not there yet."""
    file = File(tmp_path)
    yield file
    file.close()


def ask(sandboxes: Sandboxes, *requests: tuple[str, str, Any]) -> list[httpx.Response]:
    """The answers to some requests, one after the other."""

    async def asked() -> list[httpx.Response]:
        transport = httpx.ASGITransport(create_app(SPECS, sandboxes))
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            return [
                await client.request(method, path, json=body, headers=KEY)
                for method, path, body in requests
            ]

    return asyncio.run(asked())


CREATE = ("POST", "/_control/jobs", {"api": "polaris"})


@pytest.mark.parametrize("seed", range(4))
def test_restart(seed: int, file: File) -> None:
    """After a restart a sandbox is the same, with the same future and the same ids to come."""
    before = file.sandboxes()
    live(before[DEFAULT], MACHINES, seed)
    before.save()
    state = before[DEFAULT].snapshot()

    after = file.sandboxes()

    assert after[DEFAULT].snapshot() == state
    made = [each[DEFAULT].create(POLARIS).record.id for each in (before, after)]
    assert made[0] == made[1]


def test_restart__requests(file: File) -> None:
    """Requests by HTTP, the journal, settings and further sandboxes survive, and so does a deletion."""
    before = file.sandboxes()
    [job] = ask(before, CREATE)
    path = f"/polaris/v1/projects/p/jobs/{job.json()['id']}/status"
    [_, _, status] = ask(
        before,
        ("PUT", "/_control/sandboxes/one", {"seed": 7}),
        ("POST", "/_control/clock/advance", {"by": "PT20S"}),
        ("GET", path, None),
    )
    ask(before, ("PUT", "/_control/sandboxes/two", {}), ("DELETE", "/_control/sandboxes/two", None))
    [journal, clock] = ask(
        before, ("GET", "/_control/journal", None), ("GET", "/_control/clock", None)
    )

    after = file.sandboxes()

    assert after.names() == [DEFAULT, "one"]
    assert after["one"].setup.seed == 7
    assert [
        answer.json()
        for answer in ask(
            after,
            ("GET", "/_control/journal", None),
            ("GET", "/_control/clock", None),
            ("GET", path, None),
        )
    ] == [journal.json(), clock.json(), status.json()]


def test_restart__faults(file: File) -> None:
    """A fault that has hit once, and is to hit once more, does so after a restart."""
    fault = {"api": "polaris", "times": 2, "fault": {"status": 503}}
    listed = ("GET", "/polaris/v1/projects/p/jobs", None)
    [_, first] = ask(file.sandboxes(), ("POST", "/_control/faults", fault), listed)

    rest = ask(file.sandboxes(), listed, listed)

    assert [each.status_code for each in (first, *rest)] == [503, 503, 200]


def test_restart__journal_cleared(file: File) -> None:
    """A journal that was cleared is empty after a restart, by itself or with its sandbox."""
    before = file.sandboxes()
    listed = ("GET", "/polaris/v1/projects/p/jobs", None)
    ask(before, listed, ("DELETE", "/_control/journal", None), listed)

    assert len(file.sandboxes()[DEFAULT].journal) == 1

    ask(file.sandboxes(), ("POST", "/_control/reset", None))
    assert len(file.sandboxes()[DEFAULT].journal) == 0


def test_journal__secrets(file: File) -> None:
    """No secret that a client sent is in the file."""
    sent = {"password": "hunter22", "type": "unheard of"}
    ask(file.sandboxes(), ("POST", "/polaris/v1/projects/p/jobs", sent))
    file.close()

    text = file.path.read_bytes()

    assert b"unheard of" in text
    assert b"hunter22" not in text
    assert b"pok_test" not in text


# -- it does not grow ------------------------------------------------------------------------------


def test_snapshots(file: File) -> None:
    """However long a sandbox is used, the file holds a bounded number of changes for its jobs."""
    sandboxes = file.sandboxes()
    job = sandboxes[DEFAULT].create(POLARIS)
    for _ in range(5 * FEWEST_CHANGES):
        sandboxes[DEFAULT].advance_clock(1)
        sandboxes.save()
    state = sandboxes[DEFAULT].snapshot()

    assert file.count("changes") <= FEWEST_CHANGES + 1
    assert file.sandboxes()[DEFAULT].snapshot() == state
    assert state.state["jobs"][0]["record"]["id"] == job.record.id


def test_journal__bounded(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file forgets the entries that the journal forgets."""
    monkeypatch.setattr("jobtwin.stores.kept.SPARE_ENTRIES", 10)
    sandboxes = file.sandboxes()
    sandboxes[DEFAULT].journal._capacity = 20  # noqa: SLF001 - a journal of 10,000 takes long

    ask(sandboxes, *[("GET", "/polaris/v1/projects/p/jobs", None)] * 75)

    assert file.count("entries") <= 30
    assert file.sandboxes()[DEFAULT].journal.total == 75


# -- clocks ----------------------------------------------------------------------------------------


def test_clock__running(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    """A running clock goes on while no server runs, and never back, also if the date is set back."""
    date = [1_800_000_000 * 10**9]
    monkeypatch.setattr(time, "time_ns", lambda: date[0])
    file.clock = lambda: RealClock(2, wall=lambda: date[0])
    before = file.sandboxes()
    start = before[DEFAULT].clock.now()
    before[DEFAULT].set_clock(speed=3)
    before.save()

    date[0] += 10 * 10**9
    after = file.sandboxes()
    assert after[DEFAULT].clock.now() == start + 30 * SECOND
    after[DEFAULT].create(POLARIS)
    after.save()

    date[0] -= 3600 * 10**9
    assert file.sandboxes()[DEFAULT].clock.now() == start + 30 * SECOND


def test_clock__frozen(file: File) -> None:
    """A clock that stands still has moved by nothing after a restart."""
    before = file.sandboxes()
    before[DEFAULT].advance_clock(5)
    before.save()

    assert file.sandboxes()[DEFAULT].clock.now() == ManualClock.START + 5


# -- a store that is lost --------------------------------------------------------------------------


def test_lost(file: File) -> None:
    """A full disk is a 503 with a reason, nothing is done, and all is well when there is room."""
    sandboxes = file.sandboxes()
    [first] = ask(sandboxes, CREATE)
    database = sandboxes._store._database  # noqa: SLF001 - a full disk is made here
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
    assert len(file.sandboxes()[DEFAULT].jobs(POLARIS)) == jobs.json()["total"]


# -- refused ---------------------------------------------------------------------------------------


def test_refused__in_use(file: File) -> None:
    """A file that another server uses is refused."""
    file.sandboxes()

    with pytest.raises(StoreRefused, match=r"twin\.db: another server uses it"):
        SqliteStore(file.path)


def test_refused__no_store(tmp_path: Path) -> None:
    """A file that is something else is refused, and stays as it is."""
    path = tmp_path / "twin.db"
    path.write_text("not a database, but long enough to be looked at" * 30, encoding="utf-8")

    with pytest.raises(StoreRefused, match="is no store: file is not a database"):
        SqliteStore(path)

    assert path.read_text(encoding="utf-8").startswith("not a database")


def test_refused__other_version(file: File) -> None:
    """A store of another version is refused."""
    file.sandboxes()
    file.close()
    with sqlite3.connect(file.path) as database:
        database.execute("PRAGMA user_version = 9")
    database.close()

    with pytest.raises(StoreRefused, match="a store of version 9; this jobtwin reads version 1"):
        SqliteStore(file.path)


def _slower(machine: Machine) -> Machine:
    timed = next(each for each in machine.transitions if each.after)
    others = tuple(each for each in machine.transitions if each is not timed)
    slower = replace(timed, after=SECOND + (timed.after or 0))
    return replace(machine, transitions=(slower, *others))


def test_refused__other_specs(file: File) -> None:
    """A store is refused where its jobs would live by other machines, or by none."""
    file.sandboxes()
    others = {**MACHINES, "polaris/job": _slower(POLARIS)}
    fewer = {name: each for name, each in MACHINES.items() if not name.startswith("polaris")}

    for machines, why in ((others, "has other machines today"), (fewer, "is not served")):
        file.close()
        with pytest.raises(StoreRefused, match=f"the spec polaris, which {why}"):
            kept_sandboxes(f"sqlite:///{file.path}", lambda: Setup(ManualClock()), machines)


def test_refused__too_many_sandboxes(file: File) -> None:
    """A store with more sandboxes than the server may hold is refused, and none is lost."""
    ask(file.sandboxes(), *[("PUT", f"/_control/sandboxes/s{n}", {}) for n in range(3)])
    file.close()

    with pytest.raises(StoreRefused, match=r"more sandboxes than --max-sandboxes 2 allows"):
        kept_sandboxes(f"sqlite:///{file.path}", lambda: Setup(ManualClock()), MACHINES, most=2)

    assert file.sandboxes().names() == [DEFAULT, "s0", "s1", "s2"]


@pytest.mark.parametrize("url", ["twin.db", "sqlite:///", "mysql://x/y"])
def test_refused__url(url: str) -> None:
    """A URL of no store is refused with those that there are."""
    with pytest.raises(StoreRefused, match="is no store; use memory: or sqlite:///FILE"):
        kept_sandboxes(url, lambda: Setup(ManualClock()), MACHINES)


def test_file__owner_alone(file: File) -> None:
    """The file can be read by its owner alone, since the facts of jobs may be secret."""
    file.sandboxes()

    modes = [each.stat().st_mode & 0o777 for each in file.path.parent.glob("twin.db*")]

    assert set(modes) == {0o600}


# -- a server that is killed -----------------------------------------------------------------------


def create_until_killed(url: str, made: list[str]) -> None:
    """Create jobs, and note those that were answered, until the server is gone."""
    with httpx.Client(timeout=10) as client:
        try:
            while True:
                answer = client.post(f"{url}/jobs", json={"api": "polaris"})
                assert answer.status_code == 201, answer.text
                made.append(answer.json()["id"])
        except httpx.TransportError:
            return


def test_killed(tmp_path: Path) -> None:
    """Every job whose creation was answered is there after `kill -9`, again and again."""
    path, made = tmp_path / "twin.db", list[str]()
    for _ in range(3):
        process, told = serve(path)
        with process:
            clients = [
                threading.Thread(target=create_until_killed, args=(told["control"], made))
                for _ in range(4)
            ]
            for client in clients:
                client.start()
            wanted = len(made) + 40
            while len(made) < wanted and process.poll() is None:
                time.sleep(0.01)  # the other threads are at work
            process.send_signal(signal.SIGKILL)
            for client in clients:
                client.join(timeout=30)

    process, told = serve(path)
    with process:
        lost = [
            job
            for job in made
            if httpx.get(f"{told['control']}/jobs/polaris/job/{job}").status_code != 200
        ]
        process.terminate()

    assert len(made) >= 120
    assert len(made) == len(set(made))
    assert lost == []


# -- cost ------------------------------------------------------------------------------------------


def test_nothing_imported() -> None:
    """A server without a store imports nothing of it."""
    program = """
import sys
from jobtwin.http import Settings
from jobtwin.openapi import load_all
from jobtwin.server import Server
Server(load_all(["polaris"]), Settings(), port=0)
print(sorted({"sqlite3", "jobtwin.stores.kept", "jobtwin.stores.sqlite"} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
