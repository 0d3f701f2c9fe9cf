"""Errors of any status in the vendor's shape, also where its file does not have that status."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from jobtwin.http.reply import Reply
from jobtwin.openapi import Problem, Spec
from jobtwin.openapi.emitting import emitted
from jobtwin.openapi.operations import Answer, DeclaredResponse, ErrorAnswer, Operation
from jobtwin.openapi.phrases import phrase
from jobtwin.openapi.sampling import sample

if TYPE_CHECKING:
    from jobtwin.http.request import RequestData

_USUAL: Mapping[int, str] = {
    400: "invalid_parameter",
    401: "wrong_credential",
    403: "forbidden",
    404: "unknown_job",
    409: "conflict",
    500: "internal",
}
"""The situation of a status that several have."""


def error_reply(spec: Spec, operation: Operation, status: int, request: RequestData) -> Reply:
    """Returns the vendor's reply with that status: as its operation declares it, or as usual."""
    if status < HTTPStatus.BAD_REQUEST:
        return Reply(status)
    bodies = _bodies(spec, operation, status, request)
    media_type, body = next(bodies, ("text/plain; charset=utf-8", phrase(status).encode()))
    known = _situated(operation.errors, status)
    headers = known.headers if known else {}
    return Reply(status, body, media_type, headers)


def _bodies(
    spec: Spec, operation: Operation, status: int, request: RequestData
) -> Iterator[tuple[str, bytes]]:
    """Yields bodies with their media types, the best first."""
    known, declared = _situated(operation.errors, status), operation.response(status)
    if known is not None and known.answer.make is not None:
        yield _made(known, status, known.code, request)
    usual = operation.errors["internal"]
    if declared is not None and (kind := declared.json) is not None:
        if declared.shown is not None:
            shaped = ErrorAnswer(_answer(spec, declared, kind), "", usual.code)
            yield _made(shaped, status, None, request)
        node = spec.document.at(str(declared.schemas[kind]))
        yield kind, orjson.dumps(sample(spec.document, node, Problem(status, None, phrase(status))))
    if usual.answer.make is not None:
        yield _made(usual, status, None, request)


def _answer(spec: Spec, declared: DeclaredResponse, kind: str) -> Answer:
    make = emitted(declared.shown.value) if declared.shown else None
    node = spec.document.at(str(declared.schemas[kind]))
    return Answer(0, make, spec.schemas.validator(node), kind)


def _situated(errors: Mapping[str, ErrorAnswer], status: int) -> ErrorAnswer | None:
    """Returns the error of a status's situation, or None."""
    usual = errors.get(_USUAL.get(status, ""))
    if usual is not None and usual.answer.status == status:
        return usual
    return next((each for each in errors.values() if each.answer.status == status), None)


def _made(error: ErrorAnswer, status: int, code: str | None, request: Any) -> tuple[str, bytes]:
    """Returns an error's body; a missing code is derived in the vendor's style."""
    answer = error.answer
    codes = [code] if code else [_like(error.code, phrase(status)), error.code]
    message = _message(error, status)
    bodies = [answer.make(Problem(status, c, message), request) for c in codes if answer.make]
    fits = [b for b in bodies if answer.validator is None or answer.validator.is_valid(b)]
    return answer.media_type, orjson.dumps((fits or bodies)[0])


def _message(error: ErrorAnswer, status: int) -> str:
    """Returns the message of the situation, without details of the request."""
    own = error.message if error.answer.status == status and "{" not in error.message else ""
    return own or phrase(status)


def _like(code: str | None, phrase: str) -> str | None:
    """Returns a code for a phrase, in the style of another: NotFound, NOT_FOUND, not-found."""
    if code is None:
        return None
    words = re.findall(r"[A-Za-z]+", phrase)
    if "_" in code or code.isupper():
        return "_".join(words).upper() if code.isupper() else "_".join(words).lower()
    if "-" in code or code.islower():
        return "-".join(words).lower()
    return "".join(map(str.capitalize, words))
