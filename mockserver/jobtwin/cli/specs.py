"""Spec files named on a command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from jobtwin.cli.parameters import SOURCE
from jobtwin.errors import Mistake, SpecRefused
from jobtwin.openapi import Spec, SpecSource, find_source, load_all
from jobtwin.openapi.document import Document, read
from jobtwin.openapi.names import CONTROL

if TYPE_CHECKING:
    from jobtwin.adopt import Trial

SPECS = click.argument("specs", nargs=-1, metavar="[SPEC]...", type=SOURCE)

OVERLAYS = click.option(
    "--overlay",
    "overlays",
    multiple=True,
    metavar="FILE",
    type=SOURCE,
    help="An OpenAPI Overlay to apply to the only SPEC. Repeatable.",
)


class SpecMistakes(click.ClickException):
    """Specs have mistakes. Prints a line for each on stderr, and exits with 1."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.details = {"mistakes": list(map(asdict, mistakes))}

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints the mistakes."""
        click.echo(self.message, err=file is None, file=file)


def loaded(specs: tuple[Path, ...], overlays: tuple[Path, ...] = ()) -> list[Spec]:
    """Returns these specs, or the bundled ones. Raises SpecMistakes if there are mistakes."""
    check_overlays(specs, overlays)
    try:
        return load_all(specs, overlays)
    except SpecRefused as refused:
        raise SpecMistakes(refused.mistakes) from refused


def with_drafts(specs: Sequence[Spec]) -> list[Spec]:
    """Returns the specs, with drafted machines for vendors' files without any; reports drafts on stderr."""
    return [_drafted(spec) if _lacks_jobs(spec) else spec for spec in specs]


def _lacks_jobs(spec: Spec) -> bool:
    own = spec.name != CONTROL and spec.document.is_vendors
    return own and not spec.machines and not spec.document.assembled.overlays


def _drafted(spec: Spec) -> Spec:
    trial = _tried(spec.document)
    if trial is None:
        file = spec.document.file
        click.echo(f"{file}: found no job; operations are answered with samples", err=True)
        return spec
    return trial.spec


def drafted_jobs(sources: Sequence[SpecSource]) -> dict[str, Mapping[str, Any]]:
    """Returns the drafts for vendors' files without machines, by the names of their twins."""
    drafts: dict[str, Mapping[str, Any]] = {}
    for source in sources:
        with suppress(SpecRefused):  # the generator also accepts files that cannot be served
            document = read(source)
            own = document.is_vendors and not document.assembled.overlays
            if own and (trial := _tried(document)):
                drafts[source.name] = trial.draft.declaration
    return drafts


def _tried(document: Document) -> Trial | None:
    """Returns the draft of a document, or None if no job was found; reports it on stderr."""
    from jobtwin.adopt import try_draft  # noqa: PLC0415 - only needed for files without machines

    trial, file = try_draft(document), document.file
    jobs = ", ".join(job.name for job in trial.draft.jobs)
    if not jobs:
        return None
    how = f"to correct them, run: jobtwin adopt {file}"
    click.echo(f"{file}: drafted the jobs {jobs}; {how}", err=True)
    return trial


def found(specs: tuple[Path, ...], overlays: tuple[Path, ...]) -> list[SpecSource]:
    """Returns the files of these specs. Raises SpecMistakes for an invalid name."""
    check_overlays(specs, overlays)
    try:
        return [find_source(spec).with_overlays(overlays) for spec in specs]
    except SpecRefused as refused:
        raise SpecMistakes(refused.mistakes) from refused


def check_overlays(specs: tuple[Path, ...], overlays: tuple[Path, ...]) -> None:
    """Raises UsageError if overlays are given, and not exactly one spec that they extend."""
    if overlays and len(specs) != 1:
        raise click.UsageError(f"--overlay requires one SPEC, but {len(specs)} are given")
