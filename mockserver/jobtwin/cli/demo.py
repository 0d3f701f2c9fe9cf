"""`jobtwin demo`: runs every waiter, with progress bars on a terminal and lines in a log."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from jobtwin.cli.specs import loaded
from jobtwin.cli.tables import COLOURS, listing, say

if TYPE_CHECKING:
    from jobtwin.demo import DemoJob, WaitResult
    from jobwait import Snapshot


@click.command(
    epilog="Example: jobtwin demo. Exit codes: 0 all went as planned, 1 something did not."
)
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="Port (default: a free one)."
)
def demo(*, port: int) -> None:
    """Wait for a job of each kind, and one that fails, at the same time.

    Takes ten to twenty seconds, and leaves nothing running.
    """
    from jobtwin.demo import demo_jobs, run  # noqa: PLC0415 - the others need not wait for it
    from jobtwin.testing import serving  # noqa: PLC0415 - same

    began = time.monotonic()
    chosen = demo_jobs(loaded(()))
    screen = Screen(chosen)
    try:
        with serving(port=port) as host:
            say(f"Twins at {host.url}; each job has its own sandbox and clock.")
            with screen.open():
                results = asyncio.run(run(host, chosen, screen.show))
    except OSError as error:
        raise click.ClickException(f"{error.strerror or error}; choose another --port") from error
    say("", _summary(results), "")
    if wrong := [each for each in results if not each.planned]:
        raise click.ClickException(f"{len(wrong)} of {len(results)} did not go as planned")
    took = time.monotonic() - began
    say(f"All {len(results)} went as planned, in {took:.1f} s. Nothing is left running.")
    say("", _next(chosen[-1]))


def _next(case: DemoJob) -> str:
    """Returns suggestions for after the demo; `case` is a sample job."""
    job = f"{case.spec.name} --machine {case.machine.name} --scenario {case.scenario.name}"
    return "\n".join(
        [
            "Next:",
            "  jobtwin serve                    serve these APIs; prints sample requests",
            "  jobtwin serve your-vendor.yaml   serve an API from your own OpenAPI file",
            "  def test_it(jobtwin): ...        test your own code against a twin with pytest",
            "While a server runs, create a job that fails:",
            f"  jobtwin jobs create {job}",
        ]
    )


class Screen:
    """Shows jobs as progress bars on a terminal, and as a line for each change elsewhere."""

    def __init__(self, cases: list[DemoJob]) -> None:
        self._console = Console(highlight=False, emoji=False)
        self._began = time.monotonic()
        self._states: dict[int, str] = {}
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[state]}"),
            console=self._console,
        )
        self._rows: dict[int, TaskID] = {}
        for case in cases if self._console.is_terminal else ():
            name = f"{_name(case):24} {case.scenario.name:24}"
            self._rows[id(case)] = self._bars.add_task(name, total=None, state="")

    def open(self) -> AbstractContextManager[Any]:
        """Returns the context in which the bars are shown."""
        return self._bars if self._rows else nullcontext()

    def show(self, case: DemoJob, snapshot: Snapshot[Any]) -> None:
        """Shows a snapshot of a job."""
        if self._rows:
            self._bars.update(self._rows[id(case)], **_bar(snapshot))
        elif self._states.get(id(case)) != snapshot.state:
            self._states[id(case)] = snapshot.state
            since = time.monotonic() - self._began
            done = "" if snapshot.fraction is None else f"{snapshot.fraction:.0%}"
            say(f"{since:5.1f} s  {_name(case):24} {case.scenario.name:24} {snapshot.state} {done}")


def _name(case: DemoJob) -> str:
    return case.lifecycle.name.replace(".", " ")


def _bar(snapshot: Snapshot[Any]) -> dict[str, Any]:
    colour = COLOURS.get(snapshot.outcome or snapshot.kind or "", "")
    state = f"[{colour}]{snapshot.state}[/]" if colour else snapshot.state
    if snapshot.kind == "final":
        return {"state": state, "total": 1, "completed": 1}
    if snapshot.fraction is None:
        return {"state": state}
    return {"state": f"{state} {snapshot.fraction:.0%}", "total": 1, "completed": snapshot.fraction}


def _summary(results: list[WaitResult]) -> Any:
    heads = ["job", "scenario", "ended as", "polls", "its time", "speed", "why"]
    rows: list[list[str | Text]] = [
        [
            _name(each.case),
            each.case.scenario.name,
            Text(each.state, style=COLOURS.get(str(each.case.ends), "")),
            str(each.attempts),
            f"{each.elapsed:.0f} s",
            f"{each.case.speed:.3g}-fold",
            each.reason,
        ]
        for each in results
    ]
    return listing(heads, rows, ["its time", "speed", "polls", "scenario"])
