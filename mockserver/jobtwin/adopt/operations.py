"""The operations of a document, as drafting sees them: paths, bodies, answers, words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jobtwin.adopt.shapes import Shapes

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, eq=False)
class Candidate:
    """An operation that may be about a job."""

    method: str
    path: str
    node: Mapping[str, Any] = field(repr=False)
    shared: Mapping[str, Any] = field(repr=False)
    shapes: Shapes = field(repr=False)
    unique: bool = True

    @property
    def key(self) -> str:
        """How the grammar names the operation: its operationId if that is its own, else its path."""
        known = self.node.get("operationId")
        own = isinstance(known, str) and self.unique
        return str(known) if own else f"{self.method.upper()} {self.path}"

    @cached_property
    def shape(self) -> str:
        """The path without its query, its parameters without names."""
        return re.sub(r"\{[^}]*\}", "{}", self.path.split("?")[0])

    @cached_property
    def parameters(self) -> list[Mapping[str, Any]]:
        """The parameters of the operation and of its path."""
        nodes = [*(self.node.get("parameters") or []), *(self.shared.get("parameters") or [])]
        return [self.shapes.follow(node) for node in nodes]

    @cached_property
    def words(self) -> str:
        """What the operation says of itself: id, summary, description, in lower case."""
        texts = [self.node.get(key) for key in ("operationId", "summary", "description")]
        return " ".join(text for text in texts if isinstance(text, str)).lower()

    @cached_property
    def answer(self) -> Any:
        """The schema of the first JSON answer of success, or None."""
        responses = self.node.get("responses")
        by_status = {str(key): value for key, value in responses.items()} if responses else {}
        schemas = [self._json(by_status[key]) for key in sorted(by_status) if key[0] == "2"]
        return next((schema for schema in schemas if schema is not None), None)

    @cached_property
    def body(self) -> Any:
        """The schema of the JSON (or form) body, or None."""
        return self._json(self.node.get("requestBody"))

    def _json(self, node: Any) -> Any:
        content = self.shapes.follow(node).get("content")
        if not isinstance(content, Mapping):
            return None
        typed = sorted(content.items(), key=lambda item: "json" not in str(item[0]))
        for _, media in typed:
            media = self.shapes.follow(media)
            if "schema" in media:
                return media["schema"]
        return None


def candidates(root: Mapping[str, Any]) -> Iterator[Candidate]:
    """All operations of a document, in its order."""
    shapes = Shapes(root)
    found = list(_operations(root, shapes))
    ids = Counter(str(node.get("operationId")) for *_, node, _ in found)
    for method, path, node, item in found:
        unique = ids[str(node.get("operationId"))] == 1
        yield Candidate(method, path, node, item, shapes, unique)


def _operations(root: Mapping[str, Any], shapes: Shapes) -> Iterator[tuple[str, str, Any, Any]]:
    paths = root.get("paths")
    for path, node in paths.items() if isinstance(paths, Mapping) else ():
        item = shapes.follow(node)
        for method in METHODS:
            if isinstance(item.get(method), Mapping):
                yield method, str(path), item[method], item
