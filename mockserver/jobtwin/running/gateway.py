"""A forward proxy on loopback: sends vendors' hosts to twins, and passes or refuses other hosts.

It also has a port for each twin, with the paths of the vendor's host at its root. It runs on the
event loop of the twins' server, so that pending requests are always known.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from typing import Any

from jobtwin.running.authority import Authority
from jobtwin.running.hosts import Hosts

LARGEST_HEAD = 64 * 1024
"""The maximum number of bytes in a connection's first head."""
LONGEST_QUIET = 1.0
"""Seconds to wait for a request after a tunnel opens; time does not skip meanwhile."""
CONNECT = b"CONNECT"
_OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"

Protocols = Callable[[], asyncio.Protocol]
"""Creates the protocol for the requests of one connection."""
UnderWay = Callable[[], AbstractContextManager[None]]
"""A context for a pending request, in which time does not skip."""


class Gateway:
    """The proxy's port, and those of the twins.

    `requests` answers the proxy's requests by host; `roots` those to the port of each
    twin. `blind` tunnels pass bytes of allowed hosts; other tunnels are answered by
    `requests` as well.
    """

    def __init__(  # noqa: PLR0913 - what it connects
        self,
        hosts: Hosts,
        authority: Authority,
        requests: Protocols,
        roots: Mapping[str, Protocols],
        *,
        blind: bool = True,
        under_way: UnderWay = nullcontext,
    ) -> None:
        self.hosts = hosts
        self.authority = authority
        self.requests = requests
        self.blind = blind
        self.under_way = under_way
        self.port = 0
        self.origins: dict[str, str] = {}
        self.tasks = set[asyncio.Task[None]]()
        self.open_transports = set[asyncio.BaseTransport]()
        self._roots = roots
        self._servers: list[asyncio.Server] = []

    async def open(self) -> None:
        """Listens on free ports of loopback."""
        self.port = await self._listen(lambda: _Proxied(self))
        for name, protocols in self._roots.items():
            self.origins[name] = f"http://127.0.0.1:{await self._listen(protocols)}"

    async def _listen(self, protocols: Protocols) -> int:
        # asyncio sends small answers at once (TCP_NODELAY) only where the protocol is named.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.bind(("127.0.0.1", 0))
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(protocols, sock=listening))
        port: int = listening.getsockname()[1]
        return port

    async def close(self) -> None:
        """Stops listening, and closes every connection."""
        for server in self._servers:
            server.close()
        for task in [*self.tasks]:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for transport in [*self.open_transports]:
            transport.close()

    def variables(self) -> dict[str, str]:
        """Returns the variables that direct programs to this proxy, except for loopback."""
        here, direct = f"http://127.0.0.1:{self.port}", "localhost,127.0.0.1,::1"
        proxies = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), here)
        both = {**proxies, "NO_PROXY": direct}
        lower = {name.lower(): value for name, value in both.items()}
        return {**both, **lower, "NODE_USE_ENV_PROXY": "1"}


class _Proxied(asyncio.Protocol):
    """A connection to the proxy, until its first request."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._received = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Waits for a request."""
        self._transport = transport
        self._gateway.open_transports.add(transport)

    def connection_lost(self, _why: Exception | None) -> None:
        """Removes the connection."""
        self._gateway.open_transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Opens a tunnel, or passes the request on."""
        self._received += data
        head, end, _ = self._received.partition(b"\r\n\r\n")
        if end and head.startswith(CONNECT + b" "):
            self._open(head.split(b" ", 2)[1])
        elif end or not CONNECT.startswith(self._received[: len(CONNECT)]):
            _answered_by(self._gateway.requests(), self._transport, self._received)
        elif len(self._received) > LARGEST_HEAD:
            self._transport.close()

    def _open(self, target: bytes) -> None:
        host, _, port = target.decode("latin-1").lower().rpartition(":")
        task = asyncio.create_task(self._tunnel(host.strip("[]"), port))
        self._gateway.tasks.add(task)
        task.add_done_callback(self._gateway.tasks.discard)

    async def _tunnel(self, host: str, port: str) -> None:
        hosts = self._gateway.hosts
        with ExitStack() as under_way:
            under_way.enter_context(self._gateway.under_way())
            if hosts.is_twin(host) or (hosts.is_through(host) and not self._gateway.blind):
                await self._answer_for(host, under_way)
            elif hosts.is_through(host):
                await self._let_through(host, port)
            else:
                self._refuse("403 Forbidden: " + hosts.refusal(host))

    async def _answer_for(self, host: str, under_way: ExitStack) -> None:
        """Performs the TLS handshake for the host, then answers its requests."""
        first = _First(self._gateway.requests)
        self._transport.write(_OPEN)
        loop, context = asyncio.get_running_loop(), self._gateway.authority.context(host)
        with suppress(OSError):  # the client left, or does not trust us
            tunnel: Any = await loop.start_tls(self._transport, first, context, server_side=True)
            self._gateway.open_transports.add(tunnel)
            first.begin(tunnel)
            with suppress(TimeoutError):
                await asyncio.wait_for(first.has_come.wait(), LONGEST_QUIET)
        under_way.close()

    async def _let_through(self, host: str, port: str) -> None:
        """Forwards bytes unchanged."""
        loop = asyncio.get_running_loop()
        try:
            far, _ = await loop.create_connection(
                lambda: _TunnelSide(self._transport), host, int(port)
            )
        except (OSError, ValueError) as error:
            self._refuse(f"502 Bad Gateway: {host}: {error}")
            return
        self._gateway.open_transports.add(far)
        self._transport.set_protocol(_TunnelSide(far))
        self._transport.write(_OPEN)

    def _refuse(self, status: str) -> None:
        line = "".join(c for c in status if c.isprintable())
        self._transport.write(
            f"HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n".encode("latin-1", "replace")
        )
        self._transport.close()


class _First(asyncio.Protocol):
    """Buffers a tunnel's data until it can be answered."""

    def __init__(self, requests: Protocols) -> None:
        self.has_come = asyncio.Event()
        self._requests = requests
        self._received = b""
        self._tunnel: asyncio.BaseTransport | None = None

    def begin(self, tunnel: asyncio.BaseTransport) -> None:
        """Continues in the tunnel after the handshake."""
        self._tunnel = tunnel
        if self._received:
            self._answer()

    def data_received(self, data: bytes) -> None:
        """Buffers the beginning of a request, or passes it on."""
        self._received += data
        if self._tunnel is not None:
            self._answer()

    def connection_lost(self, _why: Exception | None) -> None:
        """Stops waiting for a request."""
        self.has_come.set()

    def _answer(self) -> None:
        _answered_by(self._requests(), self._tunnel, self._received)
        self.has_come.set()


class _TunnelSide(asyncio.Protocol):
    """One side of a tunnel; its bytes go to the other side."""

    def __init__(self, other: Any) -> None:
        self._other = other

    def data_received(self, data: bytes) -> None:
        """Forwards the data."""
        self._other.write(data)

    def eof_received(self) -> bool:
        """Forwards the end of the stream; the other side may continue."""
        if self._other.can_write_eof():
            self._other.write_eof()
        return True

    def connection_lost(self, _why: Exception | None) -> None:
        """Closes the other side as well."""
        self._other.close()


def _answered_by(protocol: asyncio.Protocol, transport: Any, received: bytes) -> None:
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    protocol.data_received(received)
