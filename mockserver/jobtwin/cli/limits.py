"""`jobtwin limits`: set, list and remove limits of requests on a running server."""

from __future__ import annotations

from typing import Any

import click

from jobclients.control.api.limits import list_limits, remove_limit, set_limit
from jobclients.control.models import Limit, LimitList, NewLimit
from jobtwin.cli import completion
from jobtwin.cli.remote import Remote, connected
from jobtwin.cli.tables import TextTable, listing


@click.group()
def limits() -> None:
    """Limit requests in a period; requests above the limit get 429."""


@limits.command("set", epilog="Example: jobtwin limits set vendor polls --requests 10 --every 1m")
@click.argument("api", shell_complete=completion.apis)
@click.argument("name")
@click.option("--requests", type=click.IntRange(1), help="Number of requests allowed.")
@click.option("--every", metavar="DURATION", help="Period, such as 1m.")
@click.option(
    "--per",
    type=click.Choice(["credential", "operation", "job"]),
    multiple=True,
    help="Count separately by this. Repeatable.",
)
@click.option(
    "--operation", "operations", metavar="OPERATION", multiple=True, help="Count only these."
)
@connected
def set_(remote: Remote, /, *, api: str, name: str, **flags: Any) -> None:
    """Set the limit NAME: one of the spec, or your own."""
    said = {each: value for each, value in flags.items() if value not in (None, ())}
    body = NewLimit.from_dict(said)
    made = remote.ask(Limit, set_limit.sync_detailed, api, name, client=remote.client, body=body)
    remote.show(made, _table([made.value]))


@limits.command("list", epilog="Example: jobtwin limits list --json")
@connected
def list_(remote: Remote, /) -> None:
    """List all limits, with the number of refused requests."""
    found = remote.ask(LimitList, list_limits.sync_detailed, client=remote.client)
    remote.show(found, _table(found.value.limits))


@limits.command(epilog="Example: jobtwin limits remove vendor polls")
@click.argument("api", shell_complete=completion.apis)
@click.argument("name")
@connected
def remove(remote: Remote, /, *, api: str, name: str) -> None:
    """Remove the limit NAME."""
    remote.show(remote.tell(remove_limit.sync_detailed, api, name, client=remote.client))


def _table(found: list[Limit]) -> TextTable:
    rows = [
        (
            each.api,
            each.name,
            f"{each.requests} every {each.every}",
            ", ".join(each.per) or "all together",
            "yes" if each.in_force else "no",
            str(each.refused),
        )
        for each in found
    ]
    return listing(("api", "limit", "requests", "per", "in force", "refused"), rows, ("per",))
