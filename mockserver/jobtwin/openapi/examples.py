"""Finds the examples, defaults and enums of a document, with the schemas that they must fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jobtwin.openapi.document import Document
from jobtwin.openapi.pointer import entries, pointer

Example = tuple[str, Any, Any]
"""A JSON pointer, the schema, and the value there."""

_INNER = ("allOf", "anyOf", "oneOf")


def examples(document: Document) -> Iterator[Example]:
    """Yields every example and default in a document."""
    named = document.data.get("components", {}).get("schemas", {})
    for name, schema in named.items():
        yield from _in_schema(schema, f"/components/schemas{pointer([name])}")
    rest = {key: value for key, value in document.data.items() if not key.startswith("x-")}
    yield from _in_node(document, rest, "")


def _in_node(document: Document, node: Any, where: str) -> Iterator[Example]:
    """Yields examples of nodes with a `schema`: parameters, headers, and bodies by media type."""
    if where == "/components/schemas":
        return
    if isinstance(node, dict) and "schema" in node:
        yield from _of_media(document, node, where)
        yield from _in_schema(node["schema"], f"{where}/schema")
    for key, child in entries(node):
        if key not in ("schema", "example", "examples"):
            yield from _in_node(document, child, where + pointer([key]))


def _of_media(document: Document, node: Mapping[str, Any], where: str) -> Iterator[Example]:
    if "example" in node:
        yield f"{where}/example", node["schema"], node["example"]
    for name, example in node.get("examples", {}).items():
        if "value" in (said := document.resolve(example)):
            yield f"{where}/examples{pointer([name])}/value", node["schema"], said["value"]


def _type_alone(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the part of a schema about types."""
    kinds = schema.get("type")
    return _typed(tuple(kinds) if isinstance(kinds, list) else (kinds,)) if kinds else {}


@cache
def _typed(kinds: tuple[str, ...]) -> Mapping[str, Any]:
    return {"type": list(kinds)}


def _in_schema(schema: Any, where: str) -> Iterator[Example]:
    if not isinstance(schema, dict):
        return
    yield from _own_examples(schema, where)
    for name, child in schema.get("properties", {}).items():
        yield from _in_schema(child, f"{where}/properties{pointer([name])}")
    for key in ("items", "additionalProperties", "not"):
        yield from _in_schema(schema.get(key), f"{where}/{key}")
    for key in _INNER:
        for index, child in enumerate(schema.get(key, ())):
            yield from _in_schema(child, f"{where}/{key}/{index}")


def _own_examples(schema: Mapping[str, Any], where: str) -> Iterator[Example]:
    """Yields the examples, the default and the enum of a schema itself."""
    yield from ((f"{where}/{k}", schema, schema[k]) for k in ("example", "default") if k in schema)
    for key, held_to in (("examples", schema), ("enum", _type_alone(schema))):
        for index, value in enumerate(schema.get(key, ())):
            yield f"{where}/{key}/{index}", held_to, value
