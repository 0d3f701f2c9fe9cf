"""A transport to a twin's socket that is not affected by mocks of httpx, and uses no clock.

pytest-httpx and respx replace methods of httpx and httpcore for the whole process; a test that
mocks another service can still use its twin. Built on `http.client`.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, RemoteDisconnected
from typing import Any

import httpx

from jobtwin.testing.transport import Transport

_CHUNK = 65536
_KEPT = 20
"""The maximum number of idle connections."""


class Wire(Transport):
    """Sends requests through sockets, with one connection pool for all clients."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int], list[HTTPConnection]] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request over a connection of the pool. Raises httpx's errors."""
        limits = request.extensions.get("timeout", {})
        connection = self._connected(request, limits)
        try:
            with _renamed(request, httpx.WriteTimeout, httpx.WriteError):
                _limit(connection, limits.get("write"))
                _send(connection, request)
            with _renamed(request, httpx.ReadTimeout, httpx.ReadError):
                _limit(connection, limits.get("read"))
                answer = connection.getresponse()
                _check_headers(answer)
        except BaseException:
            connection.close()
            raise
        return httpx.Response(
            answer.status,
            headers=[(k.encode("latin-1"), v.encode("latin-1")) for k, v in answer.getheaders()],
            stream=_Body(self, request, connection, answer),
            extensions={"reason_phrase": answer.reason.encode("latin-1")},
        )

    def shut(self) -> None:
        """Closes the idle connections."""
        with self._lock:
            idle = [each for kept in self._idle.values() for each in kept]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def keep(self, connection: HTTPConnection) -> None:
        """Returns a connection to the pool after its response was read."""
        with self._lock:
            kept = self._idle.setdefault((connection.host, connection.port), [])
            if len(kept) < _KEPT:
                kept.append(connection)
                return
        connection.close()

    def _connected(self, request: httpx.Request, limits: Mapping[str, Any]) -> HTTPConnection:
        host, port = request.url.host, request.url.port or 80
        while connection := self._kept(host, port):
            if not _is_over(connection):
                return connection
            connection.close()
        with _renamed(request, httpx.ConnectTimeout, httpx.ConnectError):
            connection = HTTPConnection(host, port)
            connection.timeout = limits.get("connect")
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _kept(self, host: str, port: int) -> HTTPConnection | None:
        with self._lock:
            kept = self._idle.get((host, port))
            return kept.pop() if kept else None


class _Body(httpx.SyncByteStream):
    """A streamed response body; its connection returns to the pool at the end."""

    def __init__(
        self, wire: Wire, request: httpx.Request, connection: HTTPConnection, answer: HTTPResponse
    ) -> None:
        self._wire = wire
        self._request = request
        self._connection = connection
        self._answer = answer

        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        while part := self._read():
            yield part
        self._is_whole = True

    def _read(self) -> bytes:
        with _renamed(self._request, httpx.ReadTimeout, httpx.ReadError):
            part = self._answer.read1(_CHUNK)
            if not part and self._answer.length:  # `read1` accepts a body that ends early
                raise HTTPException(f"the body lacks {self._answer.length} bytes")
            return part

    def close(self) -> None:
        """Keeps the connection if the response was read completely, or closes it."""
        self._answer.close()
        if self._is_whole and not self._answer.will_close:
            self._wire.keep(self._connection)
        else:
            self._connection.close()


def _send(connection: HTTPConnection, request: httpx.Request) -> None:
    # Without `skip_…`, http.client would repeat httpx's headers.
    target = request.url.raw_path.decode("ascii")
    connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers.raw:
        connection.putheader(name.decode("ascii"), value)
    connection.endheaders(request.read() or None)


def _check_headers(answer: HTTPResponse) -> None:
    """Raises HTTPException for a truncated header, which `http.client` takes for the end of the headers."""
    if answer.msg.defects:
        answer.close()
        raise HTTPException("Server disconnected within the headers of its response.")


def _limit(connection: HTTPConnection, seconds: float | None) -> None:
    connection.sock.settimeout(seconds)


def _is_over(connection: HTTPConnection) -> bool:
    """Returns True if the server has closed an idle connection, which then is readable."""
    try:
        return bool(select.select([connection.sock], [], [], 0)[0])
    except (OSError, ValueError):
        return True


@contextmanager
def _renamed(
    request: httpx.Request,
    timeout: type[httpx.TransportError],
    failure: type[httpx.TransportError],
) -> Iterator[None]:
    """Raises errors of sockets and of HTTP as httpx does."""
    try:
        yield
    except TimeoutError as error:
        raise timeout("timed out", request=request) from error
    except (
        RemoteDisconnected
    ) as error:  # also an OSError; httpx has its own error for an orderly end
        why = "Server disconnected without sending a response."
        raise httpx.RemoteProtocolError(why, request=request) from error
    except OSError as error:
        raise failure(str(error), request=request) from error
    except HTTPException as error:
        raise httpx.RemoteProtocolError(
            f"{error or type(error).__name__}", request=request
        ) from error
