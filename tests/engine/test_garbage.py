"""Garbage collection in a server: surviving objects are scanned once."""

import asyncio
import gc
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from weakref import ref

import httpx
import pytest

from jobtwin import garbage
from jobtwin.access_log import App
from jobtwin.garbage import GarbageCollection
from jobtwin.http import base_path, create_app
from jobtwin.http.request import LARGEST_BODY
from jobtwin.openapi import Spec
from jobtwin.openapi.sample_requests import sample_credentials, sample_request
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup
from jobtwin.sandboxes.sandbox import RESTORED_AT_ONCE
from jobtwin.server import protocols
from jobtwin.stores.world import export_world
from tests.asgi import respond
from tests.loaded import loaded
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


@pytest.mark.usefixtures("collection")
def test_collection() -> None:
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


class Loop:
    """An object that leads to itself."""

    itself: object = None


def test_many_removals(collection: GarbageCollection, monkeypatch: pytest.MonkeyPatch) -> None:
    """After many sandboxes were removed or replaced, what they left behind is freed."""
    monkeypatch.setattr(garbage, "MOST_REMOVED", 3)
    sandboxes = Sandboxes(lambda: Sandbox([], Setup(ManualClock())))
    sandboxes.when_removed = collection.removed
    cycle = Loop()
    cycle.itself, freed = cycle, ref(cycle)
    gc.collect(0)  # excludes it
    del cycle
    counts = []
    for name in ("one", "two"):
        sandboxes.put(name, sandboxes.fresh())
        sandboxes.remove(name)
        gc.collect()
        counts.append(freed() is None)
    sandboxes.put(DEFAULT, sandboxes.fresh())
    sandboxes.put(DEFAULT, sandboxes.fresh())

    assert counts == [False, False]
    assert freed() is None


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
    made, kept, gone = protocols(app), list[ref[asyncio.Protocol]](), 0
    all_gone = asyncio.Event()

    def freed(_: object) -> None:
        nonlocal gone
        gone += 1
        if gone == count:
            all_gone.set()

    def protocol() -> asyncio.Protocol:
        new = made()
        kept.append(ref(new, freed))
        return new

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    for _ in range(count):
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
    server.close()
    await asyncio.wait_for(all_gone.wait(), 5)  # the server notices the end of a connection later
    return gone


@pytest.mark.parametrize("name", ["asyncio", "uvloop"])
def test_connection(name: str) -> None:
    """A closed connection is freed without a collection."""
    loops = pytest.importorskip(name, reason="uvloop is not available for every Python")
    sandbox = Sandbox(SPECS[0].jobs.values(), Setup(ManualClock()))
    gc.disable()
    try:
        with asyncio.Runner(loop_factory=loops.new_event_loop) as runner:
            closed = runner.run(_connections(create_app([SPECS[0]], sandbox), 10))
    finally:
        gc.enable()

    assert closed == 10


def _imports(app: App, world: Any, count: int) -> int:
    """Import a sandbox many times; returns the number of objects left to a collection."""
    for name in range(count):
        url = f"http://localhost/_control/sandboxes/{name}/import"
        respond(app, httpx.Request("PUT", url, json=world))
    return gc.collect()


def test_import__refused() -> None:
    """A refused import is freed without a collection."""
    specs = [spec for spec in loaded() if spec.name in {"control", "osapi"}]
    machines = machines_by_name(specs)
    sandbox = Sandbox(machines, Setup(ManualClock()))
    for _ in range(2 * RESTORED_AT_ONCE):
        sandbox.create(machines["osapi/job"])
    world = export_world(sandbox, machines)
    world["jobs"][-1]["scenario"] = "unknown"
    app = create_app(specs, Sandboxes.only(sandbox))
    gc.disable()
    try:
        _imports(app, world, 1)
        left = [_imports(app, world, count) for count in (1, 5)]
    finally:
        gc.enable()

    assert left[1] - left[0] < 100


def test_request__too_large() -> None:
    """A request whose body is refused before it is read is freed without a collection."""
    [spec] = [spec for spec in SPECS if spec.name == "osapi"]
    app = create_app([spec], Sandbox(spec.jobs.values(), Setup(ManualClock())))
    headers = {"Authorization": "Bearer osapi-test", "Content-Length": str(10 * LARGEST_BODY)}
    request = httpx.Request("POST", "http://localhost/osapi/job", headers=headers, content=b"{}")
    gc.disable()
    try:
        assert respond(app, request).status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        gc.collect()
        for _ in range(10):
            respond(app, request)
        left = gc.collect()
    finally:
        gc.enable()

    assert left < 10


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
