"""A transport that writes the responses of many clients together, at the end of the event loop's turn.

Each write wakes the client that waits for the response. If the client's core was idle, this takes the
server a third of the time of a poll; after the first of several writes in a row, the core is awake.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

MANY = 8
"""The number of requests of a turn from which their responses wait for each other.

With fewer, it is faster if the client reads one response while the server makes the next.
"""

FEW = MANY // 2
"""The number of requests from which the end of a turn matters; fewer are counted with those of the next."""

LONGEST_WAIT = 0.005
"""Seconds after which responses do not wait for others of their turn."""

LARGEST_BATCHED = 64 * 1024
"""The maximum number of bytes of a connection that wait for the end of a turn."""


class LoopTurn:
    """A turn of the running event loop: counts its requests, and has the transports with pending data."""

    def __init__(self) -> None:
        self._requests = 0
        self._began = 0.0
        self._pending: list[BatchedTransport] = []

    def received(self) -> None:
        """Counts a request, before its task is created."""
        self._requests += 1
        if self._requests == FEW:
            self._began = monotonic()
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        """Schedules the end of the turn after the tasks of its requests, before which this runs."""
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        self._requests = 0
        self._write()

    def waits(self, transport: BatchedTransport) -> bool:
        """Returns True if a transport should wait for the end of the turn, where it is then flushed."""
        if self._requests < MANY:
            return False
        if monotonic() - self._began > LONGEST_WAIT:
            self._write()
            return False
        self._pending.append(transport)
        return True

    def _write(self) -> None:
        pending, self._pending = self._pending, []
        for transport in pending:
            transport.flush()


_TURNS: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopTurn] = WeakKeyDictionary()


def turn_of(loop: asyncio.AbstractEventLoop) -> LoopTurn:
    """Returns the turn of an event loop, the same one for all of its connections."""
    if (turn := _TURNS.get(loop)) is None:
        turn = _TURNS[loop] = LoopTurn()
    return turn


class BatchedTransport:
    """Wraps the transport of one connection.

    Only the first piece in a turn waits for its end. The next one is written at once, after the
    first, so that a stream is written as fast as its client reads.
    """

    def __init__(self, transport: asyncio.Transport, turn: LoopTurn) -> None:
        self._transport = transport
        self._turn = turn
        self._pending: bytes | None = None
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Writes data at the end of the turn, or at once if that is better."""
        first = self._pending is None and len(data) <= LARGEST_BATCHED
        if first and self._turn.waits(self):
            self._pending = data
            return
        self.flush()
        self._write(data)

    def flush(self) -> None:
        """Writes the pending data."""
        pending, self._pending = self._pending, None
        if pending is not None:
            self._write(pending)

    def _write(self, data: bytes) -> None:
        if not self.is_closing():  # the client may have left
            self._transport.write(data)

    def close(self) -> None:
        """Closes the connection, after the pending data was written."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """Closes the connection at once, but for the pending data."""
        self.flush()
        self._transport.abort()

    def __getattr__(self, name: str) -> Any:
        """Returns anything else of the transport itself."""
        return getattr(self._transport, name)
