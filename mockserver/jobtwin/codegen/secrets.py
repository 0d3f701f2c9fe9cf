"""Hides properties with secrets, by `format: password` or by name, from the reprs of models."""

import ast
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.parser.properties import ModelProperty

from jobcall.secrets import is_secret_name
from jobtwin.codegen import edits

REFERENCE = "#/components/schemas/"
MADE_OF = ("allOf", "anyOf", "oneOf")
DEEPEST = 5
"""Levels of nested lists to look into; a schema may be a list of itself."""


def secret_properties(data: GeneratorData, document: dict[str, Any]) -> dict[str, list[str]]:
    """Returns the names of the properties with secrets, for each module of a model that has some."""
    schemas = (document.get("components") or {}).get("schemas") or {}
    found = ((str(model.class_info.module_name), model) for model in data.models)
    named = {module: list(_secret(model, schemas)) for module, model in found}
    return {module: names for module, names in named.items() if names}


def concealed(text: str, names: Iterable[str]) -> str:
    """Returns a model's module with these properties hidden from its repr."""
    for name in names:
        text = _hidden(text, name)
    return text


def _secret(model: ModelProperty, schemas: dict[str, Any]) -> Iterator[str]:
    node = model.data.model_dump(mode="json", by_alias=True)
    for each in (*(model.required_properties or ()), *(model.optional_properties or ())):
        name = each.name.get_untrusted_value()
        holds = _holds_text if is_secret_name(name) else _is_password
        if any(_holds(schema, schemas, holds) for schema in _declared(node, name, schemas)):
            yield str(each.python_name)


def _declared(node: Any, name: str, schemas: dict[str, Any]) -> Iterator[Any]:
    """Yields the declarations of a property in a schema and in those that it combines."""
    for schema in _whole(node, schemas):
        if name in (schema.get("properties") or {}):
            yield schema["properties"][name]


def _whole(node: Any, schemas: dict[str, Any], met: tuple[str, ...] = ()) -> Iterator[Any]:
    """Yields a schema with all that it refers to or combines, without its properties."""
    if not isinstance(node, dict):
        return
    yield node
    reference = str(node.get("$ref"))
    if reference not in met:
        named = schemas.get(reference.removeprefix(REFERENCE))
        for part in (named, *chain.from_iterable(node.get(word) or () for word in MADE_OF)):
            yield from _whole(part, schemas, (*met, reference))


def _holds(
    schema: Any, schemas: dict[str, Any], test: Callable[[Any], bool], deep: int = DEEPEST
) -> bool:
    """Returns True if a test is true of a schema, or of the items of its lists and maps."""
    inner = ("items", "additionalProperties")
    return any(
        test(each)
        or any(deep and _holds(each.get(word), schemas, test, deep - 1) for word in inner)
        for each in _whole(schema, schemas)
    )


def _is_password(schema: Any) -> bool:
    return bool(schema.get("format") == "password")


def _holds_text(schema: Any) -> bool:
    """Returns True if a value may be any text; not a number such as `max_tokens`, nor an enum."""
    kinds = schema.get("type")
    text = "string" in kinds if isinstance(kinds, list) else kinds == "string"
    return text and not schema.get("enum")


def _hidden(text: str, name: str) -> str:
    found = edits.statements(text, lambda node: _declares(node, name))
    if len(found) != 1 or not isinstance(found[0], ast.AnnAssign):
        raise edits.EditError(f"declares {name} {len(found)} times instead of once")
    default = "default=UNSET, " if found[0].value else ""
    kind = ast.unparse(found[0].annotation)
    line = f"    {name}: {kind} = _attrs_field({default}repr=False)"
    return edits.replace(text, found[0], line)


def _declares(node: ast.stmt, name: str) -> bool:
    """Returns True if a statement declares this attribute of the class."""
    return (
        isinstance(node, ast.AnnAssign)
        and node.col_offset == len("    ")
        and ast.unparse(node.target) == name
    )
