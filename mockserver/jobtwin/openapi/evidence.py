"""How we know each thing that a spec says: `x-evidence`, found for every place of a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobtwin.openapi.pointer import followed, pointer, tokens

Path = tuple[str | int, ...]
"""The tokens of a JSON pointer."""

KINDS = ("documented", "published", "assumed")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One of the three kinds; with where something is published, or why it is assumed.

    What is documented names a stored copy of the vendor's page, the seed, and a few words in it.
    """

    kind: str = "assumed"
    text: str = ""
    seed: str = ""
    anchor: str = ""


OURS, THEIRS = Evidence("assumed"), Evidence("published", "the vendor's file")


class Tree:
    """A document, and the evidence for each place in it.

    What nothing is said of is assumed; in a file that an overlay `extended`, it is published, but
    for `x-jobs`, which is ours. A bare `documented` means: where the file's own evidence says.
    """

    def __init__(self, data: Mapping[str, Any], *, extended: bool = False) -> None:
        self._data = data
        self.root = _read(data["x-evidence"], OURS) if "x-evidence" in data else OURS
        if extended and "x-evidence" not in data:
            self.root = THEIRS

    def at(self, path: Path) -> Any:
        """What stands at a place."""
        node: Any = self._data
        for token in path:
            node = node[token]
        return node

    def evidence(self, path: Path) -> Evidence:
        """What is said at a place, or else at the nearest one around it."""
        node: Any = self._data
        found = OURS if path[:1] == ("x-jobs",) else self.root
        for token in path:
            node = node[token]
            if isinstance(node, Mapping) and "x-evidence" in node:
                found = _read(node["x-evidence"], self.root)
        return found

    def is_claimed(self, path: Path) -> bool:
        """Whether something is said at a place, or at one around it."""
        node: Any = self._data
        for token in path:
            node = node[token]
            if isinstance(node, Mapping) and "x-evidence" in node:
                return True
        return False

    def followed(self, path: Path) -> Path:
        """The place itself, or that to which its `$ref`s lead."""
        place, _ = followed(self._data, pointer(path), self.at(path))
        return path if place == pointer(path) else tuple(tokens(place))

    def led_to(self, path: Path) -> set[Path]:
        """Every place that `$ref`s at or below a place lead to, directly or through others."""
        found: set[Path] = set()
        todo = [path]
        while todo:
            for ref in _references(self.at(todo.pop())):
                place = tuple(tokens(ref.removeprefix("#")))
                if place not in found:
                    found.add(place)
                    todo.append(place)
        return found

    def claims(self, path: Path = ()) -> Iterator[Path]:
        """Every place, from this one downwards, that says itself how it is known."""
        node = self.at(path)
        if isinstance(node, Mapping):
            if "x-evidence" in node:
                yield path
            for key in node:
                yield from self.claims((*path, key))
        elif isinstance(node, list):
            for index in range(len(node)):
                yield from self.claims((*path, index))


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str) and node["$ref"].startswith("#/"):
            yield node["$ref"]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def _read(said: Any, root: Evidence) -> Evidence:
    if not isinstance(said, Mapping):
        return root
    [(kind, told)] = said.items()
    if isinstance(told, Mapping):
        seed, found = told["seed"], " ".join(told["anchor"].split())
        return Evidence(kind, f'seed {seed}: "{found}"', seed, found)
    return Evidence(kind, " ".join(told.split()))
