"""Reads the rate limits of specs, and compiles their headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobtwin.lifecycle.limits import Limit
from jobtwin.openapi.document import Document
from jobtwin.openapi.emitting import Getter, emitted, header_text
from jobtwin.openapi.evidence import Path, Tree
from jobtwin.openapi.extensions import JOBS
from jobtwin.openapi.nodes import listed
from jobtwin.openapi.scopes import Paths, Scope
from jobtwin.openapi.texts import text
from jobtwin.openapi.times import span


def limit_path(name: str) -> Path:
    """Returns the path of a limit in a document."""
    return JOBS, "limits", name


def read_limits(document: Document) -> dict[str, Limit]:
    """Returns the limits of a document by name."""
    said = document.data.get(JOBS, {}).get("limits", {})
    return {name: _limit(document.name, name, each) for name, each in said.items()}


def _limit(api: str, name: str, said: Mapping[str, Any]) -> Limit:
    return Limit(
        api=api,
        name=name,
        requests=said["requests"],
        every=span(said["every"]),
        per=tuple(listed(said.get("per"))),
        operations=tuple(said.get("operations", ())),
        headers={header: str(each) for header, each in said.get("headers", {}).items()},
        retry_after=said.get("retry_after", True),
    )


def limits_in_force(document: Document, limits: Mapping[str, Limit]) -> Iterator[Limit]:
    """Yields the limits in force at start-up: all that are not marked as assumed."""
    tree = Tree(document.data)
    for name, limit in limits.items():
        path = limit_path(name)
        if not (tree.is_claimed(path) and tree.evidence(path).kind == "assumed"):
            yield limit


def header_getter(said: str, document: Document) -> Getter:
    """Returns a function that makes a header from an allowance. Raises BadValue for an unknown quote."""
    return header_text(emitted(text(said, Scope("limit"), Paths(document))))
