"""The request side of operations: parameters, bodies, and the places of values in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from typing import Any
from uuid import UUID

import orjson

from jobtwin.errors import among
from jobtwin.openapi.document import Document
from jobtwin.openapi.extensions import machine_sources
from jobtwin.openapi.forms import DEEPEST, FORMS, Field
from jobtwin.openapi.nodes import Report, properties, type_of
from jobtwin.openapi.operations import GivenParts, Parameter, PartTarget, RequestBody, RequestSource
from jobtwin.openapi.pointer import followed, pointer
from jobtwin.openapi.schema import SchemaValidators
from jobtwin.openapi.values import Const


def _of_path(path: str) -> Iterator[Mapping[str, Any]]:
    """Yields the parameters in a path and its query as texts."""
    text = {"type": "string"}
    for name in re.findall(r"\{([^{}]*)\}", path):
        yield {"in": "path", "name": name, "schema": text}
    for pair in filter(None, path.partition("?")[2].split("&")):
        yield {"in": "query", "name": pair.partition("=")[0], "schema": text}


class Requests:
    """Compiles the parameters and bodies of one document."""

    def __init__(self, document: Document, schemas: SchemaValidators) -> None:
        self._document = document
        self._schemas = schemas

    def declared(self, node: Mapping[str, Any], item: Mapping[str, Any], path: str) -> list[Any]:
        """Returns the parameters of an operation; its own override its path's.

        A vendor's file need not declare those of the path, nor of a query that is part of it.
        """
        sources = (*(item.get("parameters") or ()), *(node.get("parameters") or ()))
        found = [
            *(_of_path(path) if self._document.is_vendors else ()),
            *map(self._document.resolve, sources),
        ]
        return list({(each["in"], each["name"]): each for each in found}.values())

    def parameter(self, node: Mapping[str, Any]) -> Parameter:
        """Compiles one parameter."""
        schema = self._document.resolve(node.get("schema", {}))
        many = type_of(self._document, schema) == "array"
        item = self._document.resolve(schema.get("items", {})) if many else schema
        type_ = type_of(self._document, item)
        return Parameter(
            name=node["name"],
            place=node["in"],
            required=node.get("required", False),
            type="array" if many else type_,
            read=self._reader(item.get("format"), type_),
            many=many,
            exploded=node.get("explode", True),
            default=schema.get("default"),
            maximum=schema.get("maximum"),
            example=node.get("example", schema.get("example")),
            validator=self._schemas.validator(schema),
        )

    def _reader(self, format_: str | None, type_: str | None) -> Callable[[str], Any]:
        if format_ == "uuid" and self._any_spelling:
            return uuid_of_any_spelling
        return _READERS.get(format_) or _READERS.get(type_, str)

    @cached_property
    def _any_spelling(self) -> bool:
        """True if the vendor accepts every spelling of UUIDs."""
        ids = [machine.get("id") for machine in machine_sources(self._document).values()]
        return any(isinstance(said, Mapping) and "spelling" in said for said in ids)

    def body(self, node: Mapping[str, Any], place: str) -> RequestBody | None:
        """Compiles the body of the operation at a place; None if it has none."""
        if "requestBody" not in node:
            return None
        place, body = followed(self._document.data, f"{place}/requestBody", node["requestBody"])
        content = body["content"]
        return RequestBody(
            required=body.get("required", False),
            types={
                kind.partition(";")[0].strip().lower(): self._schemas.validator(
                    media.get("schema", {})
                )
                for kind, media in content.items()
            },
            places={
                kind: f"{place}/content{pointer([kind])}/schema"
                for kind, media in content.items()
                if "schema" in media
            },
            files=frozenset(self._files(body)),
            forms={
                kind: self._field(content[kind].get("schema", {}))
                for kind in FORMS
                if kind in content
            },
        )

    def _field(self, node: Any, depth: int = 0) -> Field:
        """Returns the conversion of a form's field, by its schema."""
        schema = self._document.resolve(node)
        kind = type_of(self._document, schema)
        if kind == "array":
            return Field(self._field(schema.get("items", {}), depth + 1).read, many=True)
        if kind == "object" or "properties" in schema or "allOf" in schema:
            shown = properties(self._document, schema, "") if depth < DEEPEST else {}
            inside = {name: self._field(each.schema, depth + 1) for name, each in shown.items()}
            return Field(_object, inside=inside)
        return Field(_READERS.get(kind, str))

    def _files(self, body: Mapping[str, Any]) -> Iterator[str]:
        for media in body["content"].values():
            schema = self._document.resolve(media.get("schema", {}))
            for name, field in schema.get("properties", {}).items():
                if self._document.resolve(field).get("format") == "binary":
                    yield name


class Sources:
    """Reads the places of values in requests of one operation; mistakes go to `report`."""

    def __init__(
        self,
        document: Document,
        declared: Sequence[Parameter],
        node: Mapping[str, Any],
        report: Report,
        each: str | None = None,
    ) -> None:
        self._document = document
        self._declared = declared
        body = document.resolve(node.get("requestBody"))
        self._body = (
            None
            if body is None
            else [m.get("schema", {}) for m in body.get("content", {}).values()]
        )
        self._report = report
        self._each = each

    def source(self, text: str | None, where: str) -> RequestSource | None:
        """Returns the source for a text such as `path.jobId`; reports one that does not exist."""
        if text is None:
            return None
        place, _, name = text.partition(".")
        if place == "body":
            self._check_body(name, where)
            return RequestSource(place, name, self._default(name))
        if place == "item":
            self._check_item(name, where)
            return RequestSource(place, name)
        if place != "credential":
            self._check_parameter(place, name, where)
        return RequestSource(place, name)

    def _check_parameter(self, place: str, name: str, where: str) -> None:
        """Reports a parameter that is not declared."""
        if self._parameter(place, name) is None:
            known = [f"{each.place}.{each.name}" for each in self._declared]
            self._report(where, among(f"{place}.{name}", "the parameters", known))

    def type_of(self, source: RequestSource) -> str | None:
        """Returns the declared type of a parameter, or None."""
        parameter = self._parameter(source.place, source.name)
        return None if parameter is None else parameter.type

    def _parameter(self, place: str, name: str) -> Parameter | None:
        found = (p for p in self._declared if (p.place, p.name) == (place, name))
        return next(found, None)

    @property
    def sent(self) -> set[str]:
        """The properties of the body."""
        return set[str]().union(*map(self._properties, self._body or ()))

    def sent_by(self, each: str | None) -> Mapping[str, str]:
        """Returns the properties of the body, with their sources; those of an item if `each` names a list."""
        if each is None:
            return {name: f"body.{name}" for name in self.sent}
        return {name: f"item.{name}" for name in self._properties(self._item(each) or {})}

    def list_of(self, text: str, where: str) -> RequestSource | None:
        """Returns the source of an array of the body; reports a source that is not an array."""
        place, _, name = text.partition(".")
        if place == "body" and self._item(text) is not None:
            return RequestSource(place, name)
        known = ["body", *(f"body.{each}" for each in sorted(self.sent))]
        arrays = [each for each in known if self._item(each) is not None]
        self._report(where, among(text, "the arrays of the body", arrays))
        return None

    def _item(self, text: str) -> Any:
        """Returns the schema of the items of a source; None if it is not an array of the body."""
        name = text.partition(".")[2]
        path = name.split(".") if name else []
        for body in self._body or ():
            node = reduce(self._inner, path, body)
            if type_of(self._document, node) == "array":
                return self._document.resolve(node).get("items", {})
        return None

    def _inner(self, node: Any, key: str) -> Any:
        """Returns the schema of a property; an empty one if there is no such property."""
        found = properties(self._document, self._document.resolve(node), "").get(key)
        return found.schema if found else {}

    def _check_item(self, name: str, where: str) -> None:
        if self._each is None:
            self._report(where, "is of an item, but no `each` names the list; add it")
            return
        known = sorted(self._properties(self._item(self._each) or {}))
        first = name.partition(".")[0]
        if first and known and first not in known:
            self._report(where, among(first, "the properties of an item", known))

    def _check_body(self, name: str, where: str) -> None:
        if self._body is None:
            self._report(where, "the operation has no body")
            return
        known = sorted(self.sent)
        first = name.split(".", maxsplit=1)[0]
        if first and known and first not in known:
            self._report(where, among(first, "the body's properties", known))
        elif (missteps := [self._misstep(node, name) for node in self._body]) and all(missteps):
            self._report(where, str(missteps[0]))

    def _misstep(self, node: Any, name: str) -> str | None:
        """Returns why a dotted name leads nowhere in a body, or None; a file in a form has names, too."""
        whole, keys = "body", name.split(".") if name else []
        for key in keys:
            schema = self._document.resolve(node)
            kind = type_of(self._document, schema)
            if (why := _wrong_step(whole, kind, key)) is not None:
                return why
            node = schema.get("items", {}) if kind == "array" else self._inner(schema, key)
            whole = f"{whole}.{key}"
        return None

    def _default(self, name: str) -> Any:
        """Returns the default of a property of the body, by its dotted name."""
        for node in self._body or ():
            schema = self._document.resolve(node)
            for key in name.split("."):
                schema = self._document.resolve(schema.get("properties", {}).get(key, {}))
            if "default" in schema and name:
                return schema["default"]
        return None

    def _properties(self, node: Any) -> set[str]:
        schema = self._document.resolve(node)
        inner = [m for key in ("allOf", "oneOf", "anyOf") for m in schema.get(key, ())]
        return set(schema.get("properties", ())).union(*map(self._properties, inner))

    # -- what a new job is given -----------------------------------------------------------------

    def given(self, value: Any, where: str) -> RequestSource | Const | None:
        """Returns the source of a fact of a new job."""
        return Const(value["const"]) if isinstance(value, Mapping) else self.source(value, where)

    def parts(self, value: Mapping[str, Any], where: str) -> GivenParts | PartTarget | None:
        """Returns the source of parts of a new job."""
        key = "target" if "target" in value else "each"
        source = self.source(value[key], f"{where}/{key}")
        if source is None:
            return None
        if key == "each":
            return _given_parts(source.name, value)
        words = map(value.get, ("labels", "any", "all"))
        return PartTarget(source, value["name"], *words)


def _given_parts(each: str, value: Mapping[str, Any]) -> GivenParts:
    inner = value.get("parts", {}).items()
    parts = {name: _given_parts(child["each"], child) for name, child in inner}
    return GivenParts(each, dict(value.get("facts", {})), parts)


_SCALARS = ("integer", "number", "boolean")
_INTEGER = re.compile(r"-?[0-9]{1,40}")
_UUID = re.compile("-".join(f"[0-9a-fA-F]{{{digits}}}" for digits in (8, 4, 4, 4, 12)))
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text!r} is not an integer")
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"{text} needs more than 64 bits")
    return value


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    return float(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def _uuid(text: str) -> str:
    if not _UUID.fullmatch(text):
        raise ValueError(f"{text!r} is not a UUID")
    return text.lower()


_PLAIN_UUID = re.compile(r"[0-9a-fA-F]{32}")


def uuid_of_any_spelling(text: str) -> str:
    """Parses a UUID in any spelling: in braces, after `urn:uuid:`, or without its dashes."""
    bare = text[9:] if text[:9].lower() == "urn:uuid:" else text
    bare = bare[1:-1] if text.startswith("{") and text.endswith("}") else bare
    return str(UUID(bare)) if _PLAIN_UUID.fullmatch(bare) else _uuid(bare)


def _object(text: str) -> Any:
    """Returns an object as JSON text, for multipart bodies (OpenAPI 3.0, Encoding Object)."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError("is no JSON") from error


_READERS: Mapping[Any, Callable[[str], Any]] = {
    "uuid": _uuid,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}


def _wrong_step(whole: str, kind: str | None, key: str) -> str | None:
    """Returns why a value of a type has nothing at a key, or None."""
    if kind == "array" and not key.isdecimal():
        return f"{whole} is an array; write the index of an item, such as {whole}.0"
    if kind in _SCALARS or (kind == "string" and key.isdecimal()):
        return f"{whole} is of type {kind}, so it has no {key!r}"
    return None
