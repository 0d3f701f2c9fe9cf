"""The ASGI application: connexion's stack around the twins.

Connexion reads the specs, routes by them and shows them in Swagger UI.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial

from starlette.types import ASGIApp

from mockserver.http.control import Control
from mockserver.http.routing import Nowhere, PathRoutingMiddleware, TwinMiddleware
from mockserver.http.twin import Settings, Twin
from mockserver.http.worlds import WorldMiddleware
from mockserver.spec import Spec
from mockserver.world import Sandbox, Sandboxes

with warnings.catch_warnings():
    # Importing connexion imports Starlette's test client, which warns that httpx is on its way out.
    warnings.simplefilter("ignore")
    from connexion.middleware.exceptions import ExceptionMiddleware
    from connexion.middleware.main import ConnexionMiddleware
    from connexion.middleware.swagger_ui import SwaggerUIMiddleware
    from connexion.resolver import Resolver

CONTROL = "control"
"""The stem of the spec that describes the server's own API, mounted at /_control."""


def base_path(spec: Spec) -> str:
    """Where a spec is mounted."""
    return f"/_{CONTROL}" if spec.name == CONTROL else f"/{spec.name}"


def create_app(
    specs: Sequence[Spec], sandboxes: Sandboxes | Sandbox, settings: Settings | None = None
) -> ConnexionMiddleware:
    """The application that serves these specs from these sandboxes."""
    settings = settings or Settings()
    if isinstance(sandboxes, Sandbox):
        sandboxes = Sandboxes.only(sandboxes)
    controls = Control(specs, sandboxes).handlers()
    twins = {base_path(spec): Twin(spec, settings, controls) for spec in specs}
    worlds = partial(
        WorldMiddleware,
        sandboxes=sandboxes,
        control=f"/_{CONTROL}",
        token=settings.control_token,
    )
    # Swagger UI comes last: who polls need not pass its router.
    middlewares = [worlds, ExceptionMiddleware, PathRoutingMiddleware, TwinMiddleware, _Docs]
    app = ConnexionMiddleware(
        Nowhere(twins),
        import_name=__name__,
        middlewares=middlewares,  # type: ignore[arg-type]  # connexion's annotation says applications
        resolver=Resolver(lambda _: _answered_elsewhere),
    )
    for path, twin in twins.items():
        app.add_api(dict(twin.spec.document.data), base_path=path, twin=twin)
    return app


class _Docs(SwaggerUIMiddleware):
    """Swagger UI, which does not send who asks for the base path elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self.router.redirect_slashes = False


def _answered_elsewhere() -> None:
    """Stand in for the functions that connexion wants; `TwinMiddleware` answers before them."""
