"""Recognises the requests that create several jobs at once, by their bodies and responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobtwin.adopt.operations import Candidate
from jobtwin.adopt.shapes import DocumentSchemas

WHY_EACH = "Its body has a list of objects, and its response a list of jobs"


def list_of_orders(shapes: DocumentSchemas, create: Candidate) -> str | None:
    """Returns the source of the objects of which each becomes a job: the body, or its only list."""
    if create.method != "post":
        return None
    if _has_objects(shapes, create.body):
        return "body"
    names = list(_lists(shapes, create.body))
    return f"body.{names[0]}" if len(names) == 1 else None


def _lists(shapes: DocumentSchemas, body: Any) -> Iterator[str]:
    for name, schema in shapes.properties(body).items():
        if _has_objects(shapes, schema):
            yield name


def _has_objects(shapes: DocumentSchemas, node: Any) -> bool:
    items = shapes.items(node)
    return items is not None and bool(shapes.properties(items))


def shows_jobs(
    shapes: DocumentSchemas,
    items: Any,
    kind: str | None,
    answer: Any,
    state: tuple[str, ...],
) -> bool:
    """Returns True if the items of a list are jobs: of the same type, or with the same state."""
    if items is None:
        return False
    if kind is not None and shapes.name(items) == kind:
        return True
    return bool(state) and _at(shapes, items, state) == _at(shapes, answer, state) is not None


def _at(shapes: DocumentSchemas, node: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        node = shapes.properties(node).get(name)
    return node
