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
from jobtwin.adopt.sightings import Sighting, given_id
from jobtwin.judge.drift.headers import api_headers
from jobtwin.judge.drift.inference import learned
from jobtwin.judge.exchange import Exchange
from jobtwin.judge.matching import MatchedExchange, Matcher
from jobtwin.judge.redaction import redacted
from jobtwin.judge.traffic.bases import MatchedEntry
from jobtwin.openapi import Spec
from jobtwin.openapi.byname import normal
from jobtwin.openapi.operations import SITUATIONS, Operation
from jobtwin.openapi.untyped import as_map, filled

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
    groups = _grouped(said)
    if len(groups) == 1:
        return filled(recorded=groups[0][1])
    if None in said:
        return {}
    told = [(states, answer) for states, answer in groups if answer]
    return {f"recorded_{n}": {"when": {"state": s}, **a} for n, (s, a) in enumerate(told, 1)}


def _grouped(
    said: Mapping[str | None, dict[str, Any]],
) -> list[tuple[list[str], dict[str, Any]]]:
    """Returns the states with equal answers together, in the order of their first states."""
    groups: list[tuple[list[str], dict[str, Any]]] = []
    for state, answer in said.items():
        alike = next((states for states, other in groups if other == answer), None)
        if alike is None:
            groups.append(([str(state)], answer))
        else:
            alike.append(str(state))
    return groups


def _by_state(operation: Operation, seen: Sequence[Sighting]) -> dict[str | None, dict[str, Any]]:
    """Returns the responses in each state with a declared status."""
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
    return {**said, **filled(headers=headers)}


def _able_headers(seen: Sequence[Sighting]) -> set[str]:
    """Returns the headers that clients act on, that contain the job's ID, or that are constant."""
    names = set[str]().union(*(each.exchange.response_headers for each in seen))
    own = {*api_headers(names), *(name for name in names if name.lower() in _DRIVING)}
    return {name for name in own if not is_secret_name(name) and _is_able(name, seen)}


def _is_able(name: str, seen: Sequence[Sighting]) -> bool:
    texts = [_text(each, each.exchange.response_headers[name]) for each in _with(name, seen)]
    if None in texts:
        return False
    quoted = all("{id}" in str(text) for text in texts)
    same = len(set(texts)) == 1 and len(texts) >= _LEAST
    return name.lower() in _DRIVING or quoted or same


def _with(name: str, seen: Sequence[Sighting]) -> list[Sighting]:
    """Returns the responses with a header."""
    return [each for each in seen if name in each.exchange.response_headers]


def _headers(seen: Sequence[Sighting], able: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yields the headers that all of these responses have, with their most frequent texts."""
    for name in seen[0].exchange.response_headers:
        if name in able and len(_with(name, seen)) == len(seen):
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
    return _below_base(text, [seen.base, base.path] if base.path else [seen.base])


def _below_base(text: str, roots: Sequence[str]) -> str:
    """Returns the text with `{base}` in place of the first of the roots that it begins with."""
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
        if call and (situation := _situation(call, known)):
            settings.setdefault(situation, _said(call, situation))
            bodies += _undeclared_body(call)
    if not bodies:
        return RecordedErrors(settings)
    schema = reduce(learned, bodies, None)
    return RecordedErrors(
        {"schema": _SCHEMA, **settings}, (Addition(f"/components/schemas/{_SCHEMA}", schema),)
    )


def _undeclared_body(call: MatchedExchange) -> list[Mapping[str, Any]]:
    """Returns the body of a response for which the file has no schema."""
    body = call.exchange.answered
    declared = call.operation.response(call.exchange.status)
    lacking = declared is None or declared.json is None
    return [body] if lacking and isinstance(body, dict) else []


def _situation(call: MatchedExchange, known: Mapping[tuple[str, str], Sighting]) -> str | None:
    """Returns the situation of a refusal, or None if its status is ambiguous."""
    status, operation = call.exchange.status, call.operation
    given = given_id(call)
    job = known.get((operation.machine.name if operation.machine else "", str(given)))
    if job is None and given is not None and status in (404, 410):
        return "unknown_job"
    if job is not None and operation.does == "event" and status in (400, 409, 412, 422):
        return "illegal_event"
    return _PLAIN_SITUATIONS.get(status)


_PLAIN_SITUATIONS = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 405: "wrong_method", 409: "conflict",
    413: "body_too_large", 415: "unsupported_media_type", 422: "bad_request",
}  # fmt: skip
"""The situations of refusals that have nothing to do with a certain job, by status."""


def _said(call: MatchedExchange, situation: str) -> dict[str, Any]:
    texts, known = _texts(call.exchange), SITUATIONS.get(situation)
    message = texts.get("message")
    quoted = _quoted(message, given_id(call), known.quotes) if message and known else None
    return {"status": call.exchange.status, **filled(message=quoted, code=texts.get("code"))}


_MESSAGES = ("message", "detail", "errormessage", "error", "description", "title")
_CODES = ("code", "errorcode")


def _texts(exchange: Exchange) -> dict[str, str]:
    """Returns the message and the code of an error's body, if they are strings without a secret."""
    body = as_map(exchange.answered)
    body = body["error"] if isinstance(body.get("error"), dict) else body
    plain = {normal(name): value for name, value in body.items() if isinstance(value, str)}
    texts = filled(message=_first_of(plain, _MESSAGES), code=_first_of(plain, _CODES))
    return {key: text for key, text in texts.items() if _is_harmless(text, exchange)}


def _first_of(texts: Mapping[str, str], names: Iterable[str]) -> str:
    return next((texts[name] for name in names if name in texts), "")


def _is_harmless(text: str, exchange: Exchange) -> bool:
    """Returns True if a text contains neither a credential of the request nor a likely secret."""
    quotes = any(word in text for word in _credentials(exchange))
    return mask_text(text) == text and not redacted(text) and not quotes


def _credentials(exchange: Exchange) -> Iterator[str]:
    """Yields the parts of a request's credentials that are too long to be words."""
    for name, value in exchange.request_headers.items():
        if is_secret_name(name) or name.lower() == "authorization":
            yield from (word for word in value.split() if len(word) > 3)  # noqa: PLR2004 - shorter strings are words


def _quoted(message: str, given: str | None, quotes: Sequence[str]) -> str | None:
    """Returns a message with a placeholder for the job's ID, or None if the situation has none."""
    text = message.replace("{", "{{").replace("}", "}}")
    if given is None or given not in message:
        return text
    return text.replace(given, "{id}") if "id" in quotes else None
