"""One request over real sockets: servers that never finish, and limits on their responses."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
import pytest

from jobwait.answers import Dropped, RawResponse, Reply
from jobwait.engine import Ask
from jobwait.sending import MOST_HOPS, TooLarge, sent, sent_async

Serve = Callable[[socket.socket, threading.Event], None]

WAYS = ("sync", "async")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
DRIP = 0.05


@contextmanager
def server(serve: Serve) -> Iterator[str]:
    """Yields the URL of a server for one connection, which learns when the test is over."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                try:
                    serve(connection, over)
                except OSError:  # the client has closed the connection
                    return

        thread = threading.Thread(target=run)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()
        thread.join()


def asked(way: str, url: str, timeout: float, *, most: int = 10_000, own: float = 30) -> Reply:
    """Sends a request and returns its reply."""
    ask = Ask({"method": "get", "url": url}, timeout, most)
    if way == "sync":
        with httpx.Client(timeout=own) as http:
            return sent(http, ask)

    async def awaited() -> Reply:
        async with httpx.AsyncClient(timeout=own) as http:
            return await sent_async(http, ask)

    return asyncio.run(awaited())


def drips(start: bytes, drop: bytes) -> Serve:
    """Serves the same bytes again and again, often enough to avoid a read timeout."""

    def serve(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(start)
        while not over.wait(DRIP):
            connection.sendall(drop)

    return serve


def floods(connection: socket.socket, over: threading.Event) -> None:
    """Serves as many bytes as the client accepts."""
    connection.sendall(HEAD + b"\r\n")
    while not over.is_set():
        connection.sendall(b" " * 65_536)


def silent(_connection: socket.socket, over: threading.Event) -> None:
    """Serves nothing."""
    over.wait()


ENDLESS: dict[str, Serve] = {
    "silence": silent,
    "a body, byte by byte": drips(HEAD + b"content-length: 9999\r\n\r\n", b" "),
    "a body in chunks": drips(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a header, byte by byte": drips(HEAD + b"x-long: ", b"a"),
    "early hints": drips(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("serve", ENDLESS.values(), ids=ENDLESS)
def test_sent__endless(serve: Serve, way: str) -> None:
    """A request ends in time, regardless of what the server sends."""
    began = time.monotonic()

    with server(serve) as url:
        reply = asked(way, url, 1.0)

        assert isinstance(reply, Dropped)
        assert isinstance(reply.error, httpx.ReadTimeout)
        assert 0.9 < time.monotonic() - began < 3


@pytest.mark.parametrize("way", WAYS)
def test_sent__flood(way: str) -> None:
    """A body is read up to the limit only, even at full speed."""
    with server(floods) as url:
        reply = asked(way, url, 30.0)

    assert isinstance(reply, Dropped)
    assert isinstance(reply.error, TooLarge)


@pytest.mark.parametrize("way", WAYS)
def test_sent__flood_out_of_time(way: str) -> None:
    """A continuous response ends in time, too."""
    with server(floods) as url:
        reply = asked(way, url, 0.3, most=10**12)

    assert isinstance(reply, Dropped)
    assert isinstance(reply.error, httpx.ReadTimeout)


@pytest.mark.parametrize("way", WAYS)
def test_sent__impatient_client(way: str) -> None:
    """The client's own timeout applies if it is shorter."""
    began = time.monotonic()

    with server(silent) as url:
        reply = asked(way, url, 60.0, own=0.2)

        assert isinstance(reply, Dropped)
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("way", WAYS)
def test_sent__answered(way: str) -> None:
    """A response is read to its end."""
    with server(lambda connection, _: connection.sendall(HEAD + b"\r\n{}")) as url:
        reply = asked(way, url, 5.0)

    assert isinstance(reply, RawResponse)
    assert (reply.status, reply.content) == (200, b"{}")


class Custom(httpx.BaseTransport):
    """A caller's own transport, free to use its timeouts in any way."""

    def __init__(self, respond: Callable[[float], httpx.Response]) -> None:
        self._respond = respond

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Respond according to the limit for reading."""
        return self._respond(request.extensions["timeout"]["read"])


def sent_by(respond: Callable[[float], httpx.Response], timeout: float = 5.0) -> Reply:
    """Returns the reply to a blocking request through a custom transport."""
    with httpx.Client(transport=Custom(respond)) as http:
        return sent(http, Ask({"method": "get", "url": "http://printer"}, timeout, 10_000))


@pytest.mark.parametrize(
    "use",
    [
        lambda limit: limit > 1,
        lambda limit: min(limit, 60.0) * 1000,
        lambda limit: f"{limit:.1f}",
        lambda limit: json.dumps({"timeout": limit}),
        lambda limit: threading.Event().wait(limit / 1e6),
        lambda limit: threading.Event().wait(0) or isinstance(limit, float) or 1 / 0,
    ],
    ids=["compare", "scale", "format", "serialise", "wait", "class"],
)
def test_sent__custom_transport(use: Callable[[float], object]) -> None:
    """Limits are plain numbers, so a custom transport can use them as such."""
    reply = sent_by(lambda limit: httpx.Response(200, json=[use(limit) is not None]))

    assert isinstance(reply, RawResponse)
    assert reply.content == b"[true]"


def test_sent__custom_transport_without_limits() -> None:
    """A request ends in time even if the transport ignores its limits."""
    over = threading.Event()
    began = time.monotonic()

    reply = sent_by(lambda _: httpx.Response(200, json=[over.wait(30)]), timeout=0.2)

    over.set()
    assert isinstance(reply, Dropped)
    assert isinstance(reply.error, httpx.ReadTimeout)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("error", [TimeoutError("its own"), KeyError("a bug"), SystemExit(3)])
def test_sent__custom_transport_fails(error: BaseException) -> None:
    """An error from outside httpx reaches the caller unchanged."""

    def respond(_limit: float) -> httpx.Response:
        raise error

    with pytest.raises(type(error)) as raised:
        sent_by(respond)
    assert raised.value is error


def test_sent__context() -> None:
    """A transport sees the caller's context variables."""
    tenant = ContextVar("tenant", default="none")
    tenant.set("print shop")

    reply = sent_by(lambda _: httpx.Response(200, text=tenant.get()))

    assert isinstance(reply, RawResponse)
    assert reply.content == b"print shop"


def redirected(way: str, places: list[str], status: int = 303) -> tuple[Reply, list[httpx.Request]]:
    """Returns the reply to a request that is redirected along these places, and all requests."""
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) <= len(places):
            return httpx.Response(status, headers={"Location": places[len(seen) - 1]})
        return httpx.Response(200, json={"state": "printed"})

    transport, headers = httpx.MockTransport(respond), {"Authorization": "Bearer secret"}
    options: dict[str, Any] = {"base_url": "http://printer/v1", "headers": headers}
    ask = Ask({"method": "get", "url": "/jobs/7"}, 5.0, 10_000)
    if way == "sync":
        with httpx.Client(transport=transport, **options) as http:
            return sent(http, ask), seen

    async def awaited() -> Reply:
        async with httpx.AsyncClient(transport=transport, **options) as http:
            return await sent_async(http, ask)

    return asyncio.run(awaited()), seen


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect(status: int, way: str) -> None:
    """Redirects on the same server are followed, with the credential."""
    reply, seen = redirected(way, ["/v1/results/7", "http://printer/v1/results/8"], status)

    assert isinstance(reply, RawResponse)
    assert reply.status == 200
    assert [str(each.url.path) for each in seen] == ["/v1/jobs/7", "/v1/results/7", "/v1/results/8"]
    assert {each.headers["Authorization"] for each in seen} == {"Bearer secret"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "place", ["http://elsewhere/7", "https://printer/7", "http://printer:81/7"]
)
def test_redirect__elsewhere(place: str, way: str) -> None:
    """Redirects to another server, scheme or port are not followed."""
    reply, seen = redirected(way, [place])

    assert isinstance(reply, RawResponse)
    assert (reply.status, len(seen)) == (303, 1)


@pytest.mark.parametrize("way", WAYS)
def test_redirect__round(way: str) -> None:
    """Endless redirects are stopped."""
    reply, seen = redirected(way, ["/v1/jobs/7"] * 100)

    assert isinstance(reply, RawResponse)
    assert (reply.status, len(seen)) == (303, MOST_HOPS + 1)
