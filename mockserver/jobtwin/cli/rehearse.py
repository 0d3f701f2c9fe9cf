"""`jobtwin rehearse`: runs a user's command in every fate of the vendor's job."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobtwin.cli.parameters import SECONDS
from jobtwin.cli.run import PASS_THROUGH, OnTwins, command_words, tell_refused
from jobtwin.cli.specs import OVERLAYS, SPECS, loaded, with_drafts
from jobtwin.openapi import Spec

if TYPE_CHECKING:
    from jobtwin.rehearse.rehearsal import Rehearsal

NOT_RUN = 2
"""The exit code if the command could not be rehearsed."""


class Rehearsing(OnTwins):
    """A command whose errors all mean that nothing was rehearsed."""

    def invoke(self, context: click.Context) -> Any:
        """Runs the command; changes exit code 1, which would mean that a fate was not survived."""
        try:
            return super().invoke(context)
        except click.ClickException as error:
            error.exit_code = NOT_RUN  # type: ignore[misc]  # click reads it from each error
            raise


@click.command(
    cls=Rehearsing, epilog="Example: jobtwin rehearse vendor.yaml -- pytest tests/test_nightly.py"
)
@SPECS
@OVERLAYS
@click.option("--api", metavar="NAME", help="Rehearse only the jobs of this twin.")
@click.option(
    "--fate", "fates", multiple=True, metavar="NAME", help="Run only this fate. Repeatable."
)
@click.option(
    "--list", "as_list", is_flag=True, help="List the fates of all jobs without running them."
)
@click.option("--show", is_flag=True, help="Print the command's output in each fate.")
@click.option(
    "--limit",
    type=SECONDS,
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="Limit of one fate, in real seconds.",
)
@click.option(
    "--hours",
    type=click.FloatRange(min=0, min_open=True),
    default=24.0,
    show_default=True,
    help="Limit of one fate, in hours of the sandbox's clock.",
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the verdicts as JUnit XML.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep the sandboxes of broken fates, as files for `jobtwin serve --from`. "
    "They may contain secrets.",
)
@PASS_THROUGH
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@click.pass_context
def rehearse(  # noqa: PLR0913 - one parameter per flag
    context: click.Context,
    *,
    specs: tuple[Path, ...],
    overlays: tuple[Path, ...],
    api: str | None,
    fates: tuple[str, ...],
    as_list: bool,
    show: bool,
    limit: float,
    hours: float,
    junit: Path | None,
    keep: Path | None,
    through: tuple[str, ...],
    as_json: bool,
) -> None:
    """Rehearse a COMMAND: jobtwin rehearse [SPEC]... -- COMMAND.

    Runs the unmodified command in every fate of the job that it creates: each final state of the
    vendor's machine, a hang, an undocumented state, and accidents such as a 429 or a lost response.
    Its requests and its exit code (0: the job succeeded) show which fates it does not survive.

    Exit codes: 0 it survives all fates, 1 it does not, 2 it could not be rehearsed.
    """
    from jobtwin import rehearse as room  # noqa: PLC0415 - imports the server
    from jobtwin.running.authority import Authority  # noqa: PLC0415 - same
    from jobtwin.running.twins import Outside  # noqa: PLC0415 - same
    from jobtwin.testing import serving  # noqa: PLC0415 - same

    found = with_drafts(loaded(specs, overlays))
    if as_list:
        _list(found, api)
        return
    words = command_words(context)
    bounds = room.Bounds(limit, hours * 3600)
    with serving(found) as host:
        outside = Outside(through, authority=Authority())
        stage = room.Stage(host, words, bounds, outside=outside, keep=keep)
        try:
            rehearsal = room.rehearse(
                stage,
                api=api,
                names=fates,
                workers=os.cpu_count() or 1,
                progress=_progress(silent=as_json),
            )
        except (room.NotPlayed, room.NotRehearsed, OSError) as error:
            raise click.ClickException(str(error)) from error
    tell_refused(list(stage.refused))
    if junit is not None:
        junit.write_text(room.junit(rehearsal), encoding="utf-8")
    if show:
        _echo_output(rehearsal)
    extended = [word for each in overlays for word in ("--overlay", str(each))]
    asked = room.Asked([*map(str, specs), *extended], words)
    told = rehearsal.to_json(asked)
    click.echo(json.dumps(told) if as_json else "\n".join(room.lines(rehearsal, asked)))
    sys.exit(0 if rehearsal.survived else 1)


def _progress(*, silent: bool) -> Callable[[str], None]:
    """Returns a function that says how far the rehearsal is, to people who watch it."""
    if silent or not sys.stderr.isatty():
        return lambda _: None
    return lambda text: click.echo(f"  … {text}", err=True)


def _list(specs: Sequence[Spec], api: str | None) -> None:
    from jobtwin import rehearse as room  # noqa: PLC0415 - imports the server

    for spec in specs:
        for machine in spec.jobs.values():
            if api in (None, spec.name):
                for fate in room.fates_of(spec, machine):
                    click.echo(f"{fate.api}  {fate.machine}  {fate.name}  {fate.summary}")


def _echo_output(rehearsal: Rehearsal) -> None:
    for verdict in rehearsal.verdicts:
        click.echo(f"-- {verdict.played.fate.name}\n{verdict.played.output}", err=True)
