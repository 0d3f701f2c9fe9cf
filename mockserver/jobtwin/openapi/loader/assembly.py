"""Assembles a SPEC from its file and the overlays that extend it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from jobtwin.errors import Mistake, SpecRefused
from jobtwin.openapi.loader.origins import FilePlace, Origins
from jobtwin.openapi.loader.overlay import Found, apply_overlay, check_overlay, is_overlay
from jobtwin.openapi.loader.references import Bundle
from jobtwin.openapi.loader.source import SpecSource, find_source
from jobtwin.openapi.loader.text import parse, read_text
from jobtwin.openapi.pointer import tokens

_MACHINES = frozenset({"x-jobs", "x-job-lifecycle"})


@dataclass(frozen=True, slots=True)
class FailedAction:
    """An action of an overlay that could not be applied: its place, why, and what it would have done."""

    place: FilePlace
    why: str
    action: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Assembled:
    """A document as its authors wrote it, in one tree, with the origin of each node."""

    name: str
    tree: Any
    origins: Origins
    overlays: frozenset[int] = frozenset()
    dangling: tuple[Found, ...] = ()
    overlay_paths: tuple[Path, ...] = ()
    failed: tuple[FailedAction, ...] = ()

    @property
    def is_vendors(self) -> bool:
        """True if the document is a vendor's own: it has no job machines, or only in an overlay."""
        tree = self.tree if isinstance(self.tree, dict) else {}
        return bool(self.overlays) or not tree.keys() & _MACHINES

    @property
    def file(self) -> str:
        """The document's file, as named in mistakes."""
        return self.origins.files[0].label

    def is_ours(self, place: FilePlace) -> bool:
        """Returns True if a place is in a file that the user wrote, and can correct."""
        return not self.is_vendors or place.file in self.overlays

    def place(self, at: str) -> FilePlace:
        """Returns where the node at a pointer into the tree comes from."""
        return self.origins.place(self.tree, tokens(at))

    def mistakes(self, found: Iterable[tuple[str, str]]) -> list[Mistake]:
        """Returns mistakes, given by pointer into the tree, with their files and lines."""
        return self.origins.mistakes(self.tree, found)


def assemble(spec: str | Path | SpecSource) -> Assembled:
    """Reads a SPEC. Raises SpecRefused if it cannot be assembled whole."""
    made = assemble_what_applies(spec)
    if made.failed:
        raise SpecRefused(made.origins.placed([(each.place, each.why) for each in made.failed]))
    return made


def assemble_what_applies(spec: str | Path | SpecSource) -> Assembled:
    """Reads a SPEC, and notes which actions of its overlays failed. Raises SpecRefused if nothing can be read."""
    source = find_source(spec)
    path, tree = source.path, _parse(source.path)
    overlays = [(overlay, _parse(overlay)) for overlay in source.overlays]
    seen = [path]
    while is_overlay(tree):
        overlays.insert(0, (path, tree))
        path = _extended(path, tree)
        if path in seen:
            raise SpecRefused([Mistake(path.name, "/extends", "leads back to this overlay")])
        seen.append(path)
        tree = _parse(path)
    return _extend(source.name, path, tree, overlays)


def _parse(path: Path) -> Any:
    return parse(path.name, read_text(path))


def _extend(name: str, path: Path, tree: Any, overlays: Sequence[tuple[Path, Any]]) -> Assembled:
    origins = Origins()
    origins.add_file(path.name, path)
    dangling = _bundled(tree, path, origins)
    wrong, failed = list[Found](), list[FailedAction]()
    files = set[int]()
    for file, overlay in overlays:
        place = origins.add_file(file.name, file)
        files.add(place.file)
        wrong += (mistakes := list(check_overlay(overlay, place)))
        failed += [] if mistakes else _applied(tree, overlay, place, origins)
    if wrong:
        raise SpecRefused(origins.placed([*wrong, *((each.place, each.why) for each in failed)]))
    dangling = _bundled(tree, path, origins) if overlays else dangling
    paths = tuple(map(itemgetter(0), overlays))
    return Assembled(name, tree, origins, frozenset(files), tuple(dangling), paths, tuple(failed))


def _applied(
    tree: Any, overlay: Mapping[str, Any], place: FilePlace, origins: Origins
) -> Iterator[FailedAction]:
    """Applies the actions of an overlay; yields those that failed."""
    for at, why in apply_overlay(tree, overlay, place, origins):
        yield FailedAction(at, why, overlay["actions"][int(at.path[len(place.path) + 1])])


def _bundled(tree: Any, path: Path, origins: Origins) -> list[Found]:
    """Bundles the files, and returns the broken references."""
    if not isinstance(tree, dict):
        return []
    bundle = Bundle(tree, path, origins)
    bundle.run()
    return bundle.found


def _extended(path: Path, overlay: dict[str, Any]) -> Path:
    """Returns the file that an overlay extends, relative to the overlay."""
    extends = overlay.get("extends")
    origins = Origins()
    place = origins.add_file(path.name, path)
    if not isinstance(extends, str):
        why = "needs `extends`, the file that it changes; or give it as --overlay beside that file"
        raise SpecRefused(origins.placed([(place, why)]))
    if re.match(r"[a-z][a-z0-9+.-]+:", extends):
        why = f"{extends!r} is a URL; download the file, and write its path, relative to this one"
        raise SpecRefused(origins.placed([(place.below("extends"), why)]))
    target = path.parent / extends
    if not target.is_file():
        why = f"there is no file {extends!r} in {path.parent}"
        raise SpecRefused(origins.placed([(place.below("extends"), why)]))
    return target
