"""What people read: tables in colour on a terminal, plain text elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import click
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_WIDE = 10_000
"""Columns of what is no terminal: nothing is wrapped there."""

_PROSE = {"seen", "summary", "value", "who asks for it", "why"}
_PADDING = re.compile(r" +((?:\x1b\[[\d;]*m)*) *$")

COLOURS: Mapping[str, str] = {
    "waiting": "",
    "active": "cyan",
    "paused": "magenta",
    "transient": "yellow",
    "success": "green",
    "failure": "red",
    "partial": "yellow",
    "cancelled": "dim",
}
"""By a state's outcome, or else by its kind."""


def say(*parts: RenderableType) -> None:
    """Print parts, one below the other; rich tells whether this is a terminal and wants colour.

    On a terminal that is too narrow prose is wrapped; names and ids never are, so that they can be
    copied.
    """
    console = Console(markup=False, emoji=False, highlight=False)
    least = (Measurement.get(console, console.options.update(width=_WIDE), each) for each in parts)
    narrowest = max((each.minimum for each in least), default=0)
    console.width = max(console.width, narrowest) if console.is_terminal else _WIDE
    with console.capture() as captured:
        console.print(*parts, sep="\n")
    for line in captured.get().splitlines():
        click.echo(_PADDING.sub(r"\1", line), color=console.is_terminal)


def table(heads: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A table; columns of prose may be wrapped."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for head in heads:
        made.add_column(head.upper(), no_wrap=head not in _PROSE)
    for row in rows:
        made.add_row(*row)
    return made


def pairs(rows: Mapping[str, str | Text | None]) -> Table:
    """Names and their values; those without a value are left out."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    made.add_column(no_wrap=True)
    made.add_column()
    for name, value in rows.items():
        if value is not None:
            made.add_row(Text(f"  {name}", style="dim"), value)
    return made


def when(moment: datetime) -> str:
    """A moment as the APIs write it."""
    return moment.isoformat().replace("+00:00", "Z")
