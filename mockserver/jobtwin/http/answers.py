"""Answers: bodies made by a spec, judged by it, and sent; errors in the vendor's shape."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import orjson
from starlette.types import Send

from jobtwin.errors import Refusal, WrongAnswer
from jobtwin.openapi import Problem
from jobtwin.openapi.operations import Answer, ErrorAnswer
from jobtwin.openapi.pointer import pointer

log = logging.getLogger("jobtwin")

NO_CONTENT = 204
LONGEST_MESSAGE = 1000
"""Characters of an error's message; what was sent may be quoted in it, and long."""


async def send_json(
    send: Send, answer: Answer, body: bytes, headers: Mapping[str, str] | None = None
) -> None:
    """Send a body that was made and judged before."""
    fields = []
    if answer.status != NO_CONTENT:  # which must not tell a length (RFC 9110, 8.6)
        fields.append((b"content-length", b"%d" % len(body)))
    if body:
        fields.append((b"content-type", answer.media_type.encode()))
    if headers:
        fields += [(name.lower().encode(), text.encode()) for name, text in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


def made(name: str, answer: Answer, it: Any, asked: Any) -> bytes:
    """The body for what a handler returned; WrongAnswer if the spec does not allow it."""
    if answer.make is None and answer.validator is None:
        return b""
    return judged(name, answer, answer.make(it, asked) if answer.make else it)


def judged(name: str, answer: Answer, body: Any) -> bytes:
    """A body as bytes; WrongAnswer if the spec does not allow it."""
    if answer.validator is not None and not answer.validator.is_valid(body):
        error = next(answer.validator.iter_errors(body))
        raise WrongAnswer(name, pointer(error.instance_path), _unquoted(error))
    return orjson.dumps(body)


def _unquoted(error: jsonschema_rs.ValidationError) -> str:
    """What is wrong with a value, without the value: it goes to a log, and may be a secret."""
    value = json.dumps(error.instance, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return error.message.replace(value, "the value")


def refused(
    name: str, errors: Mapping[str, ErrorAnswer], refusal: Refusal, asked: Any
) -> tuple[Answer, bytes, Mapping[str, str]]:
    """The vendor's answer to a situation: how, what, and with which further headers."""
    error = errors[refusal.situation]
    text = error.message.format_map(_Quotes(refusal.quotes))
    text = text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + "…"
    problem = Problem(error.answer.status, error.code, text, refusal.quotes.get("target"))
    headers = error.headers | refusal.quotes.get("headers", {})
    return error.answer, made(name, error.answer, problem, asked), headers


class _Quotes(dict[str, Any]):
    """What a message may quote; what a situation does not know stays as it is written."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
