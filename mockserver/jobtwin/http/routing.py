"""Connexion's routing, led to prepared operations; by whole paths, so that `Allow` is whole."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from jobtwin.http.api import Api
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

    def __init__(self, *args: Any, served: Api, **kwargs: Any) -> None:
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


class _Paths:
    """One spec's operations by path and method; anything else is answered nowhere.

    Starlette's router would read `{id}` as a number by itself, and so hide what is wrong with it,
    take no `{job-id}`, end a path at a line break, and send who asks for `/jobs/` elsewhere.
    A parameter holds no slash, so that those paths alone are tried which have as many.
    """

    def __init__(self) -> None:
        self._paths: dict[str, tuple[re.Pattern[str], list[str], dict[str, str]]] = {}
        self._by_slashes: dict[int, list[tuple[re.Pattern[str], list[str], dict[str, str]]]] = {}

    def add(self, path: str, method: str, operation_id: str) -> None:
        """Add one operation."""
        if path not in self._paths:
            found = path_pattern(path), path_parameters(path), dict[str, str]()
            self._paths[path] = found
            self._by_slashes.setdefault(path.count("/"), []).append(found)
        self._paths[path][2][method] = operation_id

    def find(self, path: str, method: str) -> tuple[str | None, dict[str, str]]:
        """The operation of a path, None where there is none, and the path's parameters.

        Where several templates match, the first that has the method answers.
        """
        for pattern, names, operations in self._by_slashes.get(path.count("/"), ()):
            found_id = operations.get(method)
            if found_id is None and method == "HEAD":
                found_id = operations.get("GET")
            if found_id is not None and (found := pattern.fullmatch(path)):
                return found_id, dict(zip(names, map(segment, found.groups()), strict=True))
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
                operation_id, scope["path_params"] = self._apis[base].find(rest, scope["method"])
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

    def __init__(self, apis: Mapping[str, Api]) -> None:
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
