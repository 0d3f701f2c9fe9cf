"""Delivery of late or incomplete replies: delays, dripping, and cut connections."""

from __future__ import annotations

from functools import partial

from starlette.types import Receive, Scope, Send

from jobtwin.http.reply import Reply, Transmission, reply_headers
from jobtwin.http.server_send import SERVER_SEND, ServerSend
from jobtwin.http.waiting import Pause, ended, until
from jobtwin.lifecycle import Span
from jobtwin.lifecycle.faults import Drop
from jobtwin.openapi.phrases import phrase
from jobtwin.sandboxes import Sandbox

PIECES = 10
"""The number of pieces of a dripping body."""


class ConnectionCut(Exception):
    """The connection has to be cut after these bytes of the head, by a reset or a close.

    `drop` is the place, and `reply` the full reply. Transports without a server raise their own error.
    """

    def __init__(self, drop: Drop, reply: Reply, sent: bytes = b"", *, reset: bool) -> None:
        super().__init__(f"the connection is to be cut: {drop}")
        self.drop = drop
        self.reply = reply
        self.sent = sent
        self.reset = reset


class _Left(Exception):
    """The client has left."""


async def deliver(
    reply: Reply, delivery: Transmission, scope: Scope, receive: Receive, send: Send
) -> None:
    """Sends a reply late, in pieces, or in part."""
    head = scope["method"] == "HEAD"
    try:
        if delivery.delayed == "answer":
            await _wait(delivery.sandbox, delivery.delay, receive)
        _cut_before(reply, delivery)
        keep_own_date(reply, scope)
        start = {"type": "http.response.start", "status": reply.status}
        await send({**start, "headers": reply_headers(reply)})
        await _send_body(b"" if head else reply.body, reply, delivery, receive, send)
    except _Left:
        return
    except ConnectionCut as cut:
        cut_off(cut, scope)


def cut_off(cut: ConnectionCut, scope: Scope) -> None:
    """Cuts the connection of a request. Raises the cut if there is no server that could."""
    server = scope.get(SERVER_SEND)
    if not isinstance(server, ServerSend):
        raise cut
    server.cut(cut.sent, reset=cut.reset)


def keep_own_date(reply: Reply, scope: Scope) -> None:
    """Keeps the server from adding a `Date` to a reply that already has the sandbox's."""
    if any(name.lower() == "date" for name in reply.headers):
        server = scope.get(SERVER_SEND)
        if isinstance(server, ServerSend):
            server.keep_own_date()


def _cut_before(reply: Reply, delivery: Transmission) -> None:
    if delivery.drop == "before":
        raise ConnectionCut("before", reply, reset=delivery.reset)
    if delivery.drop == "headers":
        line = f"HTTP/1.1 {reply.status} {phrase(reply.status)}\r\nContent-Ty".encode()
        raise ConnectionCut("headers", reply, line, reset=delivery.reset)


async def _send_body(
    body: bytes, reply: Reply, delivery: Transmission, receive: Receive, send: Send
) -> None:
    whole = part_sent(body, delivery.drop)
    pieces = _pieces(whole) if delivery.delayed == "drip" else [whole]
    for piece in pieces:
        if delivery.delayed != "answer":
            await _wait(delivery.sandbox, delivery.delay // len(pieces), receive)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if delivery.drop is not None:
        raise ConnectionCut(delivery.drop, reply, reset=delivery.reset)
    await send({"type": "http.response.body", "body": b""})


def part_sent(body: bytes, drop: Drop | None) -> bytes:
    """Returns the part of a body before the cut: half of it for a cut in the body."""
    if drop is None:
        return body
    return body[: len(body) // 2] if drop == "body" else b""


def _pieces(body: bytes) -> list[bytes]:
    size = max(1, -(-len(body) // PIECES))
    return [body[at : at + size] for at in range(0, len(body), size)] or [b""]


async def _wait(sandbox: Sandbox, span: Span, receive: Receive) -> None:
    """Waits for a span on the sandbox's clock. Raises _Left if the client disconnects."""
    moment = sandbox.clock.now() + span
    if span > 0 and not await ended(Pause(partial(until, sandbox, moment, span)), receive):
        raise _Left
