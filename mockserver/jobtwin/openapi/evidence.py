"""Finds `x-evidence` for every place of a document: how a fact is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jobtwin.openapi.document import METHODS
from jobtwin.openapi.pointer import entries, followed, pointer, tokens

Path = tuple[str | int, ...]
"""The tokens of a JSON pointer."""

KINDS = ("documented", "published", "assumed")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The kind of evidence, with the place of publication, or the reason of an assumption.

    Documented facts name a stored copy of the vendor's page, the seed, and a few words from it; by
    default, the words are the name of the place, such as a state's.
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
        self.root = _read(data["x-evidence"], OURS, "") if "x-evidence" in data else OURS
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
                found = _read(node["x-evidence"], self.root, str(token))
        return found

    def evidence_by_use(self, path: Path) -> Evidence:
        """Returns the evidence at a place; a component without any has the weakest of its users'."""
        if not self._is_unmarked_component(path):
            return self.evidence(path)
        found = [self.evidence(user) for user in self._marked_users(path[:3])]
        return max(found, key=lambda each: KINDS.index(each.kind), default=self.evidence(path))

    def _is_unmarked_component(self, path: Path) -> bool:
        return path[:1] == ("components",) and not self.is_claimed(path)

    def _marked_users(self, component: Path) -> Iterator[Path]:
        """Yields the places that refer to a component, directly or through unmarked components."""
        todo, seen = [component], {component}
        while todo:
            for user in self._users.get(todo.pop(0), ()):
                if not self._is_unmarked_component(user):
                    yield user
                elif user[:3] not in seen:
                    seen.add(user[:3])
                    todo.append(user[:3])

    @cached_property
    def _users(self) -> Mapping[Path, list[Path]]:
        """The places in `paths` and `components` that refer to each component, by `$ref`."""
        found: dict[Path, list[Path]] = {}
        for key in ("paths", "components"):
            for path, target in _references(self._data.get(key, {}), (key,)):
                found.setdefault(tuple(tokens(target))[:3], []).extend(self._in_operations(path))
        return found

    def _in_operations(self, path: Path) -> Iterator[Path]:
        """Yields a place, or the operations that share it if it is a parameter of their path."""
        if path[0] == "paths" and path[2:3] == ("parameters",) and not self.is_claimed(path):
            yield from ((*path[:2], key) for key in self.at(path[:2]) if key in METHODS)
        else:
            yield path

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


def _references(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Yields the places of a node's local `$ref`s, with their targets."""
    if isinstance(node, Mapping):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            yield path, reference
    for key, inner in entries(node):
        yield from _references(inner, (*path, key))


def _read(said: Any, root: Evidence, name: str) -> Evidence:
    if not isinstance(said, Mapping):
        return root
    [(kind, told)] = said.items()
    if isinstance(told, Mapping):
        seed, found = told["seed"], " ".join(told.get("anchor", name).split())
        return Evidence(kind, f'seed {seed}: "{found}"', seed, found)
    return Evidence(kind, " ".join(told.split()))
