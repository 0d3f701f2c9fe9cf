"""`jobtwin judge`: checks recorded traffic against specs. It needs no server."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import click

from jobcall.secrets import Mask
from jobtwin.cli import completion
from jobtwin.cli.parameters import SOURCE, web_address
from jobtwin.cli.specs import loaded
from jobtwin.errors import BadRecording, unknown
from jobtwin.judge import RULES
from jobtwin.judge.checker import JudgeReport, check_all
from jobtwin.judge.drift.findings import SHAPES, CountedFinding, Severity
from jobtwin.judge.drift.patch import Patch, suggested
from jobtwin.judge.formats import document, lines
from jobtwin.judge.traffic.bases import Bases, MatchedEntry
from jobtwin.judge.traffic.recordings import read_all
from jobtwin.openapi import Spec, spec_folder

FOUND = 1
"""Exit code when there are findings."""

_STRIDE = 500
"""Entries between two updates of the progress line."""


def _rules(
    _context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    known = [*RULES, *SHAPES]
    for name in names:
        if name not in known:
            raise click.BadParameter(f"Unknown rule {name!r}. Rules: {', '.join(known)}")
    return names


def judging(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that choose the spec and the treatment of findings to a command."""
    flags = [
        click.option(
            "--api",
            metavar="NAME",
            shell_complete=completion.apis,
            help="Check against the spec of this API.",
        ),
        click.option(
            "--spec",
            type=SOURCE,
            metavar="FILE",
            help="Check against this spec.",
        ),
        click.option("--allow-drift", is_flag=True, help="Exit with 0 if all findings are drift."),
        click.option(
            "--ignore",
            multiple=True,
            metavar="RULE",
            callback=_rules,
            help="Ignore this rule. Repeatable.",
        ),
        click.option(
            "--patch-out",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write a JSON Patch that makes the spec allow the findings.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    ]
    for flag in reversed(flags):
        command = flag(command)
    return command


class Unusable(click.ClickException):
    """Nothing in the files can be judged. Exits with 2, without a usage line."""

    exit_code = 2


@click.command(epilog="Example: jobtwin judge session.har --base-url https://api.example.com")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=SOURCE,
)
@judging
@click.option(
    "--base-url",
    metavar="URL",
    callback=web_address,
    help="The API's base URL in the recording, if it is not one of the spec's servers.",
)
def judge(files: tuple[Path, ...], *, base_url: str | None, **flags: Any) -> None:
    """Check recorded traffic against specs: the schema of each response, and the states of each job.

    FILE is a HAR from a browser, a proxy or jobtwin's recorder, or a twin's journal
    (jobtwin journal --json). Entries are matched to the bundled APIs, or only to
    --api or --spec. Exit codes: 0 no findings, 1 findings, 2 an unusable file or option.
    """
    specs = chosen(flags.pop("api"), flags.pop("spec"))
    try:
        recording = read_all(files)
    except BadRecording as bad:
        raise Unusable(str(bad)) from bad
    if not recording.entries:
        raise Unusable(f"no entries in {', '.join(map(str, files))}")
    found = Bases(specs, base_url).sort(recording.entries)
    if not found.matched:
        raise Unusable(_nothing(found.unmatched, specs))
    tell(check_all(found, _progress, recording.unreadable), **flags)


def chosen(api: str | None, spec: Path | None) -> list[Spec]:
    """Returns the chosen specs. Raises UsageError for an invalid choice."""
    if api and spec:
        raise click.UsageError("Use either --api or --spec, not both.")
    if spec:
        return loaded((spec,))
    bundled = {path.stem: path for path in spec_folder().glob("*.yaml")}
    if api in bundled and (named := _with_jobs((bundled[api],))):
        return named
    specs = _with_jobs()
    if api:
        why = unknown("API", api, (each.name for each in specs))
        raise click.UsageError(f"{why}. For your own, use --spec FILE.")
    return specs


def _with_jobs(files: tuple[Path, ...] = ()) -> list[Spec]:
    return [spec for spec in loaded(files) if spec.jobs]


def tell(  # noqa: PLR0913 - one parameter per flag
    report: JudgeReport,
    *,
    as_json: bool,
    ignore: Sequence[str],
    patch_out: Path | None,
    allow_drift: bool,
    mask: Mask = str,
) -> None:
    """Print the findings, masked, write the patch, and exit with 1 if there are any."""
    _refuse_empty(report)
    report = report.without(ignore)
    click.echo(mask(_json(report) if as_json else "\n".join(lines(report))))
    if patch_out:
        _write(_patches(report), patch_out, mask)
    fatal = [s for s in Severity if not (allow_drift and s is Severity.DRIFT)]
    if any(map(report.count, fatal)):
        raise SystemExit(FOUND)


def _refuse_empty(report: JudgeReport) -> None:
    if not any(verdict.judged for verdict in report.verdicts):
        reasons = sorted({f"it {why}" for verdict in report.verdicts for why in verdict.skipped})
        raise Unusable(f"no exchange can be judged: {'; '.join(reasons) or 'there are none'}")


def _json(report: JudgeReport) -> str:
    return json.dumps(document(report, _patches(report)), ensure_ascii=False, indent=2)


def _patches(report: JudgeReport) -> dict[str, Patch]:
    """Returns a patch for each spec with findings."""
    specs = {verdict.spec.name: verdict.spec for verdict in report.verdicts if verdict.findings}
    found = defaultdict[str, list[CountedFinding]](list)
    for verdict in report.verdicts:
        found[verdict.spec.name] += verdict.findings
    try:
        return {name: suggested(spec, found[name]) for name, spec in specs.items()}
    except OSError as error:
        why = f"cannot try the patch, which needs a temporary file: {error.strerror}; set TMPDIR"
        raise Unusable(why) from error


def _write(patches: dict[str, Patch], path: Path, mask: Mask) -> None:
    if len(patches) > 1:
        raise click.UsageError(
            f"A patch is for one spec, but there are findings on {', '.join(patches)}. "
            "Choose one with --api."
        )
    _echo_left(chain(*(patch.left for patch in patches.values())))
    steps = [step.written() for patch in patches.values() for step in patch.steps]
    text = json.dumps(steps, ensure_ascii=False, indent=2) + "\n"
    try:
        path.write_text(mask(text), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise click.UsageError(f"{path}: cannot be written: {error.strerror}") from error
    word = "step" if len(steps) == 1 else "steps"
    click.echo(f"{path}: a patch of {len(steps)} {word}", err=True)


def _nothing(unmatched: Iterable[str], specs: Sequence[Spec]) -> str:
    names = ", ".join(spec.name for spec in specs)
    seen = ", ".join(list(unmatched)[:5])
    return f"no entry matches {names}; the recording has {seen}; set the base URL with --base-url"


def _progress(entries: Iterable[MatchedEntry]) -> Iterator[MatchedEntry]:
    """Yields the entries, with a progress line on a terminal if there are many."""
    found = list(entries)
    if not sys.stderr.isatty() or len(found) <= _STRIDE:
        yield from found
        return
    for count, entry in enumerate(found, 1):
        is_last = count == len(found)
        if is_last or count % _STRIDE == 0:
            click.echo(f"\r{count} of {len(found)} entries", err=True, nl=is_last)
        yield entry


def _echo_left(left: Iterable[tuple[CountedFinding, str]]) -> None:
    for counted, why in left:
        where = f"{counted.finding.rule} at {counted.finding.where}"
        click.echo(f"not in the patch: {where}: {why}", err=True)
