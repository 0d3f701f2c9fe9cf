"""Selects a request's sandbox: by the URL's prefix, by a header, or the default one."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send

from jobtwin.http.headers import HEADERS
from jobtwin.http.paths import PATH, shown_path, split_path
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

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Passes a request on, in its sandbox."""
        path, sent = split_path(scope), scope[HEADERS].get(HEADER)
        name = DEFAULT if sent is None else sent.decode("latin-1")
        if path.startswith("/sandboxes/") and (prefix := _PREFIX.match(path)) is not None:
            root = scope.get("root_path", "") + prefix[0]
            scope = {**scope, "root_path": root}
            name, path = prefix[1], path[prefix.end() :]
        if name != DEFAULT and not is_name(name):
            return send_reply(send, problem(400, "Bad Request", refusal(shown_path(name))))
        if self._token is not None and self._guarded(path, scope, self._token):
            detail = "The control API needs its token: Authorization: Bearer TOKEN"
            wanted = {"WWW-Authenticate": "Bearer"}
            return send_reply(send, problem(401, "Unauthorized", detail, wanted))
        scope[PATH], scope[SANDBOX] = path, name
        return self._app(scope, receive, send)

    def _guarded(self, path: str, scope: Scope, token: str) -> bool:
        """Returns True if a control request lacks the token. `/health` is open."""
        if not path.startswith(self._control):
            return False
        if path == f"{self._control}/health":
            return False
        scheme, _, sent = dict(scope["headers"]).get(b"authorization", b"").partition(b" ")
        good = hmac.compare_digest(sent.strip(), token.encode())
        return scheme.lower() != b"bearer" or not good
