"""Reads a spec into a document, and validates it against OpenAPI and the schema of `x-jobs`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import jsonschema_rs

from jobtwin.errors import Mistake, SpecRefused, among
from jobtwin.openapi.law import Law
from jobtwin.openapi.loader import Assembled, SpecSource, assemble_what_applies, spec_folder
from jobtwin.openapi.loader.normal import normalise
from jobtwin.openapi.loader.origins import FilePlace
from jobtwin.openapi.pointer import entries, followed, node_at, pointer
from jobtwin.openapi.pruning import Pruned, lost_by, prune
from jobtwin.openapi.untyped import as_list, as_map
from jobtwin.openapi.wellformed import check_extensions

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """An OpenAPI document in the loader's normal form, with well-formed extensions.

    `name` is its twin's name; `forgiven` are the mistakes of a vendor's own file.
    """

    name: str
    data: Mapping[str, Any]
    assembled: Assembled
    forgiven: list[tuple[FilePlace, str]] = field(default_factory=list)

    @property
    def warnings(self) -> list[Mistake]:
        """The mistakes of a vendor's own file, with their lines."""
        return self.assembled.origins.placed(self.forgiven)

    @property
    def written(self) -> Mapping[str, Any]:
        """The document as its authors wrote it, with files and overlays combined."""
        tree: Mapping[str, Any] = self.assembled.tree
        return tree

    @property
    def is_vendors(self) -> bool:
        """True if the document is a vendor's own, whose mistakes the user cannot correct."""
        return self.assembled.is_vendors

    @property
    def file(self) -> str:
        """The document's file, as named in mistakes."""
        return self.assembled.file

    def mistakes(self, found: Iterable[tuple[str, str]]) -> list[Mistake]:
        """Returns mistakes, given by pointer, with the file and line of each."""
        return self.assembled.mistakes(found)

    def resolve(self, node: Any) -> Any:
        """Returns the node itself, or what its `$ref`s lead to."""
        return followed(self.data, "", node)[1]

    def at(self, reference: str) -> Any:
        """Returns the node at a reference such as `#/components/schemas/Job`. Raises KeyError if there is none."""
        return _at(self.data, reference)

    def leads(self, reference: Any) -> bool:
        """Returns True if a reference leads to a node of this document."""
        return _leads(self.data, reference)


def _at(data: Any, reference: str) -> Any:
    try:
        return node_at(data, reference)
    except (IndexError, TypeError, ValueError) as error:
        raise KeyError(reference) from error


def _leads(data: Any, reference: Any) -> bool:
    try:
        _at(data, reference)
    except (AttributeError, KeyError):
        return False
    return True


def read(spec: str | Path | SpecSource) -> Document:
    """Reads one SPEC. Raises SpecRefused with all mistakes of form at once.

    The mistakes of a vendor's own file become warnings.
    """
    found = check_form(assemble_what_applies(spec))
    if found.mistakes:
        raise SpecRefused(found.mistakes)
    return found.document


@dataclass(frozen=True, slots=True)
class FormCheck:
    """A document without its mistaken parts, and the mistakes that the user can correct."""

    document: Document
    mistakes: Sequence[Mistake]
    pruned: Pruned


def check_form(assembled: Assembled) -> FormCheck:
    """Checks the form of a document, and whether its parts agree. Raises SpecRefused if nothing can be read.

    Parts with mistakes are removed from the tree, so that the rest can be checked further.
    """
    if why := _unreadable(assembled.tree):
        raise SpecRefused(assembled.mistakes([why]))
    failed = [(each.place, each.why) for each in assembled.failed]
    forgiven, dangling = _by_owner(assembled, assembled.dangling)
    mistakes = assembled.origins.placed([*failed, *dangling])
    document = Document(assembled.name, assembled.tree, assembled, forgiven)
    lost = lost_by(each.action for each in assembled.failed)
    formal = (each for each in _form(assembled.tree) if not lost.may_hold(each[1]))
    document, pruned, wrong = _pruned(document, formal, lost)
    mistakes += wrong
    if not pruned.is_readable:
        raise SpecRefused(mistakes)
    document, pruned, wrong = _pruned(document, _disagreements(document, pruned), pruned)
    return FormCheck(document, [*mistakes, *wrong], pruned)


def _pruned(
    document: Document, found: Iterable[tuple[str, str]], before: Pruned
) -> tuple[Document, Pruned, list[Mistake]]:
    """Removes the user's mistakes from a document; those of a vendor are noted in it."""
    assembled = document.assembled
    placed = [(assembled.place(at), why, at) for at, why in found]
    theirs, ours = _by_owner(assembled, placed)
    document.forgiven.extend((place, why) for place, why, _ in theirs)
    _reshape(assembled, [(at, place, why) for place, why, at in theirs])
    mistakes = assembled.origins.placed([(place, why) for place, why, _ in ours])
    pruned = before.and_then(prune(assembled.tree, assembled.origins, [at for _, _, at in ours]))
    if pruned.is_readable and (ours or document.data is assembled.tree):
        data = normalise(assembled.tree, complete=assembled.is_vendors)
        return replace(document, data=data), pruned, mistakes
    return document, pruned, mistakes


_Placed = TypeVar("_Placed", bound=tuple[Any, ...])
"""A mistake, of which the first member is its place."""


def _by_owner(
    assembled: Assembled, found: Iterable[_Placed]
) -> tuple[list[_Placed], list[_Placed]]:
    """Returns the mistakes in the vendor's file, and those in the user's files."""
    theirs: list[_Placed] = []
    ours: list[_Placed] = []
    for each in found:
        (ours if assembled.is_ours(each[0]) else theirs).append(each)
    return theirs, ours


_MISSHAPEN = re.compile(r"is .*, not .*\b(a map|a list)")


def _reshape(assembled: Assembled, theirs: Sequence[tuple[str, FilePlace, str]]) -> None:
    """Removes from a vendor's tree everything that should be a map or a list, but is not.

    Raises SpecRefused if the tree cannot do without.
    """
    wrong = [each for each in theirs if _MISSHAPEN.match(each[2])]
    if not prune(assembled.tree, assembled.origins, [at for at, _, _ in wrong]).is_readable:
        raise SpecRefused(assembled.origins.placed([(place, why) for _, place, why in wrong]))


def _disagreements(document: Document, pruned: Pruned) -> list[tuple[str, str]]:
    try:
        found = list(_agreement(document))
    except (AttributeError, LookupError, TypeError, ValueError):
        if not pruned.places:
            raise
        return []  # the rest cannot be read
    return [(at, why) for at, why in found if not pruned.follows(at, why)]


def _broken(where: str, node: Any, law: Law) -> Iterator[tuple[str, str]]:
    return ((where + pointer(path), why) for path, why in law.broken_by(node))


_LATER = "is a key of OpenAPI 3.1; write `openapi: 3.1.0`"


def _form(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for place, why in _broken("", data, _openapi("", data["openapi"][:3])):
        yield place, _LATER if place == "/webhooks" and "webhooks" in data else why
    components = data.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    yield from check_extensions(data, grammar(), schemes if isinstance(schemes, dict) else {})
    for where, kind, node in _objects(data, "", "other"):
        yield from _object(data, where, kind, node)
    yield from _huge(data, "")


def _unreadable(data: Any) -> tuple[str, str] | None:
    """Returns why jobtwin cannot read a document at all, with the place; None if it can."""
    if not isinstance(data, dict):
        return "", "is not an OpenAPI document; it must start with `openapi: 3.1.0`"
    if "swagger" in data:
        how = "npx swagger2openapi FILE -o openapi.json"
        return "/swagger", f"Swagger {data['swagger']} is not read; convert the file: {how}"
    version = data.get("openapi")
    if isinstance(version, str) and version.startswith(("3.0.", "3.1.")):
        return None
    return "/openapi", f"is {version!r}; jobtwin reads OpenAPI 3.0 and 3.1: write `openapi: 3.1.0`"


_LIMITS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})


def _huge(node: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yields integers too large for a response; as limits in a schema they are harmless."""
    for key, child in entries(node):
        if isinstance(child, dict | list):
            yield from _huge(child, where + pointer([key]))
        elif type(child) is int and not -(2**63) <= child < 2**64 and key not in _LIMITS:
            why = f"{str(child)[:20]} does not fit into 64 bits"
            yield where + pointer([key]), f"{why}; write a smaller number, or quote it"


# -- references ----------------------------------------------------------------------------------

_COMPONENTS = (
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
)
_SCHEMA = {
    "properties": "*schemas",
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), "*schemas"),
    **dict.fromkeys(("items", "additionalProperties", "not"), "schemas"),
}
_OTHER = {
    **{kind: f"*{kind}" for kind in _COMPONENTS},
    "paths": "*paths",
    "schema": "schemas",
    "requestBody": "requestBodies",
    "x-jobs": "jobs",
}
_BELOW: Mapping[str, Mapping[str, str]] = {
    "schemas": _SCHEMA,
    "jobs": {"machines": "*machines"},
    "machines": {"facts": "*schemas"},
}
_DATA = ("example", "value", "default")


def _objects(node: Any, where: str, kind: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yields every OpenAPI object with its place and kind; `*` marks a map or list of the kind."""
    if isinstance(node, dict) and not kind.startswith("*"):
        yield where, kind, node
    for key, child in entries(node):
        if isinstance(child, dict | list):
            inner = _kind(kind, key) if isinstance(node, dict) else kind.removeprefix("*")
            if inner:
                yield from _objects(child, where + pointer([key]), inner)


def _kind(kind: str, key: str) -> str | None:
    """Returns the kind of the node below a key; None if it is data or a foreign extension."""
    if kind.startswith("*"):
        return kind[1:]
    if kind in _BELOW:
        return _BELOW[kind].get(key)
    known = None if key in _DATA or key.startswith("x-") else "other"
    return _OTHER.get(key, known)


def _object(data: Any, where: str, kind: str, node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields mistakes that JSON Schema cannot find: in references, patterns and facts."""
    if isinstance(node.get("$ref"), str):
        yield from ((f"{where}/$ref", why) for why in _reference(data, kind, node))
    if kind == "schemas":
        yield from _pattern(where, node.get("pattern"))
    if kind == "machines":
        for name, schema in entries(node.get("facts")):
            place = f"{where}/facts" + pointer([name])
            yield from _broken(place, schema, _openapi("Schema", "3.0"))


def _pattern(where: str, pattern: Any) -> Iterator[tuple[str, str]]:
    if isinstance(pattern, str) and not _compiles(pattern):
        yield f"{where}/pattern", f"{pattern!r} is not a regular expression"


def _reference(data: Any, kind: str, node: Mapping[str, Any]) -> Iterator[str]:
    target = node["$ref"]
    if kind not in _COMPONENTS:
        yield "cannot be a reference; write out what it leads to"
        return
    if not target.startswith("#"):
        return  # the loader has reported the broken reference
    section = f"#/components/{kind}"
    if not target.startswith(f"{section}/") or not _leads(data, target):
        yield f"{target!r} leads to none of '{section}/…' ({_names_at(data, section)})"
    elif _returns(data, node):
        yield f"{target!r} leads back to here; write out what is meant"


def _names_at(data: Any, section: str) -> str:
    found = _at(data, section) if _leads(data, section) else None
    return ", ".join(name for name, _ in entries(found)) or "there are none"


def _returns(data: Any, start: Mapping[str, Any]) -> bool:
    """Returns True if a reference leads back to itself through references, `allOf` and the like."""
    todo, seen = [_at(data, start["$ref"])], set[int]()
    while todo:
        node = todo.pop()
        if node is start:
            return True
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        if _leads(data, node.get("$ref")):
            todo.append(_at(data, node["$ref"]))
        for key in ("allOf", "anyOf", "oneOf"):
            todo += as_list(node.get(key))
        todo.append(node.get("not"))
    return False


def _compiles(pattern: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


# -- agreement -----------------------------------------------------------------------------------


def _agreement(document: Document) -> Iterator[tuple[str, str]]:
    """Yields mistakes that OpenAPI's own schema cannot find: parts that do not agree."""
    schemes = document.data.get("components", {}).get("securitySchemes", {})
    yield from _security(document.data, "", schemes)
    yield from _error_schemas(document)
    for path, item in document.data["paths"].items():
        for method in METHODS:
            if method in item:
                where = pointer(["paths", path, method])
                yield from _security(item[method], where, schemes)
                if not document.is_vendors:
                    yield from _statuses(item[method], where)
                yield from _path_parameters(document, path, [item, item[method]], where)


def _security(
    node: Mapping[str, Any], where: str, schemes: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    for index, choice in enumerate(node.get("security", ())):
        for name in choice:
            if name not in schemes:
                known = ", ".join(schemes) or "there are none"
                yield (
                    f"{where}/security/{index}{pointer([name])}",
                    f"{name!r} is not one of the security schemes ({known})",
                )


def _error_schemas(document: Document) -> Iterator[tuple[str, str]]:
    """Yields schemas named in `errors` that do not exist."""
    known = document.data.get("components", {}).get("schemas", {})
    for where, errors in _errors(document.data):
        named = {
            f"{where}/{key}/schema": as_map(said).get("schema") for key, said in errors.items()
        }
        for place, name in {f"{where}/schema": errors.get("schema"), **named}.items():
            if name is not None and name not in known:
                yield place, among(name, "the schemas", known)


def _errors(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields every `errors` with its place."""
    yield "/x-jobs/errors", data.get("x-jobs", {}).get("errors", {})
    for where, said in _operation_bindings(data):
        if isinstance(said, dict):
            yield f"{where}/errors", said.get("errors", {})


def _operation_bindings(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields all that operations do, with the places."""
    for name, said in data.get("x-jobs", {}).get("operations", {}).items():
        yield f"/x-jobs/operations{pointer([name])}", said
    for path, item in data["paths"].items():
        for method in METHODS:
            if method in item:
                yield pointer(["paths", path, method, "x-job"]), item[method].get("x-job")


def _statuses(node: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    for status in node.get("responses", {}):
        if status.endswith("XX"):
            yield f"{where}/responses/{status}", f"write single statuses, such as '{status[0]}00'"


def _path_parameters(
    document: Document, path: str, nodes: Sequence[Mapping[str, Any]], where: str
) -> Iterator[tuple[str, str]]:
    names = _path_names(document, nodes)
    quoted = set(re.findall(r"\{([^{}]*)\}", path))
    for name in sorted(quoted - names):
        yield where, f"the path holds {{{name}}}; declare that parameter, `in: path`"
    for name in sorted(names - quoted):
        known = ", ".join(f"{{{name}}}" for name in sorted(quoted)) or "nothing"
        yield (
            where,
            f"declares the path parameter {name!r}, but the path holds {known}; write {{{name}}} there",
        )


def _path_names(document: Document, nodes: Sequence[Mapping[str, Any]]) -> set[str]:
    declared = [document.resolve(p) for node in nodes for p in node.get("parameters", ())]
    named = (each.get("name") for each in declared if each.get("in") == "path")
    return {name for name in named if isinstance(name, str)}


GRAMMAR_FILE = "x-jobs.schema.json"
"""The name of the file with the JSON Schema of `x-jobs`."""


@cache
def grammar() -> str:
    """Returns the JSON Schema of `x-jobs`, as text."""
    return (spec_folder() / GRAMMAR_FILE).read_text(encoding="utf-8")


@cache
def _openapi(definition: str, version: str) -> Law:
    """Returns connexion's meta-schema of OpenAPI, or one definition of it."""
    package = find_spec("connexion")
    folder = Path((package.submodule_search_locations or [""])[0] if package else "")
    text = (folder / "resources/schemas/v3.0/schema.json").read_text(encoding="utf-8")
    source: dict[str, Any] = json.loads(text)
    if version == "3.1":
        source = _schemas_alone(source)
        _extend_to_3_1(source)
    if definition:
        choice = [{"$ref": f"#/definitions/{name}"} for name in (definition, "Reference")]
        source = {"definitions": source["definitions"], "oneOf": choice}
    return Law(source, jsonschema_rs.Draft4Validator)


def _extend_to_3_1(source: dict[str, Any]) -> None:
    """Makes the meta-schema of OpenAPI 3.0 accept 3.1 and the schemas of JSON Schema 2020-12."""
    definitions, text = source["definitions"], {"type": "string"}
    source["properties"]["openapi"] = {"type": "string", "pattern": r"^3\.1\."}
    source["properties"] |= {"webhooks": {"type": "object"}, "jsonSchemaDialect": text}
    source["required"] = ["openapi", "info"]
    definitions["Info"]["properties"]["summary"] = text
    definitions["License"]["properties"]["identifier"] = text
    definitions["Components"]["properties"]["pathItems"] = {"type": "object"}
    del definitions["Operation"]["required"]
    definitions["SecurityScheme"] = {"type": "object", "required": ["type"]}
    schema = definitions["Schema"]
    kinds = {"enum": [*schema["properties"]["type"]["enum"], "null"]}
    schema["type"] = ["object", "boolean"]
    schema["additionalProperties"] = True
    schema["properties"] |= {
        "type": {"anyOf": [kinds, {"type": "array", "items": kinds}]},
        "required": {"type": "array", "items": text},
        "exclusiveMinimum": {"type": "number"},
        "exclusiveMaximum": {"type": "number"},
        "prefixItems": schema["properties"]["allOf"],
        "patternProperties": schema["properties"]["properties"],
        **{key: {"$ref": "#/definitions/Schema"} for key in ("contains", "if", "then", "else")},
    }


def _schemas_alone(node: Any) -> Any:
    """Removes the choice between schema and reference, which 3.1 does not have."""
    if isinstance(node, list):
        return list(map(_schemas_alone, node))
    if not isinstance(node, dict):
        return node
    choices = node.get("oneOf")
    if isinstance(choices, list) and {"$ref": "#/definitions/Schema"} in choices:
        return {"$ref": "#/definitions/Schema"}
    return {key: _schemas_alone(child) for key, child in node.items()}
