"""`jobtwin clock`: read and move a sandbox's clock."""

from __future__ import annotations

from datetime import datetime

import click

from jobclients.control.api.clock import advance_clock, get_clock, set_clock
from jobclients.control.models import Advance, Clock, ClockChange, Progression
from jobclients.control.types import UNSET
from jobtwin.cli.parameters import SPEED, duration, instant
from jobtwin.cli.remote import ControlAnswer, Remote, connected, given
from jobtwin.cli.tables import pairs, when


@click.group()
def clock() -> None:
    """Read and move a sandbox's clock."""


@clock.command(epilog="Example: jobtwin clock show")
@connected
def show(remote: Remote) -> None:
    """Show the sandbox's current time."""
    _show(remote, remote.ask(Clock, get_clock.sync_detailed, client=remote.client))


@clock.command(epilog="Example: jobtwin clock advance 5m")
@click.argument("by", metavar="[DURATION]", required=False, type=duration)
@click.option("--to", metavar="MOMENT", type=instant, help="Advance to this moment.")
@click.option("--next", "to_next", is_flag=True, help="Advance to the next change of a job.")
@connected
def advance(remote: Remote, *, by: str | None, to: datetime | None, to_next: bool) -> None:
    """Move the clock forward: by DURATION, to a moment, or to the next change of a job.

    Write a DURATION as 5m, 90s, 1h30m, 2d or PT5M (ISO 8601), and a MOMENT as 2026-01-01T00:00:00Z.
    """
    if (by is not None) + (to is not None) + to_next != 1:
        raise click.UsageError("use one of DURATION (such as 5m), --to MOMENT and --next")
    body = Advance(by=given(by), to=given(to), to_next=to_next or UNSET)
    _show(remote, remote.ask(Clock, advance_clock.sync_detailed, client=remote.client, body=body))


@clock.command(epilog="Example: jobtwin clock freeze")
@connected
def freeze(remote: Remote) -> None:
    """Stop the clock; it then only moves with `clock advance`."""
    _change(remote, ClockChange(frozen=True))


@clock.command(epilog="Example: jobtwin clock thaw")
@connected
def thaw(remote: Remote) -> None:
    """Let the clock run."""
    _change(remote, ClockChange(frozen=False))


@clock.command(epilog="Example: jobtwin clock speed 60")
@click.argument("factor", type=SPEED)
@connected
def speed(remote: Remote, *, factor: float) -> None:
    """Make the clock run FACTOR times as fast as real time."""
    _change(remote, ClockChange(speed=factor))


@clock.command(epilog="Example: jobtwin clock progression polls")
@click.argument("by", type=click.Choice(["time", "polls"]))
@connected
def progression(remote: Remote, *, by: str) -> None:
    """Choose how new jobs advance: with time, or by one change with each read."""
    _change(remote, ClockChange(progression=Progression(by)))


def _change(remote: Remote, body: ClockChange) -> None:
    _show(remote, remote.ask(Clock, set_clock.sync_detailed, client=remote.client, body=body))


def _show(remote: Remote, answer: ControlAnswer[Clock]) -> None:
    clock = answer.value
    speed = f"{clock.speed:g}-fold" if clock.speed != 1 else "real time"
    rows = {
        "now": when(clock.now),
        "speed": f"frozen; {speed} once thawed" if clock.frozen else speed,
        "jobs": f"advance with {clock.progression}",
    }
    remote.show(answer, pairs(rows))
