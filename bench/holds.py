"""`python -m bench.holds`: the longest that one request holds the event loop among very many jobs.

Requests are sent to the application without sockets, and responses are discarded. The measure is
the CPU time from one step of the loop to the next, so other processes do not count.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import click

from bench.report import table
from bench.works import SPECS
from jobtwin.garbage import GarbageCollection
from jobtwin.http import create_app
from jobtwin.lifecycle import Machine
from jobtwin.openapi import load_all
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup
from jobtwin.stores.world import export_in_pieces

SPEC = "vectorcharts"
JOBS = f"/{SPEC}/api/portal/v1/jobs"
CREDENTIAL = {"authorization": "Bearer token"}
PAST = 3600 * 1_000_000

STALE = {"api": SPEC, "operation": "listJobs", "fault": {"stale": 60}}


LARGE = {"jobType": "clear-tiles", "parameters": {"values": [{"x": 1}] * 100_000}}
"""A job with nearly as much data as a body may have."""

WORLD = 20_000
"""The number of jobs of an imported sandbox."""


@dataclass(frozen=True)
class HeldRequest:
    """A request, with its name in the table."""

    name: str
    method: str
    path: str
    body: bytes = b""


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


ASKS = (
    HeldRequest("list the latest", "GET", f"{JOBS}?limit=10"),
    HeldRequest("list the active ones", "GET", f"{JOBS}?activeOnly=true&limit=10"),
    HeldRequest("list by the control API", "GET", "/_control/jobs?limit=10"),
    HeldRequest("list those in a state", "GET", "/_control/jobs?state=completed&limit=10"),
    HeldRequest("count", "GET", "/_control/sandboxes"),
    HeldRequest("create", "POST", "/_control/jobs", _json({"api": SPEC, "machine": "job"})),
    HeldRequest("create by the vendor's API", "POST", JOBS, _json({"jobType": "vacuum-analyze"})),
    HeldRequest("create with much data", "POST", JOBS, _json(LARGE)),
    HeldRequest("set a fault", "POST", "/_control/faults", _json(STALE)),
    HeldRequest("list the active ones under a fault", "GET", f"{JOBS}?activeOnly=true&limit=10"),
    HeldRequest(
        "go to the next change", "POST", "/_control/clock/advance", _json({"toNext": True})
    ),
    HeldRequest("go past every end", "POST", "/_control/clock/advance", _json({"by": "PT12H"})),
    HeldRequest(
        "create after that", "POST", "/_control/jobs", _json({"api": SPEC, "machine": "job"})
    ),
    HeldRequest("list the active ones after that", "GET", f"{JOBS}?activeOnly=true&limit=10"),
    HeldRequest("list the latest after that", "GET", f"{JOBS}?limit=10"),
    HeldRequest(
        "go to the next change after that",
        "POST",
        "/_control/clock/advance",
        _json({"toNext": True}),
    ),
    HeldRequest("export", "GET", f"/_control/sandboxes/{DEFAULT}/export"),
    HeldRequest("reset", "POST", "/_control/reset"),
)


@dataclass(frozen=True)
class Held:
    """The longest step of the loop during a request, and the total of all steps, in seconds."""

    longest: float
    total: float
    status: int


def crowd(machines: dict[str, Machine], count: int) -> Sandbox:
    """Returns a sandbox with this number of jobs, which end one after the other."""
    sandbox = Sandbox(machines, Setup(ManualClock(), empty=True))
    machine, now = machines[f"{SPEC}/job"], sandbox.clock.now()
    for number in range(count):
        sandbox.create(machine, at=now - PAST // 6 + number * PAST // 6 // count)
    return sandbox


@asynccontextmanager
async def beats() -> AsyncIterator[list[float]]:
    """Yields the CPU time of each step of the loop inside the block."""
    steps: list[float] = []

    async def beat() -> None:
        while True:
            before = time.process_time()
            await asyncio.sleep(0)
            steps.append(time.process_time() - before)

    task = asyncio.create_task(beat())
    try:
        yield steps
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def answered(app: Any, ask: HeldRequest) -> int:
    """Returns the status of the response to a request."""
    path, _, query = ask.path.partition("?")
    headers = {**CREDENTIAL, "content-type": "application/json", "host": "127.0.0.1"}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent, status = [ask.body], 0

    async def receive() -> Any:
        if not sent:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": sent.pop(), "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status


async def held(app: Any, ask: HeldRequest) -> Held:
    """Returns the time for which a request held the loop."""
    began = time.process_time()
    async with beats() as steps:
        status = await asyncio.create_task(answered(app, ask))
        await asyncio.sleep(0)
    return Held(max(steps), time.process_time() - began, status)


async def measured(app: Any, importing: HeldRequest, say: Callable[[str], None]) -> dict[str, Held]:
    """Measures each request, one after the other."""
    await answered(app, HeldRequest("warm up", "GET", "/_control/health"))
    found = {}
    for ask in (*ASKS, importing):
        found[ask.name] = await held(app, ask)
        say(f"{ask.name}: {found[ask.name]}")
    return found


def rows(found: dict[str, Held]) -> Iterator[list[str]]:
    """Yields the lines of the table."""
    for name, each in found.items():
        yield [name, f"{each.longest * 1000:.1f}", f"{each.total * 1000:.0f}", str(each.status)]


def longest(jobs: int) -> tuple[float, str]:
    """Returns the longest step of all requests among this number of jobs, and the request's name."""
    found = _among(jobs, lambda _: None)
    return max((each.longest, name) for name, each in found.items())


def _among(jobs: int, say: Callable[[str], None]) -> dict[str, Held]:
    """Runs each request among this number of jobs, with garbage collection as in a server."""
    collection = GarbageCollection()
    collection.start()
    try:
        app, importing = _app(jobs)
        say(f"{jobs:,} jobs are made")
        return asyncio.run(measured(app, importing, say))
    finally:
        collection.stop()


def _app(jobs: int) -> tuple[Any, HeldRequest]:
    """Returns the application, and a request that imports a sandbox."""
    specs = load_all([SPECS / f"{SPEC}.yaml", SPECS / "control.yaml"])
    machines = machines_by_name(specs)
    world = b"".join(export_in_pieces(crowd(machines, WORLD), machines))
    path = "/_control/sandboxes/imported/import"
    importing = HeldRequest(f"import {WORLD:,} jobs", "PUT", path, world)
    return create_app(specs, Sandboxes.only(crowd(machines, jobs))), importing


@click.command()
@click.option("--jobs", default=500_000, show_default=True)
def main(*, jobs: int) -> None:
    """Measures and prints the longest time for which a request holds the event loop."""
    found = _among(jobs, lambda text: click.echo(text, err=True))
    head = ["request", "longest step ms", "all ms", "status"]
    click.echo("\n".join(table(head, rows(found))))


if __name__ == "__main__":
    main(prog_name="python -m bench.holds")
