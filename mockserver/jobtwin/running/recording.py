"""Records the requests of a command to its twins as HAR. An ASGI application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx

from jobtwin.judge import Recorder
from jobtwin.running.hosts import App, Scope

_RECORDED = "jobtwin.recorded"
"""The key in the ASGI scope of a request that is being recorded."""


class CommandRecorder:
    """Records the requests of one command."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def of(self, app: App, prefix: str = "") -> App:
        """Returns an application that wraps `app` and records requests below a path.

        Requests to the control API are left out.
        """

        async def recorded(scope: Scope, receive: Any, send: Any) -> None:
            path = scope.get("path", "")
            ours = path.startswith(f"{prefix}/_control")
            if scope["type"] != "http" or _RECORDED in scope or ours or not path.startswith(prefix):
                await app(scope, receive, send)
                return
            passed = _RecordedExchange(receive, send)
            request = _request(scope)
            self._tell("request", request)
            await app({**scope, _RECORDED: True}, passed.receive, passed.send)
            if passed.status:
                self._tell("response", passed.response(request))

        return recorded

    def _tell(self, event: str, what: httpx.Request | httpx.Response) -> None:
        for hook in self.recorder.hooks[event]:
            hook(what)


class _RecordedExchange:
    """One exchange in progress."""

    def __init__(self, receive: Any, send: Any) -> None:
        self._receive, self._send = receive, send
        self._sent = self._body = b""
        self._headers: Iterable[tuple[bytes, bytes]] = ()
        self.status = 0

    async def receive(self) -> Any:
        """Receives a piece of the request."""
        message = await self._receive()
        self._sent += message.get("body", b"")
        return message

    async def send(self, message: Any) -> None:
        """Sends a piece of the response."""
        if message["type"] == "http.response.start":
            self.status, self._headers = message["status"], message.get("headers", ())
        self._body += message.get("body", b"")
        await self._send(message)

    def response(self, request: httpx.Request) -> httpx.Response:
        """Returns the response to a request."""
        whole = httpx.Request(
            request.method,
            request.url,
            headers=request.headers,
            content=self._sent,
            extensions=request.extensions,
        )
        headers = list(self._headers)
        return httpx.Response(self.status, headers=headers, content=self._body, request=whole)


def _request(scope: Scope) -> httpx.Request:
    host = dict(scope["headers"]).get(b"host", b"localhost").decode("latin-1")
    path = (scope.get("raw_path") or scope["path"].encode()).decode("ascii", "replace")
    query = f"?{scope['query_string'].decode('ascii', 'replace')}" if scope["query_string"] else ""
    return httpx.Request(
        scope["method"], f"{scope['scheme']}://{host}{path}{query}", headers=scope["headers"]
    )
