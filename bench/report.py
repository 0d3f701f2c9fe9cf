"""Writes `RESULTS.md` from a run."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench import cores, starts
from bench.budgets import Budget, Measurements, budgets
from bench.load import CONNECTIONS, generator
from bench.polls import Measured, Race

RESULTS = Path(__file__).parent / "RESULTS.md"


@dataclass(frozen=True)
class Run:
    """The settings of a run, and the load of the machine at its start."""

    command: str
    rounds: int
    seconds: float
    busy: float


def written(run: Run, found: Measurements) -> str:
    """Returns the whole page."""
    parts = [*_head(run), *_budgets(found), *_races(found.races), *_rest(found)]
    return "\n".join(parts).rstrip() + "\n"


def row(cells: Sequence[object]) -> str:
    """Returns a line of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def table(names: Sequence[str], rows: Iterator[Sequence[object]]) -> Iterator[str]:
    """Yields the lines of a table, and an empty line."""
    yield row(names)
    yield row(["---", *("---:" for _ in names[1:])])
    yield from map(row, rows)
    yield ""


def _head(run: Run) -> Iterator[str]:
    yield "# What the benchmark found"
    yield ""
    yield f"Written by `{run.command}` on {datetime.now(UTC):%Y-%m-%d}; no figure is written by hand."
    yield "[What each line means](README.md)."
    yield ""
    now = os.getloadavg()[0]
    yield f"- {machine()}, load average {run.busy:.1f} before the run and {now:.1f} after it"
    yield f"- Python {platform.python_version()}; load from {generator()}, {CONNECTIONS} connections"
    if cores.APART:
        yield "- each server has one core, the load another"
    yield f"- {run.rounds} rounds of {run.seconds:g} s for each server, in turn; medians of the rounds"
    yield ""


def machine() -> str:
    """Returns a short description of the machine."""
    system = f"{platform.system()} {platform.machine()}"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{system}, {os.cpu_count()} cores, {memory:.0f} GiB"


def _budgets(found: Measurements) -> Iterator[str]:
    yield "## Budgets"
    yield ""
    names = ["what", "at least", "aim", "measured", "verdict"]
    yield from table(names, (_line(budget) for budget in budgets(found)))
    yield from (f"- {part} failed: {why}" for part, why in found.failures.items())
    yield from _limits(found)


def _limits(found: Measurements) -> Iterator[str]:
    """Yields the reason for each missed aim."""
    short: dict[str, list[str]] = {}
    for budget in budgets(found):
        if budget.measured is not None and not budget.reached:
            short.setdefault(budget.limit, []).append(budget.what)
    if short:
        yield "What stands between a measure and its aim:"
        yield ""
    yield from (f"- {'; '.join(whats)}. {limit}" for limit, whats in short.items())
    yield ""


def _line(budget: Budget) -> Sequence[object]:
    sign = "≤ " if budget.most else ""
    least, aim = (f"{sign}{bound:g} {budget.unit}" for bound in (budget.least, budget.aim))
    measured = "–" if budget.measured is None else f"{budget.measured:.2f} {budget.unit}"
    return [budget.what, least, aim, measured, budget.verdict]


def _races(races: Sequence[Race]) -> Iterator[str]:
    for race in races:
        size = race.found["jobtwin"].size
        yield f"## Polls: {race.work.name}, {size:,} bytes"
        yield ""
        yield f"`{race.work.operation}`: {race.work.summary}."
        yield ""
        names = ["server", "does", "polls/s", "p50 ms", "p99 ms", "jobtwin is", "from – to"]
        yield from table(names, (_measured(race, found) for found in race.found.values()))
        yield from (f"- {name} is missing: {why}" for name, why in race.missing.items())
        yield ""


def _measured(race: Race, found: Measured) -> Sequence[object]:
    ratios = race.found["jobtwin"].against(found)
    return [
        f"{found.peer.name} {found.version}",
        found.peer.does,
        f"{found.rate:,.0f}",
        f"{found.p50:.2f}",
        f"{found.p99:.2f}",
        f"{median(ratios):.2f} ×",
        f"{min(ratios):.2f} – {max(ratios):.2f}",
    ]


def _share(found: Measurements, name: str) -> str:
    return f"{starts.against(found.starts, name):.2f} ×"


def _rest(found: Measurements) -> Iterator[str]:
    if found.starts:
        yield "## Start to first answered poll"
        yield ""
        rows = (
            (name, f"{median(took):.2f}", _share(found, name))
            for name, took in found.starts.items()
        )
        yield from table(["server", "seconds", "jobtwin takes"], rows)
    if found.reset is not None:
        yield f"A sandbox that is kept is emptied in {found.reset * 1000:.2f} ms."
