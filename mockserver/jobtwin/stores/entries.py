"""Journal entries as JSON, with the secrets in their bodies masked: what may leave the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from jobtwin.sandboxes import Body, Entry, Seen
from jobtwin.sandboxes.bodies import shown_body

_DEFAULTS: Mapping[str, Any] = {**Entry._field_defaults, "operation": None, "query": ""}


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """An entry as JSON, which `entry_from_json` reads; what is as usual is left out."""
    shown = {
        name: value
        for name, value in entry._asdict().items()
        if name not in _DEFAULTS or value != _DEFAULTS[name]
    }
    for name in ("request", "response"):
        if (body := getattr(entry, name)) is not None:
            shown[name] = shown_body(body)
    if entry.seen:
        shown["seen"] = [list(seen) for seen in entry.seen]
    return shown


def entry_from_json(shown: Mapping[str, Any]) -> Entry:
    """What `entry_to_json` wrote; TypeError or KeyError if it did not."""
    given = {**_DEFAULTS, **shown}
    for name in ("request", "response"):
        if given[name] is not None:
            given[name] = _body(given[name])
    given["seen"] = tuple(Seen(*each) for each in given["seen"])
    return Entry(**given)


def _body(shown: Mapping[str, Any]) -> Body:
    """A body with the value that was shown. Its size is as it was only if it was cut."""
    media_type = shown.get("mediaType", "")
    raw = orjson.dumps(shown["json"]) if "json" in shown else shown.get("text", "").encode()
    hidden = "json" not in shown and "text" not in shown
    return Body(raw, shown["size"] if hidden or "truncated" in shown else len(raw), media_type)
