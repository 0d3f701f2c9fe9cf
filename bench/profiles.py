"""The profile of a poll: the application in process, under cProfile."""

from __future__ import annotations

import asyncio
import cProfile
import io
import pstats
import re
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

from bench.works import SPECS, Work
from jobtwin.http import create_app
from jobtwin.openapi import load_all
from jobtwin.openapi.times import span
from jobtwin.sandboxes import RealClock, Sandbox, Setup

PROFILES = Path(__file__).parent / "profiles"
TIMES = 5000
LINES = 30

Poll = Callable[[], Awaitable[None]]


def profile(work: Work, label: str) -> Path:
    """Writes the profile of a work's poll; the first line has its time outside the profiler."""
    poll = polled(work)
    asyncio.run(polls(poll, TIMES))  # warm-up
    started = process_time()
    asyncio.run(polls(poll, TIMES))
    each = (process_time() - started) / TIMES
    profiler, shown = cProfile.Profile(), io.StringIO()
    profiler.runcall(asyncio.run, polls(poll, TIMES))
    pstats.Stats(profiler, stream=shown).strip_dirs().sort_stats("tottime").print_stats(LINES)
    PROFILES.mkdir(exist_ok=True)
    path = PROFILES / f"{work.name}-{label}.txt"
    head = f"{work.name}, {label}: {each * 1e6:.1f} µs of processor time a poll, without the profiler and without a socket\n"
    table = "\n".join(line.rstrip() for line in shown.getvalue().splitlines())
    path.write_text(head + re.sub(r"\n{3,}", "\n\n", table) + "\n", encoding="utf-8")
    return path


async def polls(poll: Poll, times: int) -> None:
    """Polls this number of times."""
    for _ in range(times):
        await poll()


def polled(work: Work) -> Poll:
    """Returns a poll of a job, with a separate application."""
    specs = load_all([SPECS / f"{work.spec}.yaml"])
    sandbox = Sandbox(list(specs[0].jobs.values()), Setup(RealClock()))
    given: dict[str, Any] = {k: v for k, v in work.job.items() if k != "id"}
    sandbox.create(specs[0].jobs["job"], id=work.job["id"], **given)
    sandbox.clock.advance(span(work.age))
    if work.is_flowing:
        sandbox.set_clock(speed=0.001)
    return partial(_ask, create_app(specs, sandbox), work)


async def _ask(app: Any, work: Work) -> None:
    headers = [(b"host", b"127.0.0.1")]
    headers += [(name.lower().encode(), text.encode()) for name, text in work.headers.items()]
    path = f"/{work.spec}{work.path}"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "state": {},
    }
    await app(scope, _receive, _send)


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(message: Any) -> None:
    del message
