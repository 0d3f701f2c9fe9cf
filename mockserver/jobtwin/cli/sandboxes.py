"""`jobtwin sandboxes`: worlds of their own, listed, made, begun anew and forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from rich.table import Table

from jobclients.control.api.sandboxes import (
    create_sandbox,
    delete_sandbox,
    delete_sandboxes,
    list_sandboxes,
    reset_sandbox,
)
from jobclients.control.models import (
    NewSandbox,
    NewSandboxClock,
    Progression,
    Sandbox,
    SandboxList,
)
from jobclients.control.types import UNSET
from jobtwin.cli.parameters import SPEED, instant, progression
from jobtwin.cli.remote import Remote, connected, given, sandbox_name
from jobtwin.cli.tables import table, when


@click.group()
def sandboxes() -> None:
    """Make sandboxes, worlds of their own, and forget them."""


@sandboxes.command("list", epilog="Example: jobtwin sandboxes list --json")
@connected
def list_(remote: Remote) -> None:
    """List the sandboxes by name."""
    remote.enter(None)  # looking makes none
    found = remote.ask(SandboxList, list_sandboxes.sync_detailed, client=remote.client)
    remote.show(found, _table(found.it.sandboxes))


@sandboxes.command(epilog="Example: jobtwin sandboxes create mine --clock manual --empty")
@click.argument("name", type=sandbox_name)
@click.option("--clock", type=click.Choice(["real", "manual"]), help="A manual clock stands still.")
@click.option("--start", metavar="MOMENT", type=instant, help="Where a manual clock starts.")
@click.option(
    "--speed",
    type=SPEED,
    help="How many seconds pass in a second of a real clock.",
)
@click.option("--seed", type=int, help="Seed of the ids made.")
@click.option("--empty/--samples", default=None, help="Without, or with, the vendors' samples.")
@progression("How jobs get on.")
@connected
def create(remote: Remote, /, *, name: str, **flags: Any) -> None:
    """Make the sandbox NAME, or begin it anew in another way.

    What is not said is as in the sandbox that --sandbox names, or the default one.
    """
    if flags["speed"] and (flags["start"] or flags["clock"] == "manual"):
        raise click.UsageError("--speed is for a real clock; a manual one stands still")
    if flags["start"] and flags["clock"] == "real":
        raise click.UsageError("--start is for a manual clock; a real one starts now")
    answer = remote.ask(
        Sandbox,
        create_sandbox.sync_detailed,
        name,
        client=remote.client,
        body=_new(**flags),
    )
    remote.show(answer, _table([answer.it]))


@sandboxes.command(epilog="Example: jobtwin sandboxes reset mine")
@click.argument("name", required=False, type=sandbox_name)
@connected
def reset(remote: Remote, *, name: str | None) -> None:
    """Begin the sandbox NAME anew; the clock goes on.

    Without NAME, begins that of --sandbox anew, or the default one.
    """
    if name:
        remote.enter(name)
    answer = remote.tell(reset_sandbox.sync_detailed, client=remote.client)
    remote.show(answer, "The sandbox is as new.")


@sandboxes.command(epilog="Example: jobtwin sandboxes delete mine")
@click.argument("name", required=False, type=sandbox_name)
@click.option("--all", "every", is_flag=True, help="Forget all, and begin everything anew.")
@connected
def delete(remote: Remote, *, name: str | None, every: bool) -> None:
    """Forget the sandbox NAME."""
    if (name is None) != every:
        raise click.UsageError("say which: NAME, or --all")
    remote.enter(None)  # a sandbox springs up on first use: this one would, to be deleted
    if name is None:
        answer = remote.tell(delete_sandboxes.sync_detailed, client=remote.client)
        remote.show(answer, "All sandboxes are forgotten.")
    else:
        answer = remote.tell(delete_sandbox.sync_detailed, name, client=remote.client)
        remote.show(answer, f"The sandbox {name} is forgotten.")


def _new(  # noqa: PLR0913 - one parameter a flag
    *,
    clock: str | None,
    start: datetime | None,
    speed: float | None,
    seed: int | None,
    empty: bool | None,
    progression: str | None,
) -> NewSandbox:
    return NewSandbox(
        clock=NewSandboxClock(clock) if clock else UNSET,
        start=given(start),
        speed=given(speed),
        seed=given(seed),
        empty=given(empty),
        progression=Progression(progression) if progression else UNSET,
    )


def _table(found: list[Sandbox]) -> Table:
    rows = [(each.name, when(each.now), str(each.jobs), str(each.requests)) for each in found]
    return table(["sandbox", "now", "jobs", "requests"], rows)
