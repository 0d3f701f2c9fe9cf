"""Many clients at once, and a server that is killed: one order of the calls explains all answers.

`SEED` repeats the calls of a run, `SOAK_ROUNDS` is how many times the server is killed.
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
from pathlib import Path

import httpx
import pytest

from tests.linearisable import Call, is_linearisable
from tests.stored import serve

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1, 2**32))
ROUNDS = int(os.environ.get("SOAK_ROUNDS", "2"))
CLIENTS, JOBS, CALLS = 4, 8, 100
"""Of each round; the server is killed after so many calls."""

FOUND = {
    "create": {201: False, 409: True},
    "delete": {204: True, 404: False},
    "get": {200: True, 404: False},
}
"""Whether a job was there, by the status of an answer."""

Histories = dict[str, list[Call]]


def ask(client: httpx.Client, kind: str, job: str) -> int:
    """The status of the answer to one call."""
    if kind == "create":
        return client.post("/jobs", json={"api": "polaris", "id": job}).status_code
    return client.request(kind.upper(), f"/jobs/polaris/job/{job}").status_code


def call(client: httpx.Client, kind: str, job: str, histories: Histories) -> bool:
    """Make one call and note it; False if its answer was lost."""
    began, found, ended = time.monotonic(), None, math.inf
    try:
        found = FOUND[kind][ask(client, kind, job)]
        ended = time.monotonic()
    except httpx.TransportError:
        return False
    finally:
        histories[job].append(Call(kind, began, ended, found))
    return True


def call_until_killed(url: str, jobs: list[str], seed: str, histories: Histories) -> None:
    dice = random.Random(seed)  # noqa: S311 - a game of dice
    with httpx.Client(base_url=url, timeout=30) as client:
        while call(client, dice.choice([*FOUND]), dice.choice(jobs), histories):
            pass


def kill_after(process: subprocess.Popen[str], calls: int, histories: Histories) -> None:
    while sum(map(len, histories.values())) < calls and process.poll() is None:
        time.sleep(0.005)  # the clients are at work
    process.send_signal(signal.SIGKILL)


def test_killed(tmp_path: Path) -> None:
    """What the server has answered stays so, whoever asks, and whenever it is killed."""
    print(f"SEED={SEED}")  # noqa: T201 - pytest shows it if the test fails
    histories: Histories = defaultdict(list)
    dice = random.Random(SEED)  # noqa: S311 - a game of dice
    for number in range(ROUNDS):
        jobs = [str(uuid.UUID(int=dice.getrandbits(128), version=4)) for _ in range(JOBS)]
        wanted = sum(map(len, histories.values())) + CALLS + dice.randrange(CALLS // 4)
        process, told = serve(f"sqlite:///{tmp_path / 'twin.db'}")
        with process:
            threads = [
                threading.Thread(
                    target=call_until_killed,
                    args=(told["control"], jobs, f"{SEED}/{number}/{each}", histories),
                )
                for each in range(CLIENTS)
            ]
            for thread in threads:
                thread.start()
            kill_after(process, wanted, histories)
            for thread in threads:
                thread.join(timeout=60)
    process, told = serve(f"sqlite:///{tmp_path / 'twin.db'}")
    with process, httpx.Client(base_url=told["control"], timeout=30) as client:
        seen = [call(client, "get", job, histories) for job in [*histories]]
        process.terminate()

    wrong = {job: calls for job, calls in histories.items() if not is_linearisable(calls)}

    assert all(seen)
    assert wrong == {}
    assert sum(map(len, histories.values())) >= ROUNDS * CALLS


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
    """The check tells histories that can be from those that cannot."""
    assert is_linearisable([Call(*each) for each in calls]) is so
