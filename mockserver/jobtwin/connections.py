"""Connections of uvicorn that send a whole response in one write, and that `http.delivery` can cut."""

from __future__ import annotations

import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from jobtwin.http.delivery import ConnectionCut
from jobtwin.http.server_send import SERVER_SEND, ServerSend

App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]

_LINGER_NOT = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing such a socket resets its connection."""


class ConnectionMiddleware:
    """Wraps an ASGI application, under uvicorn, and gives it the connection of each request."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Answers a request, or cuts its connection."""
        connection = scope[SERVER_SEND] = _UvicornSend(send)
        try:
            await self._app(scope, receive, connection)
        except ConnectionCut as cut:
            connection.cut(cut)
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            # The connection leads to the scope, which would have to wait for a garbage collection.
            del scope[SERVER_SEND]


class _UvicornSend(ServerSend):
    """The `send` of one request, with uvicorn's cycle."""

    __slots__ = ("_cycle", "_send")

    def __init__(self, send: Any) -> None:
        self._send = send
        self._cycle: RequestResponseCycle = send.__self__

    def __call__(self, message: Any) -> Awaitable[None]:
        sent: Awaitable[None] = self._send(message)
        return sent

    def send_whole(self, head: bytes, body: bytes) -> bool:
        """Sends a response as uvicorn would, which writes its head and its body apart."""
        cycle = self._cycle
        if not _is_ready(cycle):
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        pieces = [head]
        for name, value in cycle.default_headers:
            pieces += (name, b": ", value, b"\r\n")
        pieces += (b"\r\n", body)
        cycle.transport.write(b"".join(pieces))
        cycle.message_event.set()
        cycle.on_response()
        return True

    def keep_own_date(self) -> None:
        usual = self._cycle.default_headers
        self._cycle.default_headers = [each for each in usual if each[0] != b"date"]

    def cut(self, cut: ConnectionCut) -> None:
        """Closes the connection after some bytes, or resets it."""
        transport = self._cycle.transport
        if cut.sent:
            transport.write(cut.sent)
        if cut.reset:
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            transport.abort()
        else:
            transport.close()


def _is_ready(cycle: RequestResponseCycle) -> bool:
    """Returns True for a connection that takes a response now, and stays open after it."""
    open_now = not (cycle.response_started or cycle.disconnected or cycle.flow.write_paused)
    # uvicorn before 0.53 looks at the headers itself.
    return open_now and cycle.keep_alive and CLOSE_HEADER not in cycle.scope["headers"]
