"""Request heads are bounded in size and time: tested with raw sockets."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from jobtwin import bounded_protocol
from jobtwin.bounded_protocol import LARGEST_HEAD
from jobtwin.testing import Host, serving


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """A server behind a socket."""
    with serving(["osapi"]) as host:
        yield host


def connected(host: Host) -> socket.socket:
    """Returns a new connection."""
    name, port = host.url.removeprefix("http://").split(":")
    return socket.create_connection((name, int(port)), timeout=20)


def drain(connection: socket.socket) -> None:
    """Read until the connection is closed. Raises TimeoutError if it stays open."""
    while connection.recv(65536):
        pass


def send(host: Host, *pieces: bytes) -> bytes:
    """Send these pieces unchanged; returns everything received."""
    with connected(host) as connection:
        answer = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
            while got := connection.recv(65536):
                answer += got
        except (BrokenPipeError, ConnectionResetError):
            pass
    return answer


GET = b"GET /_control/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("size", "status"), [(0, b"200"), (LARGEST_HEAD // 2, b"200"), (LARGEST_HEAD, b"431")]
)
def test_head(size: int, status: bytes, host: Host) -> None:
    """A head of up to 64 KiB is read, a larger one is refused with 431."""
    answer = send(host, GET, b"X-Long: " + b"x" * size + b"\r\n\r\n")

    assert answer.split()[1] == status


def test_head__second(host: Host) -> None:
    """A large head in the same piece as the request before it is refused with 431."""
    first = b"GET /_control/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    answer = send(host, first + GET + b"X-Long: " + b"x" * LARGEST_HEAD + b"\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 431" in answer


def test_head__many(host: Host) -> None:
    """A large number of small headers is refused with 431."""
    answer = send(host, GET + b"a: b\r\n" * LARGEST_HEAD + b"\r\n")

    assert not answer or answer.split()[1] == b"431"


def test_head__endless(host: Host) -> None:
    """An endless head is cut off; the server continues."""
    send(host, GET, b"X-Long: ", *[b"x" * 65536] * 100)

    assert send(host, GET, b"\r\n").split()[1] == b"200"


def test_head__large_body(host: Host) -> None:
    """A large body in the same piece does not count as head."""
    head = b"POST /osapi/job HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    body = b"x" * (2 * LARGEST_HEAD)

    answer = send(host, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    assert answer.split()[1] not in (b"431", b"408")


def test_head__slow(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A head that is not completed is refused with 408."""
    monkeypatch.setattr(bounded_protocol, "LONGEST_HEAD", 0.05)

    assert send(host, GET).split()[1] == b"408"


def test_silence(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection without a request is closed."""
    monkeypatch.setattr(bounded_protocol, "LONGEST_SILENCE", 0.05)

    assert send(host) == b""


def test_keep_alive(host: Host) -> None:
    """Each of several requests on one connection is answered."""
    alive = GET.replace(b"Connection: close\r\n", b"")

    assert send(host, alive + b"\r\n", alive + b"\r\n", GET + b"\r\n").count(b" 200 ") == 3


def test_idle(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection on which nothing was sent for long since the last response is closed."""
    monkeypatch.setattr(bounded_protocol, "LONGEST_SILENCE", 0.2)
    alive = GET.replace(b"Connection: close\r\n", b"")

    assert send(host, alive + b"\r\n").count(b" 200 ") == 1


@pytest.mark.parametrize("sent", [b"GET /_control/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", GET])
def test_busy(sent: bytes, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection is not idle while the head of its request arrives, or while it is answered."""
    monkeypatch.setattr(bounded_protocol, "LONGEST_SILENCE", 0.2)
    with connected(host) as connection:
        connection.sendall(sent)
        connection.settimeout(0.6)
        with pytest.raises(TimeoutError):
            drain(connection)


def test_half_closed(host: Host) -> None:
    """Many clients that send a request each and close their half at the same time are all answered."""
    assert host.server is not None
    alive = GET.replace(b"Connection: close\r\n", b"") + b"\r\n"
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(host)) for _ in range(20)]
        for client in clients:
            client.sendall(alive)
            client.recv(65536)

        async def ask() -> None:
            """Send all of them while the server's loop cannot read any."""
            for client in clients:
                client.sendall(alive)
                client.shutdown(socket.SHUT_WR)

        host.server.run_on_loop(ask())
        answers = [client.recv(65536) for client in clients]

    assert [answer.split()[1] for answer in answers] == [b"200"] * 20
