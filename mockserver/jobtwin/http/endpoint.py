"""An endpoint: one operation of a spec, prepared once, which turns requests into replies."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from jobtwin.errors import Refusal
from jobtwin.http.credentials import Authenticator
from jobtwin.http.finding import Handler
from jobtwin.http.handlers import handler
from jobtwin.http.journal_writer import JournalWriter, seen
from jobtwin.http.reply import Reply, log_failure, refused, send_reply
from jobtwin.http.request import (
    NOTHING_RECEIVED,
    Reader,
    Received,
    RequestData,
    combined,
    media_type,
)
from jobtwin.http.response_cache import ResponseCache
from jobtwin.http.sandbox_selection import SANDBOX
from jobtwin.http.waiting import Pause, ended
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from jobtwin.sandboxes import Sandbox, Sandboxes

if TYPE_CHECKING:
    from jobtwin.http.api import Settings


class Endpoint:
    """One operation, ready for requests: it reads, authenticates, handles, replies and journals.

    `handle` is given for operations that are about no jobs; for others it follows from the spec.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - it is made in one place, of that much
        self,
        spec: Spec,
        operation: Operation,
        settings: Settings,
        sandboxes: Sandboxes,
        journal: JournalWriter | None,
        handle: Handler | None,
    ) -> None:
        self._name = f"{spec.name} {operation.id}"
        self._errors = operation.errors
        self._declared = operation.answer
        self._order = operation.order
        self._sandboxes = sandboxes
        self._journal = journal
        self._handle = handle or handler(operation)
        self._cache = ResponseCache(self._name, operation)
        self._authenticator = Authenticator(
            operation.security,
            spec.credentials,
            forbids=HTTPStatus.FORBIDDEN in operation.declared,
            allowed=settings.credentials,
        )
        secret = [c.field for c in spec.credentials.values() if c.place == "query"]
        self._reader = Reader(operation, security=secret, lenient=settings.lenient)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the journal has the reply before it is sent."""
        sandbox = self._sandboxes.find(scope[SANDBOX])
        if sandbox is None or not sandbox.setup.skips or self._journal is None:
            await self._answer(scope, receive, send)
            return
        with sandbox.waits.under_way():
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, headers, received = perf_counter_ns(), combined(scope["headers"]), NOTHING_RECEIVED
        if self._reader.expects_body:
            try:
                received = await self._reader.received(headers, receive)
            except ClientDisconnect:
                return
        while True:
            async with self._sandboxes.turn(scope[SANDBOX]) as sandbox:
                reply = self._turn(scope, headers, received, sandbox, started)
            if not isinstance(reply, Pause):
                break
            if not await ended(reply, receive):
                return
        await send_reply(send, reply, head=scope["method"] == "HEAD", receive=receive)

    def _turn(
        self,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        received: Received,
        sandbox: Sandbox,
        started: int,
    ) -> Reply | Pause:
        """One turn: from all of the request being read to the journal having the reply."""
        request = RequestData(sandbox.request_id, started)
        if received.raw:
            request.raw, request.media_type = received.raw, media_type(headers)
        result, reply = self._replied(request, scope, headers, received, sandbox)
        if isinstance(reply, Pause):
            return reply
        # A fault changes the reply here: a function from Reply to Reply, a delay or a cut.
        if self._journal:
            self._journal.write(sandbox, scope, request, result, reply, started)
        return reply

    def _replied(
        self,
        request: RequestData,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        received: Received,
        sandbox: Sandbox,
    ) -> tuple[Any, Reply | Pause]:
        """What the handler returned, and the reply that is made from it."""
        result = None
        try:
            self._read(request, scope, headers, received, sandbox)
            result = self._handle(request, sandbox)
            return result, self._made(result, request)
        except Refusal as refusal:
            return result, refused(self._name, self._errors, refusal, request)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours: the client gets a 500
            log_failure(self._name, error)
            return result, refused(self._name, self._errors, Refusal("internal"), request)

    def _made(self, result: Any, request: RequestData) -> Reply | Pause:
        if isinstance(result, Pause):
            return result
        answer = self._declared
        if callable(result):
            return Reply(answer.status, media_type=answer.media_type, stream=result)
        body = self._cache.body(result, request)
        shown = seen(result) if self._journal else ()
        return Reply(answer.status, body, answer.media_type, request.reply_headers, None, shown)

    def _read(
        self,
        request: RequestData,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        received: Received,
        sandbox: Sandbox,
    ) -> None:
        """Check and read the request, in the vendor's order."""
        request.head = scope["method"] == "HEAD"
        for part in self._order:
            if part == "credential":
                request.credential = self._authenticator.check(headers, scope, sandbox)
            elif part == "parameters":
                request.path = self._reader.path(scope)
                request.query = self._reader.query(scope)
                request.header = self._reader.header(headers)
            else:
                request.body = self._reader.body(headers, received)
        if prefer := headers.get(b"prefer"):
            request.prefer = prefer.decode("latin-1")
