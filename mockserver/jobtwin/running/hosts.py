"""Sends requests for the vendors' own hosts to their twins, or lets them through. An ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from jobtwin.http.base_urls import BASE_URL
from jobtwin.http.reply import problem, send_reply
from jobtwin.running.addresses import Address, PathMapping, placed

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]

EVERY = "*"
"""Lets every host through."""


class Hosts:
    """The hosts of twins, the allowed hosts, and the refused ones so far."""

    def __init__(self, twins: Sequence[Address], through: Collection[str] = ()) -> None:
        self.twins = twins
        self.refused: dict[str, None] = {}
        self._through = frozenset(host.lower() for host in through)

    def is_twin(self, host: str) -> bool:
        """Returns True if a twin answers for the host."""
        return any(twin.is_at(host) for twin in self.twins)

    def is_through(self, host: str) -> bool:
        """Returns True if requests to the host are allowed."""
        return host in self._through or EVERY in self._through

    def refusal(self, host: str) -> str:
        """Returns the reason for a refused host, with the flag that allows it."""
        self.refused[host] = None
        return f"{host} is not a twin's host; allow it with --pass-through {host}"


class ByHost:
    """Answers requests by their `Host`: from a twin, from the host itself if allowed, or with a refusal."""

    def __init__(self, hosts: Hosts, twin: Led, outside: App) -> None:
        self._hosts = hosts
        self._twin = twin
        self._outside = outside

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answers one request."""
        host = host_of(scope)
        if (place := placed(self._hosts.twins, host, scope["path"])) is not None:
            await self._twin(place, scope, receive, send)
        elif self._hosts.is_through(host):
            await self._outside(scope, receive, send)
        else:
            await send_reply(send, problem(403, "Forbidden", self._hosts.refusal(host)))


class AtRoot:
    """Answers the requests of a twin's own port."""

    def __init__(self, address: Address, twin: Led) -> None:
        self._address = address
        self._twin = twin

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answers one request."""
        await self._twin(self._address.root_place(scope["path"]), scope, receive, send)


class Led:
    """Sends a request to a place in the sandbox at `root`."""

    def __init__(self, app: App, root: str) -> None:
        parts = urlsplit(root)
        self._app = app
        self._host = parts.netloc.encode()
        self._prefix = parts.path

    async def __call__(self, place: PathMapping, scope: Scope, receive: Any, send: Any) -> None:
        """Answers one request; URLs in the response are the vendor's."""
        raw = scope.get("raw_path") or scope["path"].encode()
        path, raw_base = self._prefix + place.twin.path, place.base.encode()
        origin = f"{scope['scheme']}://{_header(scope, b'host')}"
        headers = [(n, self._host if n == b"host" else v) for n, v in scope["headers"]]
        led = {
            "path": path + place.below,
            "raw_path": path.encode() + raw.removeprefix(raw_base),
            "headers": headers,
            BASE_URL: origin + place.base,
        }
        await self._app({**scope, **led}, receive, send)


def host_of(scope: Scope) -> str:
    """Returns the host of a request, without its port."""
    return (urlsplit(f"//{_header(scope, b'host')}").hostname or "").lower()


def _header(scope: Scope, name: bytes) -> str:
    return next((str(v.decode("latin-1")) for n, v in scope["headers"] if n == name), "")
