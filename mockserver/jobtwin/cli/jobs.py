"""`jobtwin jobs`: create, list, show, steer and await jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import click

from jobclients.control.api.clock import get_clock
from jobclients.control.api.jobs import (
    create_job,
    delete_job,
    finish_job,
    get_job,
    list_jobs,
    send_event,
    wait_for_job,
)
from jobclients.control.models import Clock, Job, JobList, Machine, NewEvent, NewJob
from jobclients.control.types import UNSET
from jobtwin.cli import completion
from jobtwin.cli.job_tables import job_details, job_list
from jobtwin.cli.parameters import document, fact, instant, progression, timeout
from jobtwin.cli.remote import ControlAnswer, Refused, Remote, connected, given
from jobtwin.cli.scenarios import machines
from jobtwin.cli.tables import when
from jobtwin.errors import unknown

Command = TypeVar("Command", bound=Callable[..., Any])

_MOST = 1000
"""The number of jobs that the control API lists at once."""

_LONGEST_WAIT = 20.0
"""The maximum wait of one request in seconds; the connection has its own timeout."""

_END, _SEEN_END = "end", "seen-end"
"""Values of a wait other than states: any final state, or that a client has seen it."""


@click.group()
def jobs() -> None:
    """Create, list and steer jobs of any API."""


def _one(command: Command) -> Command:
    """Add the arguments that name one job."""
    for add in (
        click.option(
            "--machine",
            metavar="NAME",
            help="Machine of the job, if several have a job with this ID.",
            shell_complete=completion.machines,
        ),
        click.argument(
            "name", metavar="[API] ID", nargs=-1, required=True, shell_complete=completion.apis
        ),
    ):
        command = add(command)
    return command


@jobs.command("list", epilog="Example: jobtwin jobs list --state running")
@click.option(
    "--api", metavar="NAME", help="Only jobs of this API.", shell_complete=completion.apis
)
@click.option("--state", "states", multiple=True, help="Only jobs in this state. Repeatable.")
@click.option(
    "--limit",
    type=click.IntRange(1, _MOST),
    default=100,
    show_default=True,
    help="Maximum number of jobs.",
)
@connected
def list_(remote: Remote, *, api: str | None, states: tuple[str, ...], limit: int) -> None:
    """List jobs, the latest first."""
    if api or states:
        _check_states(remote, machines(remote, api).value.machines, states)
    found = remote.ask(
        JobList,
        list_jobs.sync_detailed,
        client=remote.client,
        api=given(api),
        state=list(states) or UNSET,
        limit=limit,
    )
    remote.show(
        found,
        *(() if remote.as_json else job_list(found.value, remote.now(), "; more with --limit")),
    )


@jobs.command(epilog="Example: jobtwin jobs create API --scenario NAME --fact priority:=5")
@click.argument("api", shell_complete=completion.apis)
@click.option(
    "--machine",
    metavar="NAME",
    help="Machine of the job, if API has several.",
    shell_complete=completion.machines,
)
@click.option(
    "--scenario",
    metavar="NAME",
    help="Scenario of the job (default: the machine's default). List them: jobtwin scenarios API.",
    shell_complete=completion.scenarios,
)
@click.option("--id", "id_", metavar="ID", help="Job ID (default: generated).")
@click.option(
    "--fact",
    "facts",
    multiple=True,
    type=fact,
    metavar="NAME=TEXT",
    help="A fact; NAME:=JSON for anything but a string. Repeatable.",
)
@click.option("--parts", type=document, metavar="JSON", help='Parts: {"NAME": [{…}, …]}.')
@click.option("--at", type=instant, metavar="MOMENT", help="Creation time (default: now).")
@progression("How the job advances (default: the sandbox's setting).")
@connected
def create(  # noqa: PLR0913 - one parameter per flag
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
    """Create a job."""
    fields = {
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
        body = NewJob.from_dict({name: v for name, v in fields.items() if v is not None})
    except (AttributeError, TypeError, ValueError) as error:
        why = 'parts must be an object of lists of objects, such as {"steps": [{"scenario": "fails"}]}'
        raise click.BadParameter(why, param_hint="--parts") from error
    _show(remote, remote.ask(Job, create_job.sync_detailed, client=remote.client, body=body))


@jobs.command(epilog="Example: jobtwin jobs show ID")
@_one
@connected
def show(remote: Remote, *, name: tuple[str, ...], machine: str | None) -> None:
    """Show a job: state, history and next change.

    A unique prefix of ID is enough; API is required only if several APIs have such a job.
    """
    _show(remote, _found(remote, name, machine))


@jobs.command(epilog="Example: jobtwin jobs send ID cancel --data reason=holiday")
@_one
@click.argument("event")
@click.option(
    "--data",
    multiple=True,
    type=fact,
    metavar="NAME=TEXT",
    help="Data for log lines of the event; NAME:=JSON for anything but a string. Repeatable.",
)
@connected
def send(
    remote: Remote,
    *,
    name: tuple[str, ...],
    machine: str | None,
    event: str,
    data: tuple[tuple[str, Any], ...],
) -> None:
    """Send EVENT to a job."""
    job = _found(remote, name, machine).value
    body = NewEvent.from_dict({"event": event, **({"data": dict(data)} if data else {})})
    _show(
        remote,
        remote.ask(Job, send_event.sync_detailed, *_key(job), client=remote.client, body=body),
    )


@jobs.command(epilog="Example: jobtwin jobs wait ID --for running --timeout 30s")
@_one
@click.option(
    "--for",
    "state",
    default="end",
    show_default=True,
    metavar="STATE",
    help="State to wait for, `end` for any final state, or `seen-end` until a client has seen it.",
)
@click.option(
    "--timeout",
    "seconds",
    type=timeout,
    default="10m",
    show_default=True,
    metavar="DURATION",
    help="Maximum time to wait: 90s, 10m, 1h.",
)
@connected
def wait(
    remote: Remote, *, name: tuple[str, ...], machine: str | None, state: str, seconds: float
) -> None:
    """Wait until a job is in a state, or has ended.

    The timeout is real time. Exit code 1 on a timeout, or if the job ended in another state.
    """
    key = _key(_found(remote, name, machine).value)
    if reached := _awaited(remote, key, state, time.monotonic() + seconds):
        remote.show(reached, _told(reached.value, state))
        return
    last = remote.ask(Job, get_job.sync_detailed, *key, client=remote.client)
    remote.show(last)
    raise remote.refusal(_unreached(remote, last.value, state))


@jobs.command(epilog="Example: jobtwin jobs finish ID")
@_one
@connected
def finish(remote: Remote, *, name: tuple[str, ...], machine: str | None) -> None:
    """Complete a job immediately, with its scenario's final state, without moving the clock."""
    job = _found(remote, name, machine).value
    _show(remote, remote.ask(Job, finish_job.sync_detailed, *_key(job), client=remote.client))


@jobs.command(epilog="Example: jobtwin jobs delete ID")
@_one
@connected
def delete(remote: Remote, *, name: tuple[str, ...], machine: str | None) -> None:
    """Delete a job."""
    job = _found(remote, name, machine).value
    answer = remote.tell(delete_job.sync_detailed, *_key(job), client=remote.client)
    remote.show(answer, f"Deleted {' '.join(_key(job))}.")


def _check_states(remote: Remote, kinds: Sequence[Machine], states: Sequence[str]) -> None:
    known = list(dict.fromkeys(state for each in kinds for state in each.states))
    for state in states:
        if state not in known:
            apis = dict.fromkeys(each.api for each in kinds)
            raise remote.refusal(unknown("state", state, known, ", ".join(apis)))


def _show(remote: Remote, answer: ControlAnswer[Job]) -> None:
    parts = () if remote.as_json else job_details(answer.value, remote.now())
    remote.show(answer, *parts)


def _key(job: Job) -> tuple[str, str, str]:
    return job.api, job.machine, job.id


# -- waiting -----------------------------------------------------------------------------------


def _awaited(
    remote: Remote, key: tuple[str, str, str], state: str, deadline: float
) -> ControlAnswer[Job] | None:
    """The job when it has been in the state; None if it ended otherwise, or at the deadline."""
    while True:
        left = max(deadline - time.monotonic(), 0)
        wanted = {"until": state, "timeout": min(left, _LONGEST_WAIT)}
        try:
            return remote.ask(Job, wait_for_job.sync_detailed, *key, client=remote.client, **wanted)  # type: ignore[arg-type]  # mypy takes one type for both values
        except Refused as refused:
            if refused.status != HTTPStatus.CONFLICT:
                raise
        if left <= _LONGEST_WAIT or (state != _SEEN_END and _has_ended(remote, key)):
            return None


def _has_ended(remote: Remote, key: tuple[str, str, str]) -> bool:
    return remote.ask(Job, get_job.sync_detailed, *key, client=remote.client).value.kind == "final"


def _told(job: Job, state: str) -> str:
    was = "" if state in (job.state, _END, _SEEN_END) else f"was {state}, and "
    return f"{' '.join(_key(job))} {was}is {job.state}"


def _unreached(remote: Remote, job: Job, state: str) -> str:
    if state == _SEEN_END and job.kind == "final":
        return f"no client has seen that job {job.id} is {job.state}"
    if job.kind == "final":
        return f"job {job.id} ended as {job.state}, not {state}"
    frozen = remote.ask(Clock, get_clock.sync_detailed, client=remote.client).value.frozen
    hint = "; the clock is frozen: jobtwin clock thaw, or advance" if frozen else ""
    return f"job {job.id} is {job.state} at the timeout{hint}"


# -- finding -----------------------------------------------------------------------------------


def _found(remote: Remote, name: Sequence[str], machine: str | None) -> ControlAnswer[Job]:
    """Returns the job with this ID, or the only job whose ID has this prefix."""
    api, text = _api_and_id(name)
    known = machines(remote, api).value.machines
    keys = [(each.api, each.machine, text) for each in known if machine in (None, each.machine)]
    beginning = partial(_beginning, remote, api, machine, text)
    found = _all_of(remote, keys) or _all_of(remote, beginning()[:_SHOWN])
    if len(found) > 1:
        raise click.UsageError(_ambiguous(text, [job.value for job in found]))
    if not found:
        raise remote.refusal(_unknown_id(api, machine, text))
    return found[0]


def _api_and_id(name: Sequence[str]) -> tuple[str | None, str]:
    *apis, text = name
    if len(apis) > 1:
        raise click.UsageError(f"name one job, as [API] ID, not {' '.join(name)}")
    return next(iter(apis), None), text


def _unknown_id(api: str | None, machine: str | None, text: str) -> str:
    kind = " ".join(filter(None, (api, machine, "job")))
    scope = f" --api {api}" if api else ""
    return f"no {kind} has the ID {text}; list them with: jobtwin jobs list{scope}"


def _all_of(remote: Remote, keys: Sequence[tuple[str, str, str]]) -> list[ControlAnswer[Job]]:
    """The jobs with these keys, without those that do not exist."""
    jobs = (_looked_up(remote, *key) for key in keys)
    return [job for job in jobs if job is not None]


_SHOWN = 5
"""The number of jobs listed for an ambiguous ID."""


def _beginning(
    remote: Remote, api: str | None, machine: str | None, text: str
) -> list[tuple[str, str, str]]:
    """Returns the latest jobs whose ID has this prefix."""
    listed = remote.ask(
        JobList, list_jobs.sync_detailed, client=remote.client, api=given(api), limit=_MOST
    )
    return [
        _key(job)
        for job in listed.value.jobs
        if job.id.startswith(text) and machine in (None, job.machine)
    ]


def _ambiguous(text: str, found: Sequence[Job]) -> str:
    keys = ", ".join(" ".join(_key(job)) for job in found)
    if len({job.id for job in found}) > 1:
        return f"several jobs begin with {text}: {keys}; use a longer prefix"
    flag = "API" if len({job.api for job in found}) > 1 else "--machine"
    return f"several jobs have the ID {text}: {keys}; add {flag}"


def _looked_up(remote: Remote, api: str, machine: str, id_: str) -> ControlAnswer[Job] | None:
    try:
        return remote.ask(Job, get_job.sync_detailed, api, machine, id_, client=remote.client)
    except Refused as refused:
        if refused.status == HTTPStatus.NOT_FOUND:
            return None
        raise
