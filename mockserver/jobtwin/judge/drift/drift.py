"""Checks single exchanges against their operations: what the spec does not document or allow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from jobtwin.judge.drift.bodies import BodyChecker, BodyPlace
from jobtwin.judge.drift.changes import Changes
from jobtwin.judge.drift.findings import Finding, Severity
from jobtwin.judge.drift.headers import api_headers
from jobtwin.judge.exchange import Exchange, Unreadable
from jobtwin.judge.matching import MatchedExchange, Matcher
from jobtwin.judge.redaction import redacted
from jobtwin.openapi import Spec
from jobtwin.openapi.media_types import is_json
from jobtwin.openapi.operations import JSON, DeclaredResponse, Operation
from jobtwin.openapi.templates import path_pattern

_NAME = re.compile(r"(?:v\d+)?|[A-Za-z._:~-]{1,40}")
"""A path segment that is not an id: it has no digits, except in a version."""

_LONGEST_WORD = 80
"""Bytes of a body that may be one placeholder for a secret."""

_NOWHERE = {404, 405}
"""Statuses for an unknown path or method."""


class Drift:
    """Checks exchanges against one spec; it keeps no state between them."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._matcher = Matcher(spec)
        self._changes = Changes(spec)
        self._bodies = BodyChecker(spec, self._changes)
        self._paths = {o.path: path_pattern(o.path) for o in spec.operations}

    def check(self, exchange: Exchange, *, whole: bool = True) -> Iterator[Finding]:
        """Yields the findings on an exchange. `whole` says that the response body was recorded."""
        call = self._matcher.match(exchange)
        if call is not None:
            yield from self._requested(call)
            yield from self._answered(call, whole=whole)
        elif exchange.status not in _NOWHERE:
            known = (path for path, p in self._paths.items() if p.fullmatch(exchange.path))
            yield _astray(exchange, next(known, None))

    # -- accepted requests --------------------------------------------------------

    def _requested(self, call: MatchedExchange) -> Iterator[Finding]:
        if call.exchange.granted:
            yield from self._asked(call)
            yield from self._sent(call)

    def _asked(self, call: MatchedExchange) -> Iterator[Finding]:
        operation, known = call.operation, self._known_query(call.operation)
        for name in call.query:
            if name not in known:
                yield Finding(
                    Severity.DRIFT,
                    "undocumented-parameter",
                    operation.id,
                    f"query {name}",
                    "",
                    "was accepted, but is undocumented",
                    change=self._changes.parameter(operation.place, name),
                )

    def _sent(self, call: MatchedExchange) -> Iterator[Finding]:
        body, sent = call.operation.body, call.exchange.sent
        if body is None or sent is None or isinstance(sent, Unreadable):
            return
        for kind, schema in body.places.items():
            if is_json(kind):
                where = BodyPlace(call.operation.id, "request body", schema, None)
                yield from self._bodies.check(where, sent)
                return

    # -- responses ------------------------------------------------------------------------------

    def _answered(self, call: MatchedExchange, *, whole: bool) -> Iterator[Finding]:
        exchange, operation = call.exchange, call.operation
        response = operation.response(exchange.status)
        if response is None:
            yield self._unexpected(call)
            return
        yield from self._headed(call, response)
        hidden = redacted(exchange.response_body[:_LONGEST_WORD].decode("latin-1"))
        if whole and not hidden and exchange.method != "HEAD":
            yield from self._bodied(call, response)

    def _unexpected(self, call: MatchedExchange) -> Finding:
        exchange, operation = call.exchange, call.operation
        declared = ", ".join(map(str, sorted(operation.declared)))
        kind = _media_type(exchange) if exchange.response_body else None
        body = exchange.answered
        return Finding(
            Severity.DRIFT,
            "undocumented-status",
            operation.id,
            str(exchange.status),
            "",
            f"is not one of the documented responses ({declared})",
            seen=() if body is None or isinstance(body, Unreadable) else (body,),
            change=self._changes.status(operation.place, exchange.status, kind),
        )

    def _headed(self, call: MatchedExchange, response: DeclaredResponse) -> Iterator[Finding]:
        known = {name.lower() for name in response.headers}
        for name in api_headers(call.exchange.response_headers):
            if name.lower() not in known:
                yield Finding(
                    Severity.DRIFT,
                    "undocumented-header",
                    call.operation.id,
                    f"{call.exchange.status} header {name.lower()}",
                    "",
                    "is undocumented",
                    change=self._changes.header(response.place, name),
                )

    def _known_query(self, operation: Operation) -> set[str]:
        """Returns the names of the documented query parameters, those of credentials included."""
        own = {each.name for each in operation.parameters if each.place == "query"}
        return own.union(self._spec.query_credentials)

    def _bodied(self, call: MatchedExchange, response: DeclaredResponse) -> Iterator[Finding]:
        if call.exchange.response_body:
            yield from self._with_body(call, response)
        elif response.schemas:
            where, why = f"{call.exchange.status} body", "is empty, but the spec documents one"
            yield Finding(Severity.VIOLATION, "missing-body", call.operation.id, where, "", why)

    def _with_body(self, call: MatchedExchange, response: DeclaredResponse) -> Iterator[Finding]:
        exchange, content = call.exchange, response.schemas
        wrong = partial(Finding, operation=call.operation.id, where=f"{exchange.status} body")
        kind, body = _media_type(exchange), exchange.answered
        known = _listed(content, kind)
        if known is None:
            yield self._unlisted(call, response, kind or "of no type")
        elif is_json(known) and isinstance(body, Unreadable):
            why = f"is not JSON, though of type {known}"
            yield wrong(Severity.VIOLATION, "malformed-body", subject="", why=why)
        elif is_json(known) and (schema := content[known]):
            label, machine = f"{exchange.status} body", call.operation.machine
            yield from self._bodies.check(
                BodyPlace(call.operation.id, label, schema, machine), body
            )

    def _unlisted(self, call: MatchedExchange, response: DeclaredResponse, kind: str) -> Finding:
        exchange, body = call.exchange, call.exchange.answered
        listed = ", ".join(response.schemas) or "there is no body"
        return Finding(
            Severity.DRIFT,
            "undocumented-type",
            call.operation.id,
            f"{exchange.status} body",
            kind,
            f"is {kind}; the spec documents {listed}",
            seen=() if isinstance(body, Unreadable) else (body,),
            change=self._changes.content(response.place, kind),
        )


def _astray(exchange: Exchange, known: str | None) -> Finding:
    rule, what = ("method", "method for it") if known else ("path", "path")
    return Finding(
        Severity.DRIFT,
        f"undocumented-{rule}",
        f"{exchange.method} {known or _folded(exchange.path)}",
        str(exchange.status),
        "",
        f"was answered, but the spec has no such {what}",
    )


def _folded(path: str) -> str:
    """Replaces the segments of a path that look like ids by `*`."""
    words = (word if _NAME.fullmatch(word) else "*" for word in path.split("/"))
    return "/".join(words)


def _media_type(exchange: Exchange) -> str | None:
    said = exchange.answer_header("Content-Type")
    return said.partition(";")[0].strip().lower() if said else None


def _listed(content: Mapping[str, Any], kind: str | None) -> str | None:
    """Returns the declared media type for an actual one: the same, or a range that includes it."""
    if kind is None:
        return JSON if JSON in content else next(iter(content), None)
    exact = {name.partition(";")[0].strip().lower(): name for name in content}
    for wanted in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        if wanted in exact:
            return exact[wanted]
    return None
