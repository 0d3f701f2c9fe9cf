"""Markdown as GitHub reads it: tables, code, headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MADE = "<!-- Made by `make docs` from specs/. Do not edit. -->"
"""The first line of every page."""


def text(written: str) -> str:
    """Returns an author's Markdown as one line that cannot break its table cell."""
    line = " ".join(written.split())
    return re.sub(r"(?<!\\)\|", r"\\|", line).replace("<", "&lt;")


def code(name: str) -> str:
    """Returns a name as inline code, whatever characters it has."""
    if re.search(r"[`|\n\r]|^\s|\s$|^$", name):
        return f"<code>{''.join(c if c.isalnum() else f'&#{ord(c)};' for c in name)}</code>"
    return f"`{name}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table, or an empty text without rows. Cells are Markdown."""
    lines = list(map(_line, rows))
    return "\n".join([_line(head), _line(["---"] * len(head)), *lines]) if lines else ""


def _line(cells: Sequence[str]) -> str:
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|"


def anchor(heading: str) -> str:
    """Returns GitHub's anchor for a heading."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def page(*blocks: str) -> str:
    """Joins blocks to a page, without the empty ones."""
    return "\n\n".join([MADE, *filter(None, blocks)]) + "\n"
