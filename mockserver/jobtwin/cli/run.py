"""`jobtwin run`: runs a user's command on twins."""

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

from jobcall.hosts import is_loopback
from jobclients.control.api.machines import list_apis
from jobclients.control.api.sandboxes import create_sandbox, delete_sandbox
from jobclients.control.models import ApiList, NewSandbox, NewSandboxClock
from jobclients.control.models import Sandbox as Made
from jobtwin.cli.env import address
from jobtwin.cli.parameters import SECONDS, SPEED
from jobtwin.cli.remote import Remote, sandbox_name, server_url
from jobtwin.cli.specs import OVERLAYS, SPECS, loaded, with_drafts
from jobtwin.cli.token import TOKEN, sendable

if TYPE_CHECKING:
    from jobtwin.lifecycle import Moment
    from jobtwin.running.hosts import Hosts

F = TypeVar("F", bound=Callable[..., Any])

_DASHES = "--"


class OnTwins(click.Command):
    """A command with a user's command after `--`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Separates the words after `--`."""
        words: list[str] = []
        if _DASHES in args:
            cut = args.index(_DASHES)
            args, words = args[:cut], args[cut + 1 :]
        context.obj = words
        return super().parse_args(context, args)


def command_words(context: click.Context) -> list[str]:
    """Returns the words after `--`. Raises UsageError if there are none."""
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
    help="Allow requests to this host; `*` for any. Repeatable.",
)


def tell_refused(refused: Sequence[str]) -> None:
    """Reports the hosts that the proxy has refused on stderr."""
    for host in refused:
        click.echo(
            f"jobtwin refused requests to {host}, which has no twin; allow them with "
            f"--pass-through {host}",
            err=True,
        )


@dataclass(frozen=True)
class Wanted:
    """The flags of `run`."""

    specs: tuple[Path, ...]
    overlays: tuple[Path, ...]
    clock: str
    speed: float | None
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
    help="Use a sandbox of this running server instead of a new server.",
)
@click.option(
    "--sandbox",
    metavar="NAME",
    callback=_sandbox,
    help="With --url: name of the command's sandbox, which is kept. An existing one is replaced.",
)
@click.option(
    "--clock",
    type=click.Choice(["skip", "real"]),
    default="skip",
    show_default=True,
    help="Skip the time that the command sleeps, or let it pass.",
)
@click.option(
    "--speed",
    type=SPEED,
    metavar="FACTOR",
    help="With --clock real: time passes this many times faster, also for the command itself where "
    "libfaketime is installed. For programs that are neither Python nor Node.",
)
@PASS_THROUGH
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the command's requests and responses as HAR, without secrets.",
)
@click.option(
    "--limit",
    type=SECONDS,
    metavar="SECONDS",
    help="Kill the command after this many real seconds.",
)
@click.pass_context
def run(context: click.Context, /, *, limit: float | None, **flags: Any) -> None:
    """Run a COMMAND on twins: jobtwin run [SPEC]... -- COMMAND.

    The command gets the twins' URLs in its environment: JOBTWIN_URL, and for each twin
    JOBTWIN_<NAME>_URL and JOBTWIN_<NAME>_CREDENTIAL. A proxy sends requests for a vendor's own host
    to its twin, and refuses other hosts. Exits with the command's exit code.
    """
    from jobtwin.running import run_command  # noqa: PLC0415 - imports the server

    words, wanted = command_words(context), Wanted(**flags)
    if wanted.sandbox and not wanted.url:
        raise click.UsageError("--sandbox requires a running server; name it with --url")
    if wanted.speed and wanted.clock == "skip":
        raise click.UsageError("--speed requires --clock real; time that is skipped has no speed")
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
    with (
        _served(wanted) if wanted.url else _own(wanted) as (environment, hosts, now),
        _faster(wanted.speed, now, environment) as more,
    ):
        yield {**environment, **more}, hosts


@contextmanager
def _faster(
    speed: float | None, now: Moment, environment: Mapping[str, str]
) -> Iterator[Mapping[str, str]]:
    """Yields the variables that speed up the command's own clock; tells if that is not possible."""
    from jobtwin.running.faketime import faster, find_library  # noqa: PLC0415 - imports the server

    library = find_library() if speed else None
    if speed and library:
        with faster(library, speed, now, environment) as variables:
            yield variables
        return
    if speed:
        click.echo(
            "jobtwin: libfaketime is not installed, so the command sleeps in real time", err=True
        )
    yield {}


@contextmanager
def _own(wanted: Wanted) -> Iterator[tuple[Mapping[str, str], Hosts, Moment]]:
    """Serves twins that end with the command."""
    from jobtwin.running.twins import Outside, recorded, twins  # noqa: PLC0415 - imports the server
    from jobtwin.testing import serving  # noqa: PLC0415 - same

    specs = with_drafts(loaded(wanted.specs, wanted.overlays))
    recording = recorded(lambda: made.sandbox, specs) if wanted.record else None
    around = (lambda app: recording.of(app, "/sandboxes/run")) if recording else (lambda app: app)
    outside = Outside(wanted.through, recording)
    with (
        serving(specs, around=around) as host,
        twins(host, specs, "run", clock=wanted.clock, speed=wanted.speed, outside=outside) as made,
    ):
        yield made.environment, made.hosts, made.sandbox.clock.now()
    if recording and wanted.record:
        recording.recorder.save(wanted.record)


@contextmanager
def _served(wanted: Wanted) -> Iterator[tuple[Mapping[str, str], Hosts, Moment]]:
    """Uses a sandbox of a running server, which is deleted after the command unless it has a name."""
    from jobtwin.openapi.times import moment  # noqa: PLC0415 - imports the reader
    from jobtwin.running.hosts import Hosts  # noqa: PLC0415 - imports the server
    from jobtwin.running.remote import RunningSandbox, served_environment  # noqa: PLC0415 - same

    _check_served(wanted)
    token = sendable(os.environ.get(TOKEN, "").strip()) or None
    remote = Remote(str(wanted.url), None, token, as_json=False)
    name = wanted.sandbox or f"run-{secrets.token_hex(3)}"
    with remote.client as client:
        body = NewSandbox(clock=NewSandboxClock(wanted.clock))
        if wanted.speed is not None:
            body.speed = wanted.speed
        made = remote.ask(Made, create_sandbox.sync_detailed, name, client=client, body=body).value
        try:
            apis = remote.ask(ApiList, list_apis.sync_detailed, client=client).value.apis
            served = RunningSandbox(f"{wanted.url}/sandboxes/{name}", [*map(address, apis)], token)
            hosts = Hosts(served.twins, wanted.through)
            now = moment(made.now.isoformat())
            skips_from = now if wanted.clock == "skip" else None
            with served_environment(served, hosts, skips_from=skips_from) as environment:
                yield environment, hosts, now
        finally:
            if wanted.sandbox:
                click.echo(f"see its requests: {wanted.url}/sandboxes/{name}/", err=True)
            else:
                remote.tell(delete_sandbox.sync_detailed, name, client=client)


def _check_served(wanted: Wanted) -> None:
    """Refuses flags that require a new server."""
    if wanted.specs:
        raise click.UsageError("SPEC cannot be used with --url")
    if wanted.record:
        raise click.UsageError("--record cannot be used with --url")
    if wanted.clock == "skip" and not is_loopback(httpx.URL(str(wanted.url)).host):
        raise click.UsageError(
            "a server on another machine cannot skip the command's sleep; add --clock real"
        )
