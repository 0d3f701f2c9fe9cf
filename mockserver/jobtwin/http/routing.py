"""Leads each request to the endpoint of its operation; by whole paths, so that `Allow` is whole."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from jobtwin.http.api import ServedApi
from jobtwin.http.base_urls import BASE_PATH
from jobtwin.http.console import ConsolePages
from jobtwin.http.endpoint import Endpoint
from jobtwin.http.paths import PATH, PATH_TEXTS, PATH_VALUES, REPEATED, segments
from jobtwin.http.repeated import RepeatedCache
from jobtwin.http.reply import Reply, send_reply
from jobtwin.http.samples import SampleEndpoint
from jobtwin.openapi.templates import literal_first, path_parameters, path_pattern

_TEXT = "text/plain; charset=utf-8"

_PAGES = ("/ui", "/openapi.json", "/openapi.yaml")
"""The prefixes of Swagger UI's paths, and of its documents."""

AnyEndpoint = Endpoint | SampleEndpoint

_Request = tuple[str, str, bytes]
"""The path, the method and the query of a request."""

CACHE_SIZE = 1024
"""The maximum number of cached matches: clients repeat the paths of their polls."""

LONGEST_CACHED = 256
"""The maximum length of a path, with its query, whose match is cached."""


class _Template(NamedTuple):
    """A path template: its pattern, the names of its parameters, and endpoints by method.

    `shape` is the template without those names: of two templates of one shape, none is closer.
    `by_query` has the endpoints, by method, of paths that are written with a query.
    """

    pattern: re.Pattern[str]
    names: list[str]
    endpoints: dict[str, AnyEndpoint]
    shape: str
    by_query: list[tuple[frozenset[str], str, AnyEndpoint]]

    def endpoint(self, method: str, query: bytes) -> AnyEndpoint | None:
        """Returns the endpoint of a method; paths with a query come first."""
        if self.by_query and query:
            sent = query.decode("latin-1").split("&")
            for wanted, its_method, endpoint in self.by_query:
                if its_method == method and wanted.issubset(sent):
                    return endpoint
        return self.endpoints.get(method)


class _Paths:
    """The paths of one spec, by their number of slashes and last segment, the closest template first."""

    def __init__(self, api: ServedApi) -> None:
        self._templates: dict[str, _Template] = {}
        for operation_id, method, path in sorted(
            api.spec.routes, key=lambda route: literal_first(route[2])
        ):
            self._add(path, method.upper(), api.endpoint(operation_id))
        self._by_end = _by_end(self._templates)

    def _add(self, path: str, method: str, endpoint: AnyEndpoint) -> None:
        path, _, query = path.partition("?")
        if path not in self._templates:
            shape = re.sub(r"\{[^}]*\}", "{}", path)
            found = _Template(path_pattern(path), path_parameters(path), {}, shape, [])
            self._templates[path] = found
        template = self._templates[path]
        if query:
            template.by_query.append((frozenset(query.split("&")), method, endpoint))
            return
        template.endpoints[method] = endpoint
        if method == "GET":
            template.endpoints.setdefault("HEAD", endpoint)

    def find(
        self, path: str, method: str, query: bytes
    ) -> tuple[AnyEndpoint | None, dict[str, str]]:
        """Returns the endpoint of a path, or None, and the path's parameters.

        The most specific matching template is used, even if it lacks the method; of several with
        the same shape, the first with the method.
        """
        shape, slashes, end = None, path.count("/"), path[path.rfind("/") + 1 :]
        for template in self._by_end.get((slashes, end)) or self._by_end.get((slashes, ""), ()):
            if shape is not None and template.shape != shape:
                continue
            if (found := template.pattern.fullmatch(path)) is None:
                continue
            endpoint = template.endpoint(method, query)
            if endpoint is not None:
                return endpoint, segments(path, template.names, found.groups())
            shape = template.shape
        return None, {}


def _by_end(templates: Mapping[str, _Template]) -> Mapping[tuple[int, str], Sequence[_Template]]:
    """Returns the templates that may match a path, by its slashes and its last segment.

    Templates that end with a parameter are in every list. The list of the empty segment is for last
    segments that end no template.
    """
    by_slashes: dict[int, list[tuple[str, _Template]]] = {}
    for path, template in templates.items():
        by_slashes.setdefault(path.count("/"), []).append((_literal_end(path), template))
    return {
        (slashes, end): [template for its_end, template in found if its_end in {"", end}]
        for slashes, found in by_slashes.items()
        for end in {"", *(its_end for its_end, _ in found)}
    }


def _literal_end(path: str) -> str:
    """Returns the last segment of a template; an empty text if it has a parameter."""
    end = path.rpartition("/")[2]
    return "" if "{" in end else end


class _Mount(NamedTuple):
    """An API at its base path."""

    base: str
    below: str
    paths: _Paths


_Match = tuple[_Mount, str, AnyEndpoint | None, Mapping[str, str], Mapping[str, Any] | None]
"""The result of routing a path: the mount, the rest of the path, and the endpoint with its parameters.

The parameters are there as they were sent, and as the endpoint reads them; None if they are not valid.
"""


class Router:
    """Answers with the endpoint of a request's operation, with a page, or with a 404.

    An unknown path is refused with the error schema of the vendor.
    """

    def __init__(self, apis: Mapping[str, ServedApi]) -> None:
        self._apis = apis
        self._mounts = {
            "/" + base.split("/")[1]: _Mount(base, base + "/", _Paths(api))
            for base, api in apis.items()
        }
        self._matches = RepeatedCache[_Request, _Match](CACHE_SIZE)
        self._console = ConsolePages(apis)
        self._pages: ASGIApp | None = None

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers one request."""
        path = scope[PATH]
        key = path, scope["method"], scope["query_string"]
        match = self._matches.get(key)
        scope[REPEATED] = match is not None
        if match is None:
            match = self._found(key)
        if match is None:
            return self._outside(path, scope, send)
        mount, rest, endpoint, texts, values = match
        scope[BASE_PATH] = mount.base
        if endpoint is not None:
            scope[PATH_TEXTS], scope[PATH_VALUES] = texts, values
            return endpoint(scope, receive, send)
        if rest.startswith(_PAGES):
            return self._page(scope, receive, send)
        return self._unknown(scope, receive, send)

    def _found(self, key: _Request) -> _Match | None:
        """Returns the match of a request, or None outside of the mounts; keeps it if it is repeated."""
        path, method, query = key
        slash = path.find("/", 1)
        mount = self._mounts.get(path if slash < 0 else path[:slash])
        if mount is None or not (path.startswith(mount.below) or path == mount.base):
            return None
        rest = path[len(mount.base) :]
        endpoint, texts = mount.paths.find(rest, method, query)
        values = None if endpoint is None else endpoint.path_values(texts)
        match = mount, rest, endpoint, texts, values
        if len(path) + len(query) <= LONGEST_CACHED and self._matches.note(key):
            self._matches.put(key, match)
        return match

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers with Swagger UI, or with its document."""
        await (await self._swagger())(scope, receive, send)

    async def _outside(self, path: str, scope: Scope, send: Send) -> None:
        """Answers paths outside of the APIs: a page of the console, or 404."""
        reply = self._console.reply(path, scope)
        if reply is None:
            text = f"There is nothing here; the twins are at {', '.join(sorted(self._apis))}\n"
            reply = Reply(404, text.encode(), _TEXT)
        await send_reply(send, reply, head=scope["method"] == "HEAD")

    async def _unknown(self, scope: Scope, _receive: Receive, send: Send) -> None:
        base, path = scope[BASE_PATH], scope[PATH]
        reply = await self._apis[base].not_found(path.removeprefix(base), scope)
        await send_reply(send, reply, head=scope["method"] == "HEAD")

    async def _swagger(self) -> ASGIApp:
        if self._pages is None:
            self._pages = await asyncio.to_thread(self._made_pages)
        return self._pages

    def _made_pages(self) -> ASGIApp:
        from jobtwin.http.swagger import swagger_app  # noqa: PLC0415 - connexion takes long to import

        return swagger_app(self._apis, self._unknown)
