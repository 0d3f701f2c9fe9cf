"""Responses on a connection: one write each, where uvicorn's own takes two; those of a turn together."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from uvicorn.server import ServerState

from jobtwin import batched_transport
from jobtwin.batched_transport import (
    LARGEST_BATCHED,
    MANY,
    BatchedTransport,
    LoopTurn,
    turn_of,
)
from jobtwin.http.reply import Reply, send_reply
from jobtwin.server import protocols

App = Callable[[Any, Any, Any], Awaitable[None]]

REPLY = Reply(200, b'{"status": "running"}')
GET = b"GET /job HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
CLOSING = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
HEAD = GET.replace(b"GET", b"HEAD")
DATE = (b"date", b"Fri, 27 Nov 2026 04:00:00 GMT")


class RecordingTransport(asyncio.Transport):
    """Records what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        """Record one write."""
        self.written.append(bytes(data))

    def close(self) -> None:
        """Record the end."""
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        """Do nothing: all has been received."""

    def resume_reading(self) -> None:
        """Do nothing, as above."""

    def is_closing(self) -> bool:
        """Return True after the end."""
        return self.closed


async def reply(scope: Any, receive: Any, send: Any) -> None:
    """Send the same reply to each request."""
    await send_reply(send, REPLY, head=scope["method"] == "HEAD", receive=receive)


async def reply_by_messages(scope: Any, receive: Any, send: Any) -> None:
    """Send it by ASGI's messages, as if middleware had wrapped `send`."""

    async def wrapped(message: Any) -> None:
        await send(message)

    await reply(scope, receive, wrapped)


def connect(app: App, state: ServerState | None = None) -> tuple[Any, RecordingTransport]:
    """Open a connection to an application, of a server of its own unless its state is given."""
    state, transport = state or ServerState(), RecordingTransport()
    state.default_headers = [DATE]
    protocol = protocols(app, state)()
    protocol.connection_made(transport)
    return protocol, transport


async def settle() -> None:
    """Let pending requests go on."""
    for _ in range(10):
        await asyncio.sleep(0)


def written(app: App, *requests: bytes) -> tuple[list[bytes], bool]:
    """Return what is written in answer to requests, and whether the connection is closed."""

    async def exchange() -> tuple[list[bytes], bool]:
        protocol, transport = connect(app)
        protocol.data_received(b"".join(requests))
        await settle()
        closed = transport.closed
        protocol.connection_lost(None)
        return transport.written, closed

    return asyncio.run(exchange())


def test_media_type(caplog: pytest.LogCaptureFixture) -> None:
    """A media type cannot add a header."""

    async def broken(_scope: Any, _receive: Any, send: Any) -> None:
        await send_reply(send, REPLY._replace(media_type="text/plain\r\nX-Own: yes"))

    sent, _ = written(broken, GET)

    assert b"".join(sent).startswith(b"HTTP/1.1 500 ")
    assert b"X-Own" not in b"".join(sent)
    assert "is no media type" in caplog.text


@pytest.mark.parametrize(
    ("status", "line"),
    [(200, b"200 OK"), (299, b"299 Success"), (520, b"520 Web Server Returned an Unknown Error")],
)
def test_phrase(status: int, line: bytes) -> None:
    """A status has its phrase, or that of its class."""

    async def odd(_scope: Any, _receive: Any, send: Any) -> None:
        await send_reply(send, REPLY._replace(status=status))

    assert written(odd, GET)[0][0].startswith(b"HTTP/1.1 " + line + b"\r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_no_body(status: int) -> None:
    """A response that has no body is sent without one, so the next is where the client expects it."""

    async def empty(_scope: Any, _receive: Any, send: Any) -> None:
        await send_reply(send, REPLY._replace(status=status))

    sent, closed = written(empty, GET, GET)

    assert not closed
    assert [each.endswith(b"\r\n\r\n") for each in sent] == [True, True]


@pytest.mark.parametrize("request_", [GET, HEAD])
def test_one_write(request_: bytes) -> None:
    """A response is one write, of the lines that uvicorn would send."""
    once, closed = written(reply, request_)
    in_pieces = b"".join(written(reply_by_messages, request_)[0])

    assert not closed
    assert len(once) == 1
    assert sorted(once[0].split(b"\r\n")) == sorted(in_pieces.split(b"\r\n"))
    assert once[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert once[0].endswith(b"\r\n\r\n" + (b"" if request_ is HEAD else REPLY.body))


def test_one_write__pipelined() -> None:
    """Requests that arrive together have one write each, in their order."""
    sent, _ = written(reply, GET, HEAD, GET)

    assert [each.endswith(REPLY.body) for each in sent] == [True, False, True]


def test_one_write__last() -> None:
    """A response after which the connection closes says so."""
    sent, closed = written(reply, CLOSING)

    assert closed
    assert b"connection: close\r\n" in b"".join(sent)


def test_one_write__slow_reader() -> None:
    """A response waits while the client reads nothing."""

    async def exchange() -> tuple[list[bytes], list[bytes]]:
        protocol, transport = connect(reply)
        protocol.pause_writing()
        protocol.data_received(GET)
        await settle()
        before = list(transport.written)
        protocol.resume_writing()
        await settle()
        protocol.connection_lost(None)
        return before, transport.written

    before, after = asyncio.run(exchange())

    assert not before
    assert b"".join(after).endswith(REPLY.body)


def test_one_write__client_left() -> None:
    """Nothing is written to a client that has left."""

    async def exchange() -> list[bytes]:
        protocol, transport = connect(reply)
        protocol.data_received(GET)
        protocol.connection_lost(None)
        await settle()
        return transport.written

    assert not asyncio.run(exchange())


def test_one_write__next() -> None:
    """The connection takes the next request."""

    async def exchange() -> list[bytes]:
        protocol, transport = connect(reply)
        for _ in range(3):
            protocol.data_received(GET)
            await settle()
        protocol.connection_lost(None)
        return transport.written

    first, *others = asyncio.run(exchange())

    assert others == [first, first]


@pytest.mark.parametrize(
    ("clients", "longest", "together"),
    [(MANY - 1, 60, False), (MANY, 60, True), (2 * MANY, 60, True), (MANY, -1, False)],
)
def test_together(
    clients: int,
    longest: float,
    together: bool,  # noqa: FBT001 - a row of a table
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The responses to many requests of a turn are written at its end; to few, or in a long one, at once."""
    monkeypatch.setattr(batched_transport, "LONGEST_WAIT", longest)

    async def exchange() -> list[int]:
        state, written_before, connections = ServerState(), list[int](), list[Any]()

        async def counting(scope: Any, receive: Any, send: Any) -> None:
            written_before.append(sum(len(transport.written) for _, transport in connections))
            await reply(scope, receive, send)

        connections += [connect(counting, state) for _ in range(clients)]
        for protocol, _ in connections:
            protocol.data_received(GET)
        await settle()
        assert [len(transport.written) for _, transport in connections] == [1] * clients
        for protocol, _ in connections:
            protocol.connection_lost(None)
        return written_before

    assert asyncio.run(exchange()) == ([0] * clients if together else [*range(clients)])


def test_together__under_way() -> None:
    """Requests that take long, such as streams, do not count: a single client is answered at once."""
    state, written_by_then = ServerState(), list[int]()

    async def exchange() -> None:
        waiting = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if len(state.tasks) <= MANY:
                await waiting.wait()
            await reply(scope, receive, send)
            written_by_then.append(len(connections[-1][1].written))

        connections = list[Any]()
        for _ in range(MANY + 1):
            connections.append(connect(app, state))
            connections[-1][0].data_received(GET)
            await settle()
        assert written_by_then == [1]
        waiting.set()
        await settle()
        for protocol, _ in connections:
            protocol.connection_lost(None)

    asyncio.run(exchange())


def test_together__half_closed() -> None:
    """Clients that close their half of the connection after the request receive its response."""

    async def exchange() -> list[list[bytes]]:
        state = ServerState()
        connections = [connect(reply, state) for _ in range(MANY)]
        for protocol, _ in connections:
            protocol.data_received(GET)
        await asyncio.sleep(0)
        written = []
        for protocol, transport in connections:
            assert not transport.written
            assert protocol.eof_received() is None
            transport.close()  # as the loop does, which does not know of the wrapper
            written.append(transport.written)
        await settle()
        return written

    assert [len(each) for each in asyncio.run(exchange())] == [1] * MANY


def test_together__streams() -> None:
    """Each of many clients receives its stream, in order, and the end of its connection."""

    async def stream() -> AsyncIterator[bytes]:
        for number in range(20):
            yield b"%d," % number
            if number % 3 == 0:
                await asyncio.sleep(0)

    async def streaming(_scope: Any, receive: Any, send: Any) -> None:
        await send_reply(send, Reply(200, media_type="text/plain", stream=stream), receive=receive)

    async def exchange() -> list[tuple[bytes, bool]]:
        state = ServerState()
        connections = [connect(streaming, state) for _ in range(MANY)]
        for protocol, _ in connections:
            protocol.data_received(CLOSING)
        for _ in range(5):
            await settle()
        return [(b"".join(transport.written), transport.closed) for _, transport in connections]

    expected = b"".join(b"%x\r\n%d,\r\n" % (len(f"{n},"), n) for n in range(20))
    for sent, closed in asyncio.run(exchange()):
        assert sent.partition(b"\r\n\r\n")[2] == expected + b"0\r\n\r\n"
        assert closed


def busy_turn() -> LoopTurn:
    """Returns a turn of the running loop with many requests."""
    turn = turn_of(asyncio.get_running_loop())
    for _ in range(MANY):
        turn.received()
    return turn


@pytest.mark.parametrize("end", [BatchedTransport.close, BatchedTransport.abort, None])
def test_batched(end: Callable[[BatchedTransport], None] | None) -> None:
    """Pending data is written before another piece, a large piece, or the end of the connection."""

    async def exchange() -> tuple[list[bytes], list[bytes]]:
        transport = RecordingTransport()
        batched = BatchedTransport(transport, busy_turn())
        batched.write(b"1")
        assert not transport.written
        batched.write(b"2")
        batched.write(b"3")
        before = [*transport.written]
        if end is not None:
            end(batched)
        else:
            batched.write(b"4" * (LARGEST_BATCHED + 1))
        at_once = [*transport.written]
        await settle()
        assert transport.written == at_once
        return before, at_once

    before, after = asyncio.run(exchange())

    assert before == [b"1", b"2"]
    assert after[:3] == [b"1", b"2", b"3"]
    assert len(after) == (4 if end is None else 3)


def test_batched__client_left() -> None:
    """Nothing is written to a client that has left since."""

    async def exchange() -> list[bytes]:
        transport = RecordingTransport()
        batched = BatchedTransport(transport, busy_turn())
        batched.write(b"1")
        transport.close()
        await settle()
        batched.write(b"2")
        batched.write(b"3")
        await settle()
        return transport.written

    assert not asyncio.run(exchange())


def test_turn__loops() -> None:
    """Each event loop has its own turn, and takes it along when it ends."""

    async def turn() -> weakref.ref[LoopTurn]:
        busy_turn()
        await settle()
        return weakref.ref(turn_of(asyncio.get_running_loop()))

    one, other = asyncio.run(turn()), asyncio.run(turn())
    gc.collect()

    assert one() is other() is None


def test_stream__failure(caplog: pytest.LogCaptureFixture) -> None:
    """A stream that fails is logged, and cut: its client must not take it for complete."""

    async def stream() -> AsyncIterator[bytes]:
        yield b"["
        raise RuntimeError("no more")

    async def streaming(_scope: Any, receive: Any, send: Any) -> None:
        await send_reply(send, Reply(200, media_type="text/plain", stream=stream), receive=receive)

    pieces, closed = written(streaming, GET)

    assert not b"".join(pieces).endswith(b"0\r\n\r\n")
    assert closed
    assert "no more" in caplog.text
