"""Applies OpenAPI Overlays 1.0 and 1.1 to a document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from jobtwin.openapi.law import Law
from jobtwin.openapi.loader.origins import FilePlace, Origins

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathNode, JSONPathQuery


Found = tuple[FilePlace, str]
"""The place of a mistake, and what would be right."""

_ACTION = {
    "type": "object",
    "required": ["target"],
    "properties": {
        "target": {"type": "string"},
        "description": {"type": "string"},
        "update": {},
        "copy": {"type": "string"},
        "remove": {"type": "boolean"},
    },
    "patternProperties": {"^x-": {}},
    "additionalProperties": False,
    "anyOf": [{"required": ["update"]}, {"required": ["remove"]}, {"required": ["copy"]}],
}
_OVERLAY = {
    "type": "object",
    "required": ["overlay", "actions"],
    "properties": {
        "overlay": {"type": "string"},
        "info": {"type": "object"},
        "extends": {"type": "string"},
        "actions": {"type": "array", "minItems": 1, "items": _ACTION},
    },
    "patternProperties": {"^x-": {}},
    "additionalProperties": False,
}


def is_overlay(tree: Any) -> bool:
    """Returns True if a file is an overlay rather than an OpenAPI document."""
    return isinstance(tree, dict) and "overlay" in tree and "openapi" not in tree


def check_overlay(overlay: Any, place: FilePlace) -> Iterator[Found]:
    """Yields the mistakes in the form of an overlay."""
    version = overlay.get("overlay")
    if not isinstance(version, str) or not re.fullmatch(r"1\.[01](\..*)?", version):
        yield place.below("overlay"), f"is {version!r}; jobtwin reads Overlay 1.0 and 1.1"
        return
    for path, why in _form().broken_by(overlay):
        yield FilePlace(place.file, (*place.path, *map(str, path))), why


@cache
def _form() -> Law:
    return Law(_OVERLAY, jsonschema_rs.Draft202012Validator)


def apply_overlay(
    tree: Any, overlay: Mapping[str, Any], place: FilePlace, origins: Origins
) -> Iterator[Found]:
    """Applies the actions of a well-formed overlay to a tree, in place; yields failed ones."""
    for index, action in enumerate(overlay["actions"]):
        target = _ActionTarget(tree, origins, place.below("actions").below(index))
        yield from target.act(action)


@dataclass(frozen=True, slots=True)
class _ActionTarget:
    """One action, to be applied to a tree."""

    tree: Any
    origins: Origins
    place: FilePlace

    def act(self, action: Mapping[str, Any]) -> Iterator[Found]:
        try:
            nodes = self._select(action["target"], "target")
            if action.get("remove"):
                self._remove(nodes)
                return
            if "copy" in action:
                self._copy(nodes, action["copy"])
            if "update" in action:
                for node in nodes:
                    self._update(node, action["update"], self.place.below("update"))
        except _Refused as refused:
            yield self.place.below(refused.key), refused.why

    def _select(self, path: str, key: str) -> Sequence[JSONPathNode]:
        import jsonpath_rfc9535 as jsonpath  # noqa: PLC0415 - servers mostly read no overlays

        try:
            query = jsonpath.compile(path)
        except jsonpath.JSONPathError as error:
            why = f"{path!r} is not a JSONPath: {str(error).splitlines()[0]}"
            raise _Refused(key, why) from error
        if nodes := query.find(self.tree):
            return nodes
        raise _Refused(key, f"{path!r} selects nothing; {_nearest(query, self.tree)}")

    def _copy(self, nodes: Sequence[JSONPathNode], path: str) -> None:
        copied = self._select(path, "copy")
        if len(copied) > 1:
            raise _Refused("copy", f"{path!r} selects {len(copied)} nodes; it must select one")
        source = self.origins.place(self.tree, map(str, copied[0].location))
        for node in nodes:
            self._update(node, copied[0].value, source)

    def _update(self, node: JSONPathNode, update: Any, place: FilePlace) -> None:
        target = node.value
        if isinstance(target, dict) and not isinstance(update, dict):
            raise _Refused("update", "must be a map, to be merged with the maps that are selected")
        if isinstance(target, list):
            self._append(target, update, place)
        elif isinstance(target, dict):
            self._merge(target, update, place)
        else:
            self._set(node, update, place)

    def _append(self, target: list[Any], update: Any, place: FilePlace) -> None:
        several = isinstance(update, list)
        for index, item in enumerate(update if several else [update]):
            self.origins.move(target, len(target), place.below(index) if several else place)
            target.append(deepcopy(item))

    def _merge(self, target: dict[str, Any], update: dict[str, Any], place: FilePlace) -> None:
        for key, value in update.items():
            old = target.get(key)
            if isinstance(old, dict) and isinstance(value, dict):
                self._merge(old, value, place.below(key))
            elif isinstance(old, list) and isinstance(value, list):
                self._append(old, value, place.below(key))
            else:
                target[key] = deepcopy(value)
                self.origins.move(target, key, place.below(key))

    def _set(self, node: JSONPathNode, update: Any, place: FilePlace) -> None:
        parent, key = self._parent(node)
        parent[key] = deepcopy(update)
        self.origins.move(parent, key, place)

    def _remove(self, nodes: Sequence[JSONPathNode]) -> None:
        for node in sorted(nodes, key=lambda node: _order(node.location), reverse=True):
            parent, key = self._parent(node)
            if isinstance(parent, list):
                self.origins.shift(self.tree, node.location[:-1], parent, int(key))
            del parent[key]

    def _parent(self, node: JSONPathNode) -> tuple[Any, Any]:
        if not node.location:
            raise _Refused("target", "is the whole document, which can be updated only")
        parent = self.tree
        for token in node.location[:-1]:
            parent = parent[token]
        return parent, node.location[-1]


class _Refused(Exception):
    """An action cannot be applied: the key at fault, and why."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(key, why)
        self.key = key
        self.why = why


def _order(location: Sequence[str | int]) -> list[tuple[int, int | str]]:
    """Sorts locations so that the later items of a list come after the earlier ones."""
    return [(0, token) if isinstance(token, int) else (1, token) for token in location]


# -- what an action that selects nothing may have meant --------------------------------------------

# A query's canonical text is the same for releases 1 and 2 of the library, unlike its segments.
_NAMED = re.compile(r"\$(?:\.\.)?\['((?:[^'\\]|\\.)*)'")
_ESCAPED = re.compile(r"\\(.)")


def _nearest(query: JSONPathQuery, tree: Any) -> str:
    for end in range(len(query.segments) - 1, -1, -1):
        nodes = _part(query, 0, end).find(tree)
        if nodes:
            return _suggestion(query, end, nodes)
    return "the document is empty"


def _part(query: JSONPathQuery, start: int, end: int) -> JSONPathQuery:
    return type(query)(env=query.env, segments=tuple(query.segments[start:end]))


def _suggestion(query: JSONPathQuery, end: int, nodes: Sequence[JSONPathNode]) -> str:
    """Suggests a similar path that selects something, below what the first `end` segments select."""
    rest = _part(query, end + 1, len(query.segments))
    wanted = _name(_part(query, end, end + 1))
    alike = [((*node.location, key), child) for key, node, child in _by_likeness(wanted, nodes)]
    for location, child in alike:
        if found := rest.find(child):
            return f"the nearest that does is {_path((*location, *found[0].location))}"
    location = alike[0][0] if alike else nodes[0].location
    return f"the nearest that does is {_path(location)}"


def _name(segment: JSONPathQuery) -> str:
    """Returns the name that a query of one segment selects; empty if it selects otherwise."""
    found = _NAMED.match(str(segment))
    return _ESCAPED.sub(r"\1", found[1]) if found else ""


def _by_likeness(
    wanted: str, nodes: Sequence[JSONPathNode]
) -> Iterator[tuple[str, JSONPathNode, Any]]:
    """Yields the keys most similar to a name, each with its node and value."""
    owners = {key: (n, n.value[key]) for n in nodes if isinstance(n.value, dict) for key in n.value}
    for key in get_close_matches(wanted, owners, n=5, cutoff=0.3):
        yield key, *owners[key]


def _path(location: Sequence[str | int]) -> str:
    """Formats a location as a person would write it: `$.paths['/jobs'].get`."""
    return "$" + "".join(map(_segment, location))


def _segment(token: str | int) -> str:
    if isinstance(token, int):
        return f"[{token}]"
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", token):
        return f".{token}"
    quoted = token.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{quoted}']"
