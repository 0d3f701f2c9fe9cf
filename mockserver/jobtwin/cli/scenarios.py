"""`jobtwin scenarios`: list scenarios and choose defaults."""

from __future__ import annotations

from itertools import chain

import click
from rich.text import Text

from jobclients.control.api.machines import list_machines, set_default_scenario
from jobclients.control.models import DefaultScenario, Machine, MachineList
from jobtwin.cli import completion
from jobtwin.cli.remote import ControlAnswer, Remote, connected, given
from jobtwin.cli.tables import TextTable, listing
from jobtwin.errors import unknown


@click.command(epilog="Example: jobtwin scenarios API --set-default NAME")
@click.argument("api", required=False, shell_complete=completion.apis)
@click.option(
    "--machine",
    metavar="NAME",
    help="Only scenarios of this machine.",
    shell_complete=completion.machines,
)
@click.option(
    "--set-default",
    "default",
    metavar="NAME",
    help="Use this scenario for new jobs of API by default.",
    shell_complete=completion.scenarios,
)
@connected
def scenarios(remote: Remote, *, api: str | None, machine: str | None, default: str | None) -> None:
    """List scenarios, or choose an API's default scenario.

    Without API, lists those of all APIs.
    """
    if (machine or default) and api is None:
        raise click.UsageError("name the API: jobtwin scenarios API …")
    found = machines(remote, api)
    chosen = _named(remote, found.value.machines, machine, api or "")
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
    remote.show(answer, _table([answer.value]))


def _named(remote: Remote, found: list[Machine], name: str | None, api: str) -> list[Machine]:
    """The machines of a name, or all."""
    chosen = [each for each in found if name in (None, each.machine)]
    if not chosen:
        raise remote.refusal(unknown("machine", name, [each.machine for each in found], api))
    return chosen


def machines(remote: Remote, api: str | None) -> ControlAnswer[MachineList]:
    """Returns the machines of an API, or of all. Raises an error for an unknown API."""
    call = list_machines.sync_detailed
    found = remote.ask(MachineList, call, client=remote.client, api=given(api))
    if found.value.machines:
        return found
    every = remote.ask(MachineList, call, client=remote.client).value.machines
    raise remote.refusal(unknown("twin", api, dict.fromkeys(each.api for each in every)))


def _with(remote: Remote, found: list[Machine], scenario: str) -> Machine:
    """Returns the only machine with a scenario."""
    able = [each for each in found if scenario in _scenario_names(each)]
    if len(able) > 1:
        names = ", ".join(each.machine for each in able)
        raise click.UsageError(f"several machines have {scenario} ({names}); add --machine NAME")
    if not able:
        there = dict.fromkeys(chain.from_iterable(map(_scenario_names, found)))
        raise remote.refusal(unknown("scenario", scenario, there, found[0].api))
    return able[0]


def _scenario_names(machine: Machine) -> list[str]:
    return [each.name for each in machine.scenarios]


def _table(found: list[Machine]) -> TextTable:
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
    return listing(["api", "machine", "scenario", "", "summary"], rows, _uniform(found))


def _uniform(found: list[Machine]) -> list[str]:
    """Returns the columns in which all rows would be equal."""
    different = {"machine": len(found), "api": len({each.api for each in found})}
    return [column for column, number in different.items() if number == 1]
