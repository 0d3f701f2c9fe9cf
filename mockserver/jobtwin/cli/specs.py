"""Spec files as a command line names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import click

from jobtwin.cli.parameters import SOURCE
from jobtwin.errors import Mistake, SpecRefused
from jobtwin.openapi import Spec, load_all

SPECS = click.argument("specs", nargs=-1, metavar="[SPEC]...", type=SOURCE)


class SpecMistakes(click.ClickException):
    """Specs have mistakes: one line each on stderr, exit code 1."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.details = {"mistakes": [asdict(each) for each in mistakes]}

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the mistakes."""
        click.echo(self.message, err=file is None, file=file)


def loaded(paths: tuple[Path, ...]) -> list[Spec]:
    """The specs of these files, or those that come with jobtwin; SpecMistakes if they have any."""
    try:
        return load_all(paths)
    except SpecRefused as refused:
        raise SpecMistakes(refused.mistakes) from refused
