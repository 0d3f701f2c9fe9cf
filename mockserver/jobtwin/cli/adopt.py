"""`jobtwin adopt`: drafts an overlay for a vendor's own file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import click

from jobtwin.adopt import Trial, marks_in, overlay_text, shorten, summary, try_draft
from jobtwin.adopt.draft import DraftedJob
from jobtwin.adopt.update import NoRoom, compare, extend
from jobtwin.cli.parameters import SOURCE
from jobtwin.cli.specs import SpecMistakes
from jobtwin.errors import BadRecording, SpecRefused
from jobtwin.openapi.document import GRAMMAR_FILE, Document, grammar, read
from jobtwin.openapi.names import stem_of


@click.command(epilog="Example: jobtwin adopt vendor.json")
@click.argument("file", metavar="FILE", type=SOURCE)
@click.option(
    "-o",
    "--output",
    "output",
    metavar="OVERLAY",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The overlay to write (default: vendor.overlay.yaml beside vendor.json).",
)
@click.option(
    "--har",
    "recordings",
    multiple=True,
    metavar="FILE",
    type=SOURCE,
    help="Complete FILE with this recording (HAR). Repeatable.",
)
@click.option("--force", is_flag=True, help="Overwrite an existing overlay.")
@click.option(
    "--update",
    is_flag=True,
    help="Add the jobs of a new release of FILE to an overlay, without changing its lines.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def adopt(  # noqa: PLR0913 - its flags
    file: Path,
    output: Path | None,
    recordings: tuple[Path, ...],
    *,
    force: bool,
    update: bool,
    as_json: bool,
) -> None:
    """Draft an overlay with job machines for a vendor's own FILE.

    Finds the file's jobs, drafts their state machines, and writes them for you to correct: each
    guess is marked `#?` and has a reason. The file itself is never changed. Exit code 1 if no job
    was found. With --har, completes the draft from recordings: durations of states, effects of
    events, headers, errors, pauses between polls, and fields that FILE lacks. With --json,
    prints the overlay's path, its guesses, its jobs and the parts that were not drafted.
    """
    target = output or file.with_name(f"{stem_of(file)}.overlay.yaml")
    if update:
        _update(file, target, recordings, as_json=as_json)
        return
    if target.exists() and not force:
        how = "--update adds new jobs, --force overwrites it with all its corrections"
        raise click.ClickException(f"{target} exists; {how}")
    document = _read(file)
    trial = _drafted(document, recordings)
    if not as_json:
        click.echo("\n".join(_told(trial)))
    if not trial.draft.jobs:
        raise click.ClickException(f"found no job in {file.name}; wrote nothing")
    title = document.data["info"]["title"]
    short = shorten(trial.spec.document, trial.draft)
    text = overlay_text(short, _relative(file, target), title, document.written)
    target.write_text(text, encoding="utf-8")
    target.with_name(GRAMMAR_FILE).write_text(grammar(), encoding="utf-8")
    found = _found(trial, target, marks_in(text))
    click.echo(json.dumps(found) if as_json else "\n".join(_written(target, text)))


def _written(target: Path, text: str) -> Iterator[str]:
    """Yields a line for each written file, and one with the next step."""
    yield f"wrote {target}: {len(text.splitlines())} lines, {marks_in(text)} guesses"
    yield f"wrote {target.with_name(GRAMMAR_FILE)}, for editors"
    yield f"try it: jobtwin serve {target}"


def _drafted(document: Document, recordings: tuple[Path, ...]) -> Trial:
    """Returns the draft of a document, completed with recordings."""
    trial = try_draft(document)
    if not recordings or not trial.draft.jobs:
        return trial
    from jobtwin.adopt.recordings import learn  # noqa: PLC0415 - with recordings alone
    from jobtwin.judge.traffic.recordings import read_all  # noqa: PLC0415 - same

    try:
        lessons = learn(trial.spec, trial.draft, read_all(recordings))
    except BadRecording as bad:
        raise click.ClickException(str(bad)) from bad
    if not lessons.exchanges:
        names = ", ".join(each.name for each in recordings)
        raise click.ClickException(f"no request in {names} is to {document.file}")
    return try_draft(lessons.document, lessons.recorded)


def _update(file: Path, target: Path, recordings: tuple[Path, ...], *, as_json: bool) -> None:
    """Adds the new jobs of a vendor's next release to an overlay, and reports the differences."""
    if not target.is_file():
        raise click.ClickException(f"{target} does not exist; omit --update")
    try:
        extended = read(target)
    except SpecRefused as refused:
        raise SpecMistakes(refused.mistakes) from refused
    found = compare(extended, _drafted(_read(file), recordings).draft)
    if found.text:
        _append(found.text, target)
    if as_json:
        click.echo(json.dumps({"overlay": str(target), "changes": found.changes}))
        return
    click.echo("\n".join(found.changes) or "nothing changed")
    if found.text:
        click.echo(f"added to {target}: {len(found.text.splitlines())} lines")


def _found(trial: Trial, target: Path, guesses: int) -> dict[str, Any]:
    """Returns the results as data."""
    jobs = [
        {
            "machine": job.name,
            "states": list(job.machine.states),
            "operations": [key for key, _ in job.operations],
            "left": list(job.left),
        }
        for job in trial.draft.jobs
    ]
    doubtful = [resource.read.key for resource in trial.draft.doubtful]
    return {"overlay": str(target), "guesses": guesses, "jobs": jobs, "doubtful": doubtful}


def _read(file: Path) -> Document:
    try:
        document = read(file)
    except SpecRefused as refused:
        raise SpecMistakes(refused.mistakes) from refused
    if not document.is_vendors or document.assembled.overlays:
        raise click.ClickException(f"{file.name} has job machines already; nothing to draft")
    return document


def _relative(file: Path, overlay: Path) -> str:
    """Returns the file's path relative to the overlay."""
    return Path(os.path.relpath(file.resolve(), overlay.resolve().parent)).as_posix()


def _append(addition: str, target: Path) -> None:
    """Adds an action to the end of an overlay."""
    try:
        longer = extend(target.read_text(encoding="utf-8"), addition)
    except NoRoom as error:
        why = "its last key must be `actions`, a list with two spaces before each `-`"
        raise click.ClickException(f"cannot add to {target}: {why}") from error
    target.write_text(longer, encoding="utf-8")


def _told_job(job: DraftedJob) -> Iterator[str]:
    yield f"{job.name}: {', '.join(job.machine.states)}"
    yield f"  {', '.join(key for key, _ in job.operations)}"
    if job.webhooks:
        yield f"  sends {', '.join(hook.name for hook in job.webhooks)}"
    yield from (f"  not drafted: {each}" for each in job.left)


def _told(trial: Trial) -> Iterator[str]:
    """Yields a line for each job, and for everything that was not drafted."""
    yield from chain.from_iterable(map(_told_job, trial.draft.jobs))
    yield from summary(trial.draft)
    for resource in trial.draft.doubtful:
        words = ", ".join(resource.state.values[:4])
        yield f"maybe a job: {resource.read.key} ({words}, ...)"
    yield from (f"not drafted: {why}" for why in trial.refused)
