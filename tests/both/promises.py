"""The requirements of a spec for requests and responses, read without the server's code."""

import email
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

import httpx
import jsonschema_rs

METHODS = ("get", "put", "post", "delete", "patch")
KEPT = (
    *("type", "enum", "format", "pattern", "minimum", "maximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "minProperties", "maxProperties", "required", "uniqueItems"),
)
INTEGERS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
SIXTY_FOUR_BITS = INTEGERS["int64"]
MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True, eq=False)
class Promised:
    """One operation as written, with its own `$ref`s resolved; schemas keep theirs."""

    id: str
    method: str
    path: str
    tag: str
    parameters: list[Mapping[str, Any]]
    body: Mapping[str, Any] | None
    responses: Mapping[int, Mapping[str, Any]] = field(repr=False)

    def content(self, status: int) -> Mapping[str, Any]:
        """The schema of a response's body by media type."""
        media = self.responses[status].get("content", {})
        return {kind: each["schema"] for kind, each in media.items()}


class Promises:
    """The requirements of one document."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self._judges: dict[int, tuple[Any, jsonschema_rs.Draft202012Validator]] = {}

    @cached_property
    def operations(self) -> Mapping[str, Promised]:
        """Every operation, by its operationId."""
        found = [
            self._promised(path, method, item)
            for path, item in self.data["paths"].items()
            for method in METHODS
            if method in item
        ]
        return {each.id: each for each in found}

    def _promised(self, path: str, method: str, item: Mapping[str, Any]) -> Promised:
        node = item[method]
        declared = [*item.get("parameters", ()), *node.get("parameters", ())]
        parameters = {(p["in"], p["name"]): p for p in map(self.resolved, declared)}
        body = self.resolved(node["requestBody"]) if "requestBody" in node else None
        responses = {int(s): self.resolved(each) for s, each in node["responses"].items()}
        tag = node.get("tags", ["default"])[0]
        given = list(parameters.values())
        return Promised(node["operationId"], method, path, tag, given, body, responses)

    def resolved(self, node: Any) -> Any:
        """Returns the target of a `$ref`, or the node itself without one."""
        while "$ref" in node:
            where = node["$ref"].removeprefix("#/").split("/")
            node = self.data
            for key in where:
                node = node[key.replace("~1", "/").replace("~0", "~")]
        return node

    # -- values ------------------------------------------------------------------------------------

    def fits(self, schema: Any, value: Any) -> bool:
        """True if a JSON value fits a schema of the document."""
        return self._judge(schema).is_valid(value)

    def misfit(self, schema: Any, value: Any) -> str:
        """Returns the first error of a value in a sentence, or an empty text."""
        wrong = next(iter(self._judge(schema).iter_errors(value)), None)
        return f"{wrong.message} at {wrong.instance_path}" if wrong else ""

    def _judge(self, schema: Any) -> jsonschema_rs.Draft202012Validator:
        if id(schema) not in self._judges:
            whole = {"components": {"schemas": self._named}, **_plain(schema)}
            judge = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
            self._judges[id(schema)] = schema, judge
        return self._judges[id(schema)][1]

    @cached_property
    def _named(self) -> Mapping[str, Any]:
        return {n: _plain(node) for n, node in self.data["components"]["schemas"].items()}

    # -- requests ----------------------------------------------------------------------------------

    def faults(self, operation: Promised, request: httpx.Request, base: str) -> set[str]:
        """Returns the invalid parts of a request: its `path`, a `parameter`, its `body`."""
        faults = set()
        raw = request.url.raw_path.partition(b"?")[0]
        segments = [unquote_to_bytes(part).decode() for part in raw.split(b"/")]
        values = _values(operation.path.split("/")[1:], segments[base.count("/") + 1 :])
        if values is None:
            return {"path"}
        names = re.findall(r"\{(.*?)\}", operation.path)
        query = parse_qsl(request.url.query.decode(), keep_blank_values=True)
        sent = [("path", name, value) for name, value in zip(names, values, strict=True)]
        sent += [("query", name, value) for name, value in query]
        sent += [("header", name, value) for name, value in request.headers.items()]
        if not all(self._right(parameter, sent) for parameter in operation.parameters):
            faults.add("parameter")
        if operation.body is not None and not self._right_body(operation.body, request):
            faults.add("body")
        return faults

    def _right(self, parameter: Mapping[str, Any], sent: list[tuple[str, str, str]]) -> bool:
        place, name = parameter["in"], parameter["name"]
        name = name.lower() if place == "header" else name
        texts = [value for at, named, value in sent if (at, named) == (place, name)]
        if not texts:
            return not parameter.get("required", False)
        schema = self.resolved(parameter["schema"])
        if schema.get("type") == "array":
            item = self.resolved(schema["items"])
            texts = texts if parameter.get("explode", True) else texts[0].split(",")
            return self.fits(schema, [_read(item, text) for text in texts])
        return len(texts) == 1 and self.fits(schema, _read(schema, texts[0]))

    def _right_body(self, body: Mapping[str, Any], request: httpx.Request) -> bool:
        if not request.content:
            return not body.get("required", False)
        kind = request.headers["content-type"].partition(";")[0]
        schema = body["content"][kind]["schema"]
        if kind == URLENCODED:
            return self._right_form(
                schema, parse_qsl(request.content.decode(), keep_blank_values=True)
            )
        return self.fits(schema, _fields(request) if kind == MULTIPART else _json(request))

    def _right_form(self, schema: Any, sent: list[tuple[str, str]]) -> bool:
        """True if each field is sent once, and its text fits the schema."""
        properties = self.resolved(schema)["properties"]
        read = {name: _read(self.resolved(properties.get(name, {})), text) for name, text in sent}
        return len(read) == len(sent) and self.fits(schema, read)


def _plain(node: Any) -> Any:
    """Converts an OpenAPI 3.0 schema to JSON Schema 2020-12."""
    if not isinstance(node, Mapping):
        return node
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    made = {key: node[key] for key in KEPT if key in node}
    made |= {key: _plain(node[key]) for key in ("items", "not", "additionalProperties") if key in node}  # fmt: skip
    made |= {key: [_plain(each) for each in node[key]] for key in ("allOf", "anyOf", "oneOf") if key in node}  # fmt: skip
    if "properties" in node:
        made["properties"] = {name: _plain(each) for name, each in node["properties"].items()}
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if node.get(exclusive):
            made[exclusive] = made.pop(limit)
    if node.get("type") == "integer" and node.get("format") in INTEGERS:
        low, high = INTEGERS[node["format"]]
        made = {"allOf": [made, {"minimum": low, "maximum": high}]}
    return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") else made


def _read(schema: Mapping[str, Any], text: str) -> Any:
    """Returns the value of a parameter's text, or the text if it is not of the type."""
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?[0-9]+", text):
        low, high = SIXTY_FOUR_BITS  # specs/README.md: a number fits into 64 bits
        return int(text) if low <= int(text) <= high else text
    if kind == "number" and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", text):
        return float(text)
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


def _json(request: httpx.Request) -> Any:
    return json.loads(request.content)


def _fields(request: httpx.Request) -> dict[str, Any]:
    """Returns the fields of a form; a file, which has a name, becomes a text, a text None."""
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    form = email.message_from_bytes(head + request.content)
    return dict(_parts(form))


def _parts(form: Any) -> Iterator[tuple[str, Any]]:
    for part in form.get_payload():
        name = part.get_param("name", header="content-disposition")
        yield name, "" if part.get_filename() is not None else None


def _values(template: Sequence[str], segments: Sequence[str]) -> list[str] | None:
    """Returns the values of a path's parameters, from decoded segments, or None if it differs."""
    if len(template) != len(segments):
        return None
    values: list[str] = []
    for written, sent in zip(template, segments, strict=True):
        pattern = re.sub(r"\\\{.*?\\\}", "(.+)", re.escape(written))
        found = re.fullmatch(pattern, sent, re.DOTALL)
        if found is None:
            return None
        values += found.groups()
    return values
