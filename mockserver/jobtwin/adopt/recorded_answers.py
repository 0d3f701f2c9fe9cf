"""Headers, statuses and error bodies of recorded responses, in the form of `x-jobs`."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any
from urllib.parse import urlsplit

from jobcall.secrets import is_secret_name, mask_text
from jobtwin.adopt.history import Addition
from jobtwin.adopt.sightings import Sighting
from jobtwin.judge.drift.headers import api_headers
from jobtwin.judge.drift.inference import learned
from jobtwin.judge.exchange import Exchange
from jobtwin.judge.matching import MatchedExchange, Matcher
from jobtwin.judge.redaction import redacted
from jobtwin.judge.traffic.bases import MatchedEntry
from jobtwin.openapi import Spec
from jobtwin.openapi.byname import normal
from jobtwin.openapi.operations import SITUATIONS, Operation

_DRIVING = {"retry-after", "location", "content-location"}
"""Standard headers that clients act on."""

_SCHEMA = "RecordedError"
_LEAST = 2
"""Number of responses in which a header must be equal to count as constant."""


# -- headers ---------------------------------------------------------------------------------------


def recorded_answers(
    operations: Mapping[str, Operation], seen: Sequence[Sighting]
) -> dict[str, dict[str, Any]]:
    """Returns the `answers` of operations with recorded headers or statuses, by the operations' keys."""
    made = {}
    for key, operation in operations.items():
        own = [each for each in seen if each.operation == key]
        if operation.does in ("create", "read", "event") and (answers := _answers(operation, own)):
            made[key] = answers
    return made


def _answers(operation: Operation, seen: Sequence[Sighting]) -> dict[str, Any]:
    """Returns an answer for each group of states with equal responses, the last one for all others."""
    said = _by_state(operation, seen)
    groups: list[tuple[list[str], dict[str, Any]]] = []
    for state, answer in said.items():
        alike = next((states for states, other in groups if other == answer), None)
        if alike is None:
            groups.append(([str(state)], answer))
        else:
            alike.append(str(state))
    if len(groups) == 1:
        return {"recorded": groups[0][1]} if groups[0][1] else {}
    if None in said:
        return {}
    told = [(states, answer) for states, answer in groups if answer]
    return {f"recorded_{n}": {"when": {"state": s}, **a} for n, (s, a) in enumerate(told, 1)}


def _by_state(operation: Operation, seen: Sequence[Sighting]) -> dict[str | None, dict[str, Any]]:
    """The responses in each state with a declared status."""
    usual = int(next((s for s in operation.responses if s.startswith("2")), "200"))
    able = _able_headers(seen)
    by_state = defaultdict[str | None, list[Sighting]](list)
    for each in seen:
        if operation.response(each.exchange.status) is not None:
            by_state[each.state].append(each)
    return {state: _answer(group, usual, able) for state, group in by_state.items()}


def _answer(seen: Sequence[Sighting], usual: int, able: Collection[str]) -> dict[str, Any]:
    """Returns the answer in some states: its status, if unusual, and its headers."""
    status = Counter(each.exchange.status for each in seen).most_common(1)[0][0]
    headers = dict(_headers([each for each in seen if each.exchange.status == status], able))
    said = {"status": status} if status != usual else {}
    return {**said, "headers": headers} if headers else said


def _able_headers(seen: Sequence[Sighting]) -> set[str]:
    """Returns the headers that clients act on, that contain the job's ID, or that are constant."""
    names = {name for each in seen for name in each.exchange.response_headers}
    own = {*api_headers(names), *(name for name in names if name.lower() in _DRIVING)}
    return {name for name in own if not is_secret_name(name) and _is_able(name, seen)}


def _is_able(name: str, seen: Sequence[Sighting]) -> bool:
    texts = [_text(e, e.exchange.response_headers[name]) for e in seen if name in e.exchange.response_headers]  # fmt: skip
    if None in texts:
        return False
    quoted = all("{id}" in str(text) for text in texts)
    same = len(set(texts)) == 1 and len(texts) >= _LEAST
    return name.lower() in _DRIVING or quoted or same


def _headers(seen: Sequence[Sighting], able: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yields the headers that all of these responses have, with their most frequent texts."""
    shared = [n for n in seen[0].exchange.response_headers if all(n in e.exchange.response_headers for e in seen)]  # fmt: skip
    for name in (each for each in shared if each in able):
        texts = Counter(_text(each, each.exchange.response_headers[name]) for each in seen)
        text = str(texts.most_common(1)[0][0])
        yield name, int(text) if text.isdecimal() else text


def _text(seen: Sighting, value: str) -> str | None:
    """Returns a header's value as a text of the grammar, or None if it may be secret or is too specific."""
    if mask_text(value) != value or redacted(value):
        return None
    base, place = urlsplit(seen.base), urlsplit(value)
    if place.scheme and place.netloc != base.netloc:
        return None
    text = value.replace("{", "{{").replace("}", "}}")
    text = re.sub(rf"(?<![\w-]){re.escape(seen.job)}(?![\w-])", "{id}", text)
    roots = [seen.base, base.path] if base.path else [seen.base]
    root = next((each for each in roots if text.startswith(f"{each}/")), None)
    return text if root is None else "{base}" + text.removeprefix(root)


# -- errors ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RecordedErrors:
    """The recorded errors of situations, and the schema of their bodies."""

    settings: Mapping[str, Any]
    additions: tuple[Addition, ...] = ()


def recorded_errors(
    spec: Spec, seen: Sequence[Sighting], entries: Iterable[MatchedEntry]
) -> RecordedErrors:
    """Returns the first recorded refusal of each situation."""
    matcher, settings, bodies = Matcher(spec), dict[str, Any](), list[Any]()
    known = {(each.machine, each.job): each for each in seen}
    for entry in entries:
        call = matcher.match(entry.exchange)
        situation = _situation(call, known) if call else None
        if call and situation:
            settings.setdefault(situation, _said(call, situation))
            bodies += _undeclared_body(call)
    if not bodies:
        return RecordedErrors(settings)
    schema = reduce(learned, bodies, None)
    return RecordedErrors(
        {"schema": _SCHEMA, **settings}, (Addition(f"/components/schemas/{_SCHEMA}", schema),)
    )


def _undeclared_body(call: MatchedExchange) -> list[Mapping[str, Any]]:
    """The body of a response for which the file has no schema."""
    body = call.exchange.answered
    declared = call.operation.response(call.exchange.status)
    lacking = declared is None or declared.json is None
    return [body] if lacking and isinstance(body, dict) else []


def _situation(call: MatchedExchange, known: Mapping[tuple[str, str], Sighting]) -> str | None:
    """Returns the situation of a refusal, or None if its status is ambiguous."""
    status, operation = call.exchange.status, call.operation
    given = call.at(operation.job_id) if operation.job_id else None
    job = known.get((operation.machine.name if operation.machine else "", str(given)))
    if status in (404, 410) and given is not None and job is None:
        return "unknown_job"
    if operation.does == "event" and job is not None and status in (400, 409, 412, 422):
        return "illegal_event"
    plain = {401: "unauthorized", 403: "forbidden", 409: "conflict", 413: "body_too_large"}
    plain |= {400: "bad_request", 405: "wrong_method", 415: "unsupported_media_type", 422: "bad_request"}  # fmt: skip
    return plain.get(status)


def _said(call: MatchedExchange, situation: str) -> dict[str, Any]:
    exchange, said = call.exchange, dict[str, Any]()
    said["status"] = exchange.status
    known = SITUATIONS.get(situation)
    given = call.at(call.operation.job_id) if call.operation.job_id else None
    texts = _texts(exchange)
    if (message := texts.get("message")) and known is not None:
        quoted = _quoted(message, None if given is None else str(given), known.quotes)
        said |= {"message": quoted} if quoted else {}
    if code := texts.get("code"):
        said["code"] = code
    return said


_MESSAGES = ("message", "detail", "errormessage", "error", "description", "title")
_CODES = ("code", "errorcode")


def _texts(exchange: Exchange) -> dict[str, str]:
    """Returns the message and the code of an error's body, if they are strings without a secret."""
    body: Any = exchange.answered
    if not isinstance(body, dict):
        return {}
    body = body["error"] if isinstance(body.get("error"), dict) else body
    plain = {normal(name): value for name, value in body.items() if isinstance(value, str)}
    texts = {"message": _first_of(plain, _MESSAGES), "code": _first_of(plain, _CODES)}
    return {key: text for key, text in texts.items() if text and _is_harmless(text, exchange)}


def _first_of(texts: Mapping[str, str], names: Iterable[str]) -> str:
    return next((texts[name] for name in names if name in texts), "")


def _is_harmless(text: str, exchange: Exchange) -> bool:
    """Returns True if a text contains neither a credential of the request nor a likely secret."""
    sent = [v for n, v in exchange.request_headers.items() if is_secret_name(n) or n.lower() == "authorization"]  # fmt: skip
    words = {word for value in sent for word in value.split() if len(word) > 3}  # noqa: PLR2004 - shorter strings are words
    return mask_text(text) == text and not redacted(text) and not any(w in text for w in words)


def _quoted(message: str, given: str | None, quotes: Sequence[str]) -> str | None:
    """Returns a message with a placeholder for the job's ID, or None if the situation has none."""
    text = message.replace("{", "{{").replace("}", "}}")
    if given is None or given not in message:
        return text
    return text.replace(given, "{id}") if "id" in quotes else None
