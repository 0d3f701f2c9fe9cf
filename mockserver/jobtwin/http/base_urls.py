"""Base URLs of twins, from the client's point of view."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from starlette.types import Scope

from jobtwin.http.reply import Reply
from jobtwin.http.sandbox_selection import SANDBOX
from jobtwin.sandboxes import DEFAULT

BASE_PATH = "jobtwin.base_path"
"""The key of the path at which a request's API is mounted, in the ASGI scope."""

BASE_URL = "jobtwin.base_url"
"""The key in the ASGI scope for a twin's URL, if clients know it by another URL than the server's."""


def base_url(scope: Scope, headers: Mapping[bytes, bytes], public: str | None) -> str:
    """Returns the URL of a twin, including the sandbox, without a final slash.

    It is the request's, or the server's `public` URL, if there is one.
    """
    if (known := scope.get(BASE_URL)) is not None:
        return str(known)
    root: str = scope.get("root_path", "")
    selected, base = f"/sandboxes/{scope[SANDBOX]}", scope[BASE_PATH]
    if scope[SANDBOX] != DEFAULT and not root.endswith(selected):
        root += selected
    return f"{public or _origin(scope, headers)}{root}{base}"


def rewritten(reply: Reply, vendor_url: re.Pattern[str] | None, base: Callable[[], str]) -> Reply:
    """Returns an example as a reply; URLs at the vendor's servers are replaced by the twin's."""
    if vendor_url is None:
        return reply
    body, found = reply.body, vendor_url.pattern.encode()
    if re.search(found, body):
        body = re.sub(found, lambda _: base().encode(), body)
    headers = {n: vendor_url.sub(lambda _: base(), text) for n, text in reply.headers.items()}
    return reply._replace(body=body, headers=headers)


def _origin(scope: Scope, headers: Mapping[bytes, bytes]) -> str:
    host = headers.get(b"host", b"").decode("latin-1")
    if not host:
        name, port = scope.get("server") or ("localhost", None)
        host = name if port is None else f"{name}:{port}"
    return f"{scope.get('scheme', 'http')}://{host}"
