"""JSON pointers (RFC 6901) and `$ref`s to nodes of a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

_CHOICES = ("allOf", "oneOf", "anyOf")


def pointer(path: Sequence[str | int]) -> str:
    """Returns a JSON pointer from its tokens."""
    return "".join([_escaped(str(token)) for token in path])


@lru_cache(maxsize=4096)
def _escaped(token: str) -> str:
    """Returns a token, escaped, after a slash; cached, since keys repeat."""
    return "/" + token.replace("~", "~0").replace("/", "~1")


def tokens(text: str) -> list[str]:
    """Returns the tokens of a JSON pointer or local `$ref`. Raises KeyError if it is neither."""
    return [*_tokens(text)]


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[str, ...]:
    """Splits a pointer; documents refer to the same few places again and again."""
    start, *rest = text.removeprefix("#").split("/")
    if start:
        raise KeyError(text)
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in rest)


def node_at(data: Any, text: str) -> Any:
    """Returns the node at a JSON pointer. Raises KeyError, IndexError, TypeError or ValueError."""
    for token in _tokens(text):
        data = data[int(token) if isinstance(data, list) else token]
    return data


def entries(node: Any) -> list[tuple[Any, Any]]:
    """Returns the keys and values of a map, the indexes and items of a list; of a scalar nothing."""
    if isinstance(node, dict):
        return list(node.items())
    return list(enumerate(node)) if isinstance(node, list) else []


def followed(data: Any, place: str, node: Any) -> tuple[str, Any]:
    """Resolves the `$ref`s of a node; returns the place and the node that they lead to."""
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        place = node["$ref"].removeprefix("#")
        node = node_at(data, place)
    return place, node


def members(data: Any, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields the schema at a place and those that it combines or chooses from, with their places."""
    place, node = followed(data, place, node_at(data, place))
    yield place, node
    for key in _CHOICES:
        for index, _ in enumerate(node.get(key, ())):
            yield from members(data, f"{place}/{key}/{index}")
