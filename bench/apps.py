"""The other Python tools, as ASGI applications for uvicorn; `BENCH_FOLDER` has their responses."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

PATH, BODY, SPEC = "path.txt", "body.json", "openapi.json"
"""Files of the folder: the poll's path, its response, and the OpenAPI document."""


def _folder() -> Path:
    return Path(os.environ["BENCH_FOLDER"])


def starlette() -> ASGIApp:
    """Bare Starlette, as the limit: one route with one prepared response."""
    body = (_folder() / BODY).read_bytes()

    async def answer(_request: Request) -> Response:
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route((_folder() / PATH).read_text(encoding="utf-8"), answer)])


def raw() -> ASGIApp:
    """An ASGI application that sends two messages, and ignores the request."""
    body = (_folder() / BODY).read_bytes()
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    rest = {"type": "http.response.body", "body": body}

    async def answer(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send(start)
            await send(rest)

    return answer


def connexion() -> ASGIApp:
    """Connexion as documented: a spec, handlers, and validation of requests and responses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Starlette's test client, which connexion imports, warns
        from connexion.apps.asynchronous import AsyncApp  # noqa: PLC0415 - the other tools do not need it
        from connexion.resolver import Resolver  # noqa: PLC0415 - same
    body = json.loads((_folder() / BODY).read_bytes())

    async def answer(**_asked: Any) -> Any:
        return body

    app = AsyncApp("bench", specification_dir=_folder())
    # Not by the file's name: connexion would interpret its braces as Jinja.
    document = json.loads((_folder() / SPEC).read_text(encoding="utf-8"))
    app.add_api(document, resolver=Resolver(lambda _: answer), validate_responses=True)
    return app


def basic(username: str, password: str) -> dict[str, str] | None:
    """Accepts a user, for connexion."""
    return None if password else {"sub": username}


def bearer(token: str) -> dict[str, str] | None:
    """Accepts a token, for connexion."""
    return {"sub": token} if token else None
