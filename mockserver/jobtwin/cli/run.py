"""`jobtwin run`: a command of the user's on twins."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from jobtwin.cli.parameters import SECONDS
from jobtwin.cli.specs import SPECS

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


@click.command(cls=OnTwins, epilog="Example: jobtwin run -- python nightly.py")
@SPECS
@click.option(
    "--clock",
    type=click.Choice(["skip", "real"]),
    default="skip",
    show_default=True,
    help="Skip the time in which the command only sleeps, or let it pass.",
)
@click.option(
    "--limit", type=SECONDS, metavar="SECONDS", help="End the command after so many real seconds."
)
@click.pass_context
def run(
    context: click.Context, *, specs: tuple[Path, ...], clock: str, limit: float | None
) -> None:
    """Run a COMMAND on twins: jobtwin run [SPEC]... -- COMMAND.

    The command finds the twins by its environment: JOBTWIN_URL, and for each twin
    JOBTWIN_<NAME>_URL and JOBTWIN_<NAME>_CREDENTIAL. Ends with the command's exit code.
    """
    from jobtwin.running import run_command  # noqa: PLC0415 - imports the server
    from jobtwin.running.twins import twins  # noqa: PLC0415 - same
    from jobtwin.testing import serving  # noqa: PLC0415 - same

    words = command_words(context)
    with serving(specs) as host, twins(host, host.specs, "run", clock=clock) as made:
        try:
            ended = run_command(words, made.environment, limit=limit)
        except OSError as error:
            raise click.ClickException(f"cannot run {words[0]}: {error.strerror}") from error
    if ended.code is None:
        raise click.ClickException(f"{words[0]} had not ended after {limit:g} s")
    sys.exit(ended.code)
