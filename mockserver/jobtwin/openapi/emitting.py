"""Compiles values to functions that make JSON from a view of a job, a page, or a problem.

All decisions are made once, at start-up; the functions only look up and convert.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

import orjson

from jobtwin.lifecycle import Span
from jobtwin.lifecycle.machine import Line, lookup
from jobtwin.lifecycle.view import line_field
from jobtwin.openapi.phrases import phrase
from jobtwin.openapi.times import go_duration, rfc3339, rfc3339_milliseconds, rfc3339_seconds
from jobtwin.openapi.values import (
    Between,
    Condition,
    Const,
    Each,
    FirstOf,
    Lines,
    Object,
    Path,
    Pick,
    Shown,
    Text,
    Value,
    When,
    needs_base,
    unconditional,
)

Getter = Callable[[Any, Any], Any]
"""A function from a view, an entry, a page or a problem, and the request, to a value."""

Emit = Callable[[Value | None], Getter]
"""Compiles one kind of value."""

Field = tuple[str, Getter, bool, bool]
"""A property's name and function; True if it is omitted when missing, and when empty."""

CONVERSIONS: Mapping[tuple[str, str], Callable[[Any], Any] | None] = {
    ("moment", "string"): rfc3339,
    ("moment", "integer"): lambda moment: moment // 1000,
    ("moment", "number"): lambda moment: moment / 1000,
    ("moment", "rfc3339-seconds"): rfc3339_seconds,
    ("moment", "rfc3339-milliseconds"): rfc3339_milliseconds,
    ("moment", "epoch-milliseconds"): lambda moment: moment // 1000,
    ("moment", "epoch-seconds"): lambda moment: moment // 1_000_000,
    ("moment", "epoch-milliseconds-text"): lambda moment: str(moment // 1000),
    ("moment", "epoch-seconds-text"): lambda moment: str(moment // 1_000_000),
    ("span", "integer"): lambda span: span // 1_000_000,
    ("span", "number"): lambda span: span / 1_000_000,
    ("span", "go-duration"): go_duration,
    ("percent", "integer"): int,
    ("percent", "number"): lambda percent: round(percent, 6),
    ("percent", "fraction"): lambda percent: round(percent / 100, 8),
    ("number", "integer"): int,
    ("number", "number"): None,
    ("integer", "integer"): None,
    ("integer", "number"): None,
    ("text", "string"): None,
    ("boolean", "boolean"): None,
    ("counts", "object"): None,
}
"""Converters by type and format; None leaves a value as it is."""

_PLAIN: Mapping[str, Getter] = {
    "base": lambda _, request: request.base,
    "request.id": lambda _, request: request.id,
    "id": lambda view, _: view.timeline.record.id,
    "spawned_by": lambda view, _: view.timeline.record.spawned_by,
    "state": lambda view, _: view.milestone.state.name,
    "kind": lambda view, _: str(view.milestone.state.kind),
    "outcome": lambda view, _: (found := view.milestone.state.outcome) and str(found),
    "scenario": lambda view, _: view.timeline.record.scenario.name,
    "number": lambda view, _: view.timeline.record.number,
    "progress": lambda view, _: view.progress,
    "created_at": lambda view, _: view.timeline.record.at,
    "updated_at": lambda view, _: view.updated_at,
    "asked_at": lambda view, _: view.asked_at,
    "ended_at": lambda view, _: view.ended_at,
    "page.limit": lambda page, _: page.limit,
    "page.offset": lambda page, _: page.offset,
    "page.total": lambda page, _: page.total,
    "page.number": lambda page, _: page.number,
    "page.next": lambda page, _: page.next,
    "page.previous": lambda page, _: page.previous,
    "page.first": lambda page, _: page.first,
    "page.last": lambda page, _: page.last,
    "page.more": lambda page, _: page.more,
    "page.counts": lambda page, _: page.counts,
    "error.message": lambda problem, _: problem.message,
    "error.code": lambda problem, _: problem.code,
    "error.status": lambda problem, _: problem.status,
    "error.title": lambda problem, _: phrase(problem.status),
    "error.target": lambda problem, _: problem.target,
    "entry.at": lambda entry, _: entry.at,
    "delivery.id": lambda _, call: call.id,
    "delivery.at": lambda _, call: call.at,
    "delivery.event": lambda _, call: call.event,
    "limit.requests": lambda allowance, _: allowance.limit.requests,
    "limit.remaining": lambda allowance, _: allowance.remaining,
    "limit.resets_in": lambda allowance, _: allowance.resets_in,
    "limit.resets_at": lambda allowance, _: allowance.resets_at,
}
_THINGS: Mapping[str, Callable[[Any, Any], Sequence[Any]]] = {
    "jobs": lambda page, _: page.jobs,
    "log": lambda view, _: view.entries(),
    "self": lambda view, _: [view],
}


def emitted(value: Value | None) -> Getter:
    """Returns the function that makes a value, or null if it is missing."""
    made = Const(None) if value is None else value
    return _EMITTERS[type(made)](made)


def holds(condition: Condition) -> Getter:
    """Returns the function that tests a condition."""
    tests = [_test(path.text, allowed) for path, allowed in condition.tests]
    if not tests:
        return lambda _it, _request: True
    if len(tests) == 1:
        return tests[0]

    def every(it: Any, request: Any) -> bool:
        for test in tests:  # noqa: SIM110 - a generator would cost as much as a test
            if not test(it, request):
                return False
        return True

    return every


def header_text(get: Getter) -> Getter:
    """Returns the function that makes a header's text: printable ASCII, the rest percent-encoded."""

    def written(it: Any, request: Any) -> str | None:
        value = get(it, request)
        text = value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
        return text if text is None or _PRINTABLE.fullmatch(text) else quote(text, safe=_SAFE)

    return written


_PRINTABLE = re.compile(r"[ -~]*")
_SAFE = "".join(map(chr, range(0x20, 0x7F)))


def looked_up(text: str) -> Getter:
    """Returns the function that looks up a path, without conversion."""
    if text in _PLAIN:
        return _PLAIN[text]
    head, _, rest = text.partition(".")
    return _NAMED[head](rest)


def _test(text: str, allowed: Sequence[Any]) -> Getter:
    if text in _TESTS:
        return _TESTS[text](allowed)
    get = looked_up(text)
    return lambda it, request: get(it, request) in allowed


_TESTS: Mapping[str, Callable[[Sequence[Any]], Getter]] = {
    "state": lambda allowed: lambda view, _: view.milestone.state.name in allowed,
    "kind": lambda allowed: lambda view, _: view.milestone.state.kind in allowed,
}
"""Tests that nearly every condition makes, in one step."""


def _fact(name: str) -> Getter:
    first, _, deeper = name.partition(".")
    if not deeper:
        return lambda view, _: view.fact(first)
    return lambda view, _: lookup(view.fact(first), deeper)


def _parent(get: Getter) -> Getter:
    return lambda view, request: get(view.parent, request)


def _of_call(get: Getter) -> Getter:
    """Returns the getter of a callback's log line."""
    return lambda _, call: get(call.entry, call)


_NAMED: Mapping[str, Callable[[str], Getter]] = {
    "delivery": lambda rest: _of_call(looked_up(rest)),
    "entered_at": lambda name: lambda view, _: view.entered_at(name),
    "counters": lambda name: lambda view, _: view.counter(name),
    "entry": lambda name: lambda entry, _: entry.field(name),
    "facts": _fact,
    "parent": lambda rest: _parent(looked_up(rest)),
}

# -- one emitter for each kind of value ----------------------------------------------------------


def _path(path: Path) -> Getter:
    return converted(looked_up(path.text), path.type, path.written)


def converted(get: Getter, type_: str, written: str | None) -> Getter:
    """Returns the function that writes a value in its format."""
    convert = None if written is None else CONVERSIONS[type_, written]
    if convert is None:
        return get

    def convert_it(it: Any, request: Any) -> Any:
        value = get(it, request)
        return None if value is None else convert(value)

    return convert_it


def _const(const: Const) -> Getter:
    value = const.value
    return lambda _it, _request: value


def _text(text: Text) -> Getter:
    """Compiles a text. Quotes after `{base}` are percent-encoded, since it is a URL."""
    gets = list(map(_piece, text.pieces))
    if needs_base(text):
        gets = [
            get if isinstance(piece, str) or piece.text == "base" else _escaped(get)
            for piece, get in zip(text.pieces, gets, strict=True)
        ]

    def joined(it: Any, request: Any) -> str | None:
        words = [get(it, request) for get in gets]
        return None if None in words else "".join(words)

    return joined


def _piece(piece: str | Path) -> Getter:
    if isinstance(piece, str):
        return _const(Const(piece))
    get = _path(piece)

    def spelled(it: Any, request: Any) -> str | None:
        value = get(it, request)
        if value is None or isinstance(value, str):
            return value
        return orjson.dumps(value).decode()

    return spelled


def _escaped(get: Getter) -> Getter:
    def escaped(it: Any, request: Any) -> str | None:
        text = get(it, request)
        return text if text is None else quote(text, safe="")

    return escaped


def _lines(value: Lines) -> Getter:
    line = _text(value.line)

    def joined(view: Any, request: Any) -> str:
        lines = (line(entry, request) for entry in view.entries())
        return "".join(f"{each}\n" for each in lines if each is not None)

    return joined


def _first_of(value: FirstOf) -> Getter:
    choices = list(map(emitted, value.choices))

    def first(it: Any, request: Any) -> Any:
        for choice in choices:
            if (value := choice(it, request)) is not None:
                return value
        return None

    return first


def _between(value: Between) -> Getter:
    start, end = looked_up(value.start.text), looked_up(value.end.text)

    def span(it: Any, request: Any) -> Span | None:
        first, last = start(it, request), end(it, request)
        return None if first is None or last is None else last - first

    return converted(span, "span", value.written)


def _when(value: When) -> Getter:
    fits, get = holds(value.condition), emitted(value.value)
    return lambda it, request: get(it, request) if fits(it, request) else None


def _pick(value: Pick) -> Getter:
    chosen, choice = _parts(value.part, value.where), value.choice
    if value.value is None:
        return lambda view, request: len(chosen(view, request))
    get, path = looked_up(value.value.text), value.value
    order = None if value.by is None else looked_up(value.by.text)

    def some(view: Any, request: Any) -> Any:
        return True if any(get(part, request) is True for part in chosen(view, request)) else None

    def one(view: Any, request: Any) -> Any:
        parts = chosen(view, request)
        if not parts or (choice == "only" and len(parts) > 1):
            return None
        if order:
            parts = sorted(parts, key=lambda part: order(part, request) or 0)
        return get(parts[-1 if choice == "last" else 0], request)

    return converted(some if choice == "any" else one, path.type, path.written)


def _parts(name: str, where: Condition) -> Callable[[Any, Any], Sequence[Any]]:
    if not where.tests:
        return lambda view, _: view.parts(name)
    fits = holds(where)
    key = f"{name} {where!r}"  # values of one body mostly ask for the same parts

    def selected(view: Any, request: Any) -> Sequence[Any]:
        found: Sequence[Any] | None = view.selected.get(key)
        if found is None:
            found = view.selected[key] = [p for p in view.parts(name) if fits(p, request)]
        return found

    return selected


def _each(value: Each) -> Getter:
    if value.over == "log" and value.key is None and isinstance(value.item.value, Object):
        return _log(value.item.value)
    get, things = emitted(value.item.value), _THINGS.get(value.over)
    things = things or _parts(value.part, value.where)
    if value.key is None:
        return lambda it, request: [get(thing, request) for thing in things(it, request)]
    key = looked_up(value.key.text)
    return lambda it, request: {
        str(key(thing, request)): get(thing, request) for thing in things(it, request)
    }


def _log(item: Object) -> Getter:
    """Compiles a list of log lines; the item is compiled once for each line, and so are its fields."""
    known: dict[int, tuple[Line, Getter]] = {}

    def made(entry: Any, request: Any) -> Any:
        line = entry.line
        found = known.get(id(line))
        if found is None or found[0] is not line:
            found = known[id(line)] = line, composed(item, partial(_of_line, line))
        return found[1](entry, request)

    return lambda view, request: [made(entry, request) for entry in view.entries()]


def _of_line(line: Line, value: Value | None) -> Getter:
    """Returns the function that makes a value of a log line's item."""
    if not isinstance(value, Path) or value.text in _PLAIN or not value.text.startswith("entry."):
        return emitted(value)
    return converted(line_field(line, value.text.partition(".")[2]), value.type, value.written)


def _object(value: Object) -> Getter:
    return composed(value, emitted)


def composed(value: Object, emit: Emit) -> Getter:
    """Compiles an object. Leaves out properties that are missing and not nullable, or empty and optional.

    A fact is shown as it is, even if it is empty: a client may have sent it so. An object that may
    be null, and in which nothing has a value, is null.
    """
    fields = compiled_fields(value, emit)

    def compose(it: Any, request: Any) -> dict[str, Any]:
        made = {}
        for name, get, skip_none, skip_empty in fields:
            value = get(it, request)
            if value is None:
                if skip_none:
                    continue
            elif skip_empty and not value and isinstance(value, list | dict):
                continue
            made[name] = value
        return made

    return compose


def compiled_fields(value: Object, emit: Emit) -> list[Field]:
    """Compiles the properties of an object, in order."""
    return [
        (
            name,
            _inner(p, p.value, emit) if isinstance(p.value, Object) else emit(p.value),
            not p.nullable,
            not p.required and not p.nullable and not _fact_of(p),
        )
        for name, p in value.properties.items()
    ]


def _inner(shown: Shown, value: Object, emit: Emit) -> Getter:
    """Compiles an object in another one, which may be missing."""
    get = emit(value)
    if value.told and (shown.nullable or not shown.required):
        get = _with_one_of(list(map(emit, value.told)), get)
    return _or_none(get) if shown.nullable else get


def _with_one_of(told: Sequence[Getter], get: Getter) -> Getter:
    def made(it: Any, request: Any) -> Any:
        there = any(each(it, request) not in _NOTHING for each in told)
        return get(it, request) if there else None

    return made


_NOTHING: Sequence[Any] = (None, [], {})


def _or_none(get: Getter) -> Getter:
    return lambda it, request: get(it, request) or None


def _fact_of(shown: Shown) -> str | None:
    """Returns the fact that a place shows, or None."""
    value = unconditional(shown.value)
    return value.fact if isinstance(value, Path) else None


_EMITTERS: Mapping[type, Callable[[Any], Getter]] = {
    Path: _path,
    Const: _const,
    Text: _text,
    Lines: _lines,
    FirstOf: _first_of,
    Between: _between,
    When: _when,
    Pick: _pick,
    Each: _each,
    Object: _object,
}
