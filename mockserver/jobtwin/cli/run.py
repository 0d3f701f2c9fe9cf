"""`jobtwin run`: a command of the user's on twins."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import httpx

from jobcall.clients import is_loopback
from jobclients.control.api.machines import list_apis
from jobclients.control.api.sandboxes import create_sandbox, delete_sandbox
from jobclients.control.models import ApiList, NewSandbox, NewSandboxClock
from jobclients.control.models import Sandbox as Made
from jobtwin.cli.env import address
from jobtwin.cli.parameters import SECONDS
from jobtwin.cli.remote import Remote, sandbox_name, server_url
from jobtwin.cli.specs import OVERLAYS, SPECS, loaded, with_drafts
from jobtwin.cli.token import TOKEN, sendable

if TYPE_CHECKING:
    from jobtwin.running.hosts import Hosts

F = TypeVar("F", bound=Callable[..., Any])

_DASHES = "--"


class OnTwins(click.Command):
    """A command whose words after `--` are a command of the user's."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Set the words after `--` aside."""
        words: list[str] = []
        if _DASHES in args:
            cut = args.index(_DASHES)
            args, words = args[:cut], args[cut + 1 :]
        context.obj = words
        return super().parse_args(context, args)


def command_words(context: click.Context) -> list[str]:
    """The words after `--`; UsageError if there are none."""
    words: list[str] = context.obj
    if not words:
        raise click.UsageError(
            f"Give the command after --: jobtwin {context.info_name} -- python nightly.py"
        )
    return words


PASS_THROUGH = click.option(
    "--pass-through",
    "through",
    multiple=True,
    metavar="HOST",
    help="Let requests to this host through the proxy; `*` for any. Repeatable.",
)


def tell_refused(refused: Sequence[str]) -> None:
    """Say on stderr which hosts the proxy has refused."""
    for host in refused:
        click.echo(
            f"jobtwin refused requests to {host}, which is no twin's; let them through with "
            f"--pass-through {host}",
            err=True,
        )


@dataclass(frozen=True)
class Wanted:
    """What the flags of `run` ask for."""

    specs: tuple[Path, ...]
    overlays: tuple[Path, ...]
    clock: str
    through: tuple[str, ...]
    record: Path | None
    url: str | None
    sandbox: str | None


def _sandbox(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    return value if value is None else sandbox_name(value)


@click.command(cls=OnTwins, epilog="Example: jobtwin run -- python nightly.py")
@SPECS
@OVERLAYS
@click.option(
    "--url",
    metavar="URL",
    callback=server_url,
    help="Use a running server instead of one of its own; the command gets a sandbox there.",
)
@click.option(
    "--sandbox",
    metavar="NAME",
    callback=_sandbox,
    help="With --url: name the command's sandbox, and keep it. One of that name is replaced.",
)
@click.option(
    "--clock",
    type=click.Choice(["skip", "real"]),
    default="skip",
    show_default=True,
    help="Skip the time in which the command only sleeps, or let it pass.",
)
@PASS_THROUGH
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what the command asks and is answered as HAR, without secrets.",
)
@click.option(
    "--limit", type=SECONDS, metavar="SECONDS", help="End the command after so many real seconds."
)
@click.pass_context
def run(context: click.Context, /, *, limit: float | None, **flags: Any) -> None:
    """Run a COMMAND on twins: jobtwin run [SPEC]... -- COMMAND.

    The command finds the twins by its environment: JOBTWIN_URL, and for each twin
    JOBTWIN_<NAME>_URL and JOBTWIN_<NAME>_CREDENTIAL. Requests to a vendor's own host reach its twin
    by a proxy, which refuses other hosts. Ends with the command's exit code.
    """
    from jobtwin.running import run_command  # noqa: PLC0415 - imports the server

    words, wanted = command_words(context), Wanted(**flags)
    if wanted.sandbox and not wanted.url:
        raise click.UsageError("--sandbox is for a running server; name one with --url")
    with _environment(wanted) as (environment, hosts):
        try:
            ended = run_command(words, environment, limit=limit)
        except OSError as error:
            raise click.ClickException(f"cannot run {words[0]}: {error.strerror}") from error
    tell_refused(list(hosts.refused))
    if ended.code is None:
        raise click.ClickException(f"{words[0]} had not ended after {limit:g} s")
    sys.exit(ended.code)


@contextmanager
def _environment(wanted: Wanted) -> Iterator[tuple[Mapping[str, str], Hosts]]:
    with _served(wanted) if wanted.url else _own(wanted) as made:
        yield made


@contextmanager
def _own(wanted: Wanted) -> Iterator[tuple[Mapping[str, str], Hosts]]:
    """Twins of our own, which end with the command."""
    from jobtwin.running.twins import Outside, recorded, twins  # noqa: PLC0415 - imports the server
    from jobtwin.testing import serving  # noqa: PLC0415 - same

    specs = with_drafts(loaded(wanted.specs, wanted.overlays))
    recording = recorded(lambda: made.sandbox, specs) if wanted.record else None
    around = (lambda app: recording.of(app, "/sandboxes/run")) if recording else (lambda app: app)
    outside = Outside(wanted.through, recording)
    with (
        serving(specs, around=around) as host,
        twins(host, specs, "run", clock=wanted.clock, outside=outside) as made,
    ):
        yield made.environment, made.hosts
    if recording and wanted.record:
        recording.recorder.save(wanted.record)


@contextmanager
def _served(wanted: Wanted) -> Iterator[tuple[Mapping[str, str], Hosts]]:
    """A sandbox of a running server, deleted when the command has ended unless it has a name."""
    from jobtwin.openapi.times import moment  # noqa: PLC0415 - imports the reader
    from jobtwin.running.hosts import Hosts  # noqa: PLC0415 - imports the server
    from jobtwin.running.remote import RunningSandbox, served_environment  # noqa: PLC0415 - same

    _check_served(wanted)
    token = sendable(os.environ.get(TOKEN, "").strip()) or None
    remote = Remote(str(wanted.url), None, token, as_json=False)
    name = wanted.sandbox or f"run-{secrets.token_hex(3)}"
    with remote.client as client:
        body = NewSandbox(clock=NewSandboxClock(wanted.clock))
        made = remote.ask(Made, create_sandbox.sync_detailed, name, client=client, body=body).value
        try:
            apis = remote.ask(ApiList, list_apis.sync_detailed, client=client).value.apis
            served = RunningSandbox(f"{wanted.url}/sandboxes/{name}", [*map(address, apis)], token)
            hosts = Hosts(served.twins, wanted.through)
            now = moment(made.now.isoformat()) if wanted.clock == "skip" else None
            with served_environment(served, hosts, skips_from=now) as environment:
                yield environment, hosts
        finally:
            if wanted.sandbox:
                click.echo(f"what it did: {wanted.url}/sandboxes/{name}/", err=True)
            else:
                remote.tell(delete_sandbox.sync_detailed, name, client=client)


def _check_served(wanted: Wanted) -> None:
    """Refuse flags that are for a server of the command's own."""
    if wanted.specs:
        raise click.UsageError("a SPEC is for a server of its own; leave it out with --url")
    if wanted.record:
        raise click.UsageError("--record is for a server of its own; leave it out with --url")
    if wanted.clock == "skip" and not is_loopback(httpx.URL(str(wanted.url)).host):
        raise click.UsageError(
            "a server elsewhere cannot tell whether the command sleeps; add --clock real"
        )
