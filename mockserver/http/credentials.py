"""Credentials, by the security schemes of a spec. They are compared here and kept nowhere."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Scope

from mockserver.errors import Refusal
from mockserver.spec import Credential

REFUSED = ("expired", "revoked")
"""Credentials that are always wrong, so that a client's 401 can be tested."""

FORBIDDEN = "forbidden"
"""The credential that is known but may not do this, where an operation has that answer."""

Check = Callable[[Mapping[bytes, bytes], Scope], str | None]
"""Answers the situation to refuse with; None where the credential is let in."""


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
            [_check(schemes[name], forbids=forbids, allowed=allowed) for name in choice]
            for choice in security
        ]

    def check(self, headers: Mapping[bytes, bytes], scope: Scope) -> None:
        """Return if one of the choices is met; raise the most telling Refusal otherwise."""
        if not self._choices:
            return
        found = []
        for choice in self._choices:
            verdicts = [v for check in choice if (v := check(headers, scope))]
            if not verdicts:
                return
            found += verdicts
        tellings = ("forbidden", "wrong_credential", "missing_credential")
        raise Refusal(next(situation for situation in tellings if situation in found))


def _check(scheme: Credential, *, forbids: bool, allowed: Collection[str]) -> Check:
    well_formed = re.compile(scheme.pattern)
    find = _finder(scheme)

    def judge(token: str) -> str | None:
        if scheme.const is not None:
            return None if token == scheme.const else "wrong_credential"
        if token in REFUSED:
            return "wrong_credential"
        if token == FORBIDDEN and forbids:
            return "forbidden"
        good = token in allowed if allowed else well_formed.search(token)
        return None if good else "wrong_credential"

    def check(headers: Mapping[bytes, bytes], scope: Scope) -> str | None:
        sent = find(headers, scope)
        if sent is None:
            return "missing_credential"
        verdicts = [judge(token) for token in sent] or ["wrong_credential"]
        return None if None in verdicts else verdicts[-1]

    return check


def _finder(scheme: Credential) -> Callable[[Mapping[bytes, bytes], Scope], list[str] | None]:
    """Find what was sent: None if nothing was, else every reading of it."""
    field = scheme.field.lower().encode()
    if scheme.kind == "bearer":
        return lambda headers, _: _after(headers.get(field), "bearer")
    if scheme.kind == "basic":
        return lambda headers, _: _basic(_after(headers.get(field), "basic"), raw=scheme.raw)
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


def _in_query(scope: Scope, name: str) -> list[str] | None:
    found = [v for key, v in parse_qsl(scope["query_string"].decode("latin-1")) if key == name]
    return found or None
