"""Bundles files: references to other files, or to inline nodes, become references to components."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jobtwin.errors import SpecRefused
from jobtwin.openapi.loader.objects import SECTIONS, kind_below
from jobtwin.openapi.loader.origins import FilePlace, Origins
from jobtwin.openapi.loader.text import parse, read_text
from jobtwin.openapi.pointer import entries, node_at, pointer, tokens
from jobtwin.openapi.untyped import as_map

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_SILENT = frozenset(
    {"paths", "responses", "content", "schema", "schemas", "components", "properties", "items"}
)


@dataclass(frozen=True, slots=True)
class _ReferenceTarget:
    """The target of a reference: a file, and the tokens of a pointer into it."""

    path: Path
    tokens: tuple[str, ...]


class _Dangling(Exception):
    """A broken reference: why, and what would be right."""


@dataclass(slots=True)
class _File:
    """A file that is referred to: its data, and its place."""

    data: Any
    place: FilePlace


@dataclass(slots=True)
class Bundle:
    """Copies all that a document refers to into the document, in place.

    A reference to a kind of component, such as a schema or response, becomes one to
    `#/components/…`; any other reference is replaced by its target.
    """

    tree: Any
    path: Path
    origins: Origins
    found: list[tuple[FilePlace, str]] = field(default_factory=list)
    _files: dict[Path, _File] = field(default_factory=dict)
    _named: dict[tuple[str, _ReferenceTarget], str] = field(default_factory=dict)
    _walked: set[int] = field(default_factory=set)
    _root: Path = field(init=False)

    def __post_init__(self) -> None:
        self._root = self.path.resolve()

    def run(self) -> None:
        """Changes the document; `found` has the broken references."""
        root = self._root
        self._files[root] = _File(self.tree, FilePlace(0, ()))
        self._claim(root)
        for key, child in list(self.tree.items()):
            kind = kind_below("document", key)
            if kind:
                self._child(self.tree, key, kind, root, FilePlace(0, (key,)))
            elif isinstance(child, dict) and isinstance(child.get("$ref"), str):
                self._inline(self.tree, key, None, root, FilePlace(0, (key,)))

    def _claim(self, root: Path) -> None:
        """Lets targets of references among components keep the components' names."""
        for kind, section in SECTIONS.items():
            for name, entry in entries(as_map(self.tree.get("components")).get(section)):
                reference = as_map(entry).get("$ref")
                if isinstance(reference, str) and not reference.startswith("#"):
                    target = self._target(reference, root)
                    self._named.setdefault((kind, target), name)

    # -- the walk --------------------------------------------------------------------------------

    def _child(self, parent: Any, key: Any, kind: str, path: Path, place: FilePlace) -> None:
        node = parent[key]
        if isinstance(as_map(node).get("$ref"), str):
            self._refer(parent, key, kind, path, place)
        elif isinstance(node, dict | list) and id(node) not in self._walked:
            self._walked.add(id(node))
            self._children(node, kind, path, place)

    def _children(self, node: Any, kind: str, path: Path, place: FilePlace) -> None:
        for token, child in entries(node):
            inner = kind_below(kind, token)
            if inner and isinstance(child, dict | list):
                at = self.origins.moved.get((id(node), str(token))) or place.below(token)
                self._child(node, token, inner, path, at)

    def _refer(self, parent: Any, key: Any, kind: str, path: Path, place: FilePlace) -> None:
        node = parent[key]
        target = self._target(node["$ref"], path)
        root = self._root
        if target.path == root and _is_component(target):
            if path != root:
                node["$ref"] = "#" + pointer(target.tokens)
            if kind == "schema":
                self._siblings(node, path, place)
        elif kind not in SECTIONS:
            self._inline(parent, key, kind, path, place)
        else:
            self._import_component(parent, key, kind, target, place)

    def _import_component(
        self, parent: Any, key: Any, kind: str, target: _ReferenceTarget, place: FilePlace
    ) -> None:
        """Makes a reference lead to a component; notes one that leads nowhere."""
        try:
            self._refer_to_component(parent, key, kind, target)
        except _Dangling as dangling:
            self.found.append((place.below("$ref"), str(dangling)))

    def _refer_to_component(
        self, parent: Any, key: Any, kind: str, target: _ReferenceTarget
    ) -> None:
        """Makes a reference lead to a component of the document, imported if it is not there yet."""
        node = parent[key]
        if target.path == self._root and target.tokens in _ABOVE_COMPONENTS:
            raise _Dangling(f"{node['$ref']!r} leads to all of the document")
        name = self._named.get((kind, target))
        section = self.tree.get("components", {}).get(SECTIONS[kind])
        if name is None or (parent is section and key == name):
            name = self._import(kind, target, node["$ref"], name)
        if parent is not self.tree["components"][SECTIONS[kind]] or key != name:
            node["$ref"] = f"#/components/{SECTIONS[kind]}{pointer([name])}"

    def _siblings(self, node: Any, path: Path, place: FilePlace) -> None:
        for token, child in entries(node):
            inner = kind_below("schema", token)
            if inner and isinstance(child, dict | list):
                self._child(node, token, inner, path, place.below(token))

    def _inline(
        self, parent: Any, key: Any, kind: str | None, path: Path, place: FilePlace
    ) -> None:
        node = parent[key]
        seen = set[_ReferenceTarget]()
        try:
            while isinstance(node, dict) and isinstance(node.get("$ref"), str):
                target = self._target(node["$ref"], path)
                _check_new(target, seen, node["$ref"])
                node, at = self._content(target, node["$ref"])
                path = target.path
        except _Dangling as dangling:
            self.found.append((place.below("$ref"), str(dangling)))
            return
        parent[key] = deepcopy(node)
        self.origins.move(parent, key, at)
        if kind:
            self._child(parent, key, kind, path, at)

    def _import(self, kind: str, target: _ReferenceTarget, reference: str, name: str | None) -> str:
        content, place = self._content(target, reference)
        components = self.tree.setdefault("components", {})
        section = components.setdefault(SECTIONS[kind], {})
        name = name or _free(_suggested(target), section)
        self._named[kind, target] = name
        section[name] = content
        self.origins.move(section, name, place)
        self._child(section, name, kind, target.path, place)
        return name

    # -- targets ---------------------------------------------------------------------------------

    def _target(self, reference: str, path: Path) -> _ReferenceTarget:
        file, _, fragment = reference.partition("#")
        return _ReferenceTarget(
            _file(file, path), tuple(tokens(unquote(fragment))) if fragment.startswith("/") else ()
        )

    def _content(self, target: _ReferenceTarget, reference: str) -> tuple[Any, FilePlace]:
        file = self._file(target, reference)
        try:
            node = node_at(file.data, pointer(target.tokens))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise _Dangling(self._missing(reference, target)) from error
        return node, FilePlace(file.place.file, target.tokens)

    def _file(self, target: _ReferenceTarget, reference: str) -> _File:
        if target.path not in self._files:
            if _URL.match(str(target.path)):
                why = f"{reference!r} is a URL; download the file, and refer to it by its path"
                raise _Dangling(why)
            label = _label(target.path, self._root.parent)
            try:
                data = parse(label, read_text(target.path))
            except SpecRefused as refused:
                raise _Dangling(f"{reference!r}: {refused.mistakes[0].why}") from refused
            place = self.origins.add_file(label, target.path)
            self._files[target.path] = _File(data, place)
        return self._files[target.path]

    def _missing(self, reference: str, target: _ReferenceTarget) -> str:
        *above, _ = target.tokens or ("",)
        try:
            known = node_at(self._files[target.path].data, pointer(above))
        except (KeyError, IndexError, TypeError, ValueError):
            known = ()
        names = ", ".join(known) if isinstance(known, dict) else ""
        return f"{reference!r} leads to none of '#{pointer(above)}/…' ({names or 'there are none'})"


_ABOVE_COMPONENTS = ((), ("components",), *(("components", each) for each in SECTIONS.values()))
"""The places above the components, which cannot become components."""


def _check_new(target: _ReferenceTarget, seen: set[_ReferenceTarget], reference: str) -> None:
    if target in seen:
        raise _Dangling(f"{reference!r} leads back to itself")
    seen.add(target)


def _is_component(target: _ReferenceTarget) -> bool:
    return len(target.tokens) == 3 and target.tokens[0] == "components"  # noqa: PLR2004 - components, section, name


def _file(name: str, beside: Path) -> Path:
    """Returns the path of a file that another one names, or of that one; a URL as it is."""
    if _URL.match(name):
        return Path(name)
    return (beside.parent / unquote(name)).resolve() if name else beside


def _suggested(target: _ReferenceTarget) -> str:
    """Returns a component's name made from its place: `jobs_get_200` for a response in a path."""
    telling = [token for token in target.tokens if token not in _SILENT]
    words = [word for token in telling for word in re.split(r"[^A-Za-z0-9.-]+", token) if word]
    return "_".join(words) or re.sub(r"[^A-Za-z0-9._-]", "_", target.path.stem)


def _free(name: str, taken: Any) -> str:
    return next(each for each in _numbered(name) if each not in taken)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


def _label(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
