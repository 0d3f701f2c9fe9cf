"""Matches exchanges to the operations of a spec, and reads their requests by the spec's names."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from jobtwin.judge.exchange import Exchange
from jobtwin.lifecycle.machine import lookup
from jobtwin.openapi import Spec
from jobtwin.openapi.forms import URLENCODED, assembled, pairs
from jobtwin.openapi.operations import Operation, Parameter, RequestSource
from jobtwin.openapi.spec import Credential
from jobtwin.openapi.templates import literal_first, path_parameters, path_pattern


@dataclass(frozen=True, slots=True, eq=False)
class MatchedExchange:
    """An exchange with its operation; `path` holds the decoded parameters of the path template."""

    operation: Operation
    exchange: Exchange
    path: Mapping[str, str]
    query: Mapping[str, tuple[str, ...]]
    credential: str | None = None
    item: Any = None
    """The item of a list in the request that a job was made of."""

    def at(self, source: RequestSource) -> Any:
        """Returns the value at a source, typed as declared, or None."""
        if source.place == "body":
            return self._in_body(source)
        if source.place == "item":
            item = self.item if isinstance(self.item, Mapping) else {}
            return lookup(item, source.name) if source.name else self.item
        if source.place == "credential":
            return self.credential
        return self.parameter(source.place, source.name)

    def parameter(self, place: str, name: str) -> Any:
        """Returns a parameter's value, or its default; a list if it is declared as one."""
        declared = [p for p in self.operation.parameters if (p.place, p.name) == (place, name)]
        texts = self._texts(place, name)
        if not declared:
            return texts[0] if texts else None
        if not texts:
            return declared[0].default
        return _read(declared[0], texts)

    def _texts(self, place: str, name: str) -> tuple[str, ...]:
        if place == "query":
            return self.query.get(name, ())
        text = self.path.get(name) if place == "path" else self.exchange.header(name)
        return () if text is None else (text,)

    def _in_body(self, source: RequestSource) -> Any:
        body = self._sent()
        found = lookup(body, source.name) if source.name and isinstance(body, Mapping) else None
        if not source.name:
            found = body
        return source.default if found is None else found

    def _sent(self) -> Any:
        """Returns the body as JSON, a urlencoded form as an object; None if it cannot be read."""
        raw, form = self.exchange.request_body, self._sent_form
        if raw is None or form is None:
            return self.exchange.sent
        try:
            return assembled(pairs(raw), form)
        except ValueError:
            return None

    @property
    def _sent_form(self) -> Any:
        """The declared form of a urlencoded body, or None."""
        kind = (self.exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
        forms = self.operation.body.forms if self.operation.body else {}
        return forms.get(URLENCODED) if kind == URLENCODED else None


class Matcher:
    """Finds operations of one spec by method and path, literal paths before parameters."""

    def __init__(self, spec: Spec) -> None:
        ordered = sorted(spec.operations, key=lambda operation: literal_first(operation.path))
        self._patterns = [(path_pattern(operation.path), operation) for operation in ordered]
        self._sessions = [c for c in spec.credentials.values() if c.session]

    def match(self, exchange: Exchange) -> MatchedExchange | None:
        """Returns the exchange with its operation, or None if it matches none.

        A path that the spec has literally never matches one with a parameter, whatever the method.
        """
        names = None
        for pattern, operation in self._patterns:
            found = pattern.fullmatch(exchange.path)
            if not found or names not in (None, operation.path):
                continue
            names = operation.path
            if operation.method.upper() == exchange.method.upper():
                texts = map(unquote, found.groups())
                path = dict(zip(path_parameters(operation.path), texts, strict=True))
                return MatchedExchange(
                    operation, exchange, path, exchange.query, self._session(exchange)
                )
        return None

    def _session(self, exchange: Exchange) -> str | None:
        """Returns the credential at the place of the session's, or None."""
        return next(filter(None, (credential(c, exchange) for c in self._sessions)), None)


def credential(scheme: Credential, exchange: Exchange) -> str | None:
    """Returns the bare credential that a request sends by one security scheme, or None."""
    if scheme.place == "query":
        return next(iter(exchange.query.get(scheme.field, ())), None)
    if scheme.place != "header":
        return None
    sent = exchange.header(scheme.field)
    if sent is None or scheme.kind not in ("bearer", "basic"):
        return sent
    word, _, rest = sent.partition(" ")
    return _bare(scheme.kind, rest.strip()) if word.lower() == scheme.kind else None


def _bare(kind: str, sent: str) -> str | None:
    return _user(sent) if kind == "basic" else sent


def _user(text: str) -> str:
    """Returns the user's name in a basic credential; the text itself if it is not base64."""
    try:
        return base64.b64decode(text, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return text


def _read(parameter: Parameter, texts: Iterable[str]) -> Any:
    if not parameter.many:
        return _typed(parameter, next(iter(texts)))
    if not parameter.exploded:
        texts = ",".join(texts).split(",")
    return [_typed(parameter, text) for text in texts]


def _typed(parameter: Parameter, text: str) -> Any:
    """Parses a parameter's text; returns the text itself if it cannot be parsed."""
    try:
        return parameter.read(text)
    except ValueError:
        return text
