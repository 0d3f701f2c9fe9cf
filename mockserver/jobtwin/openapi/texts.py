"""Parses and checks texts with values in braces, such as `{base}/prints/{id}`."""

from __future__ import annotations

from dataclasses import replace

from jobtwin.lifecycle.record import QUOTE
from jobtwin.openapi.byname import entry_path
from jobtwin.openapi.emitting import CONVERSIONS
from jobtwin.openapi.scopes import BadValue, Paths, Scope
from jobtwin.openapi.values import Lines, Path, Text

_WRITTEN = {"moment": "string", "span": "number", "percent": "integer"}
"""The format of quoted values that are not JSON."""


def text(said: str, scope: Scope, paths: Paths) -> Text:
    """Parses a text that quotes paths of the scope. Raises BadValue for an unknown path."""
    paths.refuse_vendor_url(said)
    pieces: list[str | Path] = []
    for number, word in enumerate(QUOTE.split(said)):
        if number % 2:
            pieces.append(_quoted(word, scope, paths))
        elif word:
            pieces.append(word)
    return Text(tuple(pieces))


def lines(said: str, scope: Scope, paths: Paths) -> Lines:
    """Parses the text of a job's log, which quotes fields of its lines."""
    if scope.what != "job":
        raise BadValue("a log belongs to a job, and there is none here")
    return Lines(text(said, Scope("entry", scope.machine, scope), paths))


def _quoted(name: str, scope: Scope, paths: Paths) -> Path:
    if scope.what == "entry" and name not in ("base", "request.id"):
        name = entry_path(name)
    path = paths.path(name, scope)
    written = _WRITTEN.get(path.type)
    return replace(path, written=written) if (path.type, written) in CONVERSIONS else path
