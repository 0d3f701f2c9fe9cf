"""Classifies the result of a request: a JSON body, or the reason why there is none. No waiting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from jobcall import retry_after
from jobcall.secrets import Mask, mask_text, masking, secret_values
from jobwait.lifecycle import Lifecycle, Path, Request, StatusMeaning

LONGEST_MESSAGE = 300
_REDIRECTS = {301, 302, 303, 307, 308}
_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A complete response; `redirected` is the status of the first redirect that was followed."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    redirected: int | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A request without a response."""

    error: Exception


Reply = RawResponse | Dropped


@dataclass(frozen=True, slots=True)
class JsonBody:
    """The JSON of a successful response."""

    json: Any
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class StatusBody:
    """A response whose status shows the state.

    `value` is its JSON, text or bytes, None if it has none; `message` is that of an error.
    """

    means: StatusMeaning
    value: Any
    message: str = ""
    redirected: bool = False


@dataclass(frozen=True, slots=True)
class Miss:
    """A poll that did not show the state, and the kind of reason, which decides what comes next.

    - missing: the server does not know the job (yet)
    - gone: the server no longer has the job
    - busy: the server asks to come back later
    - troubled: a failure that may pass; try again
    - refused: a failure that will not pass
    - unreadable: a response of another shape than documented
    """

    kind: str
    why: str
    status: int | None = None
    retry_after: float | None = None
    cause: Exception | None = None


def concealing(http: httpx.Client | httpx.AsyncClient, token: str) -> Mask:
    """Returns a mask for a client's credentials: its token, cookies, and headers with secret names."""
    sent = secret_values([*http.headers.multi_items(), *http.params.multi_items()])
    return masking([token, *sent, *(cookie.value or "" for cookie in http.cookies.jar)])


def judged_by_status(
    reply: Reply,
    request: Request,
    life: Lifecycle,
    hide: Mask,
    statuses: Mapping[int, StatusMeaning],
) -> StatusBody | Miss | None:
    """Returns a reply whose status shows the state; None if the status does not.

    A redirect shows it by its own status, once its target has been read. If the target is another
    server, or fails, nothing is shown.
    """
    if isinstance(reply, Dropped):
        return None
    good = HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES
    means = statuses.get(reply.redirected or reply.status)
    if reply.status in _REDIRECTS or (reply.redirected and not good):
        return None
    if means is None:
        why = f"{_asked(request)} answered {reply.status}, which is no state of the job"
        return Miss("unreadable", why, reply.status) if good and statuses else None
    said = "" if good else mask_text(hide(_message(reply, life)))[:LONGEST_MESSAGE]
    return _status_body(reply, request, means, said)


def _status_body(
    reply: RawResponse, request: Request, means: StatusMeaning, said: str
) -> StatusBody | Miss:
    try:
        value = _value(reply, means)
    except (ValueError, RecursionError):
        kind = reply.headers.get("content-type", "no content type")
        why = f"{_asked(request)} answered {reply.status} with a body that is not JSON ({kind})"
        return Miss("unreadable", why, reply.status)
    return StatusBody(means, value, said, redirected=reply.redirected is not None)


def _value(reply: RawResponse, means: StatusMeaning) -> Any:
    """Returns the body in the form of the result; without a result, its JSON or None."""
    if means.result == "bytes":
        return reply.content
    if means.result == "text":
        kind = {"content-type": reply.headers.get("content-type", "text/plain")}
        return httpx.Response(reply.status, headers=kind, content=reply.content).text
    if means.result == "json":
        return json.loads(reply.content)
    try:
        return json.loads(reply.content)
    except (ValueError, RecursionError):
        return None


def _asked(request: Request) -> str:
    return f"{str(request['method']).upper()} {request['url']}"


def wish(reply: Reply, now: float) -> float | None:
    """Returns the seconds of `Retry-After`, or None. `now` is in seconds since 1970."""
    if isinstance(reply, Dropped):
        return None
    said, date = reply.headers.get("retry-after"), reply.headers.get("date")
    return retry_after.seconds(said, date=date, now=now)


def judged(
    reply: Reply, request: Request, life: Lifecycle, hide: Mask, wish: float | None
) -> JsonBody | Miss:
    """Returns the body of a reply, or the reason why there is none."""
    asked = _asked(request)
    if isinstance(reply, Dropped):
        return _dropped(reply.error, asked, hide)
    if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return _body(reply, f"{asked} answered {reply.status}", wish)
    if reply.status in _REDIRECTS:
        why = f"{asked} answered {reply.status}, a redirect that does not stay on this server"
        return Miss("refused", why, reply.status, wish)
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
    # The error about an invalid header quotes the header, and so the token.
    cause = error if hide(text) == text else None
    why = f"{asked}: {type(error).__name__}"
    if isinstance(error, httpx.DecodingError):
        return Miss("unreadable", why, cause=cause)
    hopeless = isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol)
    again = isinstance(error, httpx.TransportError) and not hopeless
    return Miss("troubled" if again else "refused", why, cause=cause)


def _body(answer: RawResponse, said: str, wish: float | None) -> JsonBody | Miss:
    if not answer.content.strip():
        if answer.status == HTTPStatus.ACCEPTED:  # it is at work; how far, it does not say
            return Miss("busy", said, answer.status, wish)
        return Miss("unreadable", f"{said} with an empty body", answer.status, wish)
    try:
        return JsonBody(json.loads(answer.content), wish)
    except (ValueError, RecursionError):
        kind = answer.headers.get("content-type", "no content type")
        return Miss(
            "unreadable", f"{said} with a body that is not JSON ({kind})", answer.status, wish
        )


def _message(answer: RawResponse, life: Lifecycle) -> str:
    """Returns an error's message, by the vendor's own shape or RFC 9457's; else an empty text."""
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return ""
    found = (dig(body, path) for path in (*life.messages, ("detail",)))
    return next((text for text in found if isinstance(text, str) and text), "")


def dig(value: Any, path: Path) -> Any:
    """Returns the value at a path, or None."""
    for key in path:
        if isinstance(value, list) and isinstance(key, int):
            value = value[key] if key < len(value) else None
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return value
