"""Connexion's routing, led to prepared operations; by whole paths, so that `Allow` is whole."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.http.answers import send_json
from mockserver.http.twin import Prepared, Twin, concrete_first, path_pattern
from mockserver.spec.operations import Answer

with warnings.catch_warnings():
    # Importing connexion imports Starlette's test client, which warns that httpx is on its way out.
    warnings.simplefilter("ignore")
    from connexion.middleware.abstract import ROUTING_CONTEXT, RoutedAPI, RoutedMiddleware
    from connexion.middleware.routing import RoutingAPI, RoutingMiddleware, RoutingOperation
    from connexion.operations.abstract import AbstractOperation

_NOT_FOUND = Answer(404, None, None, "text/plain; charset=utf-8")


class TwinAPI(RoutedAPI[Prepared]):
    """Connexion's view of one spec, each operation prepared."""

    def __init__(self, *args: Any, twin: Twin, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._twin = twin
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> Prepared:
        """Prepare one operation."""
        return self._twin.prepared(operation.operation_id)


class TwinMiddleware(RoutedMiddleware[TwinAPI]):
    """Answers every operation of every spec.

    It stands where connexion's security, validation and parameter middlewares would: all that
    they decide for each request is prepared once for each operation.
    """

    api_cls = TwinAPI


class _Paths:
    """One spec's operations by path and method; anything else is answered nowhere.

    Starlette's router would read `{id}` as a number by itself, and so hide what is wrong with it,
    take no `{job-id}`, end a path at a line break, and send who asks for `/jobs/` elsewhere.
    """

    def __init__(self, nowhere: ASGIApp) -> None:
        self._nowhere = nowhere
        self._paths: dict[str, tuple[re.Pattern[str], list[str], dict[str, ASGIApp]]] = {}

    def add(self, path: str, method: str, operation: ASGIApp) -> None:
        """Add one operation."""
        names = re.findall(r"\{(.*?)\}", path)
        self._paths.setdefault(path, (path_pattern(path), names, {}))[2][method] = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope["root_path"])
        for pattern, names, operations in self._paths.values():
            if found := pattern.fullmatch(path):
                scope["path_params"] = dict(zip(names, found.groups(), strict=True))
                await operations.get(scope["method"], self._nowhere)(scope, receive, send)
                return
        await self._nowhere(scope, receive, send)


class PathRoutingAPI(RoutingAPI):
    """Connexion's routing of one spec, by `_Paths` rather than by Starlette's router."""

    def __init__(self, specification: Any, *, next_app: ASGIApp, **kwargs: Any) -> None:
        self.paths = _Paths(RoutingOperation(None, next_app))
        super().__init__(specification, next_app=next_app, **kwargs)

    def add_paths(self, paths: dict[str, Any] | None = None) -> None:
        """Add the paths, those without parameters first, as OpenAPI has them matched."""
        paths = paths or self.specification["paths"]
        super().add_paths({path: paths[path] for path in sorted(paths, key=concrete_first)})

    @staticmethod
    def _framework_path_and_name(_operation: AbstractOperation, path: str) -> tuple[str, str]:
        return path, path

    def _add_operation_internal(
        self, method: str, path: str, operation: Any, name: str | None = None
    ) -> None:
        del name  # Connexion's, for a router that has them.
        self.paths.add(path, method.upper(), operation)


class PathRoutingMiddleware(RoutingMiddleware):
    """Connexion's routing middleware, with `PathRoutingAPI` for each spec."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self.router.redirect_slashes = False

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
        mount = Mount(api.base_path, app=api.paths)
        # Starlette's own pattern ends a path at a line break.
        mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
        self.router.routes.append(mount)


class Nowhere:
    """Answers what no operation does, in the shape of the vendor whose path it is."""

    def __init__(self, twins: Mapping[str, Twin]) -> None:
        self._twins = twins

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request; a WebSocket is refused."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        base = scope["extensions"][ROUTING_CONTEXT].get("api_base_path") or path
        twin = self._twins.get(base)
        if twin is None:
            text = f"There is nothing here; the twins are at {', '.join(sorted(self._twins))}\n"
            await send_json(send, _NOT_FOUND, text.encode())
        else:
            await twin.nowhere(path.removeprefix(base), scope, send)
