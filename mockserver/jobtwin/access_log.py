"""An access log: one line for each request, without the secrets of its URL."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from typing import Any

from jobcall.secrets import MASK, mask_query
from jobtwin.openapi import Spec

Message = MutableMapping[str, Any]
App = Callable[[Message, Any, Any], Awaitable[None]]

_logger = logging.getLogger("jobtwin.access")


class AccessLog:
    """Wraps an ASGI application and logs its requests.

    `hidden` are query parameters to mask, beside those with names of secrets.
    `sessions` matches the part of a path before a job's ID that is a token.
    """

    def __init__(self, app: App, hidden: Collection[str], sessions: re.Pattern[str]) -> None:
        self._app = app
        self._hidden = {name.lower() for name in hidden}
        self._sessions = sessions

    async def __call__(self, scope: Message, receive: Any, send: Callable[..., Any]) -> None:
        """Answers a request, and logs it when its response is complete or broken off."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Routing changes the scope's path.
        request, status = self._line(scope), "-"

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, watch)
        finally:
            passed = (time.perf_counter() - began) * 1000
            _logger.info("%s  %s  %.1f ms", status, request, passed)

    def _line(self, scope: Message) -> str:
        path = (scope.get("raw_path") or scope["path"].encode()).decode("ascii", "backslashreplace")
        query = scope["query_string"].decode("ascii", "backslashreplace")
        path = self._sessions.sub(rf"\1{MASK}", path)
        masked = f"?{mask_query(query, self._hidden)}" if query else ""
        return f"{scope['method']:6} {path}{masked}"


def secret_parameters(specs: Iterable[Spec]) -> set[str]:
    """Returns the names of the query parameters that carry credentials."""
    return {name for spec in specs for name in spec.query_credentials}


def session_paths(specs: Iterable[Spec]) -> re.Pattern[str]:
    """Matches a control API's path to a session, whose id may be given as the token itself."""
    machines = (
        re.escape(f"{spec.name}/{machine.name}")
        for spec in specs
        for machine in spec.jobs.values()
        if machine.secret_ids
    )
    return re.compile(rf"(/_control/jobs/(?:{'|'.join(machines) or '(?!)'})/)[^/]+")


def log_requests() -> None:
    """Writes the log to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%H:%M:%S"))
    _logger.addHandler(handler)
    _logger.setLevel(logging.INFO)
    _logger.propagate = False
