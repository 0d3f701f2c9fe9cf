"""What came of a request, judged: a body that can be read, or why there is none. No waiting here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from jobcall import retry_after
from jobcall.secrets import Mask, mask_text, masking, secret_values
from jobwait.lifecycle import Lifecycle, Path, Request

LONGEST_MESSAGE = 300
_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Dropped:
    """No response."""

    error: Exception


Reply = Answer | Dropped


@dataclass(frozen=True, slots=True)
class Body:
    """The JSON of an answer that went well."""

    json: Any
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """Why the state could not be told this time, in a class for each way to go on.

    Missing · gone · busy: the server is well, and the job is not there, is there no longer, or is
    not told about just now. Troubled: try again. Refused: do not. Unreadable: not what was
    described.
    """

    kind: str
    why: str
    status: int | None = None
    retry_after: float | None = None
    cause: Exception | None = None


def concealing(http: httpx.Client | httpx.AsyncClient, token: str) -> Mask:
    """Make what hides the credentials of a client: its token, and what is sent under telling names."""
    sent = secret_values([*http.headers.multi_items(), *http.params.multi_items()])
    return masking([token, *sent, *(cookie.value or "" for cookie in http.cookies.jar)])


def judged(reply: Reply, request: Request, life: Lifecycle, hide: Mask, now: float) -> Body | Miss:
    """The body of a reply, or why there is none; `now` is in seconds since 1970."""
    asked = f"{str(request['method']).upper()} {request['url']}"
    if isinstance(reply, Dropped):
        return _dropped(reply.error, asked, hide)
    wish = retry_after.seconds(
        reply.headers.get("retry-after"), date=reply.headers.get("date"), now=now
    )
    if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return _body(reply, f"{asked} answered {reply.status}", wish)
    said = mask_text(hide(_message(reply, life)))[:LONGEST_MESSAGE]
    why = f"{asked} answered {reply.status}{f': {said}' if said else ''}"
    return Miss(_kind(reply.status, wish, life), why, reply.status, wish)


def _kind(status: int, wish: float | None, life: Lifecycle) -> str:
    if status in life.absent:
        return "missing"
    if status == HTTPStatus.GONE:
        return "gone"
    unavailable = status == HTTPStatus.SERVICE_UNAVAILABLE and wish is not None
    if status == HTTPStatus.TOO_MANY_REQUESTS or unavailable:
        return "busy"
    failing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _AGAIN
    return "troubled" if failing else "refused"


def _dropped(error: Exception, asked: str, hide: Mask) -> Miss:
    text = str(error)
    # A header that cannot be sent is quoted in the error about it, with the token in it.
    cause = error if hide(text) == text else None
    why = f"{asked}: {type(error).__name__}"
    if isinstance(error, httpx.DecodingError):
        return Miss("unreadable", why, cause=cause)
    hopeless = isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol)
    again = isinstance(error, httpx.TransportError) and not hopeless
    return Miss("troubled" if again else "refused", why, cause=cause)


def _body(answer: Answer, said: str, wish: float | None) -> Body | Miss:
    if not answer.content.strip():
        return Miss("unreadable", f"{said} with an empty body", answer.status, wish)
    try:
        return Body(json.loads(answer.content), wish)
    except (ValueError, RecursionError):
        kind = answer.headers.get("content-type", "no content type")
        return Miss("unreadable", f"{said} with what is no JSON ({kind})", answer.status, wish)


def _message(answer: Answer, life: Lifecycle) -> str:
    """What an error tells people, by the vendor's own shape or RFC 9457's; else nothing."""
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return ""
    found = (dig(body, path) for path in (*life.messages, ("detail",)))
    return next((text for text in found if isinstance(text, str) and text), "")


def dig(value: Any, path: Path) -> Any:
    """The value at a path; None where there is none."""
    for key in path:
        if isinstance(value, list) and isinstance(key, int):
            value = value[key] if key < len(value) else None
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return value
