"""Normalises OpenAPI 3.0 and 3.1: all schemas become JSON Schema 2020-12, each in one form.

- a nullable schema has `null` among its types, or in an `anyOf` if it has no type; no `nullable`;
- `type` is a list only if it has several types, `null` last;
- `exclusiveMinimum` and `exclusiveMaximum` are numbers;
- `const` becomes an `enum` of one value;
- a keyword of the wrong type (`required: true`) is left out.

Nodes that need no change are the author's, not copies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

import jsonschema_rs

from jobtwin.openapi.loader.objects import METHODS, kind_below
from jobtwin.openapi.pointer import node_at
from jobtwin.openapi.untyped import is_number

_TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")


def normalise(tree: Mapping[str, Any], *, complete: bool = False) -> dict[str, Any]:
    """Returns a document of OpenAPI 3.0 or 3.1 in the normal form, which is a 3.1 document.

    A broken reference to a schema becomes a schema that allows anything; other broken references
    are left out. `complete` gives each operation a unique operationId.
    """
    schema = _of_3_0 if str(tree.get("openapi")).startswith("3.0") else _of_3_1
    made: dict[str, Any] = _Walk(schema, tree).node(tree, "document")
    paths = made.get("paths") or {}
    if complete:
        paths = _identified(paths)
    return {**made, "openapi": "3.1.0", "paths": paths}


def _identified(paths: Mapping[str, Any]) -> dict[str, Any]:
    """Gives every operation a unique operationId."""
    seen, made = set[str](), dict[str, Any]()
    for path, item in paths.items() if isinstance(paths, dict) else ():
        if not isinstance(item, dict) or not path.startswith("/"):
            continue
        made[path] = {**item, **_named(path, item, seen)}
    return made


def _named(path: str, item: Mapping[str, Any], seen: set[str]) -> dict[str, Any]:
    named = {}
    for method in METHODS:
        if isinstance(operation := item.get(method), dict):
            given = operation.get("operationId")
            name = given if isinstance(given, str) and given else _made_up(method, path)
            named[method] = {**operation, "operationId": _unique(name, seen)}
    return named


def _unique(name: str, seen: set[str]) -> str:
    """Returns a name that was not seen before, numbered if necessary, and adds it to the seen ones."""
    free = next(each for each in _numbered(name) if each not in seen)
    seen.add(free)
    return free


def _made_up(method: str, path: str) -> str:
    return "_".join([method, *re.findall(r"[A-Za-z0-9]+", path)])


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in count(2))


class _Walk:
    """Walks through a document, and converts the schemas that need it."""

    def __init__(
        self, schema: Callable[[dict[str, Any]], dict[str, Any]], tree: Mapping[str, Any]
    ) -> None:
        self._schema = schema
        self._tree = tree

    def node(self, node: Any, kind: str) -> Any:
        """Returns a node in the normal form; None if nothing is left of it."""
        if kind == "schema":
            return self._schema_node(node)
        if kind.startswith("*"):
            return self._collection(node, kind)
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("$ref"), str):
            return node if self._leads(node) else None
        return self._children(node, kind)

    def _schema_node(self, node: Any) -> Any:
        if not isinstance(node, dict):
            return _plain(node)
        return self._schema(self._children(node, "schema")) if self._leads(node) else {}

    def _collection(self, node: Any, kind: str) -> Any:
        """Returns a list or a map of nodes of one kind, without those of which nothing is left."""
        if isinstance(node, dict):
            return self._children(node, kind)
        if not isinstance(node, list):
            return node
        items = [self.node(child, kind[1:]) for child in node]
        whole = [child for child in items if child is not None]
        return node if len(items) == len(whole) and all(map(_same, items, node)) else whole

    def _children(self, node: dict[str, Any], kind: str) -> dict[str, Any]:
        changed = dict(self._changed(node, kind))
        if not changed:
            return node
        return {k: v for k, v in {**node, **changed}.items() if v is not None or node[k] is None}

    def _changed(self, node: dict[str, Any], kind: str) -> Iterator[tuple[str, Any]]:
        """Yields the entries of a node that normalising changes."""
        for key, child in node.items():
            inner = kind_below(kind, key)
            if inner and isinstance(child, dict | list | bool) and not _stays(key, child):
                made = self.node(child, inner)
                if made is not child:
                    yield key, made

    def _leads(self, node: Any) -> bool:
        """Returns True if a reference leads to a node that is not a reference."""
        for _ in range(_LONGEST_CHAIN):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                return True
            try:
                node = node_at(self._tree, node["$ref"])
            except (KeyError, IndexError, TypeError, ValueError):
                return False
        return False


_LONGEST_CHAIN = 32


def _same(one: Any, other: Any) -> bool:
    return one is other


def _stays(key: str, node: Any) -> bool:
    return isinstance(node, bool) and key in _OR_BOOLEAN


def _plain(node: Any) -> Any:
    """Returns a schema that is true or false as a map."""
    return {"not": {}} if node is False else {}


# -- schemas ---------------------------------------------------------------------------------------


def _of_3_0(node: dict[str, Any]) -> dict[str, Any]:
    if isinstance(node.get("$ref"), str):
        return _reference_of_3_0(node)
    made = _typed(node)
    made = _exclusive(made)
    if "nullable" in made:
        made = _nullable(made)
    return _with_null(made) if "anyOf" in made else made


def _reference_of_3_0(node: dict[str, Any]) -> dict[str, Any]:
    # OpenAPI 3.0 ignores keywords beside a reference; later versions do not.
    ignored = {key for key in node if key in _RIGHT or key == "nullable"} - {"$ref"}
    return {k: v for k, v in node.items() if k not in ignored} if ignored else node


def _of_3_1(node: dict[str, Any]) -> dict[str, Any]:
    made = _without_const(_exclusive(_typed(node)))
    if isinstance(made.get("type"), list):
        made = _types(made)
    if made.get("nullable") is True:  # like `exclusiveMinimum: true`, not part of 3.1, but used
        made = _nullable(made)
    if made.get("contentMediaType") == "application/octet-stream" and "format" not in made:
        made = {**made, "format": "binary"}
    return _joined(_with_null(made)) if "anyOf" in made else made


def _types(node: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema with normalised types: null last, a single one not as a list."""
    kinds = [kind for kind in node["type"] if kind != "null"]
    kinds += ["null"] if "null" in node["type"] else []
    return {**node, "type": kinds if len(kinds) > 1 else kinds[0]}


def _without_const(node: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema with an `enum` of one value in place of `const`."""
    if "const" not in node:
        return node
    made = {**node, "enum": [node["const"]]}
    del made["const"]
    return made


def _exclusive(node: dict[str, Any]) -> dict[str, Any]:
    made = node
    for limit, key in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(said := made.get(key), bool):
            made = {name: value for name, value in made.items() if name != key}
            if said and limit in made:
                made[key] = made.pop(limit)
    return made


_KEPT_OUTSIDE = ("description", "title", "default", "example", "examples", "deprecated")


def _nullable(node: dict[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in node.items() if key != "nullable"}
    if node["nullable"] is not True or not _constrains(made):
        return made
    return _with_null_among(made) if {"type", "enum"} & made.keys() else _or_null(made)


def _with_null_among(made: dict[str, Any]) -> dict[str, Any]:
    """Adds null to the type and the enum of a schema, in place."""
    if isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"] if made["type"] != "null" else "null"
    if "enum" in made and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]
    return made


def _constrains(node: Mapping[str, Any]) -> bool:
    """Returns True if a schema constrains values; if not, it already allows null."""
    return any(key not in _KEPT_OUTSIDE and key[:2] != "x-" for key in node)


def _or_null(node: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema without a type, extended by null."""
    outside = {k: v for k, v in node.items() if k in _KEPT_OUTSIDE or k[:2] == "x-"}
    inside = {k: v for k, v in node.items() if k not in outside}
    if inside.keys() == {"allOf"} and len(inside["allOf"]) == 1:
        inside = inside["allOf"][0]
    return {"anyOf": [inside, {"type": "null"}], **outside}


def _with_null(node: dict[str, Any]) -> dict[str, Any]:
    """Returns a choice in which a branch that allows only null has the type null."""
    branches = [{"type": "null"} if _is_null(branch) else branch for branch in node["anyOf"]]
    return node if all(map(_same, branches, node["anyOf"])) else {**node, "anyOf": branches}


def _is_null(node: Mapping[str, Any]) -> bool:
    return node.get("enum") == [None] and "null" in (node.get("type") or "null")


def _joined(node: dict[str, Any]) -> dict[str, Any]:
    """Replaces a choice between a typed schema and null by that schema with null among its types."""
    inner = _beside_null(node["anyOf"])
    if inner is None or inner.keys() & (node.keys() - set(_KEPT_OUTSIDE)):
        return node
    outer = {key: value for key, value in node.items() if key != "anyOf"}
    return _nullable({**inner, **outer, "nullable": True})


def _beside_null(branches: list[Any]) -> dict[str, Any] | None:
    """Returns the typed schema in a choice between it and null, or None."""
    others = [branch for branch in branches if branch != {"type": "null"}]
    if len(others) != 1 or len(branches) != 2 or not isinstance(others[0].get("type"), str):  # noqa: PLR2004 - one and null
        return None
    inner: dict[str, Any] = others[0]
    return None if inner["type"] == "null" else inner


# -- keywords --------------------------------------------------------------------------------------


def _is_pattern(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        jsonschema_rs.Draft202012Validator({"pattern": value})
    except ValueError:
        return False
    return True


def _is_number(value: Any) -> bool:
    return is_number(value)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_limit(value: Any) -> bool:
    return isinstance(value, bool | int | float)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _are_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _are_types(value: Any) -> bool:
    kinds = value if isinstance(value, list) else [value]
    return bool(kinds) and all(isinstance(kind, str) and kind in _TYPES for kind in kinds)


def _is_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(child, dict) for child in value.values())


_OR_BOOLEAN = ("additionalProperties", "unevaluatedProperties", "unevaluatedItems")
_RIGHT: Mapping[str, Callable[[Any], bool]] = {
    "$ref": lambda value: isinstance(value, str),
    "type": _are_types,
    "enum": lambda value: isinstance(value, list) and bool(value),
    "pattern": _is_pattern,
    "format": lambda value: isinstance(value, str),
    "required": _are_names,
    "multipleOf": lambda value: _is_number(value) and value > 0,
    **dict.fromkeys(("minimum", "maximum"), _is_number),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _is_limit),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        _is_count,
    ),
    **dict.fromkeys(("uniqueItems",), lambda value: isinstance(value, bool)),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _are_schemas),
    **dict.fromkeys(("properties", "patternProperties", "dependentSchemas", "$defs"), _is_map),
    **dict.fromkeys(
        ("items", "not", "if", "then", "else", "contains", "propertyNames"),
        lambda value: isinstance(value, dict),
    ),
    **dict.fromkeys(_OR_BOOLEAN, lambda value: isinstance(value, dict | bool)),
}


def _typed(node: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema without the keywords of a wrong type."""
    wrong = [key for key in node if key in _RIGHT and not _RIGHT[key](node[key])]
    return {key: value for key, value in node.items() if key not in wrong} if wrong else node
