"""Changes as rows of a store: JSON, with the origin of the clock for changes of the clock.

A large snapshot has several lines, so that it is written and read in pieces: first the change without
the jobs, then lists of jobs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson

from jobtwin.sandboxes import Change, Sandbox, change_from_json
from jobtwin.sandboxes.capture import SandboxCapture
from jobtwin.sandboxes.changes import ClockAdvanced, ClockSet, SandboxSnapshot
from jobtwin.sandboxes.tasks import Steps, at_once
from jobtwin.sandboxes.uncollected import uncollected
from jobtwin.stores.clock import Anchor, LastingClock

PIECE = 100
"""Changes of a piece: some milliseconds of work."""

_ABOUT_CLOCK = (ClockAdvanced, ClockSet, SandboxSnapshot)
"""Changes that are stored with the clock's anchor: replayed later, they would make another."""


def row(change: Change, clock: Any) -> bytes:
    """Returns a change that was just made, as a row."""
    shown: dict[str, Any] = {"change": change.to_json()}
    if isinstance(clock, LastingClock) and isinstance(change, _ABOUT_CLOCK):
        shown["clock"] = list(clock.anchor)
    return written(shown)


def job_lines(capture: SandboxCapture) -> Steps[list[bytes]]:
    """Writes the jobs of a snapshot in pieces, each a further line of its row."""
    lines = []
    for name, piece in capture.packed():
        if piece:
            lines.append(written({name: piece}))
        yield
    return lines


def replay(text: bytes, sandbox: Sandbox) -> None:
    """Applies the change of a row, and adds it to the feed."""
    at_once(_replaying(text, sandbox))


def replaying(rows: Sequence[bytes], sandbox: Sandbox) -> Steps[None]:
    """Applies the changes of rows in pieces. The sandbox must not be used until the last piece is done."""
    for number, text in enumerate(rows, start=1):
        yield from _replaying(text, sandbox)
        if number % PIECE == 0:
            yield


def _replaying(text: bytes, sandbox: Sandbox) -> Steps[None]:
    first, *lines = text.split(b"\n")
    with uncollected():
        shown = parsed(first)
    change = change_from_json(shown["change"])
    if isinstance(change, SandboxSnapshot):
        yield from sandbox.restoring(_with_jobs(change, lines))
    else:
        Sandbox.make(sandbox, change)  # it is stored, and never undone
        sandbox.feed.add(change)
    if "clock" in shown and isinstance(sandbox.clock, LastingClock):
        sandbox.clock.go_on(Anchor(*shown["clock"]))


def _with_jobs(snapshot: SandboxSnapshot, lines: Sequence[bytes]) -> SandboxSnapshot:
    """Returns a snapshot with the jobs of these lines, each of which is parsed when it is needed."""
    if not lines:
        return snapshot
    jobs = {name: _listed(name, lines) for name in ("alike", "jobs")}
    return replace(snapshot, state={**snapshot.state, **jobs})


def _listed(name: str, lines: Sequence[bytes]) -> Iterator[Any]:
    beginning = b'{"%s":' % name.encode()
    for text in lines:
        if text.startswith(beginning):
            yield from parsed(text)[name]


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
