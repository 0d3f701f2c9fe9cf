"""The request side of operations: parameters and bodies, and where in them things stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jobtwin.openapi.document import Document
from jobtwin.openapi.operations import Body, Const, GivenParts, Parameter, Source, Target
from jobtwin.openapi.schema import Schemas

Report = Callable[[str, str], None]


class Requests:
    """Compiles what the requests of one document hold; mistakes go to `report`."""

    def __init__(self, document: Document, schemas: Schemas, report: Report) -> None:
        self._document = document
        self._schemas = schemas
        self._report = report

    def declared(self, node: Mapping[str, Any], item: Mapping[str, Any]) -> list[Any]:
        """The parameters of an operation; its own are stronger than its path's."""
        found = [
            self._document.resolve(parameter)
            for source in (item, node)
            for parameter in source.get("parameters", ())
        ]
        return list(
            {(parameter["in"], parameter["name"]): parameter for parameter in found}.values()
        )

    def parameter(self, node: Mapping[str, Any]) -> Parameter:
        """One parameter, compiled."""
        schema = self._document.resolve(node.get("schema", {}))
        many = schema.get("type") == "array"
        item = self._document.resolve(schema.get("items", {})) if many else schema
        return Parameter(
            name=node["name"],
            place=node["in"],
            required=node.get("required", False),
            read=_READERS.get(item.get("format")) or _READERS.get(item.get("type"), str),
            many=many,
            exploded=node.get("explode", True),
            default=schema.get("default"),
            example=node.get("example", schema.get("example")),
            validator=self._schemas.validator(schema),
        )

    def body(self, node: Mapping[str, Any]) -> Body | None:
        """An operation's body, compiled; None where it has none."""
        body = self._document.resolve(node.get("requestBody"))
        if body is None:
            return None
        types = {
            kind: self._schemas.validator(media.get("schema", {}))
            for kind, media in body["content"].items()
        }
        return Body(body.get("required", False), types, frozenset(self._files(body)))

    def _files(self, body: Mapping[str, Any]) -> Iterator[str]:
        for media in body["content"].values():
            schema = self._document.resolve(media.get("schema", {}))
            for name, field in schema.get("properties", {}).items():
                if self._document.resolve(field).get("format") == "binary":
                    yield name

    # -- sources ---------------------------------------------------------------------------------

    def source(
        self, text: str | None, declared: Sequence[Any], node: Mapping[str, Any], where: str
    ) -> Source | None:
        """The source that a text such as `path.jobId` names; one that is not there is reported."""
        if text is None:
            return None
        place, _, name = text.partition(".")
        if place == "body":
            self._check_body(name, node, where)
            return Source(place, name, self._default(name, node))
        if place != "credential" and not any(
            (p["in"], p["name"]) == (place, name) for p in declared
        ):
            known = ", ".join(f"{p['in']}.{p['name']}" for p in declared)
            self._report(
                where, f"{text!r} is not one of the parameters ({known or 'there are none'})"
            )
        return Source(place, name)

    def type_of(self, source: Source, declared: Sequence[Any]) -> str | None:
        """The type that a parameter is declared with; None where there is none."""
        schemas = [
            p.get("schema", {})
            for p in declared
            if (p["in"], p["name"]) == (source.place, source.name)
        ]
        kind: str | None = self._document.resolve(schemas[0]).get("type") if schemas else None
        return kind

    def _check_body(self, name: str, node: Mapping[str, Any], where: str) -> None:
        body = self._document.resolve(node.get("requestBody"))
        if body is None:
            self._report(where, "the operation has no body")
            return
        known = sorted(
            {p for m in body["content"].values() for p in self._properties(m.get("schema", {}))}
        )
        first = name.split(".", maxsplit=1)[0]
        if first and known and first not in known:
            self._report(
                where, f"{first!r} is not one of the body's properties ({', '.join(known)})"
            )

    def _default(self, name: str, node: Mapping[str, Any]) -> Any:
        """The default of a property of the body, by its dotted name."""
        body = self._document.resolve(node.get("requestBody")) or {}
        for media in body.get("content", {}).values():
            schema = self._document.resolve(media.get("schema", {}))
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

    def given(
        self, value: Any, declared: Sequence[Any], node: Mapping[str, Any], where: str
    ) -> Source | Const | None:
        """Where a fact of a new job comes from."""
        if isinstance(value, Mapping):
            return Const(value["const"])
        return self.source(value, declared, node, where)

    def parts(
        self, value: Any, declared: Sequence[Any], node: Mapping[str, Any], where: str
    ) -> GivenParts | Target | None:
        """Where parts of a new job come from."""
        if "target" in value:
            source = self.source(value["target"], declared, node, f"{where}/target")
            return (
                None
                if source is None
                else Target(
                    source, value["name"], value.get("labels"), value.get("any"), value.get("all")
                )
            )
        source = self.source(value["each"], declared, node, f"{where}/each")
        return None if source is None else _given_parts(source.name, value)


def _given_parts(each: str, value: Mapping[str, Any]) -> GivenParts:
    inner = value.get("parts", {}).items()
    parts = {name: _given_parts(child["each"], child) for name, child in inner}
    return GivenParts(each, dict(value.get("facts", {})), parts)


_INTEGER = re.compile(r"-?[0-9]{1,40}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text!r} is no integer")
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no number")
    return float(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def _uuid(text: str) -> str:
    if not _UUID.fullmatch(text):
        raise ValueError(f"{text!r} is no UUID")
    return text.lower()


_READERS: Mapping[Any, Callable[[str], Any]] = {
    "uuid": _uuid,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
