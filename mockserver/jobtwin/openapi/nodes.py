"""Reads schema nodes through `$ref` and `allOf`: type, enum, null and properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from jobtwin.openapi.document import Document
from jobtwin.openapi.pointer import followed, pointer, tokens

Report = Callable[[str, str], None]
"""A function that takes a JSON pointer and the mistake there."""


class Property(NamedTuple):
    """A property of an object: its schema, and the schema's place; `required` is True if it is required."""

    schema: Any
    place: str
    required: bool


def listed(value: Any) -> list[Any]:
    """Returns a list as it is, None as an empty list, and anything else as a list of it."""
    return value if isinstance(value, list) else [] if value is None else [value]


def component_name(node: Any) -> str | None:
    """Returns the name of the component that a node refers to; None if it is not a reference."""
    reference = node.get("$ref") if isinstance(node, Mapping) else None
    return tokens(reference)[-1] if isinstance(reference, str) else None


def type_of(document: Document, node: Any) -> str | None:
    """Returns the declared type, ignoring null; None if there is none, or several."""
    found = [t for t in listed(_said(document, node, "type")) if t != "null"]
    return found[0] if len(found) == 1 else None


def enum_of(document: Document, node: Any) -> list[Any] | None:
    """Returns the values of the enum, or None."""
    found: list[Any] | None = _said(document, node, "enum")
    return found


def may_be_anything(document: Document, node: Any) -> bool:
    """Returns True if a schema does not restrict its values, so that null is allowed, too."""
    return not document.resolve(node).keys() & _SAYS


_SAYS = frozenset(("type", "enum", "const", "allOf", "anyOf", "oneOf", "not", "properties"))


def is_nullable(document: Document, node: Any) -> bool:
    """Returns True if null is allowed."""
    schema = document.resolve(node)
    choices = (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
    return "null" in listed(schema.get("type")) or _NULL in choices


_NULL = {"type": "null"}


def wrapped(node: Mapping[str, Any]) -> tuple[str, Any] | None:
    """Returns the single schema that a schema wraps, in `allOf` or beside null in a choice, with its place."""
    for key in ("allOf", "anyOf", "oneOf"):
        inner = [(n, each) for n, each in enumerate(node.get(key, ())) if each != _NULL]
        if len(inner) == 1:
            return f"/{key}/{inner[0][0]}", inner[0][1]
    return None


def _said(document: Document, node: Any, key: str) -> Any:
    """Returns a keyword of a schema, or else of the single schema that it wraps."""
    node = document.resolve(node)
    inner = None if key in node else wrapped(node)
    return node.get(key) if inner is None else _said(document, inner[1], key)


def properties(document: Document, node: Mapping[str, Any], place: str) -> dict[str, Property]:
    """Returns the properties of the schema at a place, those of `allOf` included.

    One member of an `allOf` may require what another one declares.
    """
    found, required = _declared(document, node, place)
    return {name: each._replace(required=name in required) for name, each in found.items()}


def _declared(
    document: Document, node: Mapping[str, Any], place: str
) -> tuple[dict[str, Property], set[str]]:
    """Returns the properties of a schema and its members, and the names that any requires."""
    found, required = dict[str, Property](), set[str](node.get("required", ()))
    for at, member in _members(node):
        where, inner = followed(document.data, place + at, member)
        theirs, needed = _declared(document, inner, where)
        found |= theirs
        required |= needed
    for name, schema in node.get("properties", {}).items():
        found[name] = Property(schema, f"{place}/properties{pointer([name])}", required=False)
    return found, required


def _members(node: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Returns the schemas that a schema combines or wraps, with their places."""
    members = [(f"/allOf/{index}", member) for index, member in enumerate(node.get("allOf", ()))]
    if not members and "anyOf" in node and (inside := wrapped(node)):
        return [inside]
    return members
