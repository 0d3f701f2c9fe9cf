"""An endpoint: one operation of a spec, prepared once, which turns requests into replies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from time import perf_counter_ns
from typing import Any

from starlette.types import Receive, Scope, Send

from jobtwin.deliveries import Courier
from jobtwin.errors import Refusal, SandboxesFull, StoreLost, UnknownSandbox
from jobtwin.http.base_urls import rewritten
from jobtwin.http.control import SERVER_WIDE
from jobtwin.http.credentials import Authenticator
from jobtwin.http.delivery import deliver
from jobtwin.http.faults import FaultInjector
from jobtwin.http.finding import Handler
from jobtwin.http.handlers import handler, immediate_handler
from jobtwin.http.headers import HEADERS
from jobtwin.http.journal_writer import JournalWriter
from jobtwin.http.limits import REFUSED, Limiter
from jobtwin.http.reply import Reply, answer_headers, failed, refused, send_reply, without_sandbox
from jobtwin.http.request import (
    NOTHING_RECEIVED,
    Arrival,
    ClientLeft,
    RequestData,
    RequestReader,
)
from jobtwin.http.response_cache import ResponseCache
from jobtwin.http.sandbox_selection import SANDBOX
from jobtwin.http.settings import Settings
from jobtwin.http.waiting import Pause, ended
from jobtwin.openapi import Spec
from jobtwin.openapi.emitting import holds
from jobtwin.openapi.operations import Answer, Operation
from jobtwin.openapi.servers import vendor_url
from jobtwin.sandboxes import DEFAULT, Sandbox, Sandboxes

_READING = ("GET", "HEAD")
"""Methods of requests that change nothing, mostly."""

_MAKING = ("PATCH", "POST", "PUT")
"""Methods by which the control API makes a sandbox; the vendors' operations always do."""


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
        courier: Courier,
    ) -> None:
        self._courier = courier
        self._name = f"{spec.name} {operation.id}"
        self._errors = operation.errors
        self._answers = [(holds(c), answer) for c, answer in operation.answers]
        self._sole = operation.answer if len(operation.answers) == 1 else None
        self._public_url = settings.base_url
        self._vendor_url = vendor_url(spec.document.data)
        self._sandboxes = sandboxes
        self._journal = journal
        self._handle = handle or handler(operation)
        self._immediate = handle or immediate_handler(operation)
        # Reading or deleting something in a sandbox that is not there is a mistake, misspelt mostly.
        self._is_server_wide = handle is not None and operation.id in SERVER_WIDE
        self._makes_sandbox = handle is None or operation.method in _MAKING
        self._only_reads = operation.method in _READING
        self._cache = ResponseCache(self._name, operation)
        self._authenticator = Authenticator(
            operation.security,
            spec.credentials,
            forbids=HTTPStatus.FORBIDDEN in operation.declared,
            allowed=settings.credentials,
        )
        self._reader = RequestReader(
            operation, security=spec.query_credentials, lenient=settings.lenient
        )
        self._steps = _steps(operation, self._reader)
        self._injector = FaultInjector(spec, operation, self._reader) if journal else None
        self._limiter = Limiter(spec, operation, self._reader) if journal else None

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answers one request; the journal has the reply before it is sent."""
        if self._sandboxes.may_skip and self._journal is not None:
            sandbox = self._sandboxes.skipping(scope[SANDBOX])
            if sandbox is not None:
                return self._answer_under_way(sandbox, scope, receive, send)
        return self._answer(scope, receive, send)

    def path_values(self, texts: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Returns the values of the path's parameters; None if they cannot be read."""
        try:
            return self._reader.path_values(texts)
        except Exception:  # noqa: BLE001 - they are read again in the turn, which answers the failure
            return None

    async def _answer_under_way(
        self, sandbox: Sandbox, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answers one request; meanwhile the sandbox's clock does not skip."""
        with sandbox.waits.under_way():
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, headers, received = perf_counter_ns(), scope[HEADERS], NOTHING_RECEIVED
        if self._reader.expects_body:
            try:
                received = await self._reader.received(headers, receive)
            except ClientLeft:
                return
        name = DEFAULT if self._is_server_wide else scope[SANDBOX]
        arrival, sandbox = (scope, headers, received), self._sandboxes.at_hand(name)
        reply = None if sandbox is None else self._turn(arrival, name, started, sandbox)
        if reply is None or isinstance(reply, Pause):
            begin = partial(self._turn, arrival, name, started)
            await self._answer_later(begin, name, reply, (scope, receive, send))
        else:
            await self._send(reply, scope, receive, send)

    async def _answer_later(
        self,
        begin: Callable[..., Reply | Pause],
        name: str,
        pause: Pause | None,
        connection: tuple[Scope, Receive, Send],
    ) -> None:
        """Answers a request that has to wait for its sandbox, or until a pause is over."""
        try:
            while pause is None or await ended(pause, connection[1]):
                act = begin if pause is None else partial(begin, pause=pause)
                reply = await self._sandboxes.turn(
                    name, act, makes=self._makes_sandbox, reads=self._only_reads
                )
                if not isinstance(reply, Pause):
                    await self._send(reply, *connection)
                    return
                pause = reply
        except (UnknownSandbox, SandboxesFull, StoreLost) as error:
            await self._send(without_sandbox(error), *connection)
        finally:
            if pause is not None and pause.done is not None:
                pause.done()

    @staticmethod
    def _send(reply: Reply, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if reply.delivery is not None:
            return deliver(reply, reply.delivery, scope, receive, send)
        return send_reply(send, reply, head=scope["method"] == "HEAD", receive=receive)

    def _turn(
        self,
        arrival: Arrival,
        name: str,
        started: int,
        sandbox: Sandbox,
        pause: Pause | None = None,
    ) -> Reply | Pause:
        """One turn: from the complete request to the journal entry of the reply.

        After a `pause` the request meets no further fault. A store may repeat a turn, so its only
        effects are in the sandbox.
        """
        request = RequestData(sandbox.request_id, arrival, started, self._public_url)
        request.resumed = pause is not None and pause.resume is not None
        try:
            result, reply = self._handled(request, arrival, sandbox, pause)
            if self._journal and not isinstance(reply, Pause):
                scope, _, _ = arrival
                self._journal.write(sandbox, scope, request, result, reply)
        except Exception as error:  # noqa: BLE001 - a refusal or the journal failed, which is ours too
            reply = failed(self._name, self._errors, error, request)
        if sandbox.outbox:
            self._courier.wake(name, sandbox)
        return reply

    def _handled(
        self, request: RequestData, arrival: Arrival, sandbox: Sandbox, pause: Pause | None
    ) -> tuple[Any, Reply | Pause]:
        """Returns the handler's result, and the reply, changed by a fault if one hits or has hit."""
        if pause is not None and pause.resume is not None:
            result, reply = self._replied(request, arrival, sandbox, pause.resume)
            if pause.rule is not None and self._injector:
                reply = self._injector.applied(pause.rule, reply, result, request, sandbox)
            return result, reply
        if self._injector and (sandbox.faults.by_id or request.preferences):
            return self._maybe_faulty(self._injector, request, arrival, sandbox)
        return self._replied(request, arrival, sandbox, self._handle)

    def _maybe_faulty(
        self, injector: FaultInjector, request: RequestData, arrival: Arrival, sandbox: Sandbox
    ) -> tuple[Any, Reply | Pause]:
        """Returns the handler's result, and the reply, changed by a fault if one hits."""
        rule = injector.hit(request, arrival, sandbox)
        if rule is None:
            return self._replied(request, arrival, sandbox, self._handle)
        if (skipped := injector.unhandled(rule)) is not None:
            return None, injector.changed(rule, skipped, None, request, sandbox)
        handle = injector.handler(rule, self._immediate)
        result, due = self._replied(request, arrival, sandbox, handle)
        return result, injector.applied(rule, due, result, request, sandbox)

    def _replied(
        self, request: RequestData, arrival: Arrival, sandbox: Sandbox, handle: Handler
    ) -> tuple[Any, Reply | Pause]:
        """Returns the handler's result, and the reply made from it, with the headers of limits."""
        result: Any = None
        reply: Reply | Pause
        try:
            self._read(request, arrival, sandbox)
            result = handle(request, sandbox)
            reply = self._made(result, request)
        except Refusal as refusal:
            reply = self._refused(refusal, request)
            refusal.with_traceback(None)  # it may lead back to the refusal, by what was received
        except SandboxesFull as error:
            reply = without_sandbox(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours: the client gets a 500
            for job in request.made:
                sandbox.remove(job)
            reply = failed(self._name, self._errors, error, request)
        if request.limit_headers and not isinstance(reply, Pause):
            reply = reply._replace(headers={**reply.headers, **request.limit_headers})
        return result, reply

    def _refused(self, refusal: Refusal, request: RequestData) -> Reply:
        """The reply to a situation, also to one that only limits lead to which the spec lacks."""
        if self._limiter is None or refusal.situation != REFUSED:
            return refused(self._name, self._errors, refusal, request)
        known = REFUSED in self._errors
        due = refused(self._name, self._errors, refusal, request) if known else None
        return self._limiter.refused(due, refusal, request)

    def _made(self, result: Any, request: RequestData) -> Reply | Pause:
        if isinstance(result, Pause):
            return result
        answer = self._sole or self._answer_to(result, request)
        if callable(result):
            return Reply(answer.status, media_type=answer.media_type, stream=result)
        reply = self._cache.reply(answer, result, request)
        if request.reply_headers or answer.headers:
            headers = {**request.reply_headers, **answer_headers(answer, result, request)}
            reply = reply._replace(headers=headers)
        if answer.is_example:
            return rewritten(reply, self._vendor_url, lambda: request.base)
        return reply

    def _answer_to(self, result: Any, request: RequestData) -> Answer:
        """Returns the first answer whose condition holds; the last one has no condition."""
        return next(answer for fits, answer in self._answers if fits(result, request))

    def _read(self, request: RequestData, arrival: Arrival, sandbox: Sandbox) -> None:
        """Check and read the request, in the vendor's order."""
        scope, headers, _ = arrival
        request.head = scope["method"] == "HEAD"
        late: dict[str, Refusal] | None = None
        for part, invalid, read in self._steps:
            if read is None:
                request.credential = self._authenticator.check(headers, scope, sandbox)
                if sandbox.limits.by_id and self._limiter:
                    self._limiter.count(request, arrival, sandbox)
            elif part == invalid:
                if late and part in late:
                    raise late[part]
            elif not invalid:
                read(request, arrival)
            else:
                try:
                    read(request, arrival)
                except Refusal as refusal:
                    if refusal.situation not in _JUDGED:
                        raise
                    late = {**(late or {}), invalid: refusal}


def _invalid(part: str) -> str:
    """Returns the validation step that follows this parsing step."""
    return part.replace("malformed_", "invalid_") if part.startswith(("malf", "inv")) else ""


_JUDGED = ("invalid_parameter", "unknown_parameter", "missing_body", "invalid_body")
"""Situations of requests that can be read, but are not allowed."""


def _steps(
    operation: Operation, reader: RequestReader
) -> list[tuple[str, str, Callable[[RequestData, Arrival], None] | None]]:
    """Returns the parts of a request in the vendor's order, each with its check and its reader."""
    readings = {"parameters": reader.read_parameters, "body": reader.read_body}
    return [
        (part, _invalid(part), readings.get(part.rpartition("_")[2]))
        for part in operation.order
        if operation.body is not None or not part.endswith("body")
    ]
