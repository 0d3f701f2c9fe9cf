"""`jobtwin sandboxes`: list, create, reset and delete sandboxes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from jobclients.control.api.sandboxes import (
    create_sandbox,
    delete_sandbox,
    delete_sandboxes,
    export_sandbox,
    import_sandbox,
    list_sandboxes,
    reset_sandbox,
)
from jobclients.control.models import (
    NewSandbox,
    NewSandboxClock,
    Progression,
    Sandbox,
    SandboxList,
    World,
)
from jobclients.control.types import UNSET
from jobtwin.cli.parameters import SPEED, instant, progression
from jobtwin.cli.remote import Remote, connected, given, sandbox_name
from jobtwin.cli.tables import TextTable, listing, short
from jobtwin.errors import WorldRefused
from jobtwin.stores.files import read_world, write_world, written

_PAGE = 1000


@click.group()
def sandboxes() -> None:
    """Create and delete sandboxes: isolated sets of jobs, clock and journal."""


@sandboxes.command("list", epilog="Example: jobtwin sandboxes list --json")
@connected
def list_(remote: Remote) -> None:
    """List the sandboxes by name, the first 1000."""
    remote.enter(None)
    found = remote.ask(SandboxList, list_sandboxes.sync_detailed, client=remote.client, limit=_PAGE)
    left = found.value.total - len(found.value.sandboxes)
    remote.show(found, _table(found.value.sandboxes), *[f"and {left} more"] * (left > 0))


@sandboxes.command(epilog="Example: jobtwin sandboxes create mine --clock manual --empty")
@click.argument("name", type=sandbox_name)
@click.option(
    "--clock",
    type=click.Choice(["real", "manual", "skip"]),
    help="Clock; a manual one moves only by `clock advance`, one that skips also when all clients wait.",
)
@click.option("--start", metavar="MOMENT", type=instant, help="Start time of a manual clock.")
@click.option(
    "--speed",
    type=SPEED,
    help="Speed of a real clock, as a multiple of real time.",
)
@click.option("--seed", type=int, help="Seed of generated IDs.")
@click.option(
    "--empty/--samples",
    default=None,
    help="Without, or with, the samples of the vendors' documentation.",
)
@progression("What advances jobs.")
@connected
def create(remote: Remote, /, *, name: str, **flags: Any) -> None:
    """Create the sandbox NAME, or replace it.

    Other settings are copied from the sandbox of --sandbox, or the default one.
    """
    if flags["speed"] and (flags["start"] or flags["clock"] in ("manual", "skip")):
        raise click.UsageError("--speed requires a real clock; a manual one is frozen")
    if flags["start"] and flags["clock"] == "real":
        raise click.UsageError("--start requires a manual clock; a real one starts now")
    answer = remote.ask(
        Sandbox,
        create_sandbox.sync_detailed,
        name,
        client=remote.client,
        body=_new(**flags),
    )
    remote.show(answer, _table([answer.value]))


@sandboxes.command(epilog="Example: jobtwin sandboxes reset mine")
@click.argument("name", required=False, type=sandbox_name)
@connected
def reset(remote: Remote, *, name: str | None) -> None:
    """Delete the jobs and the journal of the sandbox NAME; its clock continues.

    Without NAME, resets the sandbox of --sandbox, or the default one.
    """
    if name:
        remote.enter(name)
    answer = remote.tell(reset_sandbox.sync_detailed, client=remote.client)
    remote.show(answer, "Sandbox reset.")


@sandboxes.command(epilog="Example: jobtwin sandboxes delete mine")
@click.argument("name", required=False, type=sandbox_name)
@click.option(
    "--all", "every", is_flag=True, help="Delete all sandboxes, and reset the default one."
)
@connected
def delete(remote: Remote, *, name: str | None, every: bool) -> None:
    """Delete the sandbox NAME."""
    if (name is None) != every:
        raise click.UsageError("name a sandbox, or use --all")
    remote.enter(None)
    if name is None:
        answer = remote.tell(delete_sandboxes.sync_detailed, client=remote.client)
        remote.show(answer, "Deleted all sandboxes.")
    else:
        answer = remote.tell(delete_sandbox.sync_detailed, name, client=remote.client)
        remote.show(answer, f"Deleted sandbox {name}.")


@sandboxes.command("export", epilog="Example: jobtwin sandboxes export mine > world.json")
@click.argument("name", type=sandbox_name)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write this file, readable only by its owner.",
)
@connected
def export(remote: Remote, *, name: str, output: Path | None) -> None:
    """Print the sandbox NAME as a file: its clock, jobs and latest requests.

    Open it with `serve --from FILE` or `sandboxes import`. The file contains the facts of jobs,
    which may be secret.
    """
    remote.enter(None)
    answer = remote.ask(World, export_sandbox.sync_detailed, name, client=remote.client)
    if output is None:
        click.echo(written(json.loads(answer.body)), nl=False)
    else:
        write_world(output, json.loads(answer.body))


@sandboxes.command("import", epilog="Example: jobtwin sandboxes import mine world.json")
@click.argument("name", type=sandbox_name)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@connected
def import_(remote: Remote, *, name: str, file: Path) -> None:
    """Create the sandbox NAME from FILE, or replace it; `-` reads stdin."""
    remote.enter(None)
    try:
        world = read_world(file)
    except WorldRefused as refused:
        raise click.ClickException(f"{file}: {refused}") from refused
    if not isinstance(world, dict):
        raise click.ClickException(f"{file}: not an exported sandbox: it contains no JSON object")
    answer = remote.ask(
        Sandbox,
        import_sandbox.sync_detailed,
        name,
        client=remote.client,
        body=World.from_dict(world),
    )
    remote.show(answer, _table([answer.value]))


def _new(  # noqa: PLR0913 - one parameter per flag
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


def _table(found: list[Sandbox]) -> TextTable:
    rows = [(each.name, short(each.now), str(each.jobs), str(each.requests)) for each in found]
    return listing(["sandbox", "now", "jobs", "requests"], rows, ["requests", "jobs"])
