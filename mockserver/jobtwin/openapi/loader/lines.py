"""Finds the lines of nodes in a file, by parsing it again. Only used for mistakes."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import yaml
from yaml._yaml import CParser

from jobtwin.openapi.loader.text import is_json

Path = tuple[str, ...]
"""The tokens of a JSON pointer."""

_Event = tuple[str, str, int]
"""A parser's event: `{`, `[`, `}` for the end of either, or a scalar `=`; with text and line."""

_Tree = dict[str, Any]


def find_lines(text: str, paths: Iterable[Path]) -> Mapping[Path, int]:
    """Returns the line of each path, or of the nearest node above it that the text has.

    Lines are counted from 1. A text that cannot be parsed has none.
    """
    paths = set(paths)
    events = _json_events(text) if is_json(text) else _yaml_events(text)
    found: dict[Path, int] = {}
    with suppress(yaml.YAMLError, StopIteration):
        _LineSearch(events, found).run(_tree(paths))
    return {path: line for path in paths if (line := _nearest(found, path))}


def _tree(paths: Iterable[Path]) -> _Tree:
    root: _Tree = {}
    for path in paths:
        node = root
        for token in path:
            node = node.setdefault(token, {})
    return root


def _nearest(found: Mapping[Path, int], path: Path) -> int:
    for end in range(len(path), -1, -1):
        if path[:end] in found:
            return found[path[:end]]
    return 0


class _LineSearch:
    """Walks through the events of a text, only into the nodes on the way to the wanted paths."""

    def __init__(self, events: Iterator[_Event], found: dict[Path, int]) -> None:
        self._events = events
        self._found = found

    def run(self, tree: _Tree) -> None:
        kind, _, line = next(self._events)
        self._found[()] = line
        self._enter(kind, (), tree)

    def _enter(self, kind: str, path: Path, tree: _Tree) -> None:
        if kind == "{":
            self._map(path, tree)
        elif kind == "[":
            self._list(path, tree)

    def _map(self, path: Path, tree: _Tree) -> None:
        for _, key, line in iter(self._next, None):
            kind, _, _ = next(self._events)
            self._child(kind, (*path, key), tree, line)

    def _list(self, path: Path, tree: _Tree) -> None:
        for index, (kind, _, line) in enumerate(iter(self._next, None)):
            self._child(kind, (*path, str(index)), tree, line)

    def _next(self) -> _Event | None:
        event = next(self._events)
        return None if event[0] == "}" else event

    def _child(self, kind: str, path: Path, tree: _Tree, line: int) -> None:
        wanted = tree.get(path[-1])
        if wanted is None:
            self._skip(kind)
        else:
            self._found.setdefault(path, line)
            self._enter(kind, path, wanted)

    def _skip(self, kind: str) -> None:
        depth = int(kind in "{[")
        while depth:
            kind = next(self._events)[0]
            depth += (kind in "{[") - (kind == "}")


def _yaml_events(text: str) -> Iterator[_Event]:
    parser = CParser(text)
    events: Iterator[Any] = iter(parser.get_event, None)
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.MappingStartEvent):
            yield "{", "", line
        elif isinstance(event, yaml.SequenceStartEvent):
            yield "[", "", line
        elif isinstance(event, yaml.CollectionEndEvent):
            yield "}", "", line
        elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            yield "=", getattr(event, "value", ""), line


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s{}\[\],:"]+')


def _json_events(document: str) -> Iterator[_Event]:
    ends = [match.end() for match in re.finditer("\n", document)]
    for match in _TOKEN.finditer(document):
        text, line = match.group(), bisect_right(ends, match.start()) + 1
        if text in "{[":
            yield text, "", line
        elif text in "}]":
            yield "}", "", line
        else:
            yield "=", json.loads(text, strict=False) if text[0] == '"' else text, line
