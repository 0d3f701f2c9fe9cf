"""Selects a request's sandbox: by the URL's prefix, by a header, or the default one."""

from __future__ import annotations

import hmac
import re

from starlette.types import ASGIApp, Receive, Scope, Send

from jobtwin.http.headers import headers_of
from jobtwin.http.paths import shown_path, split_path
from jobtwin.http.reply import problem, send_reply
from jobtwin.sandbox_names import DEFAULT, is_name, refusal

SANDBOX = "jobtwin.sandbox"
"""The key of the sandbox's name in the ASGI scope."""

HEADER = b"x-sandbox"
_PREFIX = re.compile(r"/sandboxes/([^/]+)(?=/|$)")


class SandboxMiddleware:
    """Puts the name of each request's sandbox into its scope; guards the control API by a token."""

    def __init__(self, app: ASGIApp, *, control: str, token: str | None = None) -> None:
        self._app = app
        self._control = control
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, in its sandbox."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        root = scope.get("root_path", "")
        path = split_path(scope)
        name = _named(scope)
        if path.startswith("/sandboxes/") and (prefix := _PREFIX.match(path)) is not None:
            name, root, path = prefix[1], root + prefix[0], path[prefix.end() :]
        if name != DEFAULT and not is_name(name):
            await send_reply(send, problem(400, "Bad Request", refusal(shown_path(name))))
        elif self._guarded(path, scope):
            detail = "The control API needs its token: Authorization: Bearer TOKEN"
            wanted = {"WWW-Authenticate": "Bearer"}
            await send_reply(send, problem(401, "Unauthorized", detail, wanted))
        else:
            if root != scope.get("root_path"):
                scope = {**scope, "root_path": root}
            scope[SANDBOX] = name
            await self._app(scope, receive, send)

    def _guarded(self, path: str, scope: Scope) -> bool:
        """Whether a control request must be refused for lack of a token. `/health` is open."""
        if self._token is None or not path.startswith(self._control):
            return False
        if path == f"{self._control}/health":
            return False
        scheme, _, sent = dict(scope["headers"]).get(b"authorization", b"").partition(b" ")
        good = hmac.compare_digest(sent.strip(), self._token.encode())
        return scheme.lower() != b"bearer" or not good


def _named(scope: Scope) -> str:
    sent = headers_of(scope).get(HEADER)
    return DEFAULT if sent is None else sent.decode("latin-1")
