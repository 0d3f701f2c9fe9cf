"""A spec's text as data: YAML, held to what JSON can say; mistakes are told with their line."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import yaml

from jobtwin.errors import Mistake, SpecRefused

LARGEST = 200_000
"""Nodes that a document may have, aliases written out."""

DEEPEST = 100
"""How far its maps and lists may stand inside each other."""


def parsed(path: Path) -> Any:
    """The data of a YAML file; `SpecRefused` tells why there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
        raise SpecRefused([Mistake(str(path), "", why)]) from error
    except UnicodeDecodeError as error:
        why = f"is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise SpecRefused([Mistake(path.name, "", why)]) from error
    try:
        return _YAML(path.name, text).data()
    except RecursionError as error:
        raise SpecRefused([Mistake(path.name, "", _TOO_DEEP)]) from error
    except yaml.YAMLError as error:
        raise SpecRefused([_misspelt(path.name, text, error)]) from error


_TOO_DEEP = f"maps and lists stand inside each other deeper than {DEEPEST} levels; flatten them"


def _misspelt(file: str, text: str, error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line if mark else text[: getattr(error, "position", 0)].count("\n")
    said = [
        getattr(error, "context", ""),
        getattr(error, "problem", "") or getattr(error, "reason", ""),
    ]
    why = f"is no YAML: {', '.join(filter(None, said))}"
    if "\t" in "".join(text.splitlines()[line : line + 1]):
        why += "; indent with spaces, not with a tab"
    return Mistake(f"{file}:{line + 1}", "", why)


class _Loader(yaml.CSafeLoader):
    """YAML as JSON knows it: what looks like a date stays text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}

_TAG = "tag:yaml.org,2002:"
_TEXT = _TAG + "str"
_JSON = {_TAG + kind for kind in ("str", "int", "float", "bool", "null", "seq", "map")}


class _YAML:
    """One text as data: every key is a text, no key comes twice, nothing is without end."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._loader = _Loader(text)
        self._mistakes: list[Mistake] = []
        self._weighed: dict[yaml.Node, tuple[int, int]] = {}
        self._open: set[yaml.Node] = set()

    def data(self) -> Any:
        """What the text says; SpecRefused tells all that JSON could not say."""
        try:
            root = self._loader.get_single_node()
            if root is None:
                return None
            size, depth = self._weigh(root)
            if depth > DEEPEST:
                self._refuse(root, _TOO_DEEP)
            if size > LARGEST:
                self._refuse(root, f"aliases make it {size} nodes large; write at most {LARGEST}")
            if self._mistakes:
                raise SpecRefused(self._mistakes)
            return self._loader.construct_document(root)
        finally:
            self._loader.dispose()

    def _refuse(self, node: yaml.Node, why: str) -> None:
        line = node.start_mark.line + 1
        self._mistakes.append(Mistake(f"{self._file}:{line}", "", why))

    def _weigh(self, node: yaml.Node) -> tuple[int, int]:
        """Nodes in a node, and their depth; what JSON could not say is refused on the way."""
        if node in self._weighed:
            return self._weighed[node]
        if node in self._open:
            self._refuse(node, "holds an alias of itself; write out what is meant")
            return (1, 1)
        self._open.add(node)
        weights = [self._weigh(child) for child in self._children(node)]
        self._open.discard(node)
        weight = 1 + sum(size for size, _ in weights), 1 + max((d for _, d in weights), default=0)
        self._weighed[node] = weight
        return weight

    def _children(self, node: yaml.Node) -> list[yaml.Node]:
        if node.tag == _TEXT:
            return []
        if node.tag not in _JSON:
            kind = node.tag.removeprefix(_TAG)
            self._refuse(
                node, f"{kind} is no type that JSON knows; leave the tag out, or quote the text"
            )
        elif isinstance(node, yaml.MappingNode):
            self._keys(node)
            return [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            return list(node.value)
        else:
            self._scalar(node)
        return []

    def _keys(self, node: yaml.MappingNode) -> None:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            shown = key.value if isinstance(key, yaml.ScalarNode) else "…"
            if key.tag == _TAG + "merge":
                continue
            if key.tag == _TAG + "bool":
                self._refuse(
                    key,
                    f"the key `{shown}` is a boolean in YAML 1.1; quote it or choose another word",
                )
            elif key.tag != _TAG + "str":
                self._refuse(key, f"the key `{shown}` is no text; write it in quotes")
            elif shown in lines:
                self._refuse(
                    key,
                    f"the key `{shown}` stands here already in line {lines[shown]}; take one out",
                )
            else:
                lines[shown] = key.start_mark.line + 1

    def _scalar(self, node: yaml.Node) -> None:
        try:
            value = self._loader.construct_object(node)
        except (KeyError, ValueError):
            self._refuse(
                node, f"{str(node.value)[:20]!r} is no {node.tag.removeprefix(_TAG)}; quote it"
            )
            return
        if isinstance(value, float) and not math.isfinite(value):
            self._refuse(node, f"JSON has no number {node.value}; write a finite one")
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            self._refuse(
                node,
                f"{node.value[:20]} does not fit into 64 bits; write a smaller number, or quote it",
            )
