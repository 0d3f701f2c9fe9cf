"""Markdown as GitHub reads it: tables, code, headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MADE = "<!-- Made by `make docs` from specs/. Do not edit. -->"
"""The first line of every page."""


def text(written: str) -> str:
    """Markdown that somebody wrote, as one line which cannot leave its table cell."""
    line = " ".join(written.split())
    return re.sub(r"(?<!\\)\|", r"\\|", line).replace("<", "&lt;")


def code(name: str) -> str:
    """A name as it is on the wire, whatever is in it."""
    if re.search(r"[`|\n\r]|^\s|\s$|^$", name):
        return f"<code>{''.join(c if c.isalnum() else f'&#{ord(c)};' for c in name)}</code>"
    return f"`{name}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; empty where there are no rows. Cells are Markdown already."""
    lines = [_line(row) for row in rows]
    return "\n".join([_line(head), _line(["---"] * len(head)), *lines]) if lines else ""


def _line(cells: Sequence[str]) -> str:
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|"


def anchor(heading: str) -> str:
    """The link that GitHub gives a heading."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def page(*blocks: str) -> str:
    """A page of blocks, those that are empty left out."""
    return "\n\n".join([MADE, *filter(None, blocks)]) + "\n"
