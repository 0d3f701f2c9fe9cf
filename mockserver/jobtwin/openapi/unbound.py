"""Compiles operations that are bound to no job: their requests and responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from jobtwin.openapi.document import METHODS, Document
from jobtwin.openapi.nodes import listed
from jobtwin.openapi.schema import SchemaValidators


@dataclass(frozen=True, slots=True)
class Unbound:
    """An operation that is bound to no job, before it is compiled."""

    id: str
    method: str
    path: str
    node: Mapping[str, Any]
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter; its `validator` accepts the allowed texts."""

    name: str
    place: str
    required: bool
    many: bool
    exploded: bool
    validator: jsonschema_rs.Draft202012Validator


@dataclass(frozen=True, slots=True)
class Content:
    """One media type of a response: its schema, if any, and its examples by name."""

    media_type: str
    schema: Any
    examples: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared response: its media types, and the schemas of its headers."""

    contents: Sequence[Content]
    headers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sampled:
    """A compiled operation that is answered by samples.

    `bodies` are the accepted media types, each with its validator; None if no body is declared.
    `responses` are by status, as written in the file: `200`, `4XX`, `default`.
    """

    parameters: Sequence[Given]
    bodies: Mapping[str, jsonschema_rs.Draft202012Validator] | None
    body_required: bool
    security: Sequence[Mapping[str, Any]]
    responses: Mapping[str, Declared]

    def declared(self, status: int) -> Declared | None:
        """Returns the response for a status: its own, that of its range, or the default."""
        found = map(self.responses.get, (str(status), f"{status // 100}XX", "default"))
        return next((each for each in found if each is not None), None)


def unbound_operations(document: Document, bound: frozenset[str]) -> Iterator[Unbound]:
    """Yields the operations of a document whose operationId is not among those that are bound."""
    for path, item in document.data["paths"].items():
        for method in METHODS:
            node = item.get(method)
            if isinstance(node, dict) and node.get("operationId") not in bound:
                yield Unbound(node["operationId"], method.upper(), path, node, item)


def compile_unbound(document: Document, schemas: SchemaValidators, operation: Unbound) -> Sampled:
    """Compiles an operation; invalid parts of its declaration are left out."""
    node = operation.node
    body = document.resolve(node.get("requestBody") or {})
    content = body.get("content")
    return Sampled(
        parameters=_parameters(document, schemas, operation),
        bodies=None if content is None else {
            kind.lower(): _validator(schemas, media.get("schema", {}))
            for kind, media in content.items()
        },
        body_required=body.get("required") is True,
        security=_security(document, node),
        responses={
            str(status): _declared(document, response)
            for status, response in (node.get("responses") or {}).items()
        },
    )  # fmt: skip


def _validator(schemas: SchemaValidators, schema: Any) -> jsonschema_rs.Draft202012Validator:
    """Returns the validator of a schema; for an invalid schema, one that allows anything."""
    try:
        return schemas.validator(schema)
    except ValueError:
        return schemas.validator({})


def _parameters(document: Document, schemas: SchemaValidators, operation: Unbound) -> list[Given]:
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for owner in (operation.item, operation.node):
        for each in owner.get("parameters") or ():
            node = document.resolve(each)
            if isinstance(node.get("name"), str) and node.get("in") in ("path", "query", "header"):
                found[node["in"], node["name"]] = node
    return [_given(document, schemas, node) for node in found.values()]


def _given(document: Document, schemas: SchemaValidators, node: Mapping[str, Any]) -> Given:
    schema = node.get("schema", {})
    resolved = document.resolve(schema)
    kinds = listed(resolved.get("type"))
    items = document.resolve(resolved.get("items", {}))
    style = node.get("style", "form" if node["in"] == "query" else "simple")
    return Given(
        name=node["name"],
        place=node["in"],
        required=node.get("required") is True and style != "deepObject",
        many="array" in kinds,
        exploded=node.get("explode", style == "form") is True,
        # Objects have several encodings in parameters, so any text is accepted for one.
        validator=_validator(schemas, {} if "object" in (*kinds, items.get("type")) else schema),
    )


def _security(document: Document, node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns the alternative credentials whose schemes are declared."""
    schemes = document.data.get("components", {}).get("securitySchemes", {})
    given = node.get("security", document.data.get("security", ()))
    return [choice for choice in given or () if choice.keys() <= schemes.keys()]


def _declared(document: Document, node: Any) -> Declared:
    response = document.resolve(node)
    headers = response.get("headers") or {}
    return Declared(
        contents=[
            _content(document, kind, media)
            for kind, media in (response.get("content") or {}).items()
        ],
        headers={
            name: document.resolve(header).get("schema", {})
            for name, header in headers.items()
            if name.lower() not in ("content-type", "content-length")
        },
    )


def _content(document: Document, kind: str, media: Mapping[str, Any]) -> Content:
    examples = {"": media["example"]} if "example" in media else {}
    named = media.get("examples")
    for name, node in named.items() if isinstance(named, dict) else ():
        example = document.resolve(node)
        if isinstance(example, dict) and "value" in example:
            examples[name] = example["value"]
    return Content(kind, media.get("schema"), examples)
