"""Serves the console's files, and the list of addresses to clients that want no HTML."""

from __future__ import annotations

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from jobtwin.console import HEADERS, Console, StaticFile
from jobtwin.http.paths import split_path
from jobtwin.http.reply import Reply, send_reply

_TEXT = "text/plain; charset=utf-8"


class ConsoleMiddleware:
    """Answers GET and HEAD of the console's paths, in every sandbox; the rest goes on."""

    def __init__(self, app: ASGIApp, *, addresses: Collection[str]) -> None:
        self._app = app
        self._console = Console()
        self._addresses = sorted(addresses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        reply = None
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            path = split_path(scope)
            if path in ("", "/") or path.startswith("/console"):
                reply = self._reply(path, scope)
        if reply is None:
            await self._app(scope, receive, send)
        else:
            await send_reply(send, reply, head=scope["method"] == "HEAD")

    def _reply(self, path: str, scope: Scope) -> Reply | None:
        headers = dict(scope["headers"])
        if path == "/console/":  # the page's links are relative to the sandbox's own folder
            return Reply(307, headers={"Location": "../console"})
        if not path and (root := scope.get("root_path", "")):
            return Reply(307, headers={"Location": f"{root.rpartition('/')[2]}/"})
        if path == "/" and b"text/html" not in headers.get(b"accept", b""):
            return self._plain(scope)
        page = self._console.find(path)
        return None if page is None else _sent(page, headers.get(b"if-none-match", b""))

    def _plain(self, scope: Scope) -> Reply:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        root = f"{scope['scheme']}://{host}{scope.get('root_path', '')}"
        lines = [f"{root}{address}" for address in self._addresses]
        text = "\n".join(["jobtwin serves:", *lines, f"Console, in a browser: {root}/", ""])
        return Reply(200, text.encode(), _TEXT, {"Vary": "Accept"})


def _sent(page: StaticFile, known: bytes) -> Reply:
    headers = {**HEADERS, "ETag": page.etag, "Vary": "Accept"}
    if page.etag.encode() in known:
        return Reply(304, headers=headers)
    return Reply(200, page.body, page.media_type, headers)
