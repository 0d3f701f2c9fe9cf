"""Finds `x-evidence` for every place of a document: how a fact is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobtwin.openapi.pointer import entries, followed, pointer, tokens

Path = tuple[str | int, ...]
"""The tokens of a JSON pointer."""

KINDS = ("documented", "published", "assumed")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The kind of evidence, with the place of publication, or the reason of an assumption.

    Documented facts name a stored copy of the vendor's page, the seed, and a few words from it.
    """

    kind: str = "assumed"
    text: str = ""
    seed: str = ""
    anchor: str = ""


OURS, THEIRS = Evidence("assumed"), Evidence("published", "the vendor's file")


class Tree:
    """A document, and the evidence for each place in it.

    Places without evidence are assumed. In a file that an overlay `extended`, they are published,
    except `x-jobs`, which is ours. A bare `documented` refers to the file's own evidence.
    """

    def __init__(self, data: Mapping[str, Any], *, extended: bool = False) -> None:
        self._data = data
        self.root = _read(data["x-evidence"], OURS) if "x-evidence" in data else OURS
        if extended and "x-evidence" not in data:
            self.root = THEIRS

    def at(self, path: Path) -> Any:
        """Returns the node at a place."""
        node: Any = self._data
        for token in path:
            node = node[token]
        return node

    def evidence(self, path: Path) -> Evidence:
        """Returns the evidence at a place, or else of its nearest parent."""
        node: Any = self._data
        found = OURS if path[:1] == ("x-jobs",) else self.root
        for token in path:
            node = node[token]
            if isinstance(node, Mapping) and "x-evidence" in node:
                found = _read(node["x-evidence"], self.root)
        return found

    def is_claimed(self, path: Path) -> bool:
        """Returns True if a place or one of its parents has evidence."""
        node: Any = self._data
        for token in path:
            node = node[token]
            if isinstance(node, Mapping) and "x-evidence" in node:
                return True
        return False

    def followed(self, path: Path) -> Path:
        """Returns the place that the `$ref`s at a place lead to, or the place itself."""
        place, _ = followed(self._data, pointer(path), self.at(path))
        return path if place == pointer(path) else tuple(tokens(place))

    def led_to(self, path: Path) -> set[Path]:
        """Returns all places that `$ref`s at or below a place lead to, directly or through others."""
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
        """Yields every place at or below a path that has its own evidence."""
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
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            yield reference
    for _, inner in entries(node):
        yield from _references(inner)


def _read(said: Any, root: Evidence) -> Evidence:
    if not isinstance(said, Mapping):
        return root
    [(kind, told)] = said.items()
    if isinstance(told, Mapping):
        seed, found = told["seed"], " ".join(told["anchor"].split())
        return Evidence(kind, f'seed {seed}: "{found}"', seed, found)
    return Evidence(kind, " ".join(told.split()))
