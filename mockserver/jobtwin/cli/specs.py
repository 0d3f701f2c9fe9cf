"""Spec files as a command line names them."""

from __future__ import annotations

from pathlib import Path

import click

from jobtwin.errors import SpecRefused
from jobtwin.openapi import Spec, load_all

SPECS = click.argument(
    "specs", nargs=-1, metavar="[SPEC]...", type=click.Path(path_type=Path, dir_okay=False)
)


def loaded(paths: tuple[Path, ...]) -> list[Spec]:
    """The specs of these files, or those that come with jobtwin; exit code 1 for mistakes."""
    try:
        return load_all(paths)
    except SpecRefused as refused:
        for mistake in refused.mistakes:
            click.echo(str(mistake), err=True)
        raise SystemExit(1) from refused
