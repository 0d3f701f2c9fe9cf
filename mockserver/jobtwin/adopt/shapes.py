"""Reads the properties of objects from a document's schemas, including combined ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobtwin.openapi.document import Document
from jobtwin.openapi.nodes import component_name
from jobtwin.openapi.untyped import as_list, as_map, maps_in

_NUMBERED = re.compile(r"\b(\d{1,4})\s*[=:-]\s*[`\"']?([A-Za-z][A-Za-z _]*)")
"""Matches `1 = Queued` in descriptions."""

_COMBINED = ("allOf", "oneOf", "anyOf")
_DEEP = 8
"""The maximum depth of nested combinations; no known vendor's file is deeper."""


@dataclass(frozen=True, slots=True)
class DocumentSchemas:
    """The schemas of one document."""

    document: Document
    listed: dict[int, tuple[Any, Any]] = field(default_factory=dict, repr=False, compare=False)
    """Schemas of responses by their identity, each with the schema of the items that it lists.

    Each operation is asked for them once for each possible job.
    """

    def follow(self, node: Any) -> Mapping[str, Any]:
        """Returns a node, or the target of its reference; an empty map if it is not a map."""
        return as_map(self.document.resolve(node))

    def name(self, node: Any) -> str | None:
        """Returns the name of a schema, or None for an inline one."""
        if (named := component_name(node)) is not None:
            return named
        branches = [each for each in _combined(as_map(node)) if not _is_null(each)]
        return self.name(branches[0]) if len(branches) == 1 else None

    def branches(self, node: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
        """Yields a schema and its branches in `allOf`, `oneOf` and `anyOf`, without nulls."""
        schema = self.follow(node)
        if schema and not _is_null(schema):
            yield schema
            for branch in _combined(schema) if depth < _DEEP else ():
                yield from self.branches(branch, depth + 1)

    def properties(self, node: Any) -> dict[str, Any]:
        """Returns the properties of an object, from all its branches."""
        found: dict[str, Any] = {}
        for schema in self.branches(node):
            for name, value in as_map(schema.get("properties")).items():
                found.setdefault(str(name), value)
        return found

    def required(self, node: Any) -> set[str]:
        """Returns the required properties of an object."""
        return {
            name
            for schema in self.branches(node)
            for name in as_list(schema.get("required"))
            if isinstance(name, str)
        }

    def words(self, node: Any) -> tuple[str, ...]:
        """Returns the strings that an enum allows, from all branches, in order."""
        found: dict[str, None] = {}
        for schema in self.branches(node):
            values = [
                *as_list(schema.get("enum")),
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
        return max((len(as_list(schema.get(kind))) for kind in ("oneOf", "anyOf")), default=0)

    def examples(self, node: Any) -> list[Any]:
        """Returns the examples of a schema, from all its branches."""
        found = [schema["example"] for schema in self.branches(node) if "example" in schema]
        several = [schema.get("examples") for schema in self.branches(node)]
        return [*found, *(each for listed in several for each in as_list(listed))]

    def text(self, node: Any) -> str:
        """Returns all descriptions of a schema, joined."""
        told = [schema.get("description") for schema in self.branches(node)]
        here = as_map(node).get("description")
        return "\n".join(text for text in (here, *told) if isinstance(text, str))


def _combined(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yields the branches of a schema."""
    for kind in _COMBINED:
        yield from as_list(schema.get(kind))


def _named_numbers(schema: Mapping[str, Any]) -> dict[str, int]:
    """Returns the numbers of an enum, by their names in an extension or in the description."""
    values = [v for v in as_list(schema.get("enum")) if type(v) is int]
    names = list(map(str, _names_beside(schema)))
    if values and len(names) == len(values):
        return dict(zip(names, values, strict=True))
    return _described_numbers(str(schema.get("description", "")), values)


def _described_numbers(description: str, values: Sequence[int]) -> dict[str, int]:
    """Returns the numbers by their names, if the description names all of several."""
    told = {int(number): name.strip() for number, name in _NUMBERED.findall(description)}
    complete = len(values) > 1 and told.keys() >= set(values)
    return {told[value]: value for value in values} if complete else {}


def _names_beside(schema: Mapping[str, Any]) -> Sequence[Any]:
    """Returns the names of an enum's values, from the common extensions for them."""
    for key in ("x-enum-varnames", "x-enumNames", "x-enum-names"):
        if names := as_list(schema.get(key)):
            return names
    return [each.get("name") for each in maps_in(as_map(schema.get("x-ms-enum")).get("values"))]


def _types(schema: Mapping[str, Any]) -> Sequence[Any]:
    declared = schema.get("type")
    return declared if isinstance(declared, list) else [declared]


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and (
        schema.get("type") == "null" or schema.get("enum") == [None]
    )
