"""Which hosts and origins may send requests; CORS for those of a browser. Before any routing."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Collection, Iterator
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobcall.hosts import is_loopback
from jobtwin.http.headers import HEADERS, Headers, combined
from jobtwin.http.reply import Reply, problem, send_reply

_SAFE = ("GET", "HEAD")
_ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on

_REMEMBERED = 100
"""Hosts that are remembered as known or unknown."""


class AccessMiddleware:
    """Refuses requests from disallowed hosts and origins.

    `hosts` are the server's names besides those of loopback; None disables the check of `Host`,
    for an application without a network. `origins` may use every path; other pages on
    loopback all but the control API.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        control: str,
        hosts: Collection[str] | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._app = app
        self._control = control.strip("/")
        self._hosts = (
            None if hosts is None else frozenset(host.strip("[]").lower() for host in hosts)
        )
        self._known: dict[bytes, bool] = {}
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Passes on or refuses one request."""
        if scope["type"] != "http":
            return _refuse_protocol(scope, send)
        headers = scope[HEADERS] = combined(scope["headers"])
        host = headers.get(b"host", b"")
        if self._hosts is not None and not (self._known.get(host) or self._knows(host)):
            detail = "The server does not go by this Host; name it with --allow-host"
            return send_reply(send, problem(421, "Misdirected Request", detail))
        origin = headers.get(b"origin")
        if (origin is not None or b"sec-fetch-site" in headers) and not self._may_ask(
            scope, headers
        ):
            detail = "Pages of this origin may not ask here; name it with --allow-origin"
            return send_reply(send, problem(403, "Forbidden", detail))
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            return send_reply(send, Reply(204, headers=_preflight(headers)))
        return self._app(scope, receive, send if origin is None else _shared(send, origin))

    def _knows(self, host: bytes) -> bool:
        """Returns True if a host is known. Cached for the few hosts that clients use."""
        known = self._known.get(host)
        if known is None:
            known = self._is_known_host(host.decode("latin-1"))
            if len(self._known) < _REMEMBERED:
                self._known[host] = known
        return known

    def _is_known_host(self, host: str) -> bool:
        if self._hosts is None or not host:
            return True
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        # No page can make a browser send an address that it did not ask: names are rebound.
        wide = not self._hosts.isdisjoint(_ANY_ADDRESS) and _is_address(name)
        return wide or name in self._hosts or is_loopback(name)

    def _may_ask(self, scope: Scope, headers: Headers) -> bool:
        """Returns True if a page's request is allowed; programs send neither header."""
        origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
        controls = self._control in scope["path"].split("/")
        if origin is not None:
            sent = origin.decode("latin-1").lower()
            own = f"{scope['scheme']}://{headers.get(b'host', b'').decode('latin-1').lower()}"
            allowed = sent == own or not self._origins.isdisjoint({sent, "*"})
            return allowed or (not controls and _is_loopback_origin(sent))
        if site == b"cross-site" or (controls and site == b"same-site"):
            # Links are allowed, since the linking page cannot read the response.
            return scope["method"] in _SAFE and headers.get(b"sec-fetch-mode") == b"navigate"
        return True


async def _refuse_protocol(scope: Scope, send: Send) -> None:
    """Closes a WebSocket; there are no others, and no lifespan."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback_origin(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and is_loopback(parts.hostname or "")


def _preflight(headers: Headers) -> dict[str, str]:
    """Answers a browser's preflight request, and allows everything."""
    asked = {name: value.decode("latin-1") for name, value in headers.items()}
    answered = {
        "Access-Control-Allow-Origin": asked.get(b"origin", "*"),
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": asked[b"access-control-request-method"],
        "Access-Control-Max-Age": "600",
        "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    }
    if wanted := asked.get(b"access-control-request-headers"):
        answered["Access-Control-Allow-Headers"] = wanted
    if b"access-control-request-private-network" in headers:
        answered["Access-Control-Allow-Private-Network"] = "true"
    return answered


def _shared(send: Send, origin: bytes) -> Send:
    """Sends a response with CORS headers for the page at `origin`."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *_sharing(message, origin)]}
        await send(message)

    return sending


def _sharing(message: Message, origin: bytes) -> Iterator[tuple[bytes, bytes]]:
    yield b"access-control-allow-origin", origin
    yield b"access-control-allow-credentials", b"true"
    names = sorted({name.lower() for name, _ in message["headers"]})
    yield b"access-control-expose-headers", b", ".join(names)
    yield b"vary", b"Origin"
