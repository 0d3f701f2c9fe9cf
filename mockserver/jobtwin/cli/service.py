"""`jobtwin serve`: flags to a server."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from jobtwin.cli.parameters import SECONDS, SPEED
from jobtwin.cli.specs import OVERLAYS, SPECS, loaded, with_drafts
from jobtwin.cli.token import TOKEN, sendable
from jobtwin.errors import StoreRefused, WorkerFailed, WorldRefused, unknown
from jobtwin.openapi import Spec, spec_folder
from jobtwin.openapi.names import CONTROL
from jobtwin.stores.files import read_world
from jobtwin.stores.urls import MEMORY, is_shared

if TYPE_CHECKING:
    from jobtwin.server import Server

_LAST_PORT = 65_535


def _host(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("is empty; write 127.0.0.1, or 0.0.0.0 for all addresses")
    return value


def _base_url(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> str | None:
    parts = urlsplit(value or "")
    if value is not None and (
        parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment
    ):
        raise click.BadParameter(f"{value!r} is no URL of a server; write https://twin.example")
    return value and value.rstrip("/")


def _specs(specs: tuple[Path, ...], overlays: tuple[Path, ...]) -> list[Spec]:
    """The specs to serve, and that of the control API, which those that come with jobtwin have."""
    control = loaded((spec_folder() / "control.yaml",)) if specs else []
    return with_drafts(loaded(specs, overlays)) + control


def _reread(specs: tuple[Path, ...], overlays: tuple[Path, ...]) -> list[Spec] | None:
    """The specs as they are now; None if they have mistakes, which are told."""
    try:
        return _specs(specs, overlays)
    except click.ClickException as mistakes:
        click.echo(f"not reloaded:\n{mistakes.message}", err=True)
        return None


def _named_ports(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, int], ...]:
    return tuple(map(_named_port, values))


def _named_port(text: str) -> tuple[str, int]:
    name, _, port = text.rpartition("=")
    if not name or not port.isdecimal() or not 0 < int(port) <= _LAST_PORT:
        raise click.BadParameter(f"{text!r} names no twin and port; write NAME=8081")
    return name, int(port)


def _own_ports(
    specs: Sequence[Spec], named: Sequence[tuple[str, int]], port: int
) -> dict[str, int]:
    """The twins' own ports by name; UsageError for an unknown name, or a port that is used twice."""
    twins = [spec.name for spec in specs if spec.name != CONTROL]
    for name, _ in named:
        if name not in twins:
            raise click.UsageError(f"--own-port: {unknown('twin', name, twins)}")
    if len({port, *(own for _, own in named)}) <= len(named) or len(dict(named)) < len(named):
        raise click.UsageError("--own-port: each twin has one port of its own, used by nobody else")
    return dict(named)


def _on_command_line(flag: str) -> bool:
    source = click.get_current_context().get_parameter_source(flag)
    return source is ParameterSource.COMMANDLINE


def _check_store(store: str, world: Path | None, *, reload: bool, workers: int) -> None:
    """Refuse flags that want another store."""
    if world is not None and store != MEMORY:
        why = "a store has sandboxes of its own; open the file with: jobtwin sandboxes import"
        raise click.UsageError(f"--from is for servers without --store: {why}")
    if reload and store != MEMORY:
        raise click.UsageError("--reload is for servers without --store")
    if workers > 1 and not is_shared(store):
        raise click.UsageError(
            "--workers needs a store that processes share: --store valkey://HOST:PORT/DB"
        )


@click.command(epilog="Example: jobtwin serve --speed 60")
@SPECS
@OVERLAYS
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    callback=_host,
    help="Address to listen on.",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A further name in the URLs of requests. Repeatable.",
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="URL",
    help="The origin of pages that may ask for everything; `*` for any. Repeatable.",
)
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port; 0 takes a free one.",
)
@click.option(
    "--clock",
    type=click.Choice(["real", "manual", "skip"]),
    default="real",
    show_default=True,
    help="Clock of the sandboxes; a manual one moves only by `jobtwin clock advance`, one that skips "
    "also when everybody who asks only waits.",
)
@click.option(
    "--speed",
    type=SPEED,
    default=1.0,
    show_default=True,
    help="How many times as fast as real time the clock runs.",
)
@click.option(
    "--progression",
    type=click.Choice(["time", "polls"]),
    default="time",
    show_default=True,
    help="What advances jobs: time, or each read by one change.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of generated IDs.")
@click.option("--empty", is_flag=True, help="Start without the samples of the vendors' documents.")
@click.option(
    "--idle",
    type=SECONDS,
    metavar="SECONDS",
    help="Delete sandboxes that have not been used for so long. Off loopback after an hour.",
)
@click.option(
    "--max-sandboxes",
    "most_sandboxes",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Refuse to create more sandboxes than this. Off loopback 1000.",
)
@click.option(
    "--from",
    "world",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Start with the sandbox of this file, which `sandboxes export` has written.",
)
@click.option(
    "--store",
    default=MEMORY,
    show_default=True,
    metavar="URL",
    envvar="JOBTWIN_STORE",
    show_envvar=True,
    help="What keeps the sandboxes: memory: nothing, sqlite:///FILE a file, "
    "valkey://HOST:PORT/DB (or redis:) a server that several twins share.",
)
@click.option(
    "--reload",
    "reload",
    is_flag=True,
    help="Follow the SPECs and their overlays as they are edited; keep the jobs that fit.",
)
@click.option("--lenient", is_flag=True, help="Accept undeclared query parameters.")
@click.option(
    "--credential",
    "credentials",
    multiple=True,
    metavar="TEXT",
    help="Accept only this credential, instead of any well-formed one. Repeatable.",
)
@click.option(
    "--control-token",
    metavar="TEXT",
    envvar=TOKEN,
    show_envvar=True,
    help="Token of the control API. Off loopback one is generated and printed, unless given.",
)
@click.option(
    "--redact",
    "redacted",
    multiple=True,
    metavar="NAME",
    help="Query parameter whose value is kept out of journal and log. Repeatable.",
)
@click.option(
    "--base-url",
    metavar="URL",
    callback=_base_url,
    help="Where clients find the server, for URLs in answers; the request's Host unless given.",
)
@click.option(
    "--deliver-to",
    "receivers",
    multiple=True,
    metavar="HOST",
    help="A host that callbacks and webhooks may go to, besides this machine. Repeatable.",
)
@click.option(
    "--own-port",
    "own_ports",
    multiple=True,
    metavar="NAME=PORT",
    callback=_named_ports,
    help="Serve the twin at the root of this port, too, for clients that cannot carry a path. Repeatable.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Processes that serve; more than one need a store in Valkey.",
)
@click.option("--log", is_flag=True, help="Write a line for each request to stderr.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the URLs as one line of JSON when ready."
)
def serve(  # noqa: PLR0913 - one parameter a flag
    *,
    specs: tuple[Path, ...],
    overlays: tuple[Path, ...],
    host: str,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    port: int,
    clock: str,
    speed: float,
    progression: str,
    seed: int,
    empty: bool,
    idle: float | None,
    most_sandboxes: int | None,
    world: Path | None,
    store: str,
    reload: bool,
    lenient: bool,
    credentials: tuple[str, ...],
    control_token: str | None,
    redacted: tuple[str, ...],
    base_url: str | None,
    receivers: tuple[str, ...],
    own_ports: tuple[tuple[str, int], ...],
    workers: int,
    log: bool,
    as_json: bool,
) -> None:
    """Serve twins of the APIs that SPEC files describe.

    Without SPEC, serves those that come with jobtwin. The jobs of a vendor's own file are drafted;
    `jobtwin adopt` writes them down. Press Ctrl-C to stop.
    """
    gc.disable()  # until all is set up: nothing that is made till then goes away again
    from jobtwin.http import Settings  # noqa: PLC0415 - `check` need not wait for it
    from jobtwin.server import Server  # noqa: PLC0415 - same

    if _on_command_line("control_token"):
        click.echo(
            f"Warning: others on this machine can read --control-token; set {TOKEN}", err=True
        )
    if clock != "real" and speed != 1:
        raise click.UsageError(f"--speed is for a real clock; one that is {clock} is frozen")
    control_token = _checked_token(control_token)
    _check_store(store, world, reload=reload, workers=workers)
    found = _specs(specs, overlays)
    try:
        server = Server(
            found,
            Settings(
                credentials,
                lenient,
                redacted,
                control_token,
                hosts,
                origins,
                base_url,
                receivers,
                _own_ports(found, own_ports, port),
            ),
            host=host,
            port=port,
            speed=speed if clock == "real" else None,
            skips=clock == "skip",
            seed=seed,
            empty=empty,
            by_polls=progression == "polls",
            idle=idle,
            most_sandboxes=most_sandboxes,
            world=None if world is None else read_world(world),
            store=store,
        )
    except WorldRefused as refused:
        raise click.ClickException(f"{world}: {refused}") from refused
    except StoreRefused as refused:
        raise click.ClickException(str(refused)) from refused
    if reload:
        server.follow(partial(_reread, specs, overlays))
    _run(server, as_json=as_json, log=log, workers=workers)


def _checked_token(text: str | None) -> str | None:
    """Returns the token without spaces around it; refuses an empty one."""
    token = None if text is None else sendable(text.strip())
    if text is not None and token is None:
        raise click.UsageError("--control-token is empty; leave it out, or give a token")
    return token


def _run(server: Server, *, as_json: bool, log: bool, workers: int) -> None:
    """Listen and serve until Ctrl-C."""
    try:
        server.bind()
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {error.filename}: {error.strerror}; choose another port"
        ) from error
    try:
        server.run(as_json=as_json, log=log, workers=workers)
    except WorkerFailed as error:
        raise click.ClickException(str(error)) from error
