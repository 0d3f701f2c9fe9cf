"""The ASGI application: connexion's stack, with one prepared middleware in its middle.

Connexion reads the specs, routes by them and shows them in Swagger UI. `TwinMiddleware` stands
where its security, validation and parameter middlewares would: all that they decide for each
request is prepared here once for each operation.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.errors import Refusal, WrongAnswer
from mockserver.http.answers import made, refused, send_json
from mockserver.http.control import CONTROLS
from mockserver.http.credentials import Gate
from mockserver.http.handlers import handler
from mockserver.http.request import Asked, Reader
from mockserver.spec import Spec
from mockserver.spec.operations import Answer, ErrorAnswer, Operation
from mockserver.world import Sandbox

with warnings.catch_warnings():
    # Importing connexion imports Starlette's test client, which warns that httpx is on its way out.
    warnings.simplefilter("ignore")
    from connexion.middleware import ConnexionMiddleware
    from connexion.middleware.abstract import ROUTING_CONTEXT, RoutedAPI, RoutedMiddleware
    from connexion.middleware.exceptions import ExceptionMiddleware
    from connexion.middleware.routing import RoutingAPI, RoutingMiddleware
    from connexion.middleware.swagger_ui import SwaggerUIMiddleware
    from connexion.operations import AbstractOperation
    from connexion.resolver import Resolver

log = logging.getLogger("jobtwin")

CONTROL = "control"
"""The stem of the spec that describes the server's own API, mounted at /_control."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server treats every request; `credentials` are the only ones let in, if any."""

    credentials: Collection[str] = field(default=(), repr=False)
    lenient: bool = False


def base_path(spec: Spec) -> str:
    """Where a spec is mounted."""
    return "/_control" if spec.name == CONTROL else f"/{spec.name}"


def create_app(
    specs: Sequence[Spec], sandbox: Sandbox, settings: Settings | None = None
) -> ConnexionMiddleware:
    """The application that serves these specs from this sandbox."""
    twins = {base_path(s): _Twin(s, sandbox, settings or Settings()) for s in specs}
    app = ConnexionMiddleware(
        _Nowhere(twins),
        import_name=__name__,
        middlewares=[ExceptionMiddleware, SwaggerUIMiddleware, _Routing, TwinMiddleware],
        resolver=Resolver(lambda _: _answered_elsewhere),
    )
    for path, twin in twins.items():
        app.add_api(dict(twin.spec.document.data), base_path=path, twin=twin)
    return app


def _answered_elsewhere() -> None:
    """Stand in for the functions that connexion wants; `TwinMiddleware` answers before them."""


class _Twin:
    """One spec in service: the sandbox, the settings, and its general errors."""

    def __init__(self, spec: Spec, sandbox: Sandbox, settings: Settings) -> None:
        self.spec = spec
        self.sandbox = sandbox
        self.settings = settings
        self.operations = {operation.id: operation for operation in spec.operations}

    def prepared(self, operation_id: str) -> _Prepared:
        return _Prepared(self, self.operations[operation_id])

    def methods(self, path: str) -> list[str]:
        return sorted(o.method for o in self.spec.operations if o.path == path)


class _Prepared:
    """One operation, ready for requests."""

    def __init__(self, twin: _Twin, operation: Operation) -> None:
        self._twin = twin
        self._name = f"{twin.spec.name} {operation.id}"
        self._errors = operation.errors
        self._answer = operation.answer
        self._handle = CONTROLS[operation.id] if operation.does == CONTROL else handler(operation)
        credentials = twin.spec.credentials
        self._gate = Gate(
            operation.security,
            credentials,
            forbids=403 in operation.declared,
            allowed=twin.settings.credentials,
        )
        self._reader = Reader(
            operation,
            security=[c.field for c in credentials.values() if c.place == "query"],
            lenient=twin.settings.lenient,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sandbox, reader = self._twin.sandbox, self._reader
        asked = Asked({}, {}, {}, None, sandbox.request_id)
        headers = dict(scope["headers"])
        try:
            self._gate.check(headers, scope)
            asked.path = reader.path(scope)
            asked.query = reader.query(scope)
            asked.header = reader.header(headers)
            asked.body = await reader.body(headers, receive)
            body = made(self._name, self._answer, self._handle(asked, sandbox), asked)
        except Refusal as refusal:
            await _refuse(send, self._name, self._errors, refusal, asked)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and the client gets a 500
            _log_failure(self._name, error)
            await _refuse(send, self._name, self._errors, Refusal("internal"), asked)
        else:
            await send_json(send, self._answer, body)


def _log_failure(name: str, error: Exception) -> None:
    if isinstance(error, WrongAnswer):
        log.error("answered 500 instead of what the spec does not allow: %s", error)
    else:
        log.error("%s failed", name, exc_info=error)


async def _refuse(
    send: Send, name: str, errors: Mapping[str, ErrorAnswer], refusal: Refusal, asked: Asked
) -> None:
    try:
        answer, body, headers = refused(name, errors, refusal, asked)
    except WrongAnswer as error:
        _log_failure(name, error)
        answer, body, headers = Answer(500, None, None, "text/plain"), b"wrong answer\n", {}
    await send_json(send, answer, body, headers)


class _TwinAPI(RoutedAPI[_Prepared]):
    """Connexion's view of one spec, each operation prepared."""

    def __init__(self, *args: Any, twin: _Twin, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._twin = twin
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> _Prepared:
        return self._twin.prepared(operation.operation_id)


class TwinMiddleware(RoutedMiddleware[_TwinAPI]):
    """Answers every operation of every spec."""

    api_cls = _TwinAPI


class _Methods:
    """One path's operations by method; another method is answered with 405 and `Allow`."""

    def __init__(self, nowhere: ASGIApp) -> None:
        self.operations: dict[str, ASGIApp] = {}
        self._nowhere = nowhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.operations.get(scope["method"], self._nowhere)(scope, receive, send)


class _PathRouting(RoutingAPI):
    """Connexion's routing of one spec, with one route a path rather than one a method.

    Starlette's `Allow` names the methods of the first route alone.
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
            self.router.add_route(path, self._paths[path], methods=None, name=name)
        self._paths[path].operations[method.upper()] = operation


class _Routing(RoutingMiddleware):
    """Connexion's routing middleware, with `_PathRouting` for each spec."""

    def add_api(self, specification: Any, base_path: str | None = None, **kwargs: Any) -> None:
        """Mount a spec at its base path."""
        api = _PathRouting(specification, base_path=base_path, next_app=self.app, **kwargs)
        self.router.mount(api.base_path, app=api.router)


class _Nowhere:
    """Answers what no operation does: a wrong path, or a wrong method."""

    def __init__(self, twins: Mapping[str, _Twin]) -> None:
        self._twins = twins
        self._routes = {path: _patterns(twin) for path, twin in twins.items()}

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        base = scope["extensions"][ROUTING_CONTEXT].get("api_base_path", "")
        twin = self._twins.get(base)
        if twin is None:
            paths = ", ".join(sorted(self._twins))
            body = f"There is nothing here; the twins are at {paths}\n".encode()
            await send_json(send, Answer(404, None, None, "text/plain; charset=utf-8"), body)
            return
        asked = Asked({}, {}, {}, None, twin.sandbox.request_id)
        await _refuse(send, twin.spec.name, twin.spec.errors, self._refusal(base, scope), asked)

    def _refusal(self, base: str, scope: Scope) -> Refusal:
        path = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(base)
        for regex, methods in self._routes[base]:
            if regex.match(path):
                allow = ", ".join(methods)
                return Refusal("wrong_method", method=scope["method"], names=allow, headers={"Allow": allow})  # fmt: skip
        return Refusal("unknown_path", path=path)


def _patterns(twin: _Twin) -> list[tuple[Any, list[str]]]:
    """Each path of a spec as a regular expression, with its methods."""
    paths = dict.fromkeys(operation.path for operation in twin.spec.operations)
    return [(compile_path(path)[0], twin.methods(path)) for path in paths]
