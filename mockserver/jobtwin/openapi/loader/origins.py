"""The origins of a document's nodes: their file, and their place in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from jobtwin.errors import Mistake, SpecRefused
from jobtwin.openapi.loader.lines import find_lines
from jobtwin.openapi.loader.text import read_text
from jobtwin.openapi.pointer import pointer, tokens


class FilePlace(NamedTuple):
    """A place in a file: the tokens of a JSON pointer into it."""

    file: int
    path: tuple[str, ...]

    def below(self, token: object) -> FilePlace:
        """Returns the place of a child."""
        return FilePlace(self.file, (*self.path, str(token)))


class SourceFile(NamedTuple):
    """A file, and its name in mistakes."""

    label: str
    path: Path


@dataclass(slots=True, eq=False)
class Origins:
    """The files of a document, and the nodes that were moved away from their parents' place.

    A node that is not in `moved` is in the same file as its parent, below its parent's place.
    """

    files: list[SourceFile] = field(default_factory=list)
    moved: dict[tuple[int, str], FilePlace] = field(default_factory=dict)
    _kept: list[Any] = field(default_factory=list)

    def add_file(self, label: str, path: Path) -> FilePlace:
        """Adds a file; returns the place of all of it."""
        self.files.append(SourceFile(label, path))
        return FilePlace(len(self.files) - 1, ())

    def move(self, parent: Any, token: object, place: FilePlace) -> None:
        """Notes that a child of a map or list comes from elsewhere."""
        self.moved[id(parent), str(token)] = place
        self._kept.append(parent)  # or another one could get its id

    def shift(self, tree: Any, path: Sequence[object], items: list[Any], gone: int) -> None:
        """Notes that an item of the list at a path is about to be removed."""
        at = tuple(map(str, path))
        places = [self.place(tree, (*at, str(index))) for index in range(len(items))]
        for index, place in enumerate(places[gone + 1 :], start=gone):
            self.move(items, index, place)

    def place(self, tree: Any, path: Iterable[str]) -> FilePlace:
        """Returns where a node of the document comes from."""
        place, node = FilePlace(0, ()), tree
        for token in path:
            place = self.moved.get((id(node), token)) or place.below(token)
            node = _child(node, token)
        return place

    def mistakes(self, tree: Any, found: Iterable[tuple[str, str]]) -> list[Mistake]:
        """Returns mistakes, given by pointer into the document, with their files and lines."""
        return self.placed([(self.place(tree, tokens(where)), why) for where, why in found])

    def placed(self, found: Sequence[tuple[FilePlace, str]]) -> list[Mistake]:
        """Returns mistakes, given by their place in a file, with their lines."""
        wanted: dict[int, list[tuple[str, ...]]] = {}
        for place, _ in found:
            wanted.setdefault(place.file, []).append(place.path)
        lines = {file: self._lines(file, paths) for file, paths in wanted.items()}
        return [
            Mistake(
                self.files[place.file].label,
                pointer(place.path),
                why,
                lines[place.file].get(place.path),
            )
            for place, why in found
        ]

    def _lines(self, file: int, paths: list[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
        try:
            return dict(find_lines(read_text(self.files[file].path), paths))
        except SpecRefused:  # the file no longer exists
            return {}


def _child(node: Any, token: str) -> Any:
    if isinstance(node, dict):
        return node.get(token)
    if isinstance(node, list) and token.isdecimal() and int(token) < len(node):
        return node[int(token)]
    return None
