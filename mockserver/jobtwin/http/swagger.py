"""Swagger UI and the document of each API, by connexion. Imported on first use."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson
import yaml
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from jobtwin.console import SWAGGER_POLICY, StaticFile, SwaggerPages
from jobtwin.http.api import ServedApi
from jobtwin.http.inspection import swagger_credentials
from jobtwin.http.reply import problem, send_reply
from jobtwin.openapi import Spec
from jobtwin.openapi.phrases import phrase

with warnings.catch_warnings():
    # Importing connexion imports Starlette's test client, which warns that httpx is deprecated there.
    warnings.simplefilter("ignore")
    from connexion.middleware.exceptions import ExceptionMiddleware
    from connexion.middleware.main import API, ConnexionMiddleware
    from connexion.middleware.swagger_ui import SwaggerUIAPI, SwaggerUIMiddleware
    from connexion.resolver import Resolver
    from connexion.spec import OpenAPISpecification


def swagger_app(apis: Mapping[str, ServedApi], other: ASGIApp) -> ASGIApp:
    """Returns an application with the pages of all APIs, by base path; `other` answers other paths."""
    app = _Stack(
        other,
        import_name=__name__,
        middlewares=[ExceptionMiddleware, _Docs],  # type: ignore[list-item]  # connexion's annotation says applications
        resolver=Resolver(lambda _: _answered_elsewhere),
    )
    for path, api in apis.items():
        app.mount(api, path)
    return app


class _Held(OpenAPISpecification):
    """A spec that has been read and checked: connexion routes by it, and needs no more than paths.

    Connexion reads OpenAPI 3.0 only, and would write out each `$ref`.
    """

    @classmethod
    def _validate_spec(cls, spec: dict[str, Any]) -> None:
        """Does nothing: the spec has been checked by its reader."""


class _Stack(ConnexionMiddleware):
    """Connexion's stack of middlewares, which takes specs that have been read."""

    def mount(self, served: ServedApi, base_path: str) -> None:
        """Adds an API like `add_api`, from a spec that connexion has not parsed."""
        specification = _Held(_routes(served.spec))  # type: ignore[no-untyped-call]  # connexion is untyped
        options = vars(self.options)
        self.apis.append(API(specification, base_path=base_path, served=served, **options))


def _routes(spec: Spec) -> dict[str, Any]:
    """Returns the paths and methods of a spec in connexion's form."""
    paths: dict[str, dict[str, Any]] = {}
    for name, method, path in spec.routes:
        responses = {"default": {"description": "Answered elsewhere"}}
        node = {"operationId": name, "responses": responses}
        paths.setdefault(path, {})[method.lower()] = node
    return {"openapi": "3.0.3", "info": {"title": spec.title, "version": "1"}, "paths": paths}


class _DocsAPI(SwaggerUIAPI):
    """Returns Swagger UI of one spec, with this server's URL."""

    def __init__(self, *args: Any, served: ServedApi, **kwargs: Any) -> None:
        self._served = served
        self._pages = SwaggerPages()
        self._bodies: dict[str, bytes] = {}
        super().__init__(*args, **kwargs)

    def add_swagger_ui(self) -> None:
        """Serves our own page, which starts authorised, before Swagger UI's files."""
        self.router.add_route("/ui/", self._page)
        self.router.add_route("/ui/start.js", self._script)
        self.router.add_route("/ui/settings.json", self._settings)
        super().add_swagger_ui()  # type: ignore[no-untyped-call]  # connexion is untyped

    async def _page(self, _request: Request) -> Response:
        return _sent(self._pages["index.html"])

    async def _script(self, _request: Request) -> Response:
        return _sent(self._pages["start.js"])

    async def _settings(self, _request: Request) -> Response:
        """Returns the page's options, without credentials chosen for the server."""
        spec, guarded = self._served.spec, bool(self._served.settings.credentials)
        credentials = [] if guarded else swagger_credentials(spec)
        return JSONResponse(
            {"title": spec.title, "url": "../openapi.json", "credentials": credentials}
        )

    def _spec_for_prefix(self, request: Request) -> dict[str, Any]:
        written = self._served.spec.document.written
        return {**written, "servers": [{"url": self._base_path_for_prefix(request)}]}

    async def _get_openapi_json(self, request: Request) -> Response:
        body = await self._prepared("json", partial(orjson.dumps, self._without_servers()))
        servers = orjson.dumps({"servers": [{"url": self._base_path_for_prefix(request)}]})
        return Response(body[:-1] + b"," + servers[1:], media_type="application/json")

    async def _get_openapi_yaml(self, request: Request) -> Response:
        body = await self._prepared("yaml", partial(_yaml, self._without_servers()))
        servers = _yaml({"servers": [{"url": self._base_path_for_prefix(request)}]})
        return Response(body + servers, media_type="text/yaml")

    def _without_servers(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in self._served.spec.document.written.items()
            if name != "servers"
        }

    async def _prepared(self, name: str, write: Callable[[], bytes]) -> bytes:
        """Returns a document as text, written once in a thread, since a large one takes seconds."""
        if name not in self._bodies:
            self._bodies[name] = await asyncio.to_thread(write)
        return self._bodies[name]


def _sent(page: StaticFile) -> Response:
    headers = {"Content-Security-Policy": SWAGGER_POLICY, "X-Content-Type-Options": "nosniff"}
    return Response(page.body, media_type=page.media_type, headers=headers)


def _yaml(value: Any) -> bytes:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True)
    return text.encode()


class _Docs(SwaggerUIMiddleware):
    """Swagger UI without redirects from the base path."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends a page; refuses unknown paths like the server, without logging."""
        try:
            await super().__call__(scope, receive, send)
        except HTTPException as error:
            title = phrase(error.status_code)
            await send_reply(
                send, problem(error.status_code, title, str(error.detail), error.headers)
            )

    def add_api(
        self,
        specification: Any,
        base_path: str | None = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Mounts a spec's pages at its base path."""
        del arguments  # For templates, which specs are not.
        api = _DocsAPI(specification, base_path=base_path, default=self.default_fn, **kwargs)
        self.router.mount(api.base_path, app=api.router)


def _answered_elsewhere() -> None:
    """Stands in for the functions that connexion requires; endpoints answer the operations."""
