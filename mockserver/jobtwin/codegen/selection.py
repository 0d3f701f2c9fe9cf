"""Selects operations of a document by operationId, tag or path."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


class NothingSelectedError(ValueError):
    """A selector matches no operation; the message suggests similar ones."""


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields every operation of a document, with its path and method."""
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in METHODS:
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                yield str(path), method, item[method]


def select(document: dict[str, Any], only: Sequence[str]) -> dict[str, Any]:
    """Returns the document with the selected operations, or all without selectors.

    Raises NothingSelectedError if a selector matches none.
    """
    if not only:
        return document
    named = [(path, method, names(path, each)) for path, method, each in operations(document)]
    _refuse_unknown(only, set().union(*(known for _, _, known in named)))
    chosen = defaultdict[str, set[str]](set)
    for path, method, known in named:
        if known & set(only):
            chosen[path].add(method)
    paths = document["paths"]
    return {**document, "paths": {p: _with_methods(paths[p], chosen[p]) for p in paths if p in chosen}}  # fmt: skip


def _with_methods(item: dict[str, Any], methods: set[str]) -> dict[str, Any]:
    """Returns a path item with these methods alone, and with what its operations share."""
    return {key: child for key, child in item.items() if key not in METHODS or key in methods}


def names(path: str, operation: dict[str, Any]) -> set[str]:
    """Returns the selectors that match an operation."""
    tags = operation.get("tags")
    known = [path, operation.get("operationId"), *(tags if isinstance(tags, list) else ())]
    return {name for name in known if isinstance(name, str)}


def _refuse_unknown(only: Sequence[str], known: set[str]) -> None:
    for selector in only:
        if selector not in known:
            near = get_close_matches(selector, sorted(known), n=3, cutoff=0.4)
            advice = f"did you mean {' or '.join(near)}?" if near else "see its operationIds"
            raise NothingSelectedError(
                f"{selector!r} is not an operationId, tag or path of the file; {advice}"
            )
