"""Forwards requests to another server, and returns its responses. ASGI applications."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx

from jobtwin.http.delivery import ConnectionCut, cut_off
from jobtwin.http.reply import Reply, problem, send_reply
from jobtwin.running.hosts import Scope

_OF_THE_CONNECTION = {
    *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization"),
    *(b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
}
"""Hop-by-hop headers, which are not forwarded (RFC 9110, 7.6.1)."""


class Forwarding:
    """Forwards a request by its `Host` and path, or to `upstream`."""

    def __init__(self, upstream: str | None = None) -> None:
        self._upstream = upstream
        self._known: httpx.AsyncClient | None = None

    @property
    def _client(self) -> httpx.AsyncClient:
        """Returns a client on the event loop of the requests."""
        if self._known is None:
            direct = self._upstream is not None
            self._known = httpx.AsyncClient(timeout=None, trust_env=not direct)  # noqa: S113 - the client of the request has its own
        return self._known

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answers one request."""
        try:
            await self._pass(scope, receive, send)
        except httpx.ConnectError as error:
            host = dict(scope["headers"])[b"host"].decode("latin-1")
            await send_reply(
                send, problem(502, "Bad Gateway", f"{host} cannot be reached: {error}")
            )
        except httpx.TransportError:
            cut_off(ConnectionCut("body", Reply(502), reset=False), scope)

    async def _pass(self, scope: Scope, receive: Any, send: Any) -> None:
        headers = _kept(scope["headers"])
        has_body = any(n in (b"content-length", b"transfer-encoding") for n, _ in scope["headers"])
        content = _body(receive) if has_body else None
        asked = self._client.stream(
            scope["method"], self._url(scope), headers=headers, content=content
        )
        async with asked as answer:
            start = {"type": "http.response.start", "status": answer.status_code}
            await send({**start, "headers": _kept(answer.headers.raw)})
            async for piece in answer.aiter_raw():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    def _url(self, scope: Scope) -> str:
        host: str = dict(scope["headers"])[b"host"].decode("latin-1")
        raw: str = (scope.get("raw_path") or scope["path"].encode()).decode("ascii", "replace")
        query = scope["query_string"].decode("ascii", "replace")
        origin = self._upstream or f"{scope['scheme']}://{host}"
        return origin + raw + (f"?{query}" if query else "")

    async def close(self) -> None:
        """Closes the connections."""
        if self._known is not None:
            await self._known.aclose()


def _kept(headers: Any) -> list[tuple[bytes, bytes]]:
    return [(n, v) for n, v in headers if n.lower() not in _OF_THE_CONNECTION]


async def _body(receive: Any) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if body := message.get("body"):
            yield body
        more = message.get("more_body", False)
