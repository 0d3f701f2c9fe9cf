"""Requests that fit what a document declares, made up: to try operations, not to show them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from jobtwin.openapi.document import Document
from jobtwin.openapi.forms import FORMS
from jobtwin.openapi.made import Maker, NoValue


@dataclass
class MadeRequest:
    """A request that fits what an operation declares."""

    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    kind: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    """The names of the files that a form has, by field."""

    @classmethod
    def of(
        cls,
        document: Document,
        maker: Maker,
        at: tuple[str, str, Mapping[str, Any]],
        given: Iterable[tuple[str, str, Any]] = (),
        *,
        least: bool = False,
    ) -> MadeRequest:
        """Returns a request to the operation at a path, by its method and the path's item.

        `given` are values that are not made up: place, name and value. With `least`, the body only
        has its required properties. Raises NoValue if no body fits.
        """
        path, method, item = at
        node = item[method]
        request = cls(path)
        make = maker.least if least else maker.make
        request.take_body(make, document, node.get("requestBody"))
        for place, name, value in given:
            request.name(place, name, value)
        for each in (*item.get("parameters", ()), *node.get("parameters", ())):
            request.take_parameter(maker, document.resolve(each))
        for name in _PLACES.findall(request.path):
            request.path = request.path.replace(f"{{{name}}}", "x")
        return request

    def take_parameter(self, maker: Maker, node: Mapping[str, Any]) -> None:
        """Adds a value for a required parameter."""
        if node["in"] != "path" and not node.get("required"):
            return
        if node["name"] in dict(self.query) or node["name"] in self.headers:
            return  # it is given
        value = _parameter_value(maker, node)
        for each in value if isinstance(value, list) else [value]:
            self.name(node["in"], node["name"], each)

    def take_body(self, make: Callable[[Any], Any], document: Document, declared: Any) -> None:
        """Adds a body of the first media type that is JSON or a form."""
        node = document.resolve(declared) or {}
        for kind, media in sorted(node.get("content", {}).items(), key=_json_first):
            self.kind = kind.replace("*", "octet-stream" if "/" not in kind else "plain")
            schema = document.resolve(media.get("schema", {}))
            self.body = make(schema)
            fields = schema.get("properties", {}).items()
            self.files = {name: "f" for name, each in fields if _is_binary(document, each)}
            if kind in FORMS and isinstance(self.body, list):
                self.name_items(binary=_is_binary(document, schema.get("items", {})))
            return

    def name_items(self, *, binary: bool) -> None:
        """Turns a list into a form: at least one field, with its own name for each item."""
        self.body = {f"field_{n}": each for n, each in enumerate(self.body or ["x"], 1)}
        self.files = dict.fromkeys(self.body, "f") if binary else {}

    def name(self, place: str, name: str, value: Any) -> None:
        """Sets the value of a parameter, or of a property of the body."""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if place == "path":
            self.path = self.path.replace(f"{{{name}}}", quote(text, safe=""))
        elif place == "query":
            self.query.append((name, text))
        elif place == "header":
            self.headers[name] = text
        elif place == "body" and isinstance(self.body, dict):
            self.body[name] = int(value) if str(value).isdigit() else value

    def sent(self) -> dict[str, Any]:
        """Returns the request in httpx's form."""
        sent: dict[str, Any] = {"headers": dict(self.headers)}
        if self.query:
            sent["params"] = self.query
        if self.kind == "application/x-www-form-urlencoded":
            sent["data"] = self.body
        elif self.kind == "multipart/form-data":
            sent |= self._multipart()
        elif self.kind:
            text = json.dumps(self.body) if "json" in self.kind else str(self.body)
            sent |= {
                "content": text.encode(),
                "headers": {**self.headers, "Content-Type": self.kind},
            }
        return sent

    def _multipart(self) -> dict[str, Any]:
        """Returns the body as a form; httpx does not send one without fields."""
        fields = self.body if isinstance(self.body, dict) else {}
        if fields:
            files = {name: (self.files.get(name), str(each)) for name, each in fields.items()}
            return {"files": files}
        kind = {"Content-Type": "multipart/form-data; boundary=end"}
        return {"files": None, "content": b"--end--\r\n", "headers": {**self.headers, **kind}}


_PLACES = re.compile(r"\{([^{}]*)\}")


def _json_first(pair: tuple[str, Any]) -> bool:
    return "json" not in pair[0]


def _parameter_value(maker: Maker, node: Mapping[str, Any]) -> Any:
    """Returns the example of a parameter, or a value by its schema, or any text."""
    if "example" in node:
        return node["example"]
    try:
        return maker.make(node.get("schema", {}))
    except NoValue:
        return "x"


def _is_binary(document: Document, schema: Any) -> bool:
    return bool(document.resolve(schema).get("format") == "binary")
