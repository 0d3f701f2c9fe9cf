"""Connections of uvicorn that send a whole response in one write, and can be cut."""

from __future__ import annotations

import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from weakref import ref

from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from jobtwin.http.server_send import SERVER_SEND, ServerSend

App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]

_LINGER_NOT = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing such a socket resets its connection."""


class ConnectionMiddleware:
    """Wraps an ASGI application, under uvicorn, and gives it the connection of each request."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        """Answers a request."""
        connection = scope[SERVER_SEND] = _UvicornSend(send)
        return self._app(scope, receive, connection)


class _UvicornSend(ServerSend):
    """The `send` of one request, with uvicorn's cycle."""

    __slots__ = ("_cycle",)

    def __init__(self, send: Any) -> None:
        # The cycle leads to the scope and back to this, which would need a garbage collection.
        self._cycle: Callable[[], Any] = ref(send.__self__)

    def __call__(self, message: Any) -> Awaitable[None]:
        sent: Awaitable[None] = self._cycle().send(message)
        return sent

    def send_whole(self, head: bytes, body: bytes) -> bool:
        """Sends a response as uvicorn would, which writes its head and its body apart."""
        cycle: RequestResponseCycle = self._cycle()
        if (
            cycle.response_started
            or cycle.disconnected
            or cycle.flow.write_paused
            or not cycle.keep_alive
            # uvicorn before 0.53 looks at the header itself.
            or CLOSE_HEADER in cycle.scope["headers"]
        ):
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
        cycle = self._cycle()
        cycle.default_headers = [each for each in cycle.default_headers if each[0] != b"date"]

    def cut(self, sent: bytes, *, reset: bool) -> None:
        cycle = self._cycle()
        # So uvicorn does not miss the rest of the response.
        cycle.disconnected = True
        transport = cycle.transport
        if sent:
            transport.write(sent)
        if reset:
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            transport.abort()
        else:
            transport.close()
