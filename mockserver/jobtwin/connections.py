"""Connections of uvicorn that `http.delivery` can cut."""

from __future__ import annotations

import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from jobtwin.http.delivery import SERVER_SEND, ConnectionCut

App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]

_LINGER_NOT = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing such a socket resets its connection."""


class CutConnections:
    """Wraps an ASGI application, under uvicorn, so that its connections can be cut."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Answers a request, or cuts its connection."""
        scope[SERVER_SEND] = send
        try:
            await self._app(scope, receive, send)
        except ConnectionCut as cut:
            _cut(send.__self__.transport, cut)
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            # `send` leads to the scope, which would have to wait for a garbage collection.
            del scope[SERVER_SEND]


def _cut(transport: Any, cut: ConnectionCut) -> None:
    """Closes a connection after some bytes, or resets it."""
    if cut.sent:
        transport.write(cut.sent)
    if cut.reset:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        transport.abort()
    else:
        transport.close()
