"""Which operations of a document become a client: by operationId, by tag or by path."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


class NothingSelectedError(ValueError):
    """A selector fits no operation; the message names the nearest ones that would."""


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of a document, with its path and its method."""
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in METHODS:
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                yield str(path), method, item[method]


def select(document: dict[str, Any], only: Sequence[str]) -> dict[str, Any]:
    """Return the document with the operations that one of the selectors fits, or with all.

    Raises NothingSelectedError if a selector fits none.
    """
    if not only:
        return document
    named = [(path, method, names(path, each)) for path, method, each in operations(document)]
    _refuse_unknown(only, {name for _, _, known in named for name in known})
    chosen = {(path, method) for path, method, known in named if known & set(only)}
    paths = {
        path: {
            key: child for key, child in item.items() if key not in METHODS or (path, key) in chosen
        }
        for path, item in document["paths"].items()
        if any(path == wanted for wanted, _ in chosen)
    }
    return {**document, "paths": paths}


def names(path: str, operation: dict[str, Any]) -> set[str]:
    """The selectors that fit an operation."""
    tags = operation.get("tags")
    known = [path, operation.get("operationId"), *(tags if isinstance(tags, list) else ())]
    return {name for name in known if isinstance(name, str)}


def _refuse_unknown(only: Sequence[str], known: set[str]) -> None:
    for selector in only:
        if selector not in known:
            near = get_close_matches(selector, sorted(known), n=3, cutoff=0.4)
            advice = f"did you mean {' or '.join(near)}?" if near else "see its operationIds"
            raise NothingSelectedError(
                f"{selector!r} is no operationId, tag or path of the file; {advice}"
            )
