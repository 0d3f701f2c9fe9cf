"""The fields of a form as one object: names in brackets are paths, texts are read by their schemas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FORMS = (URLENCODED, MULTIPART)
"""Media types whose bodies are fields by name."""

DEEPEST = 16
"""Levels of brackets that a field's name may have."""

_SHOWN = 100
_BRACKETED = re.compile(r"[^\[\]]+(\[[^\[\]]*\])*")
_INNER = re.compile(r"\[([^\[\]]*)\]")


class BadField(ValueError):
    """A field that cannot be read; `name` as it was sent."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name


@dataclass(frozen=True, slots=True)
class Field:
    """The conversion of a field's text; the field may have `many` values, or fields `inside`."""

    read: Callable[[str], Any] = str
    many: bool = False
    inside: Mapping[str, Field] = field(default_factory=dict)


_TEXT = Field()


def pairs(raw: bytes) -> list[tuple[str, str]]:
    """Returns the names and values of a urlencoded body, in order. Raises UnicodeDecodeError if it is not UTF-8."""
    return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")


def assembled(fields: Iterable[tuple[str, Any]], form: Field) -> dict[str, Any] | list[Any]:
    """Returns the object of a form's fields: `a[b]` is `b` in `a`, `a[]` is an item of the list `a`.

    A form with an array as its schema is the list of its values. An unknown field becomes a list if
    it is repeated. Texts are converted by the form; other values are unchanged. Raises BadField.
    """
    if form.many:
        return [_value(value, form, name) for name, value in fields]
    made: dict[str, Any] = {}
    for name, value in fields:
        literal = name in form.inside or not _BRACKETED.fullmatch(name)
        keys = [name] if literal else [name.partition("[")[0], *_INNER.findall(name)]
        if len(keys) > DEEPEST:
            raise BadField(name[:_SHOWN], f"is nested more than {DEEPEST} levels deep")
        _put(made, keys, value, form, name)
    return made


def _put(made: dict[str, Any], keys: list[str], value: Any, form: Field, name: str) -> None:
    key, *rest = keys
    known = form.inside.get(key, _TEXT)
    if rest == [""] or (known.many and not rest):
        items = made.setdefault(key, [])
        if not isinstance(items, list):
            raise BadField(name, "is a list here and a single value before")
        items.append(_value(value, known, name))
    elif rest:
        inner = made.setdefault(key, {})
        if not isinstance(inner, dict):
            raise BadField(name, "is an object here and a single value before")
        _put(inner, rest, value, known, name)
    elif key not in made:
        made[key] = _value(value, known, name)
    elif key in form.inside:
        raise BadField(name, "is given twice")
    elif isinstance(made[key], list):
        made[key].append(value)
    else:
        made[key] = [made[key], value]


def _value(value: Any, known: Field, name: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return known.read(value)
    except ValueError as error:
        raise BadField(name, str(error)) from error
