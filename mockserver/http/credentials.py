"""Credentials, by the security schemes of a spec. They are compared here and kept nowhere."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.types import Scope

from mockserver.errors import Refusal
from mockserver.spec import Credential
from mockserver.world import Job, Sandbox

REFUSED = ("expired", "revoked")
"""Credentials that are always wrong, so that a client's 401 can be tested."""

FORBIDDEN = "forbidden"
"""The credential that is known but may not do this, where an operation has that answer."""


class Gate:
    """Lets requests of one operation in, or refuses them; prepared once."""

    def __init__(
        self,
        security: Sequence[Mapping[str, Any]],
        schemes: Mapping[str, Credential],
        *,
        forbids: bool,
        allowed: Collection[str] = (),
    ) -> None:
        self._choices = [
            [_Check(schemes[name], forbids=forbids, allowed=allowed) for name in choice]
            for choice in security
        ]

    def check(self, headers: Mapping[bytes, bytes], scope: Scope, sandbox: Sandbox) -> str | None:
        """The credential of the first choice that is met; otherwise the most telling Refusal."""
        if not self._choices:
            return None
        found: list[Verdict] = []
        for choice in self._choices:
            verdicts = [check.verdict(headers, scope, sandbox) for check in choice]
            if all(verdict.situation is None for verdict in verdicts):
                return next((verdict.token for verdict in verdicts if verdict.token), None)
            found += verdicts
        situations = {verdict.situation for verdict in found}
        raise Refusal(next(situation for situation in _TELLING if situation in situations))


_TELLING = ("forbidden", "wrong_credential", "missing_credential")


class Verdict(NamedTuple):
    """A credential that is let in, or the situation to refuse it with."""

    token: str | None
    situation: str | None = None


class _Check:
    """Judges what was sent for one security scheme."""

    def __init__(self, scheme: Credential, *, forbids: bool, allowed: Collection[str]) -> None:
        self._scheme = scheme
        self._forbids = forbids
        self._allowed = allowed
        self._well_formed = re.compile(scheme.pattern).search
        self._find = _finder(scheme)

    def verdict(self, headers: Mapping[bytes, bytes], scope: Scope, sandbox: Sandbox) -> Verdict:
        sent = self._find(headers, scope)
        if sent is None:
            return Verdict(None, "missing_credential")
        # A key such as `expired`, sent as `base64(key:)`, is also well-formed as it stands.
        sent = [token for token in sent if token in (*REFUSED, FORBIDDEN)] or sent
        verdicts = [self._judge(token, sandbox) for token in sent]
        good = (verdict for verdict in verdicts if verdict.situation is None)
        return next(good, verdicts[-1] if verdicts else Verdict(None, "wrong_credential"))

    def _judge(self, token: str, sandbox: Sandbox) -> Verdict:
        if self._scheme.const is not None:
            same = token == self._scheme.const
            return Verdict(None) if same else Verdict(None, "wrong_credential")
        if token in REFUSED:
            return Verdict(None, "wrong_credential")
        if token == FORBIDDEN and self._forbids:
            return Verdict(None, "forbidden")
        if (session := self._session(token, sandbox)) is not None:
            ended = session.view(sandbox.clock.now()).state.final
            return Verdict(None, "wrong_credential") if ended else Verdict(token)
        good = token in self._allowed if self._allowed else self._well_formed(token)
        return Verdict(token) if good else Verdict(None, "wrong_credential")

    def _session(self, token: str, sandbox: Sandbox) -> Job | None:
        return sandbox.find(self._scheme.session, token) if self._scheme.session else None


def _finder(scheme: Credential) -> Callable[[Mapping[bytes, bytes], Scope], list[str] | None]:
    """Find what was sent: None if nothing was, else every reading of it."""
    field = scheme.field.lower().encode()
    if scheme.kind == "bearer":
        return lambda headers, _: _after(headers.get(field), "bearer")
    if scheme.kind == "basic":
        return lambda headers, _: _basic(_after(headers.get(field), "basic"), raw=scheme.raw)
    if scheme.place == "cookie":
        return lambda headers, _: _in_cookie(headers.get(b"cookie"), scheme.field)
    if scheme.place == "query":
        return lambda _, scope: _in_query(scope, scheme.field)
    return lambda headers, _: [v.decode("latin-1")] if (v := headers.get(field)) else None


def _after(header: bytes | None, word: str) -> list[str] | None:
    if header is None:
        return None
    scheme, _, token = header.decode("latin-1").strip().partition(" ")
    return [token.strip()] if scheme.lower() == word and token.strip() else None


def _basic(sent: list[str] | None, *, raw: bool) -> list[str] | None:
    if sent is None:
        return None
    return [*(sent if raw else ()), *_user(sent[0])]


def _user(sent: str) -> Iterator[str]:
    """The user name of RFC 7617 credentials, where `sent` is such."""
    try:
        user, colon, _ = base64.b64decode(sent, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return
    if colon:
        yield user


def _in_cookie(header: bytes | None, name: str) -> list[str] | None:
    try:
        cookies = SimpleCookie((header or b"").decode("latin-1"))
    except CookieError:
        return None
    return [cookies[name].value] if name in cookies else None


def _in_query(scope: Scope, name: str) -> list[str] | None:
    found = [v for key, v in parse_qsl(scope["query_string"].decode("latin-1")) if key == name]
    return [", ".join(found)] if found else None
