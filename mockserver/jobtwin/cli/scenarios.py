"""`jobtwin scenarios`: what jobs may live through, and which of it nobody need ask for."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

from jobclients.control.api.machines import list_machines, set_default_scenario
from jobclients.control.models import DefaultScenario, Machine, MachineList
from jobtwin.cli import completion
from jobtwin.cli.remote import Answer, Remote, connected, given
from jobtwin.cli.tables import table


@click.command(epilog="Example: jobtwin scenarios API --set-default NAME")
@click.argument("api", required=False, shell_complete=completion.apis)
@click.option(
    "--machine", metavar="NAME", help="Only of this machine.", shell_complete=completion.machines
)
@click.option(
    "--set-default",
    "default",
    metavar="NAME",
    help="Let jobs live by this one when nobody chooses; needs API.",
    shell_complete=completion.scenarios,
)
@connected
def scenarios(remote: Remote, *, api: str | None, machine: str | None, default: str | None) -> None:
    """List scenarios, or choose the usual one of an API.

    Without API, lists those of all.
    """
    if (machine or default) and api is None:
        raise click.UsageError("say of which API, too: jobtwin scenarios API …")
    found = machines(remote, api)
    chosen = [each for each in found.it.machines if machine in (None, each.machine)]
    if not chosen:
        names = ", ".join(each.machine for each in found.it.machines)
        raise remote.refusal(f"{api} has no machine {machine}; there are {names}")
    if default is None or api is None:
        remote.show(found, _table(chosen))
        return
    answer = remote.ask(
        Machine,
        set_default_scenario.sync_detailed,
        api,
        _with(remote, chosen, default).machine,
        client=remote.client,
        body=DefaultScenario(default),
    )
    remote.show(answer, _table([answer.it]))


def machines(remote: Remote, api: str | None) -> Answer[MachineList]:
    """The machines of an API, or of all; an error if there are none."""
    call = list_machines.sync_detailed
    found = remote.ask(MachineList, call, client=remote.client, api=given(api))
    if found.it.machines:
        return found
    every = remote.ask(MachineList, call, client=remote.client).it.machines
    names = ", ".join(dict.fromkeys(each.api for each in every))
    raise remote.refusal(f"there is no twin {api}; there are {names or 'none'}")


def _with(remote: Remote, found: list[Machine], scenario: str) -> Machine:
    """The one machine that knows a scenario."""
    able = [each for each in found if scenario in (known.name for known in each.scenarios)]
    if len(able) > 1:
        names = ", ".join(each.machine for each in able)
        raise click.UsageError(f"several machines know {scenario} ({names}); add --machine NAME")
    if not able:
        names = ", ".join(dict.fromkeys(known.name for each in found for known in each.scenarios))
        raise remote.refusal(f"{scenario} is not one of the scenarios ({names})")
    return able[0]


def _table(found: list[Machine]) -> Table:
    rows = [
        (
            each.api,
            each.machine,
            Text(scenario.name, style="bold" if scenario.default else ""),
            "default" if scenario.default else "",
            scenario.summary,
        )
        for each in found
        for scenario in each.scenarios
    ]
    return table(["api", "machine", "scenario", "", "summary"], rows)
