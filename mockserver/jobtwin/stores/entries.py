"""Journal entries as JSON, with secrets in their bodies masked, to be stored outside of the process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from jobtwin.sandboxes import JournalEntry, RecordedBody, ShownJob
from jobtwin.sandboxes.bodies import shown_body

CACHE_SIZE = 256
"""The number of cached bodies as JSON: polls repeat the same body."""

_APART = ("number", "request", "response", "seen")
_DEFAULTS: Mapping[str, Any] = {**JournalEntry._field_defaults, "operation": None, "query": ""}


def entry_to_json(entry: JournalEntry) -> dict[str, Any]:
    """Returns an entry as JSON, for `entry_from_json`, without default values."""
    shown = {
        name: value
        for name, value in entry._asdict().items()
        if name not in _DEFAULTS or value != _DEFAULTS[name]
    }
    for name in ("request", "response"):
        if (body := getattr(entry, name)) is not None:
            shown[name] = shown_body(body)
    if entry.seen:
        shown["seen"] = list(map(list, entry.seen))
    return shown


def entry_from_json(shown: Mapping[str, Any]) -> JournalEntry:
    """Parses the result of `entry_to_json`. Raises TypeError or KeyError for anything else."""
    given = {**_DEFAULTS, **shown}
    for name in ("request", "response"):
        if given[name] is not None:
            given[name] = _body(given[name])
    given["seen"] = tuple(ShownJob(*each) for each in given["seen"])
    return JournalEntry(**given)


def entry_to_bytes(entry: JournalEntry) -> bytes:
    """Returns an entry as JSON in bytes, without its number."""
    shown: dict[str, Any] = {
        name: value
        for name, value in entry._asdict().items()
        if name not in _APART and (name not in _DEFAULTS or value != _DEFAULTS[name])
    }
    if entry.request is not None:
        shown["request"] = _fragment(entry.request)
    if entry.response is not None:
        shown["response"] = _fragment(entry.response)
    if entry.seen:
        shown["seen"] = list(map(list, entry.seen))
    return orjson.dumps(shown)


def entry_from_bytes(text: bytes, number: int) -> JournalEntry:
    """Parses the result of `entry_to_bytes`, with its number."""
    return entry_from_json({**orjson.loads(text), "number": number})


@lru_cache(CACHE_SIZE)
def _fragment(body: RecordedBody) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(shown_body(body)))


def _body(shown: Mapping[str, Any]) -> RecordedBody:
    """Returns a body with the displayed value. Its original size is only known if it was truncated."""
    media_type = shown.get("mediaType", "")
    raw = orjson.dumps(shown["json"]) if "json" in shown else shown.get("text", "").encode()
    hidden = "json" not in shown and "text" not in shown
    return RecordedBody(
        raw, shown["size"] if hidden or "truncated" in shown else len(raw), media_type
    )
