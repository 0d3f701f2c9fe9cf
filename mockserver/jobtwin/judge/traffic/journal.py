"""The twin's own journal read into exchanges; it keeps no bodies, but tells what they showed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from jobtwin.errors import BadRecording, Mistake
from jobtwin.judge.exchange import Exchange
from jobtwin.judge.traffic.har import Recorded
from jobtwin.openapi.operations import Operation
from jobtwin.openapi.values import Object, Path, Shown

_NEEDED = {"number": int, "at": str, "api": str, "method": str, "path": str, "status": int}


def recorded(document: Mapping[str, Any], file: str) -> Iterator[Recorded]:
    """The entries of a journal, the oldest first; BadRecording tells where it is none."""
    entries = document["entries"]
    if not isinstance(entries, list):
        raise BadRecording(Mistake(file, "/entries", "is no list; a journal has its entries here"))
    for index in sorted(range(len(entries)), key=lambda i: _number(entries[i])):
        yield _entry(entries[index], file, f"/entries/{index}")


def _number(entry: Any) -> int:
    number = entry.get("number") if isinstance(entry, dict) else None
    return number if isinstance(number, int) else 0


def _entry(entry: Any, file: str, place: str) -> Recorded:
    if not isinstance(entry, dict):
        raise BadRecording(Mistake(file, place, "is no map; an entry of a journal is one"))
    for key, kind in _NEEDED.items():
        if not isinstance(entry.get(key), kind):
            word = "a text" if kind is str else "a number"
            raise BadRecording(Mistake(file, f"{place}/{key}", f"must be {word}"))
    query = f"?{entry['query']}" if entry.get("query") else ""
    exchange = Exchange(
        # A twin does one thing after the other: each request is over at its moment.
        at=_moment(entry["at"], file, f"{place}/at"),
        method=entry["method"],
        url=entry["path"].removeprefix(f"/{entry['api']}") + query,
        status=entry["status"],
    )
    told = {"id": entry.get("job"), "state": entry.get("after")}
    return Recorded(f"{file}#{place}", exchange, api=entry["api"], whole=False, told=told)


def _moment(text: str, file: str, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        why = f"{text[:40]!r} is no moment such as 2026-01-01T00:00:00Z"
        raise BadRecording(Mistake(file, place, why)) from error
    if moment.tzinfo is None:
        raise BadRecording(Mistake(file, place, f"{text!r} has no time zone; add Z"))
    return moment


def transcribed(operation: Operation, told: Mapping[str, Any]) -> bytes:
    """What a journal tells of an answer, put where the operation's answers have it."""
    response = operation.responses.get(str(operation.answer.status))
    if told.get("state") is None or response is None or response.json is None:
        return b""
    return orjson.dumps(_filled(response.shown, told))


def _filled(shown: Shown | None, told: Mapping[str, Any]) -> Any:
    value = shown.value if shown else None
    if isinstance(value, Path):
        return told.get(value.text)
    if not isinstance(value, Object):
        return None
    made = {name: _filled(inner, told) for name, inner in value.properties.items()}
    return {name: value for name, value in made.items() if value not in (None, {})}
