"""Changes as rows of a store: JSON, with the origin of the clock for changes of the clock."""

from __future__ import annotations

import json
from typing import Any

import orjson

from jobtwin.sandboxes import Change, Sandbox, change_from_json
from jobtwin.sandboxes.changes import ClockAdvanced, ClockSet, SandboxSnapshot
from jobtwin.stores.clock import Anchor, LastingClock

_ABOUT_CLOCK = (ClockAdvanced, ClockSet, SandboxSnapshot)
"""Changes that are stored with the clock's anchor: replayed later, they would make another."""


def row(change: Change, clock: Any) -> bytes:
    """Returns a change that was just made, as a row."""
    shown: dict[str, Any] = {"change": change.to_json()}
    if isinstance(clock, LastingClock) and isinstance(change, _ABOUT_CLOCK):
        shown["clock"] = list(clock.anchor)
    return written(shown)


def replay(text: bytes, sandbox: Sandbox) -> None:
    """Applies the change of a row, and adds it to the feed."""
    shown = parsed(text)
    change = change_from_json(shown["change"])
    Sandbox.make(sandbox, change)  # it is stored, and never undone
    if "clock" in shown and isinstance(sandbox.clock, LastingClock):
        sandbox.clock.go_on(Anchor(*shown["clock"]))
    sandbox.feed.add(change)


def parsed(text: bytes) -> Any:
    """Parses the result of `written`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def written(value: Any) -> bytes:
    """Returns a value as JSON, from the standard library if orjson refuses it."""
    try:
        return orjson.dumps(value, default=dict)
    except orjson.JSONEncodeError:
        return json.dumps(value, default=dict).encode()
