"""Validates data against JSON Schema, and explains violations in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import jsonschema_rs

Mistaken = tuple[Sequence[str | int], str]
"""A place in the data, and the mistake there."""

_Error = Any  # jsonschema_rs does not type the attributes of its errors
_Validator = jsonschema_rs.Draft202012Validator | jsonschema_rs.Draft4Validator

_FORMATS = {"regex": "regular expression", "uuid": "UUID"}
_SEVERAL = "fits several of the schemas listed in `oneOf`, and must fit one alone"

TYPE_NAMES = {
    "string": "a text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "null",
}


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a map" if isinstance(value, dict) else "a list"
    return repr(value) if isinstance(value, str) else json.dumps(value)


def _quoted(names: Iterable[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


class Law:
    """A JSON Schema that explains violations: what is wrong, and what would be right."""

    def __init__(self, source: dict[str, Any], validator: type[_Validator]) -> None:
        self._source = source
        self._validator = validator(source, validate_formats=True)

    def broken_by(self, data: Any) -> Iterator[Mistaken]:
        """Yields the place and the explanation of every violation."""
        errors = list(self._validator.iter_errors(data))
        told = [mistaken for error in errors for mistaken in self._told(error)]
        yield from told or ((error.instance_path, _SEVERAL) for error in errors)

    def _at(self, path: Sequence[str | int]) -> Any:
        node: Any = self._source
        for token in path:
            node = node[token]
        return node

    def _told(self, error: _Error) -> Iterator[Mistaken]:
        kind, path = error.kind, error.instance_path
        if kind.name in ("oneOf", "anyOf"):
            yield from self._choice(error)
        elif kind.name == "additionalProperties":
            why = f"is not one of the keys here ({self._keys(error)})"
            yield from (([*path, key], why) for key in kind.unexpected)
        elif kind.name == "propertyNames":
            yield [*path, kind.error.instance], self._why(kind.error)
        else:
            yield path, self._why(error)

    def _keys(self, error: _Error) -> str:
        schema = self._at(error.schema_path[:-1])
        known = [key for key in schema.get("properties", ()) if not key.startswith("x-")]
        known += [f"like {key}" for key in schema.get("patternProperties", ()) if key != "^x-"]
        return ", ".join(known)

    def _why(self, error: _Error) -> str:
        kind, schema = error.kind, self._at(error.schema_path[:-1])
        if kind.name in _WORDS:
            return _WORDS[kind.name](error)
        if kind.name == "not" and isinstance(error.instance, dict):
            return _barred(kind.schema, error.instance)
        if kind.name in ("const", "not", "pattern") and "description" in schema:
            return f"{_shown(error.instance)} does not fit: {schema['description']}"
        if kind.name == "pattern":
            return f"{_shown(error.instance)} does not match {kind.pattern}"
        return str(error.message)

    def _choice(self, error: _Error) -> Iterator[Mistaken]:
        """Explains a failed `oneOf` or `anyOf`: by what all branches require, else by the closest branch."""
        branches, here = error.kind.context, error.instance_path
        if not all(
            branches
        ):  # Several branches match. If no keys clash, the other errors explain more.
            if keys := self._alternatives(error):
                yield here, f"takes only one of {keys}"
        elif types := _shared(branches, "type"):
            yield types[0].instance_path, _mistyped(*types)
        elif lists := _shared(branches, "enum"):
            yield lists[0].instance_path, _unlisted(*lists)
        elif all(e.kind.name == "required" for e in chain.from_iterable(branches)):
            asked = [_quoted(e.kind.property for e in branch) for branch in branches]
            yield here, f"needs {', or '.join(asked)}"
        else:
            yield from self._nearest(error)

    def _alternatives(self, error: _Error) -> str:
        """Returns the clashing keys: those that branches of a choice require and the map has."""
        asked = [branch.get("required", ()) for branch in self._at(error.schema_path)]
        given = error.instance.keys() if isinstance(error.instance, dict) else ()
        return ", ".join(_quoted(keys) for keys in asked if keys and {*keys} <= {*given})

    def _nearest(self, error: _Error) -> Iterator[Mistaken]:
        path, schema = error.instance_path, self._at(error.schema_path[:-1])
        nearest = min(error.kind.context, key=lambda branch: _distance(branch, len(path)))
        here = all(e.instance_path == path for e in nearest)
        if "description" in schema and here and nearest[0].kind.name != "required":
            yield path, f"{_shown(error.instance)} does not fit: {schema['description']}"
            return
        for inner in nearest:
            yield from self._told(inner)


def _mistyped(*errors: _Error) -> str:
    value, wanted = errors[0].instance, set().union(*(error.kind.types for error in errors))
    names = [name for kind, name in TYPE_NAMES.items() if kind in wanted]
    why = f"is {_shown(value)}, not {' or '.join(names)}"
    is_unquoted = "string" in wanted and isinstance(value, bool | int | float)
    return f"{why}; put it in quotes" if is_unquoted else why


def _unlisted(*errors: _Error) -> str:
    options = {str(option): None for e in errors for option in e.kind.options}
    return f"{_shown(errors[0].instance)} is not one of {', '.join(options)}"


_WORDS: Mapping[str, Callable[[_Error], str]] = {
    "enum": _unlisted,
    "format": lambda error: (
        f"{_shown(error.instance)} is not a {_FORMATS.get(error.kind.format, error.kind.format)}"
    ),
    "required": lambda error: f"needs `{error.kind.property}`",
    "type": _mistyped,
}


def _barred(schema: Mapping[str, Any], value: Mapping[str, Any]) -> str:
    """Explains a failed `not` by the keys of a map."""
    choices = [choice.get("required", ()) for choice in (schema, *schema.get("anyOf", ()))]
    barred = [keys for keys in choices if keys and set(keys) <= value.keys()]
    if len(barred) == 1 and len(barred[0]) > 1:
        return f"cannot have both {_quoted(barred[0])}; leave one out"
    return f"cannot have {_quoted(chain(*barred))} here; leave that out"


def _shared(branches: Sequence[Sequence[_Error]], kind: str) -> list[_Error]:
    """Returns one error of a kind from each branch, all at the same place; none if a branch has none."""
    for first in branches[0]:
        alike = [_first_at(first.instance_path, kind, branch) for branch in branches]
        if all(alike):
            return list(filter(None, alike))
    return []


def _first_at(place: Sequence[Any], kind: str, branch: Sequence[_Error]) -> _Error | None:
    """Returns the first error of a kind at a place."""
    return next((e for e in branch if (e.kind.name, e.instance_path) == (kind, place)), None)


def _distance(branch: Sequence[_Error], depth: int) -> tuple[bool, bool, bool, bool, int, int]:
    """Returns a value's distance from a branch of a choice; another type is the farthest."""
    here = [e for e in branch if len(e.instance_path) == depth]
    return (
        any(e.kind.name == "type" for e in here),
        any(e.kind.name == "required" and e.kind.property == "$ref" for e in here),
        {"required", "additionalProperties"} <= {e.kind.name for e in here},
        any(e.kind.name in ("const", "enum") for e in branch),
        -max(len(e.instance_path) for e in branch),
        len(branch),
    )
