"""Garbage collection in a server: surviving objects are scanned once."""

import asyncio
import gc
from collections.abc import Iterator
from http import HTTPStatus
from weakref import ref

import pytest

from jobtwin import garbage
from jobtwin.access_log import App
from jobtwin.garbage import GarbageCollection
from jobtwin.http import base_path, create_app
from jobtwin.openapi import Spec
from jobtwin.openapi.sample_requests import sample_credentials, sample_request
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup
from jobtwin.server import protocols
from tests.twins import SPECS


@pytest.fixture
def collection() -> Iterator[GarbageCollection]:
    """Watches collections."""
    made = GarbageCollection()
    made.start()
    gc.disable()  # until a test asks for a collection
    yield made
    gc.enable()
    made.stop()


def test_collection(collection: GarbageCollection) -> None:
    """Survivors of a collection are not in the next one; garbage is freed."""
    kept = [[number] for number in range(10_000)]
    cycle = Loop()
    cycle.itself, freed = cycle, ref(cycle)
    del cycle
    frozen = gc.get_freeze_count()
    gc.collect(0)

    # Threads of other tests may free some frozen objects in the meantime.
    assert gc.get_freeze_count() >= frozen + len(kept) // 2
    assert not any(gc.get_objects(generation) for generation in (1, 2))
    assert freed() is None
    collection.all_again()
    assert gc.get_freeze_count() == 0


class Loop:
    """An object that leads to itself."""

    itself: object = None


def test_many_removals(collection: GarbageCollection, monkeypatch: pytest.MonkeyPatch) -> None:
    """After many sandboxes were removed or replaced, all objects are scanned again."""
    monkeypatch.setattr(garbage, "MOST_REMOVED", 3)
    sandboxes = Sandboxes(lambda: Sandbox([], Setup(ManualClock())))
    sandboxes.when_removed = collection.removed
    counts = []
    for name in ("one", "two"):
        sandboxes.put(name, sandboxes.fresh())
        sandboxes.remove(name)
        counts.append(gc.get_freeze_count() > 0)
    sandboxes.put(DEFAULT, sandboxes.fresh())
    sandboxes.put(DEFAULT, sandboxes.fresh())

    assert counts == [True, True]
    assert gc.get_freeze_count() == 0


async def _used(sandbox: Sandbox) -> None:
    """Follow a sandbox for a moment, and wait on its clock."""
    async with sandbox.sleeper.awake():
        waiting = asyncio.create_task(sandbox.waits.until(ManualClock.START + 1))
        await asyncio.sleep(0)
        sandbox.advance_clock(1)
        await waiting


async def _garbage(app: App, request: bytes, times: int) -> int:
    """Send a request many times on one connection; returns the number of objects left to a collection."""
    server = await asyncio.get_running_loop().create_server(protocols(app), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    left = []
    for count in (1, times):
        for _ in range(count):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split()[0]))
        await asyncio.sleep(0)
        left.append(gc.collect())
    writer.close()
    server.close()
    return left[-1]


@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("name", ["osapi", "polaris", "vectorcharts"])
def test_request(name: str, status: int) -> None:
    """A request is freed with its response, without a collection."""
    spec = next(spec for spec in SPECS if spec.name == name)
    sandbox = Sandbox(spec.jobs.values(), Setup(ManualClock()))
    sample = sample_request(spec)
    assert sample is not None
    sent = {"Host": "127.0.0.1", **sample.headers}
    if status == HTTPStatus.OK:
        sent |= {scheme.field: value for scheme, value in sample_credentials(spec)}
    lines = [f"{name}: {value}\r\n" for name, value in sent.items()]
    head = f"GET {base_path(spec)}{sample.path} HTTP/1.1\r\n{''.join(lines)}\r\n"
    gc.disable()
    try:
        left = asyncio.run(_garbage(create_app([spec], sandbox), head.encode(), 100))
    finally:
        gc.enable()

    assert left < len(sandbox.journal) == 101
    assert {entry.status for entry in sandbox.journal} == {status}


async def _connections(app: App, count: int) -> int:
    """Open and close connections, each with a request; returns how many were freed."""
    made, kept = protocols(app), list[ref[asyncio.Protocol]]()

    def protocol() -> asyncio.Protocol:
        new = made()
        kept.append(ref(new))
        return new

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    for _ in range(count):
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
    server.close()
    for _ in range(10):  # the server notices the end of a connection later
        await asyncio.sleep(0.01)
        if all(each() is None for each in kept):
            break
    return sum(each() is None for each in kept)


def test_connection() -> None:
    """A closed connection is freed without a collection."""
    sandbox = Sandbox(SPECS[0].jobs.values(), Setup(ManualClock()))
    gc.disable()
    try:
        closed = asyncio.run(_connections(create_app([SPECS[0]], sandbox), 10))
    finally:
        gc.enable()

    assert closed == 10


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_sandbox(spec: Spec) -> None:
    """A removed sandbox with jobs is freed at once, without a collection."""
    sandbox = Sandbox(spec.jobs.values(), Setup(ManualClock()))
    for machine in spec.jobs.values():
        sandbox.create(machine)
    asyncio.run(_used(sandbox))
    gc.disable()
    try:
        kept = ref(sandbox)
        del sandbox
        assert kept() is None
    finally:
        gc.enable()
