"""Credentials, by the security schemes of a spec. They are compared here, and written nowhere."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs
from starlette.types import Scope

from jobtwin.errors import Refusal
from jobtwin.openapi import Credential
from jobtwin.sandboxes import Sandbox, StoredJob

REFUSED = ("expired", "revoked")
"""Credentials that are always invalid, so that a client's 401 can be tested."""

FORBIDDEN = "forbidden"
"""The credential that is known but may not do this, where an operation has that answer."""


class Authenticator:
    """Accepts or refuses the requests of one operation.

    If one header decides, the latest accepted one is cached: clients repeat it.
    """

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
        self._header = _sole_header(schemes[name] for choice in security for name in choice)
        self._latest: tuple[bytes, str | None] | None = None

    def check(self, headers: Mapping[bytes, bytes], scope: Scope, sandbox: Sandbox) -> str | None:
        """Returns the credential of the first choice that is met. Raises the most telling Refusal."""
        if not self._choices:
            return None
        if self._header is None:
            return self._judged(headers, scope, sandbox)
        sent, latest = headers.get(self._header), self._latest
        if latest is not None and latest[0] == sent:
            return latest[1]
        credential = self._judged(headers, scope, sandbox)
        if sent is not None:
            self._latest = sent, credential
        return credential

    def _judged(self, headers: Mapping[bytes, bytes], scope: Scope, sandbox: Sandbox) -> str | None:
        situations: set[str] = set()
        for choice in self._choices:
            good, first = True, None
            for check in choice:
                token, situation = check.verdict(headers, scope, sandbox)
                if situation is not None:
                    good = False
                    situations.add(situation)
                first = first or token
            if good:
                return first
        raise Refusal(next(situation for situation in _TELLING if situation in situations))


def _sole_header(schemes: Iterable[Credential]) -> bytes | None:
    """Returns the header that always decides alone, in every sandbox; None if more does."""
    names = set(map(_header, schemes))
    return names.pop() if len(names) == 1 else None


def _header(scheme: Credential) -> bytes | None:
    if scheme.session or (scheme.kind not in {"basic", "bearer"} and scheme.place != "header"):
        return None
    return scheme.field.lower().encode()


_TELLING = ("forbidden", "wrong_credential", "missing_credential")
_WORDS = frozenset((*REFUSED, FORBIDDEN))

Verdict = tuple[str | None, str | None]
"""An accepted credential, or None; and the situation of the refusal, or None."""

_WRONG: Verdict = (None, "wrong_credential")


@cache
def _pattern(pattern: str) -> jsonschema_rs.Draft202012Validator:
    """Returns the validator of a pattern, which all operations share."""
    # Not `re`, which has no limit to its backtracking: past this one's, nothing matches.
    return jsonschema_rs.Draft202012Validator({"type": "string", "pattern": pattern})


class _Check:
    """Checks the credential for one security scheme."""

    def __init__(self, scheme: Credential, *, forbids: bool, allowed: Collection[str]) -> None:
        self._scheme = scheme
        self._const = scheme.const
        self._forbids = forbids
        self._allowed = allowed
        self._well_formed = _pattern(scheme.pattern).is_valid
        self._find = _finder(scheme)

    def verdict(self, headers: Mapping[bytes, bytes], scope: Scope, sandbox: Sandbox) -> Verdict:
        sent = self._find(headers, scope)
        if sent is None:
            return None, "missing_credential"
        # A key such as `expired`, sent as `base64(key:)`, is also well-formed before decoding.
        if not _WORDS.isdisjoint(sent):
            sent = [token for token in sent if token in _WORDS]
        verdict = _WRONG
        for token in sent:
            verdict = self._judge(token, sandbox)
            if verdict[1] is None:
                break
        return verdict

    def _judge(self, token: str, sandbox: Sandbox) -> Verdict:
        if self._const is not None:
            return (None, None) if token == self._const else _WRONG
        if token in REFUSED:
            return _WRONG
        if token == FORBIDDEN and self._forbids:
            return None, "forbidden"
        if self._scheme.session and (session := self._session(token, sandbox)) is not None:
            ended = session.view(sandbox.clock.now()).state.final
            return _WRONG if ended else (token, None)
        good = token in self._allowed if self._allowed else self._well_formed(token)
        return (token, None) if good else _WRONG

    def _session(self, token: str, sandbox: Sandbox) -> StoredJob | None:
        return sandbox.find(self._scheme.session, token) if self._scheme.session else None


def _finder(scheme: Credential) -> Callable[[Mapping[bytes, bytes], Scope], list[str] | None]:
    """Returns all interpretations of the credential, or None if there is none."""
    field = scheme.field.lower().encode()
    if scheme.kind == "bearer":
        return lambda headers, _: _after(headers.get(field), "Bearer", exact=scheme.exact)
    if scheme.kind == "basic":
        return lambda headers, _: _basic(
            _after(headers.get(field), "Basic", exact=scheme.exact), raw=scheme.raw
        )
    if scheme.place == "cookie":
        return lambda headers, _: _in_cookie(headers.get(b"cookie"), scheme.field)
    if scheme.place == "query":
        return lambda _, scope: _in_query(scope, scheme.field)
    return lambda headers, _: [v.decode("latin-1")] if (v := headers.get(field)) else None


def _after(header: bytes | None, word: str, *, exact: bool) -> list[str] | None:
    """Returns the text after the scheme's word, which is case-sensitive only for an exact vendor."""
    if header is None:
        return None
    scheme, _, token = header.decode("latin-1").strip().partition(" ")
    alike = scheme == word or (not exact and scheme.lower() == word.lower())
    return [token.strip()] if alike and token.strip() else None


def _basic(sent: list[str] | None, *, raw: bool) -> list[str] | None:
    if sent is None:
        return None
    return sent + _user(sent[0]) if raw else _user(sent[0])


def _user(sent: str) -> list[str]:
    """Returns the user name of RFC 7617 credentials; an empty list for other credentials."""
    try:
        user, colon, _ = binascii.a2b_base64(sent, strict_mode=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return []
    return [user] if colon else []


def _in_cookie(header: bytes | None, name: str) -> list[str] | None:
    try:
        cookies = SimpleCookie((header or b"").decode("latin-1"))
    except CookieError:
        return None
    return [cookies[name].value] if name in cookies else None


def _in_query(scope: Scope, name: str) -> list[str] | None:
    found = [v for key, v in parse_qsl(scope["query_string"].decode("latin-1")) if key == name]
    return [", ".join(found)] if found else None
