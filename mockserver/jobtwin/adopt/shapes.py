"""Reads the properties of objects from a document's schemas, including combined ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtwin.openapi.document import Document
from jobtwin.openapi.nodes import component_name

_NUMBERED = re.compile(r"\b(\d{1,4})\s*[=:-]\s*[`\"']?([A-Za-z][A-Za-z _]*)")
"""Matches `1 = Queued` in descriptions."""

_COMBINED = ("allOf", "oneOf", "anyOf")
_DEEP = 8
"""The maximum depth of nested combinations; no known vendor's file is deeper."""


@dataclass(frozen=True, slots=True)
class DocumentSchemas:
    """The schemas of one document."""

    document: Document

    def follow(self, node: Any) -> Mapping[str, Any]:
        """Returns a node, or the target of its reference; an empty map if it is not a map."""
        found = self.document.resolve(node)
        return found if isinstance(found, Mapping) else {}

    def name(self, node: Any) -> str | None:
        """Returns the name of a schema, or None for an inline one."""
        if (named := component_name(node)) is not None:
            return named
        if isinstance(node, Mapping):
            branches = [branch for kind in _COMBINED for branch in _listed(node.get(kind))]
            names = [self.name(branch) for branch in branches if not _is_null(branch)]
            if len(names) == 1:
                return names[0]
        return None

    def branches(self, node: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
        """Yields a schema and its branches in `allOf`, `oneOf` and `anyOf`, without nulls."""
        schema = self.follow(node)
        if schema and not _is_null(schema):
            yield schema
            if depth < _DEEP:
                for kind in _COMBINED:
                    for branch in _listed(schema.get(kind)):
                        yield from self.branches(branch, depth + 1)

    def properties(self, node: Any) -> dict[str, Any]:
        """Returns the properties of an object, from all its branches."""
        found: dict[str, Any] = {}
        for schema in self.branches(node):
            properties = schema.get("properties")
            if isinstance(properties, Mapping):
                for name, value in properties.items():
                    found.setdefault(str(name), value)
        return found

    def required(self, node: Any) -> set[str]:
        """Returns the required properties of an object."""
        return {
            name
            for schema in self.branches(node)
            for name in _listed(schema.get("required"))
            if isinstance(name, str)
        }

    def words(self, node: Any) -> tuple[str, ...]:
        """Returns the strings that an enum allows, from all branches, in order."""
        found: dict[str, None] = {}
        for schema in self.branches(node):
            values = [
                *_listed(schema.get("enum")),
                *([schema["const"]] if "const" in schema else []),
            ]
            found.update((value, None) for value in values if isinstance(value, str))
        return tuple(found)

    def numbers(self, node: Any) -> dict[str, int]:
        """Returns the numbers that an enum allows, by their documented names; {} without names."""
        return next(filter(None, map(_named_numbers, self.branches(node))), {})

    def is_a(self, node: Any, kind: str) -> bool:
        """Returns True if the type of a schema, or of one of its branches, is `kind`."""
        return any(kind in _types(schema) for schema in self.branches(node))

    def items(self, node: Any) -> Any:
        """Returns the schema of a list's items, or None if the schema is not a list."""
        for schema in self.branches(node):
            if "array" in _types(schema) or "items" in schema:
                return schema.get("items")
        return None

    def branch_count(self, node: Any) -> int:
        """Returns the number of alternative objects of a schema."""
        schema = self.follow(node)
        return max((len(_listed(schema.get(kind))) for kind in ("oneOf", "anyOf")), default=0)

    def examples(self, node: Any) -> list[Any]:
        """Returns the examples of a schema, from all its branches."""
        found = [schema["example"] for schema in self.branches(node) if "example" in schema]
        several = [schema.get("examples") for schema in self.branches(node)]
        return [*found, *(each for listed in several for each in _listed(listed))]

    def text(self, node: Any) -> str:
        """Returns all descriptions of a schema, joined."""
        told = [schema.get("description") for schema in self.branches(node)]
        here = node.get("description") if isinstance(node, Mapping) else None
        return "\n".join(text for text in (here, *told) if isinstance(text, str))


def _named_numbers(schema: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of an enum, by their names in an extension or in the description."""
    values = [v for v in _listed(schema.get("enum")) if type(v) is int]
    names = [str(name) for name in _names_beside(schema)]
    if values and len(names) == len(values):
        return dict(zip(names, values, strict=True))
    described = _NUMBERED.findall(str(schema.get("description", "")))
    told = {int(number): name.strip() for number, name in described}
    complete = len(values) > 1 and told.keys() >= set(values)
    return {told[value]: value for value in values} if complete else {}


def _names_beside(schema: Mapping[str, Any]) -> Sequence[Any]:
    """Returns the names of an enum's values, from the common extensions for them."""
    for key in ("x-enum-varnames", "x-enumNames", "x-enum-names"):
        if names := _listed(schema.get(key)):
            return names
    told = schema.get("x-ms-enum")
    values = _listed(told.get("values")) if isinstance(told, Mapping) else ()
    return [each.get("name") for each in values if isinstance(each, Mapping)]


def _types(schema: Mapping[str, Any]) -> Sequence[Any]:
    declared = schema.get("type")
    return declared if isinstance(declared, list) else [declared]


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and (
        schema.get("type") == "null" or schema.get("enum") == [None]
    )
