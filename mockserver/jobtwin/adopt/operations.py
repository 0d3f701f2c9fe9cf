"""The operations of a document for drafting: paths, bodies, responses, words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from jobtwin.adopt.shapes import DocumentSchemas
from jobtwin.openapi.document import Document
from jobtwin.openapi.untyped import as_map

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, eq=False)
class Candidate:
    """An operation that may be about a job."""

    method: str
    path: str
    node: Mapping[str, Any] = field(repr=False)
    shared: Mapping[str, Any] = field(repr=False)
    shapes: DocumentSchemas = field(repr=False)
    key: str = ""
    """The name of the operation in the grammar: its operationId if the file has one, or its path."""

    @cached_property
    def shape(self) -> str:
        """The path without its query, its parameters without names."""
        return re.sub(r"\{[^}]*\}", "{}", self.path.split("?")[0])

    @cached_property
    def parameters(self) -> list[Mapping[str, Any]]:
        """The parameters of the operation and of its path."""
        nodes = [*(self.node.get("parameters") or []), *(self.shared.get("parameters") or [])]
        return list(map(self.shapes.follow, nodes))

    @cached_property
    def words(self) -> str:
        """The operation's ID, summary and description, in lower case."""
        texts = list(map(self.node.get, ("operationId", "summary", "description")))
        return " ".join(text for text in texts if isinstance(text, str)).lower()

    @cached_property
    def answer(self) -> Any:
        """The schema of the first successful JSON response (or `default`, if there is no other), or None."""
        schemas = [self._json(self._responses[key]) for key in self._good_responses()]
        return next((schema for schema in schemas if schema is not None), None)

    def _good_responses(self) -> list[str]:
        if "default" in self._responses and all(key[0] not in "23" for key in self._responses):
            return ["default"]
        return sorted(key for key in self._responses if key[0] == "2")

    @property
    def _responses(self) -> dict[str, Any]:
        return {str(key): value for key, value in (self.node.get("responses") or {}).items()}

    @cached_property
    def statuses(self) -> Sequence[str]:
        """The documented statuses, in order."""
        return sorted(self._responses)

    def described(self, status: str) -> str:
        """Returns the description of a response."""
        return str(self.shapes.follow(self._responses[status]).get("description", ""))

    def headers_of(self, status: str) -> list[str]:
        """Returns the names of the headers that a response declares."""
        return [*as_map(self.shapes.follow(self._responses[status]).get("headers"))]

    def json_of(self, status: str) -> Any:
        """Returns the schema of the JSON body of a response, or None."""
        return self._json(self._responses[status])

    def errors(self) -> Iterator[Any]:
        """Yields the body schemas of all responses that are neither successes nor redirects."""
        for status, response in self._responses.items():
            if status[:1] not in ("2", "3"):
                yield from self.contents(response)

    @cached_property
    def body(self) -> Any:
        """The schema of the JSON (or form) body, or None."""
        return self._json(self.node.get("requestBody"))

    def contents(self, node: Any) -> Iterator[Any]:
        """Yields the schemas of a body's media types, JSON first."""
        content = self.shapes.follow(node).get("content")
        if isinstance(content, Mapping):
            for _, media in sorted(content.items(), key=lambda item: "json" not in str(item[0])):
                if "schema" in (found := self.shapes.follow(media)):
                    yield found["schema"]

    def _json(self, node: Any) -> Any:
        return next(self.contents(node), None)


def candidates(document: Document) -> Iterator[Candidate]:
    """Yields all operations of a document, in its order."""
    shapes, written = DocumentSchemas(document), Counter(_written_ids(document))
    for path, item in document.data["paths"].items():
        for method in (each for each in METHODS if each in item):
            node = item[method]
            unique = written[node["operationId"]] == 1
            key = node["operationId"] if unique else f"{method.upper()} {path}"
            yield Candidate(method, path, node, item, shapes, key)


@lru_cache(maxsize=4)
def error_types(document: Document) -> frozenset[str]:
    """Returns the names of the schemas used in error responses."""
    shapes = DocumentSchemas(document)
    nodes = [node for each in candidates(document) for node in each.errors()]
    inner = [inner for node in nodes for inner in shapes.properties(node).values()]
    return frozenset(filter(None, map(shapes.name, (*nodes, *inner))))


def _written_ids(document: Document) -> Iterator[str]:
    """Yields the operationIds of the file itself; missing and duplicate ones are generated later."""
    paths = document.written.get("paths")
    for item in paths.values() if isinstance(paths, Mapping) else ():
        for method in METHODS:
            node = item.get(method) if isinstance(item, Mapping) else None
            if isinstance(node, Mapping):
                yield str(node.get("operationId"))
