"""Twins for commands on a running server of this machine."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx

from jobtwin.lifecycle import Moment
from jobtwin.openapi.times import moment
from jobtwin.running.addresses import Address
from jobtwin.running.authority import Authority
from jobtwin.running.clock_file import ClockFile
from jobtwin.running.environment import command_environment, skipping
from jobtwin.running.forwarding import Forwarding
from jobtwin.running.gateway import Gateway
from jobtwin.running.hosts import AtRoot, ByHost, Hosts, Led
from jobtwin.server import protocols


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox of a running server: its URL, its twins, and the token of its control API."""

    root: str
    twins: Sequence[Address]
    token: str | None = None

    @property
    def origin(self) -> str:
        """The URL of the server itself."""
        parts = urlsplit(self.root)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers for the control API."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


@contextmanager
def served_environment(
    served: RunningSandbox,
    hosts: Hosts,
    *,
    skips_from: Moment | None,
    kept: Mapping[str, str] = os.environ,
) -> Iterator[Mapping[str, str]]:
    """Yields the environment of a command on a running server's sandbox.

    Its clock skips and starts at `skips_from`; with None, time is not skipped.
    """
    with TemporaryDirectory() as folder, _gateway(served, hosts) as gateway:
        kept = {**kept, **gateway.variables()}
        made = command_environment(served.root, served.twins, origins=gateway.origins, kept=kept)
        made |= gateway.authority.variables(Path(folder), kept)
        if served.token:
            made["JOBTWIN_CONTROL_TOKEN"] = served.token
        if skips_from is None:
            yield made
            return
        shared = ClockFile(Path(folder, "clock"), skips_from)
        made |= skipping(f"{served.root}/_control/clock/sleep", shared.path, made)
        with _followed(served, shared):
            yield made


@contextmanager
def _gateway(served: RunningSandbox, hosts: Hosts) -> Iterator[Gateway]:
    """Runs the proxy on an event loop in a separate thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="jobtwin gateway", daemon=True)
    thread.start()
    near, far = Forwarding(served.origin), Forwarding()

    async def opened() -> Gateway:
        led = Led(near, served.root)
        roots = {twin.name: protocols(AtRoot(twin, led)) for twin in hosts.twins}
        gateway = Gateway(hosts, Authority(), protocols(ByHost(hosts, led, far)), roots)
        await gateway.open()
        return gateway

    async def closed() -> None:
        for each in (gateway, near, far):
            await each.close()

    try:
        gateway = asyncio.run_coroutine_threadsafe(opened(), loop).result()
        yield gateway
        asyncio.run_coroutine_threadsafe(closed(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def _followed(served: RunningSandbox, file: ClockFile) -> Iterator[None]:
    """Writes all moves of the sandbox's clock to the file."""
    client = httpx.Client(trust_env=False, headers=served.headers, timeout=None)  # noqa: S113 - events may be rare
    ends = ExitStack()

    def follow() -> None:
        with (
            suppress(httpx.HTTPError),
            client.stream("GET", f"{served.root}/_control/events") as events,
        ):
            ends.callback(_hang_up, events)
            for line in events.iter_lines():
                if line.startswith("data:") and "now" in (told := json.loads(line[5:])):
                    file.reach(moment(told["now"]))

    thread = threading.Thread(target=follow, name="jobtwin clock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ends.close()
        thread.join(1)
        client.close()


def _hang_up(events: httpx.Response) -> None:
    """Closes the connection of a stream that another thread is reading."""
    with suppress(OSError):  # the server has ended it
        events.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
