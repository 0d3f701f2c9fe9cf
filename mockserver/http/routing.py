"""Connexion's routing, led to prepared operations; one route a path, so that `Allow` is whole."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.http.answers import send_json
from mockserver.http.twin import Prepared, Twin
from mockserver.spec.operations import Answer

with warnings.catch_warnings():
    # Importing connexion imports Starlette's test client, which warns that httpx is on its way out.
    warnings.simplefilter("ignore")
    from connexion.middleware.abstract import ROUTING_CONTEXT, RoutedAPI, RoutedMiddleware
    from connexion.middleware.routing import RoutingAPI, RoutingMiddleware
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


class _Methods:
    """One path's operations by method; any other method is answered nowhere."""

    def __init__(self, nowhere: ASGIApp) -> None:
        self.operations: dict[str, ASGIApp] = {}
        self._nowhere = nowhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.operations.get(scope["method"], self._nowhere)(scope, receive, send)


class PathRoutingAPI(RoutingAPI):
    """Connexion's routing of one spec, with one route a path rather than one a method.

    Starlette's own `Allow` names the methods of the first route alone.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._paths: dict[str, _Methods] = {}
        super().__init__(*args, **kwargs)

    def add_paths(self, paths: dict[str, Any] | None = None) -> None:
        """Add the paths, those without parameters first, as OpenAPI has them matched."""
        paths = paths or self.specification["paths"]
        super().add_paths(dict(sorted(paths.items(), key=lambda item: "{" in item[0])))

    def _add_operation_internal(
        self, method: str, path: str, operation: Any, name: str | None = None
    ) -> None:
        if path not in self._paths:
            self._paths[path] = _Methods(self.router.default)
            # Starlette takes an ASGI application here, too, which its annotation does not say.
            self.router.add_route(path, self._paths[path], name=name)  # type: ignore[arg-type]
        self._paths[path].operations[method.upper()] = operation


class PathRoutingMiddleware(RoutingMiddleware):
    """Connexion's routing middleware, with `PathRoutingAPI` for each spec."""

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
        self.router.mount(api.base_path, app=api.router)


class Nowhere:
    """Answers what no operation does, in the shape of the vendor whose path it is."""

    def __init__(self, twins: Mapping[str, Twin]) -> None:
        self._twins = twins

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        base = scope["extensions"][ROUTING_CONTEXT].get("api_base_path", "")
        twin = self._twins.get(base)
        if twin is None:
            text = f"There is nothing here; the twins are at {', '.join(sorted(self._twins))}\n"
            await send_json(send, _NOT_FOUND, text.encode())
        else:
            path = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(base)
            await twin.nowhere(path, scope["method"], send)
