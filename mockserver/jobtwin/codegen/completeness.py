"""Finds what the generator drops without a warning: compares its classes with the document."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.strings import in_double_quote_literal


def missing_parts(document: dict[str, Any], data: GeneratorData) -> Iterator[str]:
    """Yields a line for each part of `document` that a client made of `data` would lack."""
    for module in _overwritten(data):
        yield f"{module}: two operations or two schemas would be written to this one module"
    names = _Kept(map(_names, data.models))
    values = _Kept(
        set(map(str, e.values.values())) for e in data.enums if isinstance(e, EnumProperty)
    )
    for where, schema in _schemas(document):
        for name in names.missing(set(schema.get("properties", ()))):
            yield f"{where}: property {name!r} is in no class; name its schema under components"
        for value in values.missing(_texts(schema.get("enum", ()))):
            yield f"{where}: value {value!r} is lost to one of like name; give x-enum-varnames"


class _Kept:
    """The names that each class kept. The schema of a class is not known."""

    def __init__(self, classes: Iterable[set[str]]) -> None:
        self._by_name: dict[str, list[frozenset[str]]] = {}
        for names in set(map(frozenset, classes)):
            for name in names:
                self._by_name.setdefault(name, []).append(names)

    def missing(self, declared: set[str]) -> list[str]:
        """Returns the names that the best matching class lacks."""
        # Any class with all names has the rarest one, and few classes have that.
        candidates = [self._by_name[name] for name in declared if name in self._by_name]
        nearest = min(candidates, key=len, default=())
        return min((sorted(declared - each) for each in nearest), key=len, default=sorted(declared))


def _overwritten(data: GeneratorData) -> list[str]:
    modules = [f"models/{each.class_info.module_name}.py" for each in (*data.models, *data.enums)]
    for tag, collection in data.endpoint_collections_by_tag.items():
        modules += [f"api/{tag}/{endpoint.name}.py" for endpoint in collection.endpoints]
    return [module for module, times in Counter(modules).items() if times > 1]


def _names(model: ModelProperty) -> set[str]:
    properties = (model.required_properties or []) + (model.optional_properties or [])
    return {each.name.get_untrusted_value() for each in properties}


def _texts(values: Iterable[Any]) -> set[str]:
    return {in_double_quote_literal(value) for value in values if isinstance(value, str)}


def _schemas(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in ((document.get("components") or {}).get("schemas") or {}).items():
        for nested in _nested(schema):
            yield f"#/components/schemas/{name}", nested


def _nested(schema: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict):
        return
    yield schema
    parts = [*schema.get("properties", {}).values(), schema.get("items")]
    parts.append(schema.get("additionalProperties"))
    for word in ("allOf", "anyOf", "oneOf"):
        parts += schema.get(word, [])
    for part in parts:
        yield from _nested(part)
