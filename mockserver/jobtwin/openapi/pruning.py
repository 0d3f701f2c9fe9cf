"""Removes mistaken parts from a tree, to check the rest; tells consequences from mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobtwin.openapi.loader.origins import Origins
from jobtwin.openapi.pointer import pointer, tokens
from jobtwin.openapi.untyped import as_map

Tokens = tuple[str, ...]

_ROOTS = {(name,) for name in ("openapi", "info", "paths", "components")}
"""Parts without which a document cannot be checked at all."""

_JOBS = "x-jobs"
_MACHINE = len((_JOBS, "machines", "NAME"))
_OPERATION = len(("paths", "PATH", "METHOD"))
_STATE = len((_JOBS, "machines", "NAME", "states", "NAME"))
_ALL = ((), ("machines",), ("version",))
"""The keys of `x-jobs` that concern every machine."""

_UNKNOWN = "is not one of"
"""The message about an undeclared name; it does not follow from other mistakes."""

_LEADS_TO = (("security", "_credential`"), ("limits", "is never sent"))
"""Parts, and the message about the others if one is missing."""

_QUOTED = re.compile(r"'([^']*)'|\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Pruned:
    """The removed parts of a tree: their places, and the missing names."""

    places: tuple[Tokens, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_readable(self) -> bool:
        """True if the rest is a document."""
        return not any(place == () or place in _ROOTS for place in self.places)

    @property
    def machines(self) -> frozenset[str] | None:
        """The machines that miss something; None if it may be any of them."""
        places = [each for each in self.places if each[:1] == (_JOBS,)]
        if any(len(each) < _MACHINE and each[1:2] in _ALL for each in places):
            return None
        return frozenset(each[2] for each in places if each[1] == "machines")

    @property
    def lost_machines(self) -> frozenset[str] | None:
        """The machines that are missing whole; None if it may be any of them."""
        if self.machines is None:
            return None
        return frozenset(name for name in self.machines if (_JOBS, "machines", name) in self.places)

    def and_then(self, other: Pruned) -> Pruned:
        """Returns the union of both."""
        return Pruned(self.places + other.places, self.names | other.names)

    def may_hold(self, why: str) -> bool:
        """Returns True if what a mistake misses may be in what is missing here."""
        return bool(self.names) and why.startswith("needs ")

    def follows(self, where: str, why: str) -> bool:
        """Returns True if a mistake may only be a consequence of what is missing."""
        at = tuple(tokens(where))
        if any(_follows(at, why, place) for place in self.places):
            return True
        if at[:2] == (_JOBS, "operations") and self.names & {*at[2:3]}:
            return True
        return not self.names.isdisjoint(_quoted(why))


def _follows(at: Tokens, why: str, place: Tokens) -> bool:
    """Returns True if a mistake may only be a consequence of what is missing at a place."""
    if _is_near(at, place) or (_in_one_machine(at, place) and _UNKNOWN not in why):
        return True
    return any(key in place and told in why for key, told in _LEADS_TO)


def _quoted(why: str) -> Iterator[str]:
    """Yields the names that a mistake quotes, dotted ones also in their parts."""
    for text, name in _QUOTED.findall(why.partition(" (")[0]):
        yield text or name
        yield from (text or name).split(".")


def _is_near(at: Tokens, place: Tokens) -> bool:
    """Returns True if a place is inside another, or holds it within one operation or machine."""
    holds = at == place[: len(at)] and (len(at) > _OPERATION or len(at) == len(place) - 1)
    return at[: len(place)] == place or holds


def _in_one_machine(at: Tokens, place: Tokens) -> bool:
    return at[:2] == (_JOBS, "machines") and at[:_MACHINE] == place[:_MACHINE]


def lost_by(actions: Iterable[Mapping[str, Any]]) -> Pruned:
    """Returns what is missing because actions of overlays failed."""
    places, names = list[Tokens](), set[str]()
    for action in actions:
        given = {*_words(action.get("update"))}
        names |= given or {""}
        if _JOBS in given or _JOBS in action["target"]:
            places.append((_JOBS, "machines"))
    return Pruned(tuple(places), frozenset(names))


def prune(tree: Any, origins: Origins, mistaken: Iterable[str]) -> Pruned:
    """Removes the nodes at some pointers from a tree, in place; keeps the other nodes' origins."""
    places = tuple(dict.fromkeys(_whole(tuple(tokens(each))) for each in mistaken))
    names = {name for each in places for name in _names(tree, each)}
    pruned = Pruned(places, frozenset({*names, *_doubtful_operations(tree, places)}))
    if pruned.is_readable:
        inner = [each for each in places if not _is_operation(tree, each)]
        for place in sorted(inner, key=_depth, reverse=True):
            _take_out(tree, origins, place)
    return pruned


def _whole(place: Tokens) -> Tokens:
    """Returns the node to remove for a mistake: for a missing `kind`, for example, the state."""
    if place[3:4] == ("states",) and place[_STATE:] == ("kind",):
        return place[:-1]
    is_parameter = place[-3:-2] == ("parameters",) and place[-1] in ("in", "name")
    return place[:-1] if is_parameter else place


def _doubtful_operations(tree: Any, places: Sequence[Tokens]) -> Iterator[str]:
    """Yields the names of operations in which something is missing, or to which they refer."""
    if not places:
        return
    references = {f"#{pointer(place[:3])}" for place in places if place[:1] == ("components",)}
    for path, item in as_map(_node(tree, ("paths",))).items():
        for method, operation in as_map(item).items():
            inside = any(_touches(place, ("paths", path, method)) for place in places)
            if inside or references & {*_references(operation)}:
                yield from _operation_names(path, method, operation)


def _touches(place: Tokens, operation: Tokens) -> bool:
    """Returns True if a place is in an operation, or in what all operations of its path share."""
    path, method = operation[:2], operation[2:]
    return place[:2] == path and (
        len(place) <= len(path) or place[2:3] in (method, ("parameters",))
    )


def _references(node: Any) -> Iterator[str]:
    for child in _children(node):
        yield from _references(child)
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        yield node["$ref"]


def _operation_names(path: str, method: str, operation: Any) -> Iterator[str]:
    yield f"{method.upper()} {path}"
    if isinstance(operation, dict) and isinstance(operation.get("operationId"), str):
        yield operation["operationId"]


def _is_operation(tree: Any, place: Tokens) -> bool:
    """Returns True for an operation, which stays: others refer to it by its name."""
    is_place = place[:1] == ("paths",) and len(place) == _OPERATION
    return is_place and isinstance(_node(tree, place), dict)


def _depth(place: Tokens) -> tuple[int, list[int]]:
    """Sorts places: inner ones later, and later items of a list after the earlier ones."""
    return len(place), [int(token) if token.isdecimal() else 0 for token in place]


def _take_out(tree: Any, origins: Origins, place: Tokens) -> None:
    if place == (_JOBS,):
        tree[_JOBS] = {}  # a document with this key is its author's, not a vendor's
        return
    *above, last = place
    parent = _node(tree, above)
    if isinstance(parent, list) and last.isdecimal() and int(last) < len(parent):
        origins.shift(tree, above, parent, int(last))
        del parent[int(last)]
    elif isinstance(parent, dict):
        parent.pop(last, None)


def _node(tree: Any, place: Iterable[str]) -> Any:
    for token in place:
        if isinstance(tree, dict):
            tree = tree.get(token)
        elif isinstance(tree, list) and token.isdecimal() and int(token) < len(tree):
            tree = tree[int(token)]
        else:
            return None
    return tree


def _names(tree: Any, place: Tokens) -> Iterator[str]:
    """Yields the names that are missing without a node: its own, and those inside."""
    if place and not place[-1].isdecimal():
        yield place[-1]
    yield from _words(_node(tree, place))


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from map(str, node)
    if isinstance(node, str):
        yield node
    for child in _children(node):
        yield from _words(child)


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()
