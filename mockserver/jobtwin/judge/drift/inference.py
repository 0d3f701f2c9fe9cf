"""Infers OpenAPI 3.0 schemas from values: types and fields, never the values themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

_DEEPEST = 20
_MOST = 200
"""Names in an object above which they are considered data."""


def learned(schema: Schema | None, value: Any) -> Schema:
    """Returns the narrowest schema that allows what `schema` allows, and the value."""
    found = described(value)
    return found if schema is None else merged(schema, found)


_PLAIN = {bool: "boolean", int: "integer", float: "number", str: "string"}


def described(value: Any, depth: int = 0) -> Schema:
    """Returns a schema that allows the value; a null only makes it nullable."""
    if value is None:
        return {"nullable": True}
    if type(value) in _PLAIN:
        return {"type": _PLAIN[type(value)]}
    if depth == _DEEPEST:
        return {}
    return _map(value, depth) if isinstance(value, Mapping) else _list(value, depth)


def _list(value: list[Any], depth: int) -> Schema:
    items: Schema | None = None
    for item in value:
        found = described(item, depth + 1)
        items = found if items is None else merged(items, found)
    return {"type": "array", "items": items or {}}


def _map(value: Mapping[str, Any], depth: int) -> Schema:
    if not value or len(value) > _MOST:
        return {"type": "object", "additionalProperties": True}
    properties = {name: described(inner, depth + 1) for name, inner in value.items()}
    return {"type": "object", "properties": properties}


def merged(one: Schema, other: Schema) -> Schema:
    """Returns a schema that allows what either allows; any value, if their types differ."""
    if one == other or not one:
        return one
    if not other:
        return other
    nullable = {"nullable": True} if one.get("nullable") or other.get("nullable") else {}
    if "type" not in one or "type" not in other:  # one of the two is only a null
        return {**one, **other, **nullable}
    typed = _merged_types(one, other)
    return {**typed, **nullable} if typed else {}


def _merged_types(one: Schema, other: Schema) -> Schema:
    """Returns a schema for two schemas with a type; an empty one if the types differ."""
    types = {one["type"], other["type"]}
    if types == {"integer", "number"}:
        return {"type": "number"}
    return _inside(one, other) if len(types) == 1 else {}


def _inside(one: Schema, other: Schema) -> Schema:
    kind = one["type"]
    if kind == "array":
        return {"type": kind, "items": _either(one["items"], other["items"])}
    return _object(one, other) if kind == "object" else {"type": kind}


def _object(one: Schema, other: Schema) -> Schema:
    kind = "object"
    first, second = one.get("properties"), other.get("properties")
    if first is None or second is None or len(first | second) > _MOST:
        return {"type": kind, "additionalProperties": True}
    return {
        "type": kind,
        "properties": {n: _either(first.get(n, {}), second.get(n, {})) for n in first | second},
    }


def _either(one: Schema, other: Schema) -> Schema:
    """Merges two schemas, one of which may be unknown."""
    return merged(one, other) if one and other else one or other
