"""The kinds of objects in an OpenAPI document, by the keys above them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")

SECTIONS: Mapping[str, str] = {
    "schema": "schemas",
    "response": "responses",
    "parameter": "parameters",
    "example": "examples",
    "body": "requestBodies",
    "header": "headers",
    "credential": "securitySchemes",
    "link": "links",
    "callback": "callbacks",
}
"""Kind of object → its section in `components`."""

_SCHEMA = {
    **dict.fromkeys(
        (
            *("items", "additionalProperties", "not", "if", "then", "else", "contains"),
            *("propertyNames", "unevaluatedItems", "unevaluatedProperties"),
        ),
        "schema",
    ),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), "*schema"),
    **dict.fromkeys(("properties", "patternProperties", "dependentSchemas", "$defs"), "*schema"),
}
_HEADER = {"schema": "schema", "content": "*media", "examples": "*example"}

KINDS: Mapping[str, Mapping[str, str]] = {
    "document": {
        "paths": "*path",
        "webhooks": "*path",
        "components": "components",
        "x-jobs": "jobs",
    },
    "components": {
        **{section: f"*{kind}" for kind, section in SECTIONS.items()},
        "pathItems": "*path",
    },
    "jobs": {"machines": "*machine"},
    "machine": {"facts": "*schema"},
    "path": {**dict.fromkeys(METHODS, "operation"), "parameters": "*parameter"},
    "operation": {
        "parameters": "*parameter",
        "requestBody": "body",
        "responses": "*response",
        "callbacks": "*callback",
    },
    "callback": {},
    "parameter": _HEADER,
    "header": _HEADER,
    "body": {"content": "*media"},
    "response": {"headers": "*header", "content": "*media", "links": "*link"},
    "media": {"schema": "schema", "encoding": "*encoding", "examples": "*example"},
    "encoding": {"headers": "*header"},
    "schema": _SCHEMA,
    "example": {},
    "credential": {},
    "link": {},
}
"""Kind of object → key → the kind below it; `*` marks a map or list of it.

Below any other key is data, or a foreign extension.
"""


def kind_below(kind: str, key: Any) -> str | None:
    """Returns the kind below a key of an object; None if it is data."""
    if kind.startswith("*"):
        return kind[1:]
    if kind == "callback":
        return None if str(key).startswith("x-") else "path"
    return KINDS[kind].get(key)
