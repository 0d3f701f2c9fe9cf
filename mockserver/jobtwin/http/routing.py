"""Connexion's routing, led to prepared operations; by whole paths, so that `Allow` is whole."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from jobtwin.http.api import ServedApi
from jobtwin.http.endpoint import Endpoint
from jobtwin.http.paths import segment, split_path
from jobtwin.http.reply import Reply, send_reply
from jobtwin.http.samples import SampleEndpoint
from jobtwin.openapi.templates import literal_first, path_parameters, path_pattern

with warnings.catch_warnings():
    # Importing connexion imports Starlette's test client, which warns that httpx is on its way out.
    warnings.simplefilter("ignore")
    from connexion.middleware.abstract import ROUTING_CONTEXT, RoutedAPI, RoutedMiddleware
    from connexion.middleware.routing import RoutingAPI, RoutingMiddleware
    from connexion.operations.abstract import AbstractOperation

_TEXT = "text/plain; charset=utf-8"


class RoutedApi(RoutedAPI[Endpoint | SampleEndpoint]):
    """Connexion's view of one spec, each operation prepared."""

    def __init__(self, *args: Any, served: ServedApi, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._served = served
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> Endpoint | SampleEndpoint:
        """Prepare one operation."""
        return self._served.endpoint(operation.operation_id)


class ApiMiddleware(RoutedMiddleware[RoutedApi]):
    """Answers every operation of every spec.

    It stands where connexion's security, validation and parameter middlewares would: all that
    they decide for each request is prepared once for each operation.
    """

    api_cls = RoutedApi


class _Template(NamedTuple):
    """A path template: its pattern, the names of its parameters, and operations by method.

    `shape` is the template without those names: of two templates of one shape, none is closer.
    `by_query` has the operations, by method, of paths that are written with a query.
    """

    pattern: re.Pattern[str]
    names: list[str]
    operations: dict[str, str]
    shape: str
    by_query: list[tuple[frozenset[str], str, str]]

    def operation(self, method: str, query: bytes) -> str | None:
        """The operation of a method; one whose path has a part of the query comes first."""
        if self.by_query and query:
            sent = query.decode("latin-1").split("&")
            for wanted, its_method, operation_id in self.by_query:
                if its_method == method and wanted.issubset(sent):
                    return operation_id
        found = self.operations.get(method)
        return found or (self.operations.get("GET") if method == "HEAD" else None)


class _Paths:
    """The paths of one spec, by their number of slashes, the closest template first."""

    def __init__(self) -> None:
        self._templates: dict[str, _Template] = {}
        self._by_slashes: dict[int, list[_Template]] = {}

    def add(self, path: str, method: str, operation_id: str) -> None:
        """Add one operation."""
        path, _, query = path.partition("?")
        if path not in self._templates:
            shape = re.sub(r"\{[^}]*\}", "{}", path)
            found = _Template(path_pattern(path), path_parameters(path), {}, shape, [])
            self._templates[path] = found
            self._by_slashes.setdefault(path.count("/"), []).append(found)
        if query:
            self._templates[path].by_query.append((frozenset(query.split("&")), method, operation_id))  # fmt: skip
        else:
            self._templates[path].operations[method] = operation_id

    def find(self, path: str, method: str, query: bytes = b"") -> tuple[str | None, dict[str, str]]:
        """The operation of a path, None where there is none, and the path's parameters.

        The closest template that matches decides, also where it lacks the method; of several of
        one shape, the first that has the method.
        """
        shape = None
        for template in self._by_slashes.get(path.count("/"), ()):
            if shape is not None and template.shape != shape:
                continue
            if (found := template.pattern.fullmatch(path)) is None:
                continue
            found_id = template.operation(method, query)
            if found_id is not None:
                values = map(segment, found.groups())
                return found_id, dict(zip(template.names, values, strict=True))
            shape = template.shape
        return None, {}


class PathRoutingAPI(RoutingAPI):
    """Connexion's routing of one spec, by `_Paths` rather than by Starlette's router."""

    def __init__(self, specification: Any, *, next_app: ASGIApp, **kwargs: Any) -> None:
        self.paths = _Paths()
        super().__init__(specification, next_app=next_app, **kwargs)

    def add_paths(self, paths: dict[str, Any] | None = None) -> None:
        """Add the paths, those without parameters first, as OpenAPI has them matched."""
        paths = paths or self.specification["paths"]
        super().add_paths({path: paths[path] for path in sorted(paths, key=literal_first)})

    @staticmethod
    def _framework_path_and_name(_operation: AbstractOperation, path: str) -> tuple[str, str]:
        return path, path

    def _add_operation_internal(
        self, method: str, path: str, operation: Any, name: str | None = None
    ) -> None:
        del name  # Connexion's, for a router that has them.
        self.paths.add(path, method.upper(), operation.operation_id)


class PathRoutingMiddleware(RoutingMiddleware):
    """Connexion's routing middleware, which finds the spec by its base path."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self._apis: dict[str, _Paths] = {}
        self._bases: dict[str, str] = {}

    def add_api(
        self,
        specification: Any,
        base_path: str | None = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Mount a spec at its base path."""
        api = PathRoutingAPI(
            specification,
            base_path=base_path,
            arguments=arguments,
            next_app=self.app,
            **kwargs,
        )
        self._apis[api.base_path] = api.paths
        self._bases["/" + api.base_path.split("/")[1]] = api.base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Store the matched operation in the ASGI scope, as connexion's middlewares expect."""
        if scope["type"] == "http":
            path = split_path(scope)
            base, operation_id = self._mounted_at(path), None
            if base is not None:
                rest = path[len(base) :]
                operation_id, scope["path_params"] = self._apis[base].find(
                    rest, scope["method"], scope["query_string"]
                )
            scope.setdefault("extensions", {})[ROUTING_CONTEXT] = {
                "api_base_path": base,
                "operation_id": operation_id,
            }
        await self.app(scope, receive, send)

    def _mounted_at(self, path: str) -> str | None:
        """The base path of the spec that a path belongs to, None if it belongs to none."""
        slash = path.find("/", 1)
        base = self._bases.get(path if slash < 0 else path[:slash])
        if base is None or not (path + "/").startswith(f"{base}/"):
            return None
        return base


class NotFound:
    """Answers what no operation does, in the shape of the vendor whose path it is."""

    def __init__(self, apis: Mapping[str, ServedApi]) -> None:
        self._apis = apis

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request; a WebSocket is refused."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        path = split_path(scope)
        base = scope["extensions"][ROUTING_CONTEXT].get("api_base_path")
        api = None if base is None else self._apis.get(base)
        if api is None:
            text = f"There is nothing here; the twins are at {', '.join(sorted(self._apis))}\n"
            await send_reply(send, Reply(404, text.encode(), _TEXT), head=scope["method"] == "HEAD")
        else:
            reply = await api.not_found(path.removeprefix(base), scope)
            await send_reply(send, reply, head=scope["method"] == "HEAD")
