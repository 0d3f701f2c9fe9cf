"""Requests to receivers over the network: only to allowed hosts, bounded, and without redirects.

Built on h11, so mocks of httpx in a test do not affect it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection
from urllib.parse import urlsplit

import h11

from jobcall.hosts import is_loopback
from jobtwin.sandboxes import OutgoingRequest, ReceiverResponse

LARGEST = 64 * 1024
"""Bytes of an answer that are read; its connection is closed then."""

_CHUNK = 16 * 1024


class NotAllowed(Exception):
    """A request goes where none may."""


class Network:
    """Sends requests to loopback, and to the hosts that are allowed."""

    def __init__(self, allowed: Collection[str] = ()) -> None:
        self._allowed = frozenset(host.lower().strip("[]") for host in allowed)

    async def __call__(self, request: OutgoingRequest) -> ReceiverResponse:
        """Send a request; NotAllowed or OSError if there is no answer."""
        url = urlsplit(request.url)
        host = url.hostname or ""
        self._refuse(url.scheme, host)
        secure = url.scheme == "https"
        port = url.port or (443 if secure else 80)
        return await _exchanged(request, host, port, secure=secure)

    def _refuse(self, scheme: str, host: str) -> None:
        """Raises NotAllowed for a URL to which nothing may be sent."""
        if scheme not in ("http", "https") or not host:
            raise NotAllowed("it is not a URL such as http://127.0.0.1:8000/callback")
        if not is_loopback(host) and host.lower() not in self._allowed:
            raise NotAllowed(
                f"{host} is not this machine; allow it by: jobtwin serve --deliver-to {host}"
            )


async def _exchanged(
    request: OutgoingRequest, host: str, port: int, *, secure: bool
) -> ReceiverResponse:
    connection = h11.Connection(h11.CLIENT)
    written = _written(connection, request)
    context = ssl.create_default_context() if secure else None
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        writer.write(written)
        await writer.drain()
        return await _answer(connection, reader)
    except h11.RemoteProtocolError as error:
        raise OSError(f"no HTTP: {error}") from error
    finally:
        writer.close()


def _written(connection: h11.Connection, request: OutgoingRequest) -> bytes:
    """Returns the bytes of a request."""
    url = urlsplit(request.url)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    host = url.netloc.rpartition("@")[2]
    headers = [("Host", host), ("Connection", "close"), ("Content-Length", str(len(request.body)))]
    headers += request.headers.items()
    try:
        start = h11.Request(method=request.method, target=target, headers=headers)
    except (h11.LocalProtocolError, UnicodeEncodeError) as error:
        # The error may quote a header, and so the secret.
        why = "its URL or a header has characters that HTTP does not allow"
        raise NotAllowed(why) from error
    events = (start, h11.Data(data=request.body), h11.EndOfMessage())
    return b"".join(connection.send(event) or b"" for event in events)


async def _answer(connection: h11.Connection, reader: asyncio.StreamReader) -> ReceiverResponse:
    response, body = None, b""
    while len(body) < LARGEST:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            response = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed) or event is h11.PAUSED:
            break
    if response is None:
        raise OSError("the connection was closed without an answer")
    return ReceiverResponse(response.status_code, body[:LARGEST], _media_type(response))


def _media_type(response: h11.Response) -> str:
    kinds = (value for name, value in response.headers if name == b"content-type")
    return next(kinds, b"").decode("latin-1")
