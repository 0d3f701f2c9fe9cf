"""`jobtwin jobs`: bring jobs into the world, look into them, steer them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

import click

from jobclients.control.api.jobs import (
    create_job,
    delete_job,
    finish_job,
    get_job,
    list_jobs,
    send_event,
)
from jobclients.control.models import Job, JobList, NewEvent, NewJob
from jobclients.control.types import UNSET
from jobtwin.cli import completion
from jobtwin.cli.life import life, lives
from jobtwin.cli.parameters import document, fact, instant, progression
from jobtwin.cli.remote import Answer, Refused, Remote, connected, given
from jobtwin.cli.scenarios import machines
from jobtwin.cli.tables import when

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group()
def jobs() -> None:
    """Make, find and steer jobs, whatever their vendor."""


def _one(command: Command) -> Command:
    """Give a command the arguments that name a job."""
    for add in (
        click.option(
            "--machine",
            metavar="NAME",
            help="Its machine, where several of API have a job of that ID.",
            shell_complete=completion.machines,
        ),
        click.argument("id_", metavar="ID"),
        click.argument("api", shell_complete=completion.apis),
    ):
        command = add(command)
    return command


@jobs.command("list", epilog="Example: jobtwin jobs list --state running")
@click.option("--api", metavar="NAME", help="Only of this twin.", shell_complete=completion.apis)
@click.option("--state", "states", multiple=True, help="Only in this state. Repeatable.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="At most so many."
)
@connected
def list_(remote: Remote, *, api: str | None, states: tuple[str, ...], limit: int) -> None:
    """List jobs, the latest first."""
    found = remote.ask(
        JobList,
        list_jobs.sync_detailed,
        client=remote.client,
        api=given(api),
        state=list(states) or UNSET,
        limit=limit,
    )
    remote.show(found, *lives(found.it))


@jobs.command(epilog="Example: jobtwin jobs create API --scenario NAME --fact priority:=5")
@click.argument("api", shell_complete=completion.apis)
@click.option(
    "--machine",
    metavar="NAME",
    help="Its machine, if API has several.",
    shell_complete=completion.machines,
)
@click.option(
    "--scenario",
    metavar="NAME",
    help="What it lives through, if not the usual; see: jobtwin scenarios API.",
    shell_complete=completion.scenarios,
)
@click.option("--id", "id_", metavar="ID", help="Its id; made if not said.")
@click.option(
    "--fact",
    "facts",
    multiple=True,
    type=fact,
    metavar="NAME=TEXT",
    help="A fact; NAME:=JSON for what is no text. Repeatable.",
)
@click.option("--parts", type=document, metavar="JSON", help='Its parts: {"NAME": [{…}, …]}.')
@click.option("--at", type=instant, metavar="MOMENT", help="When it is born, if not now.")
@progression("How it gets on, if not as the sandbox's jobs do.")
@connected
def create(  # noqa: PLR0913 - one parameter a flag
    remote: Remote,
    *,
    api: str,
    machine: str | None,
    scenario: str | None,
    id_: str | None,
    facts: tuple[tuple[str, Any], ...],
    parts: Any,
    at: datetime | None,
    progression: str | None,
) -> None:
    """Bring a job of API into the world."""
    said = {
        "api": api,
        "machine": machine,
        "scenario": scenario,
        "id": id_,
        "facts": dict(facts) or None,
        "parts": parts,
        "at": when(at) if at else None,
        "progression": progression,
    }
    try:
        body = NewJob.from_dict({name: it for name, it in said.items() if it is not None})
    except (AttributeError, TypeError, ValueError) as error:
        why = 'parts are an object of lists of objects, such as {"steps": [{"scenario": "fails"}]}'
        raise click.BadParameter(why, param_hint="--parts") from error
    made = remote.ask(Job, create_job.sync_detailed, client=remote.client, body=body)
    remote.show(made, *life(made.it))


@jobs.command(epilog="Example: jobtwin jobs show API ID")
@_one
@connected
def show(remote: Remote, *, api: str, machine: str | None, id_: str) -> None:
    """Look into the job ID of API: its state, its past and what comes next."""
    found = _found(remote, api, machine, id_)
    remote.show(found, *life(found.it))


@jobs.command(epilog="Example: jobtwin jobs send API ID cancel --data reason=holiday")
@_one
@click.argument("event")
@click.option(
    "--data",
    multiple=True,
    type=fact,
    metavar="NAME=TEXT",
    help="What the event's log lines may quote; NAME:=JSON for what is no text. Repeatable.",
)
@connected
def send(  # noqa: PLR0913 - one parameter a flag
    remote: Remote,
    *,
    api: str,
    machine: str | None,
    id_: str,
    event: str,
    data: tuple[tuple[str, Any], ...],
) -> None:
    """Make EVENT happen to the job ID of API."""
    job = _found(remote, api, machine, id_).it
    body = NewEvent.from_dict({"event": event, **({"data": dict(data)} if data else {})})
    after = remote.ask(
        Job, send_event.sync_detailed, api, job.machine, id_, client=remote.client, body=body
    )
    remote.show(after, *life(after.it))


@jobs.command(epilog="Example: jobtwin jobs finish API ID")
@_one
@connected
def finish(remote: Remote, *, api: str, machine: str | None, id_: str) -> None:
    """Let the job ID of API come to its planned end at once; the clock stays."""
    job = _found(remote, api, machine, id_).it
    after = remote.ask(Job, finish_job.sync_detailed, api, job.machine, id_, client=remote.client)
    remote.show(after, *life(after.it))


@jobs.command(epilog="Example: jobtwin jobs delete API ID")
@_one
@connected
def delete(remote: Remote, *, api: str, machine: str | None, id_: str) -> None:
    """Forget the job ID of API."""
    job = _found(remote, api, machine, id_).it
    answer = remote.tell(delete_job.sync_detailed, api, job.machine, id_, client=remote.client)
    remote.show(answer, f"{api} {job.machine} {id_} is forgotten.")


def _found(remote: Remote, api: str, machine: str | None, id_: str) -> Answer[Job]:
    """The job of that id: of that machine, or of the only one that has it."""
    names = [machine] if machine else [each.machine for each in machines(remote, api).it.machines]
    found = [job for name in names if (job := _looked_up(remote, api, name, id_))]
    if len(found) == 1:
        return found[0]
    if not found:
        kinds = f"{api} {machine or 'job'}"
        raise remote.refusal(f"there is no {kinds} {id_}; see: jobtwin jobs list --api {api}")
    several = ", ".join(job.it.machine for job in found)
    raise click.UsageError(f"several jobs of {api} are called {id_}; add --machine ({several})")


def _looked_up(remote: Remote, api: str, machine: str, id_: str) -> Answer[Job] | None:
    try:
        return remote.ask(Job, get_job.sync_detailed, api, machine, id_, client=remote.client)
    except Refused as refused:
        if refused.status == HTTPStatus.NOT_FOUND:
            return None
        raise
