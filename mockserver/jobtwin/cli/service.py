"""`jobtwin serve`: starts a server from flags."""

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
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise click.BadParameter(f"{value!r} is not a server's URL; write https://twin.example")
    return value.rstrip("/")


def _specs(specs: tuple[Path, ...], overlays: tuple[Path, ...]) -> list[Spec]:
    """Returns the specs to serve, including that of the control API."""
    control = loaded((spec_folder() / "control.yaml",)) if specs else []
    return with_drafts(loaded(specs, overlays)) + control


def _reread(specs: tuple[Path, ...], overlays: tuple[Path, ...]) -> list[Spec] | None:
    """Reads the specs again. Returns None, and reports the mistakes, if they have any."""
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
    """Returns the twins' own ports by name. Raises UsageError for an unknown name, or a port that is used twice."""
    twins = [spec.name for spec in specs if spec.name != CONTROL]
    ports = dict(named)
    for name in ports:
        if name not in twins:
            raise click.UsageError(f"--own-port: {unknown('twin', name, twins)}")
    if len({port, *ports.values()}) <= len(named) or len(ports) < len(named):
        raise click.UsageError("--own-port: each twin needs a port that no other twin uses")
    return ports


def _on_command_line(flag: str) -> bool:
    source = click.get_current_context().get_parameter_source(flag)
    return source is ParameterSource.COMMANDLINE


def _check_store(store: str, world: Path | None, *, reload: bool, workers: int) -> None:
    """Refuses flags that conflict with the store."""
    if world is not None and store != MEMORY:
        why = "a store contains its own sandboxes; open the file with: jobtwin sandboxes import"
        raise click.UsageError(f"--from cannot be used with --store: {why}")
    if reload and store != MEMORY:
        raise click.UsageError("--reload cannot be used with --store")
    if workers > 1 and not is_shared(store):
        raise click.UsageError("--workers requires a shared store: --store valkey://HOST:PORT/DB")


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
    help="Another host name of the server. Repeatable.",
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="URL",
    help="Another origin whose pages may use every URL; `*` for any. Repeatable.",
)
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port; 0 chooses a free one.",
)
@click.option(
    "--clock",
    type=click.Choice(["real", "manual", "skip"]),
    default="real",
    show_default=True,
    help="Clock of the sandboxes. `manual` only moves with `jobtwin clock advance`, `skip` also while "
    "every client sleeps.",
)
@click.option(
    "--speed",
    type=SPEED,
    default=1.0,
    show_default=True,
    help="Speed of the clock, as a multiple of real time.",
)
@click.option(
    "--progression",
    type=click.Choice(["time", "polls"]),
    default="time",
    show_default=True,
    help="How jobs advance: with time, or by one change with each read.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of generated IDs.")
@click.option(
    "--empty", is_flag=True, help="Start without the samples of the vendors' documentation."
)
@click.option(
    "--idle",
    type=SECONDS,
    metavar="SECONDS",
    help="Delete sandboxes that have not been used for this long (default beyond loopback: 3600).",
)
@click.option(
    "--max-sandboxes",
    "most_sandboxes",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Maximum number of sandboxes (default beyond loopback: 1000).",
)
@click.option(
    "--from",
    "world",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Start with the sandbox in this file, written by `sandboxes export`.",
)
@click.option(
    "--store",
    default=MEMORY,
    show_default=True,
    metavar="URL",
    envvar="JOBTWIN_STORE",
    show_envvar=True,
    help="Store of the sandboxes: memory:, sqlite:///FILE, or valkey://HOST:PORT/DB (or redis:), shared "
    "by several servers.",
)
@click.option(
    "--reload",
    "reload",
    is_flag=True,
    help="Reload the SPECs and overlays when they change; keep compatible jobs.",
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
    help="Token of the control API (default beyond loopback: generated and printed).",
)
@click.option(
    "--redact",
    "redacted",
    multiple=True,
    metavar="NAME",
    help="Query parameter to mask in the journal and the log. Repeatable.",
)
@click.option(
    "--base-url",
    metavar="URL",
    callback=_base_url,
    help="Base URL of the server in responses (default: the request's Host).",
)
@click.option(
    "--deliver-to",
    "receivers",
    multiple=True,
    metavar="HOST",
    help="Another host to which callbacks and webhooks may be sent. Repeatable.",
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
    help="Number of processes; more than one requires a store in Valkey.",
)
@click.option("--log", is_flag=True, help="Write a line for each request to stderr.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the URLs as one line of JSON when ready."
)
def serve(  # noqa: PLR0913 - one parameter per flag
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

    Without SPEC, serves the bundled twins. The jobs of a vendor's own file are drafted;
    `jobtwin adopt` writes the draft to a file. Press Ctrl-C to stop.
    """
    gc.disable()  # during start-up, since its objects are never freed
    from jobtwin.http import Settings  # noqa: PLC0415 - slow to import, not needed by `check`
    from jobtwin.server import Server  # noqa: PLC0415 - same

    if _on_command_line("control_token"):
        click.echo(
            f"Warning: other users of this machine can read --control-token; set {TOKEN}", err=True
        )
    if clock != "real" and speed != 1:
        raise click.UsageError(f"--speed requires a real clock; a {clock} clock is frozen")
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
        raise click.UsageError("--control-token is empty; omit it, or give a token")
    return token


def _run(server: Server, *, as_json: bool, log: bool, workers: int) -> None:
    """Listen and serve until Ctrl-C."""
    try:
        server.bind()
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {error.filename}: {error.strerror}; choose another --port"
        ) from error
    try:
        server.run(as_json=as_json, log=log, workers=workers)
    except WorkerFailed as error:
        raise click.ClickException(str(error)) from error
