"""Adds a variant to unions with a discriminator, for values with an undocumented tag."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import ClassName, PythonIdentifier

from jobtwin.codegen import edits
from jobtwin.openapi.pointer import entries
from jobtwin.openapi.untyped import as_map

PREFIX = "field_"
REFERENCE = "#/components/schemas/"
PASSED = {"components", "schemas", "properties", "paths", "responses", "content", "application/json", "schema"}  # fmt: skip
"""Segments of a pointer that do not help to name a union."""


def opened(document: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    """Adds a variant of any tag and content to each union with a discriminator.

    Returns the name of the tag for each added variant, and the tags of the other variants.
    """
    schemas = (document.get("components") or {}).get("schemas") or {}
    added: dict[str, tuple[str, list[str]]] = {}
    for name, word, union in list(_unions(document)):
        tag = union["discriminator"].get("propertyName")
        tags = sorted(tag_ for each in union[word] for tag_ in _tags(schemas, each, tag))
        if (unknown := f"Unknown{name}") in schemas or not tags:
            continue
        schemas[unknown] = _any_variant(name, tag)
        union[word] = [*union[word], {"$ref": f"{REFERENCE}{unknown}"}]
        added[unknown] = tag, tags
    return added


def _any_variant(union: str, tag: str) -> dict[str, Any]:
    return {
        "description": f"A {union} of an undocumented {tag}, as received.",
        "type": "object",
        "required": [tag],
        "properties": {tag: {"type": "string"}},
        "additionalProperties": True,
    }


def module_of(variant: str) -> str:
    """Returns the name of the module of an added variant."""
    return str(PythonIdentifier(variant, PREFIX))


def guarded(text: str, tag: str, tags: Iterable[str]) -> str:
    """Returns an added variant's module in which it refuses the tags of the others.

    Their values must be well-formed.
    """
    known = "{" + ", ".join(map(repr, tags)) + "}"
    check = f"        unknown({tag!r}, d.get({tag!r}), {known})"
    text = edits.insert(text, edits.only(text, "d = dict(src_dict)").lineno + 1, [check])
    end = edits.only(text, "from ..types import UNSET, Unset").lineno
    return edits.insert(text, end, ["from jobcall import unknown"])


def tags(data: GeneratorData) -> set[str]:
    """Returns the enumerations of one value that serve as the tags of unions."""
    # The variants in a union were copied before their properties were read.
    models = {model.class_info.name: model for model in data.models}
    variants = {variant.class_info.name for model in data.models for variant in _variants(model)}
    properties = (each for name in variants & models.keys() for each in _properties(models[name]))
    return {
        each.class_info.name
        for each in properties
        if isinstance(each, EnumProperty) and len(each.values) == 1
    }


def _variants(model: ModelProperty) -> Iterator[ModelProperty]:
    """Yields the models in the unions that the properties of a model are."""
    for union in chain(*map(_within, _properties(model))):
        yield from (each for each in union.inner_properties if isinstance(each, ModelProperty))


def _unions(node: Any, within: tuple[str, ...] = ()) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields each union with a discriminator, nested ones too, with its name and tag."""
    if isinstance(as_map(node).get("discriminator"), dict):
        words = [word for word in ("oneOf", "anyOf") if isinstance(node.get(word), list)]
        yield from ((_named(within), word, node) for word in words)
    for key, child in entries(node):
        if not str(key).startswith("x-"):
            yield from _unions(child, (*within, str(key)))


def _named(within: tuple[str, ...]) -> str:
    """Returns a union's own name, or one made from its pointer."""
    if within[:2] == ("components", "schemas") and len(within) == len(("components", "schemas", 1)):
        return within[2]
    telling = [
        word for word in within if word not in PASSED and not re.fullmatch("[0-9]{1,2}", word)
    ]
    return str(ClassName(" ".join(telling), PREFIX))


def _tags(schemas: dict[str, Any], variant: Any, tag: str) -> list[str]:
    named = variant.get("$ref", "").removeprefix(REFERENCE)
    schema = schemas.get(named, {}).get("properties", {}).get(tag, {})
    return [value for value in schema.get("enum", ()) if isinstance(value, str)]


def _properties(model: ModelProperty) -> list[Any]:
    return [*(model.required_properties or []), *(model.optional_properties or [])]


def _within(each: Any) -> Iterator[UnionProperty]:
    """Yields the unions that a property is, or is a list of."""
    if isinstance(each, UnionProperty):
        yield each
        for inner in each.inner_properties:
            yield from _within(inner)
    elif isinstance(each, ListProperty):
        yield from _within(each.inner_property)
