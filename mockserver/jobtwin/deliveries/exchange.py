"""One HTTP exchange with a receiver: bounded, and without redirects.

Built on h11, so mocks of httpx in a test do not affect it.
"""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

import h11

from jobtwin.deliveries.network import NotAllowed
from jobtwin.sandboxes import OutgoingRequest, ReceiverResponse

LARGEST = 64 * 1024
"""Bytes of an answer that are read; its connection is closed then."""

_CHUNK = 16 * 1024


async def exchanged(
    request: OutgoingRequest, host: str, port: int, *, secure: bool
) -> ReceiverResponse:
    """Sends a request and returns the response. Raises OSError if there is none."""
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
    except RuntimeError as error:  # uvloop's, for a connection that is closed already
        raise OSError(str(error)) from error
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
