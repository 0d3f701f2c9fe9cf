"""Specs served in process for tests, with a clock that moves between requests, and an oracle."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobtwin.http import Settings, base_path, create_app
from jobtwin.judge import Contradiction, Exchange, Oracle
from jobtwin.openapi import Spec
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import ManualClock, Sandbox, SandboxClock, Setup
from tests.loaded import loaded

FIFTH = sorted(Path(__file__).parent.glob("fifth/*.yaml"))
SPECS = [*loaded(), *loaded(FIFTH)]
VENDORS = [spec for spec in SPECS if spec.jobs]
SEVEN_SECONDS = itertools.repeat(7_000_000)
BLOCKING = (
    *("followEvents", "sleepOnClock", "waitForJob"),
    *(operation.id for spec in SPECS for operation in spec.operations if operation.wait),
)
"""Operations whose responses wait for a change; here nothing changes while they wait."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Wrap = Callable[[ASGIApp], ASGIApp]


async def others_turn() -> None:
    """Let all other tasks of the loop run until they wait; no time passes."""
    for _ in range(100):
        await asyncio.sleep(0)


def serve(specs: Sequence[Spec]) -> tuple[ASGIApp, Sandbox]:
    """Returns an application and its newly reset world; they are cached, since making them is slow.

    It accepts only the credentials in the specs' examples, and sessions.
    """
    app, sandbox = _served(tuple(specs))
    sandbox.clock, sandbox.by_polls = ManualClock(), False
    sandbox.reset()
    return app, sandbox


@lru_cache(maxsize=8)
def _served(specs: tuple[Spec, ...]) -> tuple[ASGIApp, Sandbox]:
    machines = machines_by_name(specs)
    schemes = [scheme for spec in specs for scheme in spec.credentials.values()]
    credentials = [scheme.example for scheme in schemes if scheme.example]
    sandbox = Sandbox(machines, Setup(ManualClock()))
    return create_app(specs, sandbox, Settings(credentials=credentials)), sandbox


class Ear:
    """A middleware that moves the clock, passes requests on, and shows them to the oracle.

    `steps` are the microseconds that pass before each request; without `spec` there is no oracle.
    """

    def __init__(
        self,
        app: ASGIApp,
        clock: SandboxClock,
        spec: Spec | None,
        steps: Iterator[int] = SEVEN_SECONDS,
    ) -> None:
        self.app = app
        self.spec = spec
        self.statuses: set[int] = set()
        self._clock = clock
        self._steps = steps
        self._oracle = Oracle(spec, alone=True) if spec else None
        self._found: list[Contradiction] = []

    def drain(self) -> list[Contradiction]:
        """Returns the contradictions found since the last call."""
        found, self._found = self._found, []
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        self._clock.advance(next(self._steps))
        if scope["type"] != "http" or self.spec is None or self._oracle is None:
            await self.app(scope, receive, send)
            return
        heard = _Heard()
        await self.app(scope, heard.receiving(receive), heard.sending(send))
        self.statuses.add(heard.status)
        at = _EPOCH + timedelta(microseconds=self._clock.now())
        self._found += self._oracle.check(heard.exchange(at, scope, self.spec))


class _Heard:
    """Records one request and its response."""

    def __init__(self) -> None:
        self.status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._sent = b""
        self._answered = b""

    def receiving(self, receive: Receive) -> Receive:
        async def received() -> Message:
            message = await receive()
            self._sent += message.get("body", b"")
            return message

        return received

    def sending(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self._headers = list(message.get("headers", ()))
            self._answered += message.get("body", b"")
            await send(message)

        return sent

    def exchange(self, at: datetime, scope: Scope, spec: Spec) -> Exchange:
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        return Exchange(
            at=at,
            method=scope["method"],
            url=path.removeprefix(base_path(spec)) + (f"?{query}" if query else ""),
            status=self.status,
            request_headers=_texts(scope["headers"]),
            request_body=self._sent or None,
            response_headers=_texts(self._headers),
            response_body=self._answered,
        )


def _texts(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
