"""The command line: reads flags, calls the rest, and says in one line what is wrong."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import click

from mockserver.docs import diagram, differences, write
from mockserver.errors import SpecRefused
from mockserver.spec import Spec, load_all, spec_folder

_SPECS = click.argument(
    "specs", nargs=-1, metavar="[SPEC]...", type=click.Path(path_type=Path, dir_okay=False)
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("jobtwin"), message="%(prog)s %(version)s")
def jobtwin() -> None:
    """Local twins of asynchronous job APIs, from their OpenAPI files."""


@jobtwin.command()
@_SPECS
def check(specs: tuple[Path, ...]) -> None:
    """Hold specs to OpenAPI and to the grammar of x-job-*.

    Without SPEC, checks those that come with jobtwin. Every mistake is told, one a line. Exit code
    1 if there is one.
    """
    for spec in _loaded(specs):
        click.echo(
            f"{spec.document.file}: {len(spec.operations)} operations, "
            f"{len(spec.machines)} machines, "
            f"{sum(len(m.scenarios) for m in spec.machines.values())} scenarios: fine"
        )


@jobtwin.command()
@_SPECS
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port; 0 takes a free one.",
)
@click.option(
    "--clock",
    type=click.Choice(["real", "manual"]),
    default="real",
    show_default=True,
    help="A manual clock stands still.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="How many seconds pass in a second.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the ids made.")
@click.option("--empty", is_flag=True, help="Start without the samples of the vendors' documents.")
@click.option("--lenient", is_flag=True, help="Let undeclared query parameters pass.")
@click.option(
    "--credential",
    "credentials",
    multiple=True,
    metavar="TEXT",
    help="A credential to let in, instead of any that is well-formed. Repeatable.",
)
def serve(  # noqa: PLR0913 - one parameter a flag
    *,
    specs: tuple[Path, ...],
    host: str,
    port: int,
    clock: str,
    speed: float,
    seed: int,
    empty: bool,
    lenient: bool,
    credentials: tuple[str, ...],
) -> None:
    """Serve twins of the APIs that SPEC files describe.

    Without SPEC, serves those that come with jobtwin. Ctrl-C ends it.
    """
    from mockserver.http import Settings  # noqa: PLC0415 - `check` need not wait for connexion
    from mockserver.server import Server  # noqa: PLC0415 - same

    if clock == "manual" and speed != 1:
        raise click.UsageError("--speed is for a real clock; a manual one stands still")
    loaded = _loaded(specs)
    if specs:
        loaded += _loaded((spec_folder() / "control.yaml",))
    server = Server(
        loaded,
        Settings(credentials, lenient),
        host=host,
        port=port,
        speed=None if clock == "manual" else speed,
        seed=seed,
        empty=empty,
    )
    try:
        server.bind()
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another --port"
        ) from error
    server.run()


@jobtwin.command("docs")
@click.argument(
    "folder", metavar="[DIR]", default="docs", type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; tell what has changed.")
def make_docs(folder: Path, *, only_check: bool) -> None:
    """Write the fidelity ledger and the state diagrams into DIR.

    They are made from the specs that come with jobtwin. DIR is docs unless given. With --check,
    exit code 1 if a page there is not what the specs make.
    """
    specs = _loaded(())
    if not only_check:
        for path in write(specs, folder):
            click.echo(path)
    elif found := differences(specs, folder):
        raise click.ClickException("\n".join([*found, "mend with: make docs"]))
    else:
        click.echo(f"{folder} is what the specs make")


@jobtwin.command("diagram")
@click.argument(
    "spec", required=False, type=click.Path(path_type=Path, dir_okay=False), metavar="[SPEC]"
)
@click.option("--machine", metavar="NAME", help="Draw this one alone, with no Markdown around it.")
def draw(spec: Path | None, machine: str | None) -> None:
    """Draw state machines as Mermaid diagrams.

    Without SPEC, draws those of all specs that come with jobtwin.
    """
    specs = _loaded((spec,) if spec else ())
    drawn = {f"{s.name}: {name}": m for s in specs for name, m in s.machines.items()}
    if machine is None:
        for title, each in drawn.items():
            click.echo(f"## {title}\n\n```mermaid\n{diagram(each)}```\n")
        return
    named = {title: each for title, each in drawn.items() if each.name == machine}
    if not named:
        raise click.UsageError(f"{machine!r} is none of the machines ({', '.join(drawn)})")
    if len(named) > 1:
        raise click.UsageError(f"there are several ({', '.join(named)}); name the SPEC, too")
    click.echo(diagram(*named.values()), nl=False)


def _loaded(paths: tuple[Path, ...]) -> list[Spec]:
    try:
        return load_all(paths)
    except SpecRefused as refused:
        for mistake in refused.mistakes:
            click.echo(str(mistake), err=True)
        raise SystemExit(1) from refused
