"""Reads a twin's journal into exchanges, with the bodies that were kept, or the states they showed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from jobtwin.errors import BadRecording, Mistake
from jobtwin.judge.exchange import Exchange
from jobtwin.judge.traffic.har import RecordedExchange, UnreadableEntry
from jobtwin.openapi.operations import Operation
from jobtwin.openapi.untyped import as_map
from jobtwin.openapi.values import Object, Path, Shown

_NEEDED = {"number": int, "at": str, "api": str, "method": str, "path": str, "status": int}


def recorded(
    document: Mapping[str, Any], file: str
) -> Iterator[RecordedExchange | UnreadableEntry]:
    """Yields the entries of a journal, the oldest first. Raises BadRecording if there is no list.

    Responses changed by a fault are left out, as the vendor would not send them; so are
    deliveries, which the twin itself sends.
    """
    entries = document["entries"]
    if not isinstance(entries, list):
        raise BadRecording(Mistake(file, "/entries", "is no list; a journal has its entries here"))
    for index in sorted(range(len(entries)), key=lambda i: _number(entries[i])):
        if not _is_left_out(entries[index]):
            yield _entry(entries[index], f"{file}#/entries/{index}")


def _is_left_out(entry: Any) -> bool:
    return isinstance(entry, dict) and (entry.get("injected") is True or "delivery" in entry)


def _number(entry: Any) -> int:
    number = entry.get("number") if isinstance(entry, dict) else None
    return number if isinstance(number, int) else 0


def _exchange(entry: Mapping[str, Any], at: datetime) -> Exchange:
    query = f"?{entry['query']}" if entry.get("query") else ""
    return Exchange(
        # A twin handles one request after the other, so each ends at its moment.
        at=at,
        method=entry["method"],
        url=entry["path"] + query,
        status=entry["status"],
        request_headers=_headers(entry.get("request")),
        request_body=_body(entry.get("request")),
        response_headers=_headers(entry.get("response")),
        response_body=_body(entry.get("response")) or b"",
    )


def _entry(entry: Any, where: str) -> RecordedExchange | UnreadableEntry:
    if not isinstance(entry, dict):
        return UnreadableEntry(where, "is no map")
    if lacking := [key for key, kind in _NEEDED.items() if not isinstance(entry.get(key), kind)]:
        word = "text" if _NEEDED[lacking[0]] is str else "number"
        return UnreadableEntry(where, f"has no {word} as its `{lacking[0]}`")
    at = _moment(entry["at"])
    if at is None:
        return UnreadableEntry(where, "has no moment such as 2026-01-01T00:00:00Z as its `at`")
    exchange = _exchange(entry, at)
    if exchange.response_body:
        return RecordedExchange(where, exchange, api=entry["api"])
    told = {"id": entry.get("job"), "state": entry.get("after")}
    return RecordedExchange(where, exchange, api=entry["api"], whole=False, told=told)


def _body(kept: Any) -> bytes | None:
    """Returns a body that was kept as JSON; None for any other, which may be truncated."""
    return orjson.dumps(kept["json"]) if "json" in as_map(kept) else None


def _headers(kept: Any) -> Mapping[str, str]:
    kind = kept.get("mediaType") if isinstance(kept, dict) and "json" in kept else None
    return {"Content-Type": kind} if isinstance(kind, str) else {}


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def transcribed(operation: Operation, told: Mapping[str, Any]) -> bytes:
    """Returns a body with the values of a journal entry, in the form of the operation's responses."""
    response = operation.responses.get(str(operation.answer.status))
    if told.get("state") is None or response is None or response.shown is None:
        return b""
    return orjson.dumps(_filled(response.shown, told))


def _filled(shown: Shown, told: Mapping[str, Any]) -> Any:
    value = shown.value
    if isinstance(value, Path):
        return told.get(value.text)
    if not isinstance(value, Object):
        return None
    made = {name: _filled(inner, told) for name, inner in value.properties.items()}
    return {name: value for name, value in made.items() if value not in (None, {})}
