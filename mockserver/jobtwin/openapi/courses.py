"""Compiles bodies of jobs so that jobs of one course share what they have in common.

The functions keep it in the view's `shared`, and make the rest each time: IDs, moments, progress.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jobtwin.lifecycle import JobView, Span, course_entries
from jobtwin.openapi.emitting import (
    CONVERSIONS,
    Field,
    Getter,
    compiled_fields,
    composed,
    converted,
    emitted,
    looked_up,
)
from jobtwin.openapi.values import Const, Each, Object, Path, Value, is_of_course

_UNKNOWN = object()


def shared_body(value: Value | None) -> Getter | None:
    """Returns the function that makes the body of a job; None if jobs have too little in common."""
    return _object(value) if isinstance(value, Object) and _is_worth_it(value) else None


def _is_worth_it(value: Object) -> bool:
    """Returns True if a value that takes some steps can be shared; looking up a key takes some, too."""
    inner = [shown.value for shown in value.properties.values()]
    return any(
        (isinstance(each, Object) and _is_worth_it(each))
        or _is_log(each)
        or (is_of_course(each) and not isinstance(each, Path | Const))
        for each in inner
        if each is not None
    )


def _emitted(value: Value | None) -> Getter:
    """Compiles a value that jobs of one course do not have in common, at most in part."""
    if isinstance(value, Object):
        return _object(value)
    if isinstance(value, Each) and _is_log(value):
        return _log(value, value.item.value)
    if isinstance(value, Path) and value.is_moment:
        return converted(_since_birth(looked_up(value.text)), value.type, value.written)
    return emitted(value)


def _object(value: Object) -> Getter:
    """Compiles an object: a copy of what is shared, with the other properties put in their places."""
    properties = value.properties
    common = {name: p for name, p in properties.items() if is_of_course(p.value)}
    others = {name: p for name, p in properties.items() if name not in common}
    make = composed(Object(common), emitted)
    own: list[Field] = compiled_fields(Object(others), _emitted)

    def prepared(view: Any, request: Any) -> dict[str, Any]:
        """Makes the shared properties, with places for the others."""
        made = make(view, request)
        return {name: made.get(name) for name in properties if name in made or name in others}

    def compose(view: Any, request: Any) -> dict[str, Any]:
        known = view.shared
        found = known.get(compose)
        if found is None:
            found = known[compose] = prepared(view, request)
        body: dict[str, Any] = found.copy()
        for name, get, skip_none, skip_empty in own:
            value = body[name] = get(view, request)
            if value is None:
                if skip_none:
                    del body[name]
            elif skip_empty and not value and isinstance(value, list | dict):
                del body[name]
        return body

    return compose


def _since_birth(get: Getter) -> Getter:
    """Returns the function that makes a moment; the span since the job's creation is shared."""

    def moment(view: JobView, request: Any) -> Any:
        known, born = view.shared, view.timeline.record.at
        since = known.get(moment, _UNKNOWN)
        if since is _UNKNOWN:
            at = get(view, request)
            since = known[moment] = None if at is None else at - born
        return None if since is None else born + since

    return moment


def _is_log(value: Value) -> bool:
    """Returns True if a value is a list of log lines of which only the time is not shared."""
    if not isinstance(value, Each) or value.over != "log" or value.key is not None:
        return False
    item = value.item.value
    return isinstance(item, Object) and _differs_in_time(item)


def _differs_in_time(item: Object) -> bool:
    """Returns True if a log line shows only what its entry has, and the time once."""
    inner = [shown.value for shown in item.properties.values()]
    texts = [each.text for each in inner if isinstance(each, Path)]
    named = len(texts) == len(inner) and all(text.startswith("entry.") for text in texts)
    return named and texts.count("entry.at") == 1


def _log(value: Each, item: Any) -> Getter:
    """Compiles a list of log lines: copies of the shared ones, with their times."""
    plain = emitted(value)
    name, write = _time(item)

    def lines(view: JobView, request: Any) -> Any:
        known, born = view.shared, view.timeline.record.at
        found = known.get(lines, _UNKNOWN)
        if found is _UNKNOWN:
            found = known[lines] = _shared_lines(view, plain(view, request))
        if found is None:
            return plain(view, request)
        return [{**line, name: write(born + since)} for since, line in found]

    return lines


def _time(item: Object) -> tuple[str, Callable[[Any], Any]]:
    """Returns the property of a log line that shows its time, and the function that writes it."""
    times: Mapping[str, Path] = {
        name: shown.value
        for name, shown in item.properties.items()
        if isinstance(shown.value, Path) and shown.value.text == "entry.at"
    }
    name, path = next(iter(times.items()))
    write = None if path.written is None else CONVERSIONS[path.type, path.written]
    return name, write or int


def _shared_lines(view: JobView, shown: Any) -> list[tuple[Span, Any]] | None:
    """Returns the lines, each after the span since the job's creation; None if they are not shared."""
    entries = course_entries(view)
    if entries is None:
        return None
    born = view.timeline.record.at
    return [(entry.at - born, line) for entry, line in zip(entries, shown, strict=True)]
