"""Writes the generated pages into a folder, or compares the folder with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from pathlib import Path

from jobtwin.docs.fidelity import ledger
from jobtwin.docs.gallery import machines
from jobtwin.openapi import Spec


def write(specs: Iterable[Spec], folder: Path) -> list[Path]:
    """Writes every page, and keeps other files in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in _pages(specs).items():
        written.append(folder / name)
        written[-1].write_text(text, encoding="utf-8", newline="\n")
    return written


def differences(specs: Iterable[Spec], folder: Path) -> list[str]:
    """Returns a line for each outdated page, with its first line that differs."""
    found = []
    for name, text in _pages(specs).items():
        path = folder / name
        if not path.is_file():
            found.append(f"{path}: is missing")
        elif (old := path.read_text(encoding="utf-8", errors="replace")) != text:
            found.append(f"{path}:{_first(old, text)}: is not what the specs make")
    return found


def _first(old: str, new: str) -> int:
    """Returns the number of the first line that differs."""
    pairs = zip_longest(old.splitlines(), new.splitlines())
    return next((n for n, (before, after) in enumerate(pairs, 1) if before != after), 1)


def _pages(specs: Iterable[Spec]) -> Mapping[str, str]:
    specs = list(specs)
    return {"fidelity.md": ledger(specs), "machines.md": machines(specs)}
