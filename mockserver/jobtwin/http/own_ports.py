"""Separate ports for twins, with the paths of the vendor's host at the root. An ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from jobtwin.http.base_urls import BASE_URL
from jobtwin.openapi import Spec
from jobtwin.openapi.servers import mount_path, server_urls, split_base


@dataclass(frozen=True, slots=True)
class _Twin:
    """The mount path of a twin, and the paths of the vendor's servers."""

    path: str
    bases: Sequence[str]

    @classmethod
    def of_spec(cls, spec: Spec) -> _Twin:
        document = spec.document.data
        bases = [urlsplit(url).path for url in server_urls(document)]
        return cls(mount_path(spec.name, document), bases)

    def lead(self, scope: Scope) -> Scope:
        """Returns the request with the twin's path; URLs in its response keep the own port."""
        base, below = split_base(self.bases, scope["path"])
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        return {
            **scope,
            "path": self.path + below,
            "raw_path": self.path.encode() + raw.removeprefix(base.encode()),
            BASE_URL: f"{scope['scheme']}://{host}{base}",
        }


class OwnPorts:
    """Routes requests to the twin by the port; `ports` are those of twins, by name."""

    def __init__(self, app: ASGIApp, specs: Iterable[Spec], ports: Mapping[str, int]) -> None:
        self._app = app
        self._twins = {ports[s.name]: _Twin.of_spec(s) for s in specs if s.name in ports}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers one request."""
        server = scope.get("server")
        twin = self._twins.get(server[1]) if server and scope["type"] == "http" else None
        return self._app(scope if twin is None else twin.lead(scope), receive, send)
