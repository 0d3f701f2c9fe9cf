"""Reads and writes faults of specs and of the control API, and refuses impossible ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from jobtwin.lifecycle import Span
from jobtwin.lifecycle.faults import Fault, JobFault
from jobtwin.openapi.operations import FIRST_ERROR, NO_BODY, Answer, Operation
from jobtwin.openapi.times import span
from jobtwin.openapi.values import Each, Object, Shown, Value, places, sources, unconditional

_SHOWS_JOBS = ("clone", "create", "event", "list", "read")
_FINDS_JOBS = ("clone", "delete", "event", "list", "read")
READS = ("list", "read")
"""Kinds of operations that change nothing."""
_STATUSES = range(200, 600)
_HEADER = re.compile(r"[0-9A-Za-z!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\u0100-\U0010ffff]*")
_FRAMING = ("connection", "content-length", "transfer-encoding")


def misfit(fault: Fault, operation: Operation) -> str | None:
    """Returns why a fault does not suit an operation; None if it does."""
    for suits, wanted in _SUITS:
        if not suits(fault, operation):
            return f"{wanted}, and {operation.id} does not"
    return _unknown_fields(fault, operation) if (fault.status or 0) < FIRST_ERROR else None


def _unknown_fields(fault: Fault, operation: Operation) -> str | None:
    """Returns an error if a fault names fields, but none that an operation shows."""
    if not fault.fields:
        return None
    known = _properties(operation)
    if any(_has(known, path) for path in fault.fields):
        return None
    return f"`fields` names no property that {operation.id} shows: {', '.join(known)}"


_SUITS: Sequence[tuple[Callable[[Fault, Operation], object], str]] = (
    (
        lambda fault, operation: not fault.is_hiding or operation.does in _FINDS_JOBS,
        "`hide` is for operations that find jobs",
    ),
    (
        lambda fault, operation: not fault.is_stale or operation.does in READS,
        "`stale` is for operations that read jobs",
    ),
    (
        lambda fault, operation: fault.state is None or state_answers(operation),
        "`state` is for operations that show a job's state",
    ),
    (
        lambda fault, operation: not fault.credential or operation.security,
        "`credential` is for operations that need one",
    ),
)
"""Tests of faults for an operation, each with the operations that pass it."""


def state_answers(operation: Operation) -> list[Answer]:
    """Returns the answers that show a job's state: successes as JSON that are not examples."""
    if operation.does not in _SHOWS_JOBS:
        return []
    return [answer for answer in _json_answers(operation) if _shows_state(operation, answer)]


def _shows_state(operation: Operation, answer: Answer) -> bool:
    """Returns True if an answer shows the state of a job of the operation's machine."""
    own = (
        shown.value
        for shown, machine in places(_shown(operation, answer), operation.machine)
        if machine is operation.machine
    )
    return any(path.text == "state" for value in own for path in sources(value))


def _json_answers(operation: Operation) -> Iterator[Answer]:
    for _, answer in operation.answers:
        is_made = answer.make is not None and answer.is_json and not answer.is_example
        if is_made and answer.status < FIRST_ERROR:
            yield answer


def _shown(operation: Operation, answer: Answer) -> Shown:
    response = operation.response(answer.status)
    return response.shown if response and response.shown else Shown(None, "")


def _properties(operation: Operation) -> dict[str, Shown]:
    """Returns the properties of an operation's answers; of those with one name, the first."""
    found: dict[str, Shown] = {}
    for answer in _json_answers(operation):
        value = _items(_shown(operation, answer).value)
        if isinstance(value, Object):
            found = {**value.properties, **found}
    return found


def _has(properties: Mapping[str, Shown], path: str) -> bool:
    """Returns True if a dotted path leads to a property, as far as the spec documents them."""
    name, _, rest = path.partition(".")
    if name not in properties:
        return not properties
    value = _items(properties[name].value)
    return not rest or not isinstance(value, Object) or _has(value.properties, rest)


def _items(value: Value | None) -> Value | None:
    """Returns the value of a list's items; any other value as it is."""
    value = unconditional(value)
    return _items(value.item.value) if isinstance(value, Each) and value.key is None else value


def job_fault(shown: Mapping[str, Any]) -> JobFault:
    """Parses a fault of a scenario. Raises ValueError if it is impossible."""
    return JobFault(**{**shown, "fault": fault_from_json(shown["fault"])})


def fault_to_json(fault: Fault) -> dict[str, Any]:
    """Returns a fault as the control API's JSON."""
    shown = {
        "status": fault.status,
        "retryAfter": fault.retry_after,
        "date": fault.date or None,
        "headers": dict(fault.headers) or None,
        "body": fault.body,
        "delay": _maybe_duration(fault.delay),
        "delayed": None if fault.delayed == "answer" else fault.delayed,
        "drop": fault.drop,
        "reset": fault.reset or None,
        "stale": _maybe_duration(fault.stale, fault.stale_polls),
        "hide": _maybe_duration(fault.hide_for, fault.hide or None),
        "state": fault.state,
        "fields": dict(fault.fields) or None,
        "encoding": fault.encoding,
        "credential": fault.credential,
        "handled": fault.handled,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _maybe_duration(span: Span | None, otherwise: Any = None) -> Any:
    return otherwise if span is None else short_duration(span)


def fault_from_json(shown: Mapping[str, Any]) -> Fault:
    """Parses a fault of the control API. Raises ValueError if it is impossible."""
    fault = Fault(
        status=shown.get("status"),
        retry_after=shown.get("retryAfter"),
        date=shown.get("date", False),
        headers=shown.get("headers", {}),
        body=shown.get("body"),
        delay=_maybe_span(shown.get("delay")),
        delayed=shown.get("delayed", "answer"),
        drop=shown.get("drop"),
        reset=shown.get("reset", False),
        state=shown.get("state"),
        fields=shown.get("fields", {}),
        encoding=shown.get("encoding"),
        credential=shown.get("credential"),
        handled=shown.get("handled"),
    )
    fault = _with_stale(_with_hide(fault, shown.get("hide", False)), shown.get("stale"))
    if why := next(_impossible(fault), None):
        raise ValueError(why)
    return fault


def _with_stale(fault: Fault, stale: str | int | None) -> Fault:
    if isinstance(stale, int):
        return replace(fault, stale_polls=stale)
    return replace(fault, stale=_maybe_span(stale))


def _with_hide(fault: Fault, hide: bool | str) -> Fault:  # noqa: FBT001 - the JSON's value
    return (
        replace(fault, hide=hide)
        if isinstance(hide, bool)
        else replace(fault, hide_for=short_span(hide))
    )


def _impossible(fault: Fault) -> Iterator[str]:
    """Yields why a fault is impossible, each time with what would be right."""
    if replace(fault, handled=None, date=False, reset=False, delayed="answer") == Fault():
        yield 'the fault does nothing; write for example {"status": 429, "retryAfter": 5}'
    yield from _impossible_status(fault)
    yield from _alone(fault)
    for name, value in fault.headers.items():
        yield from _impossible_header(name, value)


def _impossible_status(fault: Fault) -> Iterator[str]:
    if fault.status is not None and fault.status not in _STATUSES:
        yield f"HTTP has no answer of status {fault.status}; write one from 200 to 599"
    if fault.status in NO_BODY and fault.body not in (None, "empty"):
        yield f"an answer of status {fault.status} has no body (RFC 9110); leave out `body`"


def _alone(fault: Fault) -> Iterator[str]:
    """Yields the keys that mean nothing without another one."""
    if fault.date and fault.retry_after is None:
        yield "`date` says how `retryAfter` is written; write both"
    if fault.reset and fault.drop is None:
        yield "`reset` says how the connection of a `drop` ends; write both"
    if fault.delayed != "answer" and fault.delay is None:
        yield "`delayed` says what a `delay` holds back; write both"


def _impossible_header(name: str, value: str) -> Iterator[str]:
    if not _HEADER.fullmatch(name):
        yield f"{name!r} cannot name a header; write letters, digits and `-`"
    elif name.lower() in _FRAMING:
        yield f"{name} follows from the body; to break it, write `drop` or `body`: truncated"
    if not _HEADER_VALUE.fullmatch(value):
        yield f"the header {name} cannot hold {value!r}; write printable Latin-1 text"


def _maybe_span(text: str | None) -> Span | None:
    return None if text is None else short_span(text)


def short_span(text: str) -> Span:
    """Parses a duration such as 3s into a span. Raises ValueError."""
    try:
        return span(text if text.startswith("P") else f"PT{text.upper()}")
    except ValueError as error:
        raise ValueError(f"{text!r} is not a duration such as 3s, 1m30s or PT3S") from error


def short_duration(span: Span) -> str:
    """Formats a span as a short duration, in seconds."""
    return f"{span / 1_000_000:f}".rstrip("0").rstrip(".") + "s"
