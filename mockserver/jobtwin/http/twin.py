"""A spec in service: each of its operations prepared once, then answering requests."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from time import perf_counter_ns
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from jobtwin.errors import Refusal, WrongAnswer
from jobtwin.http.answers import refused, send_json
from jobtwin.http.credentials import Gate
from jobtwin.http.finding import Handler
from jobtwin.http.handlers import handler
from jobtwin.http.journaling import Journalist, Outcome
from jobtwin.http.keeping import Keeper
from jobtwin.http.paths import shown_path
from jobtwin.http.request import Asked, Reader, combined
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Answer, ErrorAnswer, Operation
from jobtwin.openapi.templates import literal_first, path_pattern
from jobtwin.sandboxes import Sandbox

log = logging.getLogger("jobtwin")

SANDBOX = "jobtwin.sandbox"
"""Where the ASGI scope holds the request's sandbox."""

_LAST_RESORT = Answer(500, None, None, "text/plain; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server treats every request.

    `credentials` are the only ones let in, if any; the values of query parameters that are
    `redacted` do not reach the journal; the control API wants `control_token`, if there is one. `hosts` and `origins`
    are as `AccessMiddleware` has them.
    """

    credentials: Collection[str] = field(default=(), repr=False)
    lenient: bool = False
    redacted: Collection[str] = ()
    control_token: str | None = field(default=None, repr=False)
    hosts: Collection[str] | None = None
    origins: Collection[str] = ()


class Twin:
    """One spec in service; `controls` answer what is about no jobs, by operationId."""

    def __init__(self, spec: Spec, settings: Settings, controls: Mapping[str, Handler]) -> None:
        self.spec = spec
        self.settings = settings
        self.controls = controls
        self.secret = [c.field for c in spec.credentials.values() if c.place == "query"]
        hidden = [*self.secret, *settings.redacted]
        sessions = {scheme.session for scheme in spec.credentials.values()} - {None}
        self.journalist = partial(Journalist, spec.name, secret=hidden, sessions=sessions)
        self._journalist = self.journalist(None)
        self._operations = {operation.id: operation for operation in spec.operations}
        methods: dict[str, list[str]] = {}
        for operation in spec.operations:
            methods.setdefault(operation.path, []).append(operation.method)
        self._allowed = [
            (path_pattern(path), ", ".join(sorted(methods[path])))
            for path in sorted(methods, key=literal_first)
        ]

    def prepared(self, operation_id: str) -> Prepared:
        """One operation, ready for requests."""
        return Prepared(self, self._operations[operation_id])

    async def nowhere(self, path: str, scope: Scope, send: Send) -> None:
        """Answer what no operation does: a wrong path, or a wrong method."""
        method = scope["method"]
        allow = next((names for pattern, names in self._allowed if pattern.fullmatch(path)), None)
        refusal = Refusal("unknown_path", path=shown_path(path))
        if allow is not None:
            refusal = Refusal("wrong_method", method=method, names=allow, headers={"Allow": allow})
        started, sandbox = perf_counter_ns(), scope[SANDBOX]
        asked = Asked({}, {}, {}, None, sandbox.request_id)
        status = await _refuse(send, self.spec.name, self.spec.errors, refusal, asked)
        if self.spec.jobs:
            outcome = Outcome(status, refusal.situation, started)
            self._journalist.write(sandbox, scope, asked, None, outcome)


class Prepared:
    """One operation, ready for requests: who may ask, what is read, done and answered."""

    def __init__(self, twin: Twin, operation: Operation) -> None:
        self._journalist = None
        if operation.machine is not None:
            self._journalist = twin.journalist(operation.id)
        self._name = f"{twin.spec.name} {operation.id}"
        self._errors = operation.errors
        self._answer = operation.answer
        self._keeper = Keeper(self._name, operation)
        controlled = operation.machine is None
        self._handle = twin.controls[operation.id] if controlled else handler(operation)
        credentials = twin.spec.credentials
        self._gate = Gate(
            operation.security,
            credentials,
            forbids=HTTPStatus.FORBIDDEN in operation.declared,
            allowed=twin.settings.credentials,
        )
        self._order = operation.order
        self._reader = Reader(
            operation,
            security=twin.secret,
            lenient=twin.settings.lenient,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and write it into the journal."""
        started = perf_counter_ns()
        sandbox: Sandbox = scope[SANDBOX]
        asked = Asked({}, {}, {}, None, sandbox.request_id)
        if scope["method"] == "HEAD":
            asked.head, send = True, _without_body(send)
        it, status, finding = None, self._answer.status, None
        try:
            it = await self._done(asked, scope, receive, sandbox)
            body = self._keeper.body(it, asked)
        except Refusal as refusal:
            finding = refusal.situation
            status = await _refuse(send, self._name, self._errors, refusal, asked)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and the client gets a 500
            finding = "internal"
            _log_failure(self._name, error)
            status = await _refuse(send, self._name, self._errors, Refusal("internal"), asked)
        else:
            await send_json(send, self._answer, body, asked.reply)
        if self._journalist:
            outcome = Outcome(status, finding, started)
            self._journalist.write(sandbox, scope, asked, it, outcome)

    async def _done(self, asked: Asked, scope: Scope, receive: Receive, sandbox: Sandbox) -> Any:
        """Read what was asked, and do it; what the answer's body is made from."""
        headers = combined(scope["headers"])
        for looked_at in self._order:
            if looked_at == "credential":
                asked.credential = self._gate.check(headers, scope, sandbox)
            elif looked_at == "parameters":
                asked.path = self._reader.path(scope)
                asked.query = self._reader.query(scope)
                asked.header = self._reader.header(headers)
            else:
                asked.body = await self._reader.body(headers, receive)
        if prefer := headers.get(b"prefer"):
            asked.prefer = prefer.decode("latin-1")
        return self._handle(asked, sandbox)


def _without_body(send: Send) -> Send:
    """Sends the head of a response alone, lengths included, as HEAD wants it."""

    async def sending(message: Message) -> None:
        await send({**message, "body": b""} if "body" in message else message)

    return sending


def _log_failure(name: str, error: Exception) -> None:
    if isinstance(error, WrongAnswer):
        log.error("answered 500 instead of what the spec does not allow: %s", error)
    else:
        log.error("%s failed", name, exc_info=error)


async def _refuse(
    send: Send, name: str, errors: Mapping[str, ErrorAnswer], refusal: Refusal, asked: Any
) -> int:
    """Answer a refusal; the status that it was answered with."""
    try:
        answer, body, headers = refused(name, errors, refusal, asked)
    except WrongAnswer as error:
        _log_failure(name, error)
        answer, body, headers = _LAST_RESORT, b"The twin failed; its log says why\n", {}
    await send_json(send, answer, body, headers)
    return answer.status
