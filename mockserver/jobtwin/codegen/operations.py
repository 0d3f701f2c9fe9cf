"""Converts operations for openapi-python-client: resolves references, simplifies names.

Operations that cannot be generated are left out, with the reason.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from openapi_python_client.parser.openapi import generate_operation_id
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonIdentifier

from jobtwin.codegen.schemas import BINARY, PREFIX, SchemaReader
from jobtwin.codegen.selection import METHODS, operations
from jobtwin.openapi.untyped import as_map, maps_in

LONGEST = 100
"""Letters in the name of a module; file systems have room for 255 bytes."""

PLACES = ("path", "query", "header", "cookie")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
OCTETS = "application/octet-stream"
JSON = "application/json"
_NAMED = re.compile(r"[a-zA-Z_-][a-zA-Z0-9_-]*")
_PLAIN = ("string", "integer", "number", "boolean")


@dataclass
class OperationReader:
    """Reads the operations of a document."""

    schemas: SchemaReader
    left_out: dict[str, str] = field(default_factory=dict)
    """Operations that are not generated, such as `GET /path`, with the reason."""
    twice: list[str] = field(default_factory=list)
    """A line for each parameter that is declared twice."""
    media_types: dict[str, str] = field(default_factory=dict)
    """Media types that the generator does not know, and the known ones used instead."""
    modules: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """The folder and the module of each operation, by its path and its method in the document."""
    _taken: set[tuple[str, str]] = field(default_factory=set)
    """The folders and modules."""

    def paths(self) -> dict[str, Any]:
        """Returns the paths with all operations that can be generated."""
        made: dict[str, dict[str, Any]] = {}
        for path, item in self.schemas.document["paths"].items():
            if isinstance(item, dict):
                self._note_left_out(str(path), item)
        for path, method, operation in operations(self.schemas.document):
            item = self.schemas.document["paths"][path]
            self._note_twice(f"{method.upper()} {path}", operation, item)
            parameters = self._parameters([operation, item])
            plain, parameters = self._path(path, parameters)
            if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", plain)):
                self.left_out[f"{method.upper()} {path}"] = "the path has an unbalanced brace"
                continue
            made.setdefault(plain, {})[method] = {
                **self._told(operation),
                **self._named(operation, path, method),
                "parameters": parameters,
                **self._body(operation),
                "responses": dict(self._responses(operation)),
            }
        return made

    def _note_left_out(self, path: str, item: dict[str, Any]) -> None:
        """Notes the entries of a path item that are not operations."""
        if "$ref" in item:
            self.left_out[path] = f"its operations are elsewhere, in {item['$ref']}"
        for method in METHODS:
            if not isinstance(item.get(method, {}), dict):
                self.left_out[f"{method.upper()} {path}"] = "is no operation"

    def _told(self, operation: dict[str, Any]) -> dict[str, Any]:
        told = {key: operation.get(key) for key in ("summary", "description")}
        texts = {key: text for key, text in told.items() if isinstance(text, str)}
        ways = maps_in(operation.get("security", self.schemas.document.get("security")))
        return {**texts, "security": [{str(name): [] for name in way} for way in ways]}

    def _named(self, operation: dict[str, Any], path: str, method: str) -> dict[str, Any]:
        """Adds tag and operationId, which together make a unique module name."""
        tags = [tag for tag in _listed(operation.get("tags")) if isinstance(tag, str)]
        tag = _shortened(tags[0]) if tags else "default"
        folder = str(PythonIdentifier(tag, "tag"))
        by_path = str(generate_operation_id(path=UntrustedString(path), method=method, prefix=PREFIX))  # fmt: skip
        name = self._free_name(folder, operation.get("operationId"), by_path)
        self.modules[path, method] = module = folder, str(PythonIdentifier(name, PREFIX))
        self._taken.add(module)
        return {"operationId": name, "tags": [tag]} if tags else {"operationId": name}

    def _free_name(self, folder: str, *names: Any) -> str:
        """Returns the first of the names that is a free module, or the last one with a number."""
        known = [_shortened(each) for each in names if isinstance(each, str)]
        numbered = (f"{known[-1]}_{number}" for number in count(2))
        return next(each for each in chain(known, numbered) if self._is_free(folder, each))

    def _is_free(self, folder: str, name: str) -> bool:
        module = str(PythonIdentifier(name, PREFIX))
        return module != PREFIX and (folder, module) not in self._taken

    # -- parameters ------------------------------------------------------------------------------

    def _parameters(self, holders: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Returns the parameters of an operation and its path; the first of a name counts."""
        made: dict[tuple[str, str], dict[str, Any]] = {}
        for declared in chain(*map(self._declared, holders)):
            if declared.get("in") in PLACES:
                key = declared["in"], str(declared.get("name", ""))
                made.setdefault(key, self._parameter(declared))
        for place in PLACES[1:]:
            named = self.schemas.told_apart([name for where, name in made if where == place])
            for name, other in named.items():
                made[place, name]["name"] = other
        return list(made.values())

    def _note_twice(self, where: str, *holders: dict[str, Any]) -> None:
        """Notes parameters that one list declares twice; an operation may replace its path's."""
        for holder in holders:
            keys = Counter((each.get("in"), each.get("name")) for each in self._declared(holder))
            self.twice += [
                f"{where}: the {place} parameter {name!r} is declared {times} times; the first counts"
                for (place, name), times in keys.items()
                if times > 1
            ]

    def _declared(self, holder: dict[str, Any]) -> list[dict[str, Any]]:
        """Returns the parameters that an operation or a path item declares."""
        nodes = map(self.schemas.resolve, _listed(holder.get("parameters")))
        return [node for node in nodes if isinstance(node, dict)]

    def _parameter(self, node: dict[str, Any]) -> dict[str, Any]:
        place = node["in"]
        schema = self.schemas.read(node["schema"]) if isinstance(node.get("schema"), dict) else {"type": "string"}  # fmt: skip
        if place != "query":
            schema = self._sent_plainly(schema)
        made = {"name": str(node.get("name", "")), "in": place, "schema": schema}
        made["required"] = place == "path" or node.get("required") is True
        if isinstance(node.get("description"), str):
            made["description"] = node["description"]
        return made

    def _sent_plainly(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Returns a schema whose values need no encoding in a path, header or cookie."""
        if isinstance(schema.get("const"), str):
            return {"type": "string", "enum": [schema["const"]]}
        known = self.schemas.read(self.schemas.resolve(schema))
        kind = known.get("type")
        may_be_null = known.get("nullable") or None in known.get("enum", ())
        if kind not in _PLAIN or may_be_null or {"anyOf", "oneOf"} & known.keys():
            return {"type": "string"}
        return schema

    def _path(
        self, path: str, parameters: list[dict[str, Any]]
    ) -> tuple[str, list[dict[str, Any]]]:
        """Returns a path with all parameters declared, by names that the generator accepts."""
        quoted = list(dict.fromkeys(re.findall(r"\{([^{}]*)\}", path)))
        declared = {each["name"]: each for each in parameters if each["in"] == "path"}
        others = [each for each in parameters if each["in"] != "path"]
        made: list[dict[str, Any]] = []
        for name in quoted:
            wire = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            parameter = {**wire, **declared.get(name, {})}
            if not _NAMED.fullmatch(name):
                taken = {*quoted, *(each["name"] for each in made)}
                parameter["name"] = _identifier(name, taken, len(made))
                self.schemas.wire_names[f"{{{parameter['name']}}}"] = name
                path = path.replace(f"{{{name}}}", f"{{{parameter['name']}}}")
            made.append(parameter)
        return path, [*made, *others]

    # -- bodies ----------------------------------------------------------------------------------

    def _body(self, operation: dict[str, Any]) -> dict[str, Any]:
        body = self.schemas.resolve(operation.get("requestBody"))
        content = dict(self._content(body, sent=True))
        if not content:
            return {}
        return {"requestBody": {"required": body.get("required") is True, "content": content}}

    def _responses(self, operation: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for status, node in _mapped(operation.get("responses")).items():
            if not re.fullmatch(r"[1-5]\d\d|[1-5]XX|default", str(status)):
                continue
            response = self.schemas.resolve(node)
            if isinstance(response, dict):
                told = response.get("description")
                made: dict[str, Any] = {"description": told if isinstance(told, str) else ""}
                content = dict(self._content(response, sent=False))
                yield str(status), {**made, "content": content} if content else made

    def _content(self, holder: Any, *, sent: bool) -> Iterator[tuple[str, Any]]:
        for media_type, node in _mapped(_mapped(holder).get("content")).items():
            media = _mapped(node)
            schema = self.schemas.read(media.get("schema"))
            name = str(media_type)
            known = self._known(name, schema, sent=sent)
            if known != _essence(name) or known != name.split(";", maxsplit=1)[0]:
                self.media_types[name] = known
            carried = {"schema": self._carried(known, schema)}
            yield name, carried if sent or "schema" in media else {}

    def _known(self, name: str, schema: dict[str, Any], *, sent: bool) -> str:
        """Returns the media type that the generator knows in place of another."""
        essence = _essence(name)
        in_its_place = essence in FORMS if sent else essence.startswith("text/")
        if in_its_place or essence in (JSON, OCTETS) or essence.endswith("+json"):
            return essence
        return JSON if essence == "*/*" and _is_structured(schema) else OCTETS

    def _carried(self, known: str, schema: dict[str, Any]) -> dict[str, Any]:
        """Returns a schema that suits a media type."""
        if known == OCTETS:
            return dict(BINARY)
        if known.startswith("text/"):
            return {"type": "string"}
        whole = self.schemas.resolve(schema)
        if known in FORMS:
            return schema if _is_object(self.schemas.read(whole)) else {"type": "object"}
        return {"type": "string"} if as_map(whole).get("format") == "binary" else schema


def _listed(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def _mapped(node: Any) -> dict[Any, Any]:
    return node if isinstance(node, dict) else {}


def _essence(name: str) -> str:
    return name.split(";", maxsplit=1)[0].strip().lower()


def _shortened(name: str) -> str:
    """Returns a name short enough for a module."""
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 11]}_{zlib.crc32(name.encode('utf-8'))}"


def _identifier(name: str, taken: set[str], number: int) -> str:
    """Returns a Python name for a path parameter, numbered if it is taken."""
    plain = str(PythonIdentifier(name.replace(".", "_"), "parameter_"))
    return f"{plain}_{number}" if plain in taken else plain


def _is_structured(schema: dict[str, Any]) -> bool:
    return "$ref" in schema or schema.get("type") in ("object", "array")


def _is_object(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "object" or bool({"properties", "allOf"} & schema.keys())
