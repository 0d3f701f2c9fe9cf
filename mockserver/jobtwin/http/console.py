"""The console's files, and the list of addresses for clients that do not want HTML."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.types import Scope

from jobtwin.http.reply import Reply

if TYPE_CHECKING:
    from jobtwin.console import Console, StaticFile

_TEXT = "text/plain; charset=utf-8"


class ConsolePages:
    """Replies to GET and HEAD of the console's paths, in every sandbox."""

    def __init__(self, addresses: Collection[str]) -> None:
        self._addresses = sorted(addresses)

    @cached_property
    def _console(self) -> Console:
        """The console's files, read at the first request."""
        from jobtwin.console import Console  # noqa: PLC0415 - most servers show no page

        return Console()

    def reply(self, path: str, scope: Scope) -> Reply | None:
        """Returns the page at a path below the sandbox's, or None."""
        if scope["method"] not in {"GET", "HEAD"}:
            return None
        if path not in {"", "/"} and not path.startswith("/console"):
            return None
        headers = dict(scope["headers"])
        if (elsewhere := _redirection(path, scope.get("root_path", ""))) is not None:
            return Reply(307, headers={"Location": elsewhere})
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


def _redirection(path: str, root: str) -> str | None:
    """Returns the target of a redirection, or None; links are relative to the sandbox's folder."""
    if path == "/console/":
        return "../console"
    return f"{root.rpartition('/')[2]}/" if root and not path else None


def _sent(page: StaticFile, known: bytes) -> Reply:
    from jobtwin.console import HEADERS  # noqa: PLC0415 - same

    headers = {**HEADERS, "ETag": page.etag, "Vary": "Accept"}
    if page.etag.encode() in known:
        return Reply(304, headers=headers)
    return Reply(200, page.body, page.media_type, headers)
