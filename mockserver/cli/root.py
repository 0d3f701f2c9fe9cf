"""The command itself, put together from its groups."""

from __future__ import annotations

from importlib.metadata import version

import click

from mockserver.cli.clock import clock
from mockserver.cli.completion import completion
from mockserver.cli.files import check, diagram, docs, generate
from mockserver.cli.jobs import jobs
from mockserver.cli.journal import journal
from mockserver.cli.judge import judge
from mockserver.cli.sandboxes import sandboxes
from mockserver.cli.scenarios import scenarios
from mockserver.cli.service import serve
from mockserver.cli.verify import verify


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="A server that wants a token finds it in JOBTWIN_CONTROL_TOKEN. Exit codes: 0 fine, 1 refused "
    "or out of reach, 2 not understood.",
)
@click.version_option(version("jobtwin"), message="%(prog)s %(version)s")
def jobtwin() -> None:
    """Local twins of asynchronous job APIs, from their OpenAPI files."""


for _command in (
    check,
    clock,
    completion,
    diagram,
    docs,
    generate,
    jobs,
    journal,
    judge,
    sandboxes,
    scenarios,
    serve,
    verify,
):
    jobtwin.add_command(_command)
