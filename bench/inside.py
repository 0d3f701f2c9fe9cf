"""Costs of a test suite, in one process and without sockets: whole lives, resets, the client."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import httpx

from bench.errors import Wrong
from bench.processes import ROOT
from bench.works import LIFE, Poll, poller
from jobtwin.testing import Jobtwin, in_process

POLLS = 6


def timed(what: Callable[[], Any]) -> float:
    """Returns the seconds of a call."""
    started = perf_counter()
    what()
    return perf_counter() - started


def life(times: int) -> float:
    """Returns the seconds of a whole life through the generated client: create, six polls, end."""
    with in_process([LIFE.api]) as host, host.sandbox("bench") as jobtwin:
        client = jobtwin[LIFE.api].client()
        took = [timed(lambda: _live(jobtwin, client)) for _ in range(times + 1)]
    return median(took[1:])


def _live(jobtwin: Jobtwin, client: Any) -> None:
    poll = LIFE.create(client)
    seen = []
    for _ in range(POLLS):
        seen.append(poll().status)
        jobtwin.clock.advance(seconds=LIFE.every)
    if seen[-1] != LIFE.end:
        raise Wrong(f"the job went {' → '.join(map(str, seen))}, and not to {LIFE.end}")


def fixture(times: int) -> float:
    """Returns the seconds to remove one test's sandbox and to create the next one."""
    with in_process() as host:

        def next_one() -> None:
            with host.sandbox("bench"):
                pass

        return median(timed(next_one) for _ in range(times))


def reset(times: int) -> float:
    """Returns the seconds to reset a sandbox."""
    with in_process() as host, host.sandbox("bench") as jobtwin:
        return median(timed(jobtwin.reset) for _ in range(times))


def client(poll: Poll, times: int) -> float:
    """Returns the time of a poll with the generated client relative to bare httpx.

    Both use the same transport with a prepared response, so only the clients differ.
    """
    transport = httpx.MockTransport(
        lambda _: httpx.Response(
            200, headers={"Content-Type": "application/json"}, content=poll.body
        )
    )
    base, work = "http://bench", poll.work
    prefix, _, token = work.headers["Authorization"].rpartition(" ")
    package = importlib.import_module(f"jobclients.{work.spec}")
    made = package.AuthenticatedClient(
        base_url=base, token=token, prefix=prefix, httpx_args={"transport": transport}
    )
    ours = poller(work, made)
    bare = httpx.Client(base_url=base, headers=dict(work.headers), transport=transport)
    return median(timed(ours) / timed(lambda: bare.get(work.path).json()) for _ in range(times))


def generation() -> float:
    """Returns the seconds of `make generate`, into a new folder."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        words = [
            sys.executable,
            "-m",
            "jobtwin.codegen",
            "generate",
            "--output",
            f"{folder}/generated",
        ]
        run = subprocess.run  # its output is not shown
        return timed(lambda: run(words, cwd=ROOT, capture_output=True, check=True))
