"""Replies: made by a spec, checked against it, and sent; errors in the vendor's shape."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import jsonschema_rs
import orjson
from starlette.types import Receive, Send

from jobtwin.errors import Refusal, SandboxesFull, StoreLost, UnknownSandbox, WrongAnswer
from jobtwin.http.server_send import ServerSend
from jobtwin.lifecycle import Span
from jobtwin.lifecycle.faults import Delayed, Drop
from jobtwin.lifecycle.machine import NOTHING
from jobtwin.openapi import Problem
from jobtwin.openapi.operations import JSON, NO_BODY, Answer, ErrorAnswer
from jobtwin.openapi.phrases import phrase
from jobtwin.openapi.pointer import pointer
from jobtwin.sandboxes import Sandbox, ShownJob
from jobtwin.sandboxes.tasks import first_of

if TYPE_CHECKING:
    from jobtwin.http.request import RequestData

Stream = Callable[[], AsyncIterator[bytes]]
"""Opens a stream that is sent after the turn, until the client disconnects."""

log = logging.getLogger("jobtwin")

LONGEST_MESSAGE = 1000
"""The maximum length of an error's message, which may quote the request."""


class Transmission(NamedTuple):
    """The delays and cuts of a reply, by the sandbox's clock."""

    sandbox: Sandbox
    delay: Span
    delayed: Delayed
    drop: Drop | None
    reset: bool


class Reply(NamedTuple):
    """The response to a request, as a value that a fault can transform.

    `situation` is the reason of a refusal, `seen` are the jobs in the body, and
    `injected` marks a change by a fault. A `stream` is sent after the body. A `delivery` is
    late, or cut. `sampled` marks an example of the file, or a generated value.
    """

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: Mapping[str, str] = NOTHING
    situation: str | None = None
    seen: tuple[ShownJob, ...] = ()
    injected: bool = False
    stream: Stream | None = None
    delivery: Transmission | None = None
    sampled: bool = False


def send_reply(
    send: Send, reply: Reply, *, head: bool = False, receive: Receive | None = None
) -> Awaitable[None]:
    """Sends a reply, without the body for HEAD. All responses are sent here.

    A stream ends when `receive` reports that the client has disconnected.
    """
    body = b"" if head or reply.status in NO_BODY else reply.body
    if (
        isinstance(send, ServerSend)
        and reply.stream is None
        and not reply.headers
        and send.send_whole(_head(reply.status, len(reply.body), reply.media_type), body)
    ):
        return _SENT
    return _send_messages(send, reply, body, None if head else receive)


class _Sent:
    """Awaits nothing. A coroutine would take longer, and could be awaited only once."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_SENT = _Sent()


async def _send_messages(send: Send, reply: Reply, body: bytes, receive: Receive | None) -> None:
    """Sends a reply by ASGI's messages."""
    fields = reply_headers(reply)
    await send({"type": "http.response.start", "status": reply.status, "headers": fields})
    if reply.stream is not None and receive is not None:
        await _send_stream(send, receive, reply.stream)
    await send({"type": "http.response.body", "body": body})


def reply_headers(reply: Reply) -> Sequence[tuple[bytes, bytes]]:
    """The headers that a reply is sent with."""
    length = None if reply.stream else len(reply.body)
    fields = _body_headers(reply.status, length, reply.media_type)
    if not reply.headers:
        return fields
    own = [(name.lower().encode(), text.encode()) for name, text in reply.headers.items()]
    return [*fields, *own]


@lru_cache(maxsize=1024)
def _head(status: int, length: int, media_type: str) -> bytes:
    """Returns the status line and the headers of a reply without headers of its own.

    Raises ValueError for a media type that would end its line.
    """
    if not media_type.isprintable():
        raise ValueError(f"{media_type!r} is no media type")
    fields = _body_headers(status, length, media_type)
    lines = [f"HTTP/1.1 {status} {phrase(status)}".encode(), *map(b": ".join, fields)]
    return b"".join(line + b"\r\n" for line in lines)


@lru_cache(maxsize=1024)
def _body_headers(
    status: int, length: int | None, media_type: str
) -> Sequence[tuple[bytes, bytes]]:
    """Returns the headers that describe a body; the `length` of a stream is None."""
    fields = []
    if length is not None and status not in NO_BODY:
        fields.append((b"content-length", b"%d" % length))
    if length != 0:
        fields.append((b"content-type", media_type.encode()))
    return tuple(fields)


async def _send_stream(send: Send, receive: Receive, stream: Stream) -> None:
    async def sent() -> None:
        async for chunk in stream():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def left() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    sending = asyncio.ensure_future(sent())
    await first_of(sending, left())
    if not sending.cancelled():
        sending.result()  # so that the server logs a failure, and closes the connection


def problem(
    status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
) -> Reply:
    """A reply in the shape of the server's own errors (RFC 9457)."""
    body = orjson.dumps({"title": title, "status": status, "detail": detail})
    return Reply(status, body, "application/problem+json", headers or NOTHING)


def without_sandbox(error: UnknownSandbox | SandboxesFull | StoreLost) -> Reply:
    """Returns the reply to a request whose sandbox does not exist, or cannot be created or stored."""
    if isinstance(error, UnknownSandbox):
        return problem(404, "Not Found", str(error))
    return problem(503, "Service Unavailable", str(error))


def made(name: str, answer: Answer, result: Any, request: RequestData) -> bytes:
    """Returns the body for a handler's result. Raises WrongAnswer if it does not conform to the spec."""
    if answer.make is None and answer.validator is None:
        return b""
    body = answer.make(result, request) if answer.make else result
    return judged(name, answer, body) if answer.is_json else _plain(body)


def answer_headers(answer: Answer, result: Any, request: RequestData) -> Mapping[str, str]:
    """The headers of an answer that have a value."""
    made = {name: get(result, request) for name, get in answer.headers.items()}
    return {name: text for name, text in made.items() if text is not None}


def _plain(body: Any) -> bytes:
    """Returns a body that is not JSON: a text, or the bytes of an example."""
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else orjson.dumps(body)


def judged(name: str, answer: Answer, body: Any) -> bytes:
    """Returns a body as bytes. Raises WrongAnswer if the spec does not allow it."""
    if answer.validator is not None and not answer.validator.is_valid(body):
        error = next(answer.validator.iter_errors(body))
        raise WrongAnswer(name, pointer(error.instance_path), _unquoted(error))
    return orjson.dumps(body)


def _unquoted(error: jsonschema_rs.ValidationError) -> str:
    """Returns the error of a value without the value, which may be a secret, for a log."""
    keyword = next((step for step in reversed(error.schema_path) if isinstance(step, str)), "")
    return f"its schema's `{keyword}` does not allow the value"


def refused(
    name: str, errors: Mapping[str, ErrorAnswer], refusal: Refusal, request: RequestData
) -> Reply:
    """Returns the vendor's reply to a situation, or a plain 500 if it does not conform to the spec."""
    error = errors[refusal.situation]
    text = error.message.format_map(_Quotes(refusal.quotes))
    text = text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + "…"
    shown = Problem(error.answer.status, error.code, text, refusal.quotes.get("target"))
    headers = error.headers | refusal.quotes.get("headers", {})
    try:
        body = made(name, error.answer, shown, request)
    except WrongAnswer as wrong:
        log_failure(name, wrong)
        return _LAST_RESORT
    answer = error.answer
    return Reply(answer.status, body, answer.media_type, headers, refusal.situation)


def failed(
    name: str, errors: Mapping[str, ErrorAnswer], error: Exception, request: RequestData
) -> Reply:
    """Logs a failure of ours; the vendor's 500, or a plain one if that fails as well."""
    log_failure(name, error)
    request.go_uncounted()  # the sandbox that counts requests may have failed
    try:
        return refused(name, errors, Refusal("internal"), request)
    except Exception:
        log.exception("%s failed to say so", name)
        return _LAST_RESORT


_LAST_RESORT = Reply(
    500, b"The twin failed; its log says why\n", "text/plain; charset=utf-8", situation="internal"
)


def log_failure(name: str, error: Exception) -> None:
    """Log a failure of ours, without the values of requests and answers."""
    if isinstance(error, WrongAnswer):
        log.error("answered 500 instead of what the spec does not allow: %s", error)
    else:
        log.error("%s failed", name, exc_info=error)


class _Quotes(dict[str, Any]):
    """The values for a message; unknown placeholders stay unchanged."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
