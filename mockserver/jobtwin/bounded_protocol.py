"""Connections with a limit on the size and time of request heads; uvicorn has neither.

The size of a body is limited where it is read. Its time is not: a slow sender occupies one
connection, and does not block others.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from jobtwin.batched_transport import BatchedTransport, turn_of
from jobtwin.http.reply import problem, send_reply

LARGEST_HEAD = 64 * 1024
"""Bytes of a request's line and headers."""

LONGEST_HEAD = 30.0
"""Seconds that a request's line and headers may take to arrive, once their first byte has."""

LONGEST_SILENCE = 75.0
"""Seconds after which an idle connection is closed: clients poll every few seconds."""


async def _too_large(_scope: Scope, _receive: Receive, send: Send) -> None:
    detail = f"The headers may have {LARGEST_HEAD:,} bytes in all"
    reply = problem(431, "Request Header Fields Too Large", detail, {"Connection": "close"})
    await send_reply(send, reply)


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 of one connection, with bounds for heads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._received = 0
        self._is_long = False
        self._head_timer: asyncio.TimerHandle | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._idle_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Waits for requests, for a limited time each."""
        self._turn = turn_of(self.loop)
        self._batched = BatchedTransport(transport, self._turn)
        super().connection_made(self._batched)  # type: ignore[arg-type]  # it has all that is used
        self._idle_since = self.loop.time()
        self._close_if_idle()

    def eof_received(self) -> None:
        """Writes a pending response before the loop closes the connection, of which the client has closed half."""
        self._batched.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancels the timers."""
        for timer in (self._head_timer, self._idle_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def _close_if_idle(self) -> None:
        """Closes the connection if it has been idle for too long; otherwise looks again later.

        A request that was refused before the end of its body is over.
        """
        answers = self.cycle is not None and not self.cycle.response_complete
        is_busy = answers or (self._in_head and self._received > 0)
        idle = 0.0 if is_busy else self.loop.time() - self._idle_since
        if idle < LONGEST_SILENCE:
            self._idle_timer = self.loop.call_later(LONGEST_SILENCE - idle, self._close_if_idle)
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Reads a piece of a request. Refuses an unfinished head that is too large or too slow."""
        size = len(data)
        self._received += size
        self._is_long = size > LARGEST_HEAD or self._received > LARGEST_HEAD
        super().data_received(data)
        if not (self._received and self._in_head) or self.transport.is_closing():
            return
        if self._received > LARGEST_HEAD:
            self._refuse(b"431 Request Header Fields Too Large")
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(
                LONGEST_HEAD, self._refuse, b"408 Request Timeout"
            )

    def on_headers_complete(self) -> None:
        """Answers the request, or refuses it because of its headers."""
        self._turn.received()
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        # The size of a head is only measured if enough has arrived.
        if not (self._is_long and self._is_too_large()):
            super().on_headers_complete()
            return
        app, self.app = self.app, _too_large
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def _is_too_large(self) -> bool:
        return len(self.url) + sum(len(n) + len(v) for n, v in self.headers) > LARGEST_HEAD

    def on_message_complete(self) -> None:
        """Prepares for the next head."""
        self._in_head, self._received = True, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """As uvicorn's, which would set a timer for each response, and stop it with the next request."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()

    def _refuse(self, status: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        )
        self.transport.close()
