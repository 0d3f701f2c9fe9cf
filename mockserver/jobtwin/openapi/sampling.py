"""Makes bodies of errors from schemas: an example if there is one, or the simplest value."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from jobtwin.openapi.document import Document
from jobtwin.openapi.nodes import listed
from jobtwin.openapi.operations import Problem

_MESSAGES = frozenset(("description", "detail", "details", "error", "message", "reason", "title"))
_STATUSES = frozenset(("code", "status", "statuscode", "status_code"))
_NAMES = frozenset({*product(["string"], _MESSAGES), *product(["integer"], _STATUSES)})
_DEEPEST = 20
_PLAIN: Mapping[str, Any] = {
    "array": [],
    "boolean": False,
    "integer": 0,
    "null": None,
    "number": 0,
    "string": "text",
}


def sample(document: Document, node: Any, problem: Problem, name: str = "", depth: int = 0) -> Any:
    """Returns an error's body by its schema; properties named like a message hold the message."""
    schema = document.resolve(node)
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return None
    kind = next(iter(listed(schema.get("type"))), None)
    if (kind, name.lower()) in _NAMES and "enum" not in schema:
        return problem.message if kind == "string" else problem.status
    if given := _given(schema):
        return given[0]
    return _composed(document, schema, problem, depth) if kind in (None, "object") else _PLAIN[kind]


def _given(schema: Mapping[str, Any]) -> list[Any]:
    """Returns the values that a schema gives, the best first."""
    single = [schema[key] for key in ("const", "example", "default") if key in schema]
    return single + [schema[key][0] for key in ("enum", "examples") if schema.get(key)]


def _composed(
    document: Document, schema: Mapping[str, Any], problem: Problem, depth: int
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    branches = [
        *schema.get("allOf", ()),
        *schema.get("oneOf", ())[:1],
        *schema.get("anyOf", ())[:1],
    ]
    for branch in branches:
        value = sample(document, branch, problem, depth=depth + 1)
        made |= value if isinstance(value, dict) else {}
    required = schema.get("required", ())
    for name, child in schema.get("properties", {}).items():
        if name in required or name.lower() in _MESSAGES | _STATUSES:
            made[name] = sample(document, child, problem, name, depth + 1)
    return made
