"""`jobtwin judge`: recorded traffic held to the specs. It needs no server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from jobcall.secrets import Mask
from jobtwin.cli import completion
from jobtwin.cli.parameters import SOURCE, web_address
from jobtwin.cli.specs import loaded
from jobtwin.errors import BadRecording
from jobtwin.judge import RULES
from jobtwin.judge.checker import Report, judged
from jobtwin.judge.drift.findings import SHAPES, Severity
from jobtwin.judge.drift.patch import Patch, suggested
from jobtwin.judge.formats import document, lines
from jobtwin.judge.traffic.bases import Bases, MatchedEntry
from jobtwin.judge.traffic.recordings import read_all
from jobtwin.openapi import Spec

FOUND = 1
"""Exit code when there are findings."""

_STRIDE = 500
"""Entries between two words on progress."""


def _rules(
    _context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    known = [*RULES, *SHAPES]
    for name in names:
        if name not in known:
            raise click.BadParameter(f"{name!r} is none of the rules ({', '.join(known)})")
    return names


def judging(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the flags that say which spec is held, and what is done with the findings."""
    flags = [
        click.option(
            "--api", metavar="NAME", shell_complete=completion.apis, help="Hold to this API's spec."
        ),
        click.option(
            "--spec",
            type=SOURCE,
            metavar="FILE",
            help="Hold to this spec.",
        ),
        click.option("--allow-drift", is_flag=True, help="Exit with 0 if nothing worse is found."),
        click.option(
            "--ignore",
            multiple=True,
            metavar="RULE",
            callback=_rules,
            help="Leave this rule out. Repeatable.",
        ),
        click.option(
            "--patch-out",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Write the changes that the spec would need, as JSON Patch.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    ]
    for flag in reversed(flags):
        command = flag(command)
    return command


class Unusable(click.ClickException):
    """A file from which nothing can be judged; told in one line, since no flag is wrong."""

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
    help="Where the API was, if neither its servers nor a twin's paths tell.",
)
def judge(files: tuple[Path, ...], *, base_url: str | None, **flags: Any) -> None:
    """Hold recorded traffic to the specs: every answer to its shape, their sequence to the machine.

    FILE is a HAR, as browsers, proxies and jobtwin's own recorder write it, or a twin's journal
    (jobtwin journal --json). Entries are matched to the APIs that come with jobtwin, or to --api or
    --spec alone. Exit codes: 0 all is as the spec says, 1 something is not, 2 a file or flag is
    wrong.
    """
    specs = chosen(flags.pop("api"), flags.pop("spec"))
    try:
        recording = read_all(files)
    except BadRecording as bad:
        raise Unusable(str(bad)) from bad
    if not recording.entries:
        raise Unusable(f"nothing is recorded in {', '.join(map(str, files))}")
    found = Bases(specs, base_url).sort(recording.entries)
    if not found.matched:
        raise Unusable(_nothing(found.unmatched, specs))
    tell(judged(found, _progress, recording.unreadable), **flags)


def chosen(api: str | None, spec: Path | None) -> list[Spec]:
    """The specs that are meant; UsageError where they cannot be."""
    if api and spec:
        raise click.UsageError("--api and --spec both name a spec; leave one out")
    if spec:
        return loaded((spec,))
    specs = [each for each in loaded(()) if each.jobs]
    known = ", ".join(each.name for each in specs)
    if api and api not in (each.name for each in specs):
        raise click.UsageError(f"{api!r} is none of the APIs ({known}); give your own with --spec")
    return [each for each in specs if api in (None, each.name)]


def tell(  # noqa: PLR0913 - one parameter a flag
    report: Report,
    *,
    as_json: bool,
    ignore: Sequence[str],
    patch_out: Path | None,
    allow_drift: bool,
    mask: Mask = str,
) -> None:
    """Print the findings, masked, write the patch, and exit with 1 if there are any."""
    report = report.without(ignore)
    if not any(verdict.judged for verdict in report.verdicts):
        reasons = {why for verdict in report.verdicts for why in verdict.skipped}
        told = "; ".join(f"it {why}" for why in sorted(reasons))
        raise Unusable(f"no exchange can be judged: {told or 'there is none'}")
    if as_json:
        patches = _patches(report)
        text = json.dumps(document(report, patches), ensure_ascii=False, indent=2)
        click.echo(mask(text))
    else:
        for line in lines(report):
            click.echo(mask(line))
    if patch_out:
        _write(_patches(report), patch_out, mask)
    fatal = [s for s in Severity if not (allow_drift and s is Severity.DRIFT)]
    if any(report.count(severity) for severity in fatal):
        raise SystemExit(FOUND)


def _patches(report: Report) -> dict[str, Patch]:
    """What is suggested for each spec that there are findings on."""
    found = [(v.spec, list(v.findings)) for v in report.verdicts if v.findings]
    specs = {spec.name: spec for spec, _ in found}
    try:
        return {
            name: suggested(spec, [t for of, findings in found if of is spec for t in findings])
            for name, spec in specs.items()
        }
    except OSError as error:
        why = f"no patch can be tried: a temporary file is needed, and {error.strerror}; set TMPDIR"
        raise Unusable(why) from error


def _write(patches: dict[str, Patch], path: Path, mask: Mask) -> None:
    if len(patches) > 1:
        raise click.UsageError(
            f"a patch is for one spec, and there are findings on {', '.join(patches)}; "
            "choose with --api"
        )
    for patch in patches.values():
        for counted, why in patch.left:
            click.echo(
                f"not in the patch: {counted.finding.rule} at {counted.finding.where}: {why}",
                err=True,
            )
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
    return f"no entry is of {names}; recorded are {seen}; say where the API was with --base-url"


def _progress(entries: Iterable[MatchedEntry]) -> Iterator[MatchedEntry]:
    """The entries, with a word on stderr now and then if somebody watches a long file."""
    found = list(entries)
    watched = sys.stderr.isatty() and len(found) > _STRIDE
    for count, entry in enumerate(found, 1):
        if watched and (count % _STRIDE == 0 or count == len(found)):
            end = "\n" if count == len(found) else ""
            click.echo(f"\r{count} of {len(found)} entries", err=True, nl=False)
            click.echo(end, err=True, nl=False)
        yield entry
