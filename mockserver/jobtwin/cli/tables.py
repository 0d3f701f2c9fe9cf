"""Output for people: tables in colour on a terminal, plain text elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import click
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_WIDE = 10_000
"""Columns outside of a terminal: nothing is wrapped there."""

_PROSE = {"seen", "summary", "value", "source", "why"}
_READABLE = 24
"""The minimum line length of prose."""

_GAP = 2
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
"""Colours by a state's outcome, or by its kind if it is not final."""

Cell = str | Text


@dataclass(frozen=True)
class TextTable:
    """Rows with headings. A narrow terminal omits the columns in `drop`.

    The first of `drop` is omitted first. Other columns are never cut, so IDs can be copied.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    drop: Sequence[str] = ()

    def fitted(self, width: int) -> Table:
        """Returns the table for a terminal of this width."""
        shown = self._columns(width)
        rows = [[row[n] for n in shown] for row in self.rows]
        return _table([self.heads[n] for n in shown], rows)

    def _columns(self, width: int) -> list[int]:
        """Returns the columns that are not empty, without those dropped on a narrow terminal."""
        shown = [n for n, head in enumerate(self.heads) if not head or any(self._cells(n))]
        for head in self.drop:
            if sum(map(self._width, shown)) - _GAP > width:
                shown = [n for n in shown if self.heads[n] != head]
        return shown

    def _cells(self, column: int) -> list[Cell]:
        return [row[column] for row in self.rows]

    def _width(self, column: int) -> int:
        longest = max(map(len, [self.heads[column], *self._cells(column)]))
        return _GAP + (min(longest, _READABLE) if self.heads[column] in _PROSE else longest)


def say(*parts: RenderableType | TextTable) -> None:
    """Prints parts, one below the other.

    On a narrow terminal, prose is wrapped and listings omit columns; names and IDs are never cut.
    Elsewhere nothing is wrapped or omitted.
    """
    console = Console(markup=False, emoji=False, highlight=False)
    width = console.width if console.is_terminal else _WIDE
    shown = [each.fitted(width) if isinstance(each, TextTable) else each for each in parts]
    least = (Measurement.get(console, console.options.update(width=_WIDE), each) for each in shown)
    console.width = max(width, *(each.minimum for each in least), 0)
    with console.capture() as captured:
        console.print(*shown, sep="\n")
    for line in captured.get().splitlines():
        click.echo(_PADDING.sub(r"\1", line), color=console.is_terminal)


def listing(
    heads: Sequence[str], rows: Iterable[Sequence[Cell]], drop: Sequence[str] = ()
) -> TextTable:
    """Returns a table that may omit the columns `drop`, in this order; empty columns are always omitted."""
    return TextTable(heads, list(rows), drop)


def _table(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Table:
    made = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for head in heads:
        made.add_column(head.upper(), no_wrap=head not in _PROSE)
    for row in rows:
        made.add_row(*row)
    return made


def pairs(rows: Mapping[str, Cell | None]) -> Table:
    """Returns a table of names and values; names without a value are omitted."""
    made = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=False)
    made.add_column(no_wrap=True)
    made.add_column()
    for name, value in rows.items():
        if value is not None:
            made.add_row(Text(f"  {name}", style="dim"), value)
    return made


def when(moment: datetime) -> str:
    """Returns a moment in the form of the APIs."""
    return moment.isoformat().replace("+00:00", "Z")


def short(moment: datetime) -> str:
    """Returns a moment to the second, for people."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def shorts(moments: Sequence[datetime]) -> list[str]:
    """Like `short`, without the date if all are on the same day."""
    if len({moment.date() for moment in moments}) <= 1:
        return [f"{moment:%H:%M:%S}" for moment in moments]
    return list(map(short, moments))


def within(span: timedelta) -> str:
    """Returns the time until a moment: "in 5 s", "in 2 min 5 s", "in 3 h 5 min", "in 2 d 3 h", "now"."""
    seconds = span.total_seconds()
    if seconds <= 0:
        return "now"
    if seconds < 1:
        return "in <1 s"
    return f"in {_two_units(round(seconds))}"


def _two_units(seconds: int) -> str:
    """Returns a span by its largest unit, and the next smaller one."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next(n for n, (number, _) in enumerate(parts) if number)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number)
