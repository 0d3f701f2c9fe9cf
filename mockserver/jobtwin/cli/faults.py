"""`jobtwin faults`: add, list and remove faults of a running server."""

from __future__ import annotations

import json
from typing import Any

import click

from jobclients.control.api.faults import add_fault, list_faults, remove_fault, remove_faults
from jobclients.control.models import Fault, FaultList, FaultPreset, NewFault
from jobtwin.cli import completion
from jobtwin.cli.remote import Remote, connected
from jobtwin.cli.tables import TextTable, listing

_RULE = ("api", "operation", "job", "after", "times", "chance", "preset")


@click.group()
def faults() -> None:
    """Inject faults: errors, delays, cut connections, stale reads."""


@faults.command(epilog="Example: jobtwin faults add vendor getJob --status 429 --retry-after 5")
@click.argument("api", shell_complete=completion.apis)
@click.argument("operation", required=False)
@click.option("--job", metavar="ID", help="Only requests about this job.")
@click.option(
    "--after", type=click.IntRange(0), help="Number of matching requests that pass first."
)
@click.option("--times", type=click.IntRange(1), help="Number of requests to hit (default: all).")
@click.option(
    "--chance", type=click.FloatRange(0, 1, min_open=True), help="Probability of each hit."
)
@click.option("--preset", metavar="NAME", help="A preset of faults, such as bad_morning.")
@click.option("--status", type=int, help="Status, with the vendor's own error body.")
@click.option("--retry-after", type=float, help="Seconds for the header Retry-After.")
@click.option("--delay", metavar="DURATION", help="Delay of the response, such as 3s.")
@click.option(
    "--drop",
    type=click.Choice(["before", "headers", "after_headers", "body"]),
    help="Cut the connection before the response, in its headers, or in its body.",
)
@click.option("--body", metavar="TEXT", help="empty, html, truncated, malformed, or another text.")
@click.option("--stale", metavar="DURATION", help="Age of the data read, such as 10s.")
@click.option("--hide", is_flag=True, default=None, help="Respond as if the job were unknown.")
@click.option("--state", metavar="TEXT", help="An undocumented state to show.")
@click.option(
    "--handled/--unhandled", default=None, help="Carry out the request nevertheless, or not."
)
@click.option("--fault", "more", metavar="JSON", help="Any fault, in the JSON of the control API.")
@connected
def add(remote: Remote, /, **flags: Any) -> None:
    """Add a fault to the responses of API, or of one OPERATION."""
    fault = {**_json(flags.pop("more")), **_fault(flags)}
    body = {name: flags[name] for name in _RULE if flags[name] is not None}
    if fault:
        body["fault"] = fault
    new = NewFault.from_dict(body)
    made = remote.ask(Fault, add_fault.sync_detailed, client=remote.client, body=new)
    remote.show(made, _table([made.value]))


def _json(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise click.BadParameter(f'{text!r} is not an object such as {{"status": 429}}')
    return found


def _fault(flags: dict[str, Any]) -> dict[str, Any]:
    """Returns the fault given by the flags, with the control API's names."""
    retry_after = flags.pop("retry_after")
    said = {name: value for name, value in flags.items() if name not in _RULE}
    return {n: v for n, v in {**said, "retryAfter": retry_after}.items() if v is not None}


@faults.command("list", epilog="Example: jobtwin faults list --json")
@click.option("--presets", is_flag=True, help="List the presets instead.")
@connected
def list_(remote: Remote, /, *, presets: bool) -> None:
    """List the faults with their hits."""
    found = remote.ask(FaultList, list_faults.sync_detailed, client=remote.client)
    value = found.value
    remote.show(found, _preset_table(value.presets) if presets else _table(value.faults))


@faults.command(epilog="Example: jobtwin faults remove 1")
@click.argument("fault", metavar="[ID]", required=False)
@click.option("--all", "every", is_flag=True, help="Remove all of them.")
@connected
def remove(remote: Remote, /, *, fault: str | None, every: bool) -> None:
    """Remove the fault ID, or all of a preset."""
    if (fault is None) is not every:
        raise click.UsageError("name the ID of a fault, or use --all")
    if fault is None:
        remote.show(remote.tell(remove_faults.sync_detailed, client=remote.client))
    else:
        remote.show(remote.tell(remove_fault.sync_detailed, fault, client=remote.client))


def _table(found: list[Fault]) -> TextTable:
    rows = [
        (each.id, each.api, each.operation or "all", _told(each), _when(each), str(each.hits))
        for each in found
    ]
    return listing(("id", "api", "operation", "fault", "when", "hits"), rows, ("when",))


def _preset_table(found: list[FaultPreset]) -> TextTable:
    return listing(("preset", "summary"), [(each.name, each.summary) for each in found])


def _told(fault: Fault) -> str:
    """Returns a short description of a fault."""
    if not fault.fault_:
        return f"preset {fault.preset}"
    said = fault.fault_.to_dict()
    return ", ".join(f"{name} {json.dumps(v).strip(chr(34))}" for name, v in said.items())


def _when(fault: Fault) -> str:
    """Returns a description of the requests to hit."""
    words = [f"after {fault.after}"] if fault.after else []
    words += [f"{fault.times} times"] if fault.times else []
    words += [f"chance {fault.chance:g}"] if fault.chance else []
    return ", ".join(words) or "always"
