"""New connections are accepted together: none waits while those before it are answered again and again."""

import asyncio
import socket
from contextlib import ExitStack

import pytest

from jobtwin.server import ACCEPTED_AT_ONCE, Server
from jobtwin.testing import serving

uvloop = pytest.importorskip("uvloop", reason="asyncio's own loop accepts all connections at once")

CLIENTS = 4 * ACCEPTED_AT_ONCE


async def _turns(server: Server) -> int:
    """Count the turns of the loop until every client is connected."""
    turns = 0
    while len(server.state.connections if server.state else ()) < CLIENTS:
        await asyncio.sleep(0)
        turns += 1
    return turns


def test_many_clients() -> None:
    """Clients that connect while the server is busy are accepted in a few turns of its loop."""
    with serving(["osapi"]) as host, ExitStack() as stack:
        assert host.server is not None
        name, port = host.url.removeprefix("http://").split(":")

        async def connected() -> int:
            assert host.server is not None
            for _ in range(CLIENTS):  # the loop cannot accept them meanwhile
                client = socket.create_connection((name, int(port)), timeout=20)
                stack.enter_context(client)
            return await _turns(host.server)

        turns = host.server.run_on_loop(asyncio.wait_for(connected(), 20))

    assert turns <= CLIENTS // 4
