"""`jobtwin clock`: read and move a sandbox's clock."""

from __future__ import annotations

from datetime import datetime

import click

from jobclients.control.api.clock import advance_clock, get_clock, set_clock
from jobclients.control.models import Advance, Clock, ClockChange, Progression
from jobclients.control.types import UNSET
from jobtwin.cli.parameters import SPEED, duration, instant
from jobtwin.cli.remote import Answer, Remote, connected, given
from jobtwin.cli.tables import pairs, when


@click.group()
def clock() -> None:
    """Read and move a sandbox's clock."""


@clock.command(epilog="Example: jobtwin clock show")
@connected
def show(remote: Remote) -> None:
    """Tell how late it is."""
    _show(remote, remote.ask(Clock, get_clock.sync_detailed, client=remote.client))


@clock.command(epilog="Example: jobtwin clock advance 5m")
@click.argument("by", metavar="[DURATION]", required=False, type=duration)
@click.option("--to", metavar="MOMENT", type=instant, help="Go to this moment.")
@click.option("--next", "to_next", is_flag=True, help="Go to when some job changes next.")
@connected
def advance(remote: Remote, *, by: str | None, to: datetime | None, to_next: bool) -> None:
    """Move the clock forward: by DURATION, to a moment, or to the next change of a job.

    A DURATION is written 5m, 90s, 1h30m, 2d, or as ISO 8601 does: PT5M. A MOMENT is written
    2026-01-01T00:00:00Z.
    """
    if (by is not None) + (to is not None) + to_next != 1:
        raise click.UsageError(
            "say how far, in one way: DURATION such as 5m, --to MOMENT or --next"
        )
    body = Advance(by=given(by), to=given(to), to_next=to_next or UNSET)
    _show(remote, remote.ask(Clock, advance_clock.sync_detailed, client=remote.client, body=body))


@clock.command(epilog="Example: jobtwin clock freeze")
@connected
def freeze(remote: Remote) -> None:
    """Stop the clock, so that it moves only when it is moved."""
    _change(remote, ClockChange(frozen=True))


@clock.command(epilog="Example: jobtwin clock thaw")
@connected
def thaw(remote: Remote) -> None:
    """Let the clock go on by itself."""
    _change(remote, ClockChange(frozen=False))


@clock.command(epilog="Example: jobtwin clock speed 60")
@click.argument("factor", type=SPEED)
@connected
def speed(remote: Remote, *, factor: float) -> None:
    """Let FACTOR seconds pass in a second."""
    _change(remote, ClockChange(speed=factor))


@clock.command(epilog="Example: jobtwin clock progression polls")
@click.argument("by", type=click.Choice(["time", "polls"]))
@connected
def progression(remote: Remote, *, by: str) -> None:
    """Let new jobs get on by time, or by one change with each read."""
    _change(remote, ClockChange(progression=Progression(by)))


def _change(remote: Remote, body: ClockChange) -> None:
    _show(remote, remote.ask(Clock, set_clock.sync_detailed, client=remote.client, body=body))


def _show(remote: Remote, answer: Answer[Clock]) -> None:
    it = answer.it
    passing = f"{it.speed:g} s in a second"
    rows = {
        "now": when(it.now),
        "speed": f"stands still; once thawed, {passing}" if it.frozen else passing,
        "jobs": f"get on by {it.progression}",
    }
    remote.show(answer, pairs(rows))
