"""Compiles the schemas of a document to validators. Knows no jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from urllib.parse import quote, unquote

import jsonschema_rs

from jobtwin.openapi.law import Law, Mistaken
from jobtwin.openapi.pointer import entries

_KEPT = [
    "type",
    "enum",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "required",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minContains",
    "maxContains",
    "$ref",
]
_ONE = (
    *("items", "not", "additionalProperties", "if", "then", "else", "contains"),
    *("propertyNames", "unevaluatedItems", "unevaluatedProperties"),
)
_REST = "additionalProperties"
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("properties", "patternProperties", "dependentSchemas")
_WITH_SCHEMAS = (*_ONE, *_LISTED, *_NAMED)
_LATEST = 16
_BOUNDS = {"int32": 2**31, "int64": 2**63}


def json_schema(node: Any, *, lenient: bool = False, joined: bool = False) -> Any:
    """Returns a schema of a document as plain JSON Schema, without annotations.

    Integers get the bounds of their format. Keywords beside a `$ref`, which only 3.1 allows, are kept.
    With `lenient`, a schema that `allOf` combines with others, or one that is `joined` itself, does
    not forbid the others' properties: no value would fit both.
    """
    if not isinstance(node, Mapping):
        return node
    made: dict[str, Any] = {key: node[key] for key in _KEPT if key in node}
    if "$ref" in made:
        made["$ref"] = quote(made["$ref"], safe="#/")
    joins = lenient and bool(node.get("allOf"))
    made |= _schemas_inside(node, lenient=lenient, joins=joins)
    if (joins or joined) and node.get(_REST) is False:
        del made[_REST]
    _bound(made, node)
    return made


def _schemas_inside(node: Mapping[str, Any], *, lenient: bool, joins: bool) -> dict[str, Any]:
    """Returns the keywords with schemas; `joins` is True if `allOf` combines schemas."""
    return {
        key: _inside(key, node[key], lenient=lenient, joined=joins and key == "allOf")
        for key in _WITH_SCHEMAS
        if key in node
    }


def _inside(key: str, child: Any, *, lenient: bool, joined: bool) -> Any:
    """Returns what a keyword holds, a schema, a list of schemas or a map, as plain JSON Schema."""
    if key in _LISTED:
        return [json_schema(each, lenient=lenient, joined=joined) for each in child]
    if key in _NAMED:
        return {name: json_schema(each, lenient=lenient) for name, each in child.items()}
    return json_schema(child, lenient=lenient)


def _bound(made: dict[str, Any], node: Mapping[str, Any]) -> None:
    bound = _BOUNDS.get(node.get("format", ""))
    if bound and node.get("type") in ("integer", ["integer", "null"]):
        made["minimum"] = max(-bound, made.get("minimum", -bound))
        made["maximum"] = min(bound - 1, made.get("maximum", bound - 1))


def reason(error: Any) -> str:
    """Returns what is wrong and what would be right, with all values of an enum.

    For a choice, the closest branch is explained. (jsonschema_rs does not type the attributes of its
    errors.)
    """
    if error.kind.name == "enum":
        return f"{error.instance!r} is not one of {', '.join(map(str, error.kind.options))}"
    nearest = _nearest(error)
    return "; ".join(map(reason, nearest)) if nearest else str(error.message)


def blamed(error: Any) -> Sequence[str | int]:
    """Returns the path of the mistake: for a choice, in the closest branch if it has only one."""
    nearest = _nearest(error)
    path: Sequence[str | int] = error.instance_path
    return blamed(nearest[0]) if len(nearest) == 1 else path


def _nearest(error: Any) -> list[Any]:
    """Returns the errors of the closest branch of a choice; none if the error is not of a choice."""
    branches = [branch for branch in getattr(error.kind, "context", None) or () if branch]
    return min(branches, key=lambda branch: (_choosing(branch), len(branch)), default=[])


def _choosing(branch: list[Any]) -> bool:
    """Returns True if a branch was not meant: a property with a single allowed value has another."""
    return any(e.kind.name == "enum" and len(e.kind.options) == 1 for e in branch)


def _named_in(node: Any) -> Iterator[str]:
    """Yields the components that a JSON Schema refers to, whole or in part."""
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        yield unquote(node["$ref"]).removeprefix("#/components/schemas/").partition("/")[0]
    for _, child in entries(node):
        yield from _named_in(child)


def _joined_in(node: Any) -> Iterator[str]:
    """Yields the components that an `allOf` below a node combines with others."""
    if isinstance(node, dict) and isinstance(node.get("allOf"), list):
        for each in node["allOf"]:
            yield from _named_in({"$ref": each["$ref"]} if "$ref" in each else None)
    for _, child in entries(node):
        yield from _joined_in(child)


class SchemaValidators:
    """The validators of one document's schemas, each compiled once.

    `lenient` is for a vendor's own file: see `json_schema`.
    """

    def __init__(self, data: Mapping[str, Any], *, lenient: bool = False) -> None:
        self._named = data.get("components", {}).get("schemas", {})
        self._lenient = lenient
        self._compiled: dict[int, tuple[Any, jsonschema_rs.Draft202012Validator]] = {}

    @cached_property
    def _components(self) -> Mapping[str, Any]:
        joined = set(_joined_in(self._named)) if self._lenient else set[str]()
        return {
            name: json_schema(node, lenient=self._lenient, joined=name in joined)
            for name, node in self._named.items()
        }

    def _alone(self, node: Any) -> dict[str, Any]:
        """Returns a schema node as JSON Schema, with the components that it refers to."""
        made, found = json_schema(node, lenient=self._lenient), dict[str, Any]()
        todo = [made]
        while todo:
            for name in _named_in(todo.pop()):
                if name not in found and name in self._components:
                    found[name] = self._components[name]
                    todo.append(found[name])
        return {"components": {"schemas": found}, **made}

    def validator(self, node: Any) -> jsonschema_rs.Draft202012Validator:
        """Returns the validator of a schema node."""
        if id(node) not in self._compiled:
            schema = self._alone(node)
            compiled = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
            self._compiled[id(node)] = node, compiled
        return self._compiled[id(node)][1]

    def misfits(self, node: Any, value: Any) -> Iterator[Mistaken]:
        """Yields the places where a value does not fit a schema node, and why."""
        if not self.validator(node).is_valid(value):
            schema = self._alone(node)
            yield from Law(schema, jsonschema_rs.Draft202012Validator).broken_by(value)


class LazyValidators(SchemaValidators):
    """Compiles validators when they are used, and keeps the latest alone.

    A spec that answers no requests uses few, and those of a large document take 200 MB.
    """

    def validator(self, node: Any) -> Any:
        """Returns the validator of a schema node."""
        return _LazyValidator(partial(self._latest, node))

    def _latest(self, node: Any) -> jsonschema_rs.Draft202012Validator:
        while len(self._compiled) > _LATEST:
            del self._compiled[next(iter(self._compiled))]
        return super().validator(node)


@dataclass(frozen=True, slots=True)
class _LazyValidator:
    """A validator that is compiled when it is used."""

    _compiled: Callable[[], jsonschema_rs.Draft202012Validator]

    def is_valid(self, value: Any) -> bool:
        return self._compiled().is_valid(value)

    def iter_errors(self, value: Any) -> Iterator[Any]:
        return self._compiled().iter_errors(value)
