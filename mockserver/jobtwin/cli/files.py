"""Commands that work on spec files: `check`, `diagram`, `docs`, `generate`. They need no server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobtwin.adopt import MARK, marks_in
from jobtwin.cli.notes import failures, notes
from jobtwin.cli.parameters import SOURCE
from jobtwin.cli.specs import (
    OVERLAYS,
    SPECS,
    SpecMistakes,
    check_overlays,
    drafted_jobs,
    found,
    loaded,
)
from jobtwin.docs import diagram as drawing
from jobtwin.docs import differences, write
from jobtwin.errors import Mistake, SpecRefused, unknown
from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec, check_all
from jobtwin.openapi.document import grammar
from jobtwin.openapi.loader.source import SpecSource

if TYPE_CHECKING:
    from jobtwin.codegen.packages import Made

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_LARGE = 1_000_000
_NEEDED = ("openapi_python_client", "ruff")


@click.command(epilog="Example: jobtwin check theirs.yaml")
@SPECS
@OVERLAYS
@click.option("--explain", is_flag=True, help="Print assumptions, with their reasons.")
@click.option(
    "--strict", is_flag=True, help="Treat notes, and mistakes in a vendor's own file, as mistakes."
)
@_JSON
def check(
    specs: tuple[Path, ...],
    overlays: tuple[Path, ...],
    *,
    explain: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Check specs against OpenAPI and the grammar of x-jobs, and run them.

    Without SPEC, checks the bundled specs. Prints every mistake, one per line. Exit code 1 if there
    is one. Calls each operation in each state of each scenario; a failure is a mistake. A spec
    with another mistake is not run until it is corrected.
    Declarations without effect are notes. Mistakes in a vendor's own file, which has no job
    machines or is extended by an overlay, are warnings. With --strict, notes and warnings are
    mistakes too. With --json, prints the mistakes: file, line, pointer and why.
    """
    if as_json:
        found = _mistakes(specs, overlays, strict=strict)
        _echo_json(list(map(_shown_mistake, found)))
        raise SystemExit(1 if found else 0)
    checked, wrong = _checked(specs, overlays)
    warnings = {spec.name: spec.warnings() for spec in checked}
    noted = {spec.name: notes(spec) for spec in checked}
    if strict:
        wrong += chain(*warnings.values(), *noted.values())
    if wrong:
        raise SpecMistakes(wrong)
    _echo_each("warning", chain(*warnings.values()))
    _echo_each("note", chain(*noted.values()))
    for spec in checked:
        click.echo(_summary(spec, len(warnings[spec.name]), len(noted[spec.name])))
        if explain:
            _explain(spec)


def _echo_each(kind: str, mistakes: Iterable[Mistake]) -> None:
    for each in mistakes:
        click.echo(f"{kind}: {each}", err=True)


def _explain(spec: Spec) -> None:
    for assumption in spec.assumptions:
        click.echo(f"{spec.document.file}#{assumption}")


def _shown_mistake(mistake: Mistake) -> dict[str, Any]:
    names = ("file", "line", "pointer", "why")
    return {name: getattr(mistake, name) for name in names}


def _summary(spec: Spec, warnings: int, noted: int) -> str:
    """Returns a one-line summary of a spec."""
    verdict = _verdict(warnings, noted)
    if guesses := sum(map(_guesses, spec.document.assembled.overlay_paths)):
        verdict += f"; {guesses} guesses left, marked {MARK}"
    return f"{spec.document.file}: {', '.join(_counts(spec))}: {verdict}"


def _counts(spec: Spec) -> Iterator[str]:
    yield f"{len(spec.operations)} operations"
    yield f"{len(spec.machines)} machines"
    yield f"{sum(len(machine.scenarios) for machine in spec.machines.values())} scenarios"
    if spec.unbound:
        yield f"{len(spec.unbound)} operations without a job"


def _verdict(warnings: int, notes: int) -> str:
    numbers = {"warning": warnings, "note": notes}
    beside = [f"{n} {word}{'s' if n > 1 else ''}" for word, n in numbers.items() if n]
    return f"fine, with {' and '.join(beside)}" if beside else "fine"


def _guesses(overlay: Path) -> int:
    return marks_in(overlay.read_text(encoding="utf-8"))


@click.command(epilog="Example: jobtwin schema > schema.json")
def schema() -> None:
    """Print the JSON Schema of x-jobs, for completion and validation in an editor."""
    click.echo(grammar(), nl=False)


@click.command(epilog="Example: jobtwin diagram theirs.yaml --machine job")
@click.argument("spec", required=False, type=SOURCE, metavar="[SPEC]")
@click.option(
    "--machine", metavar="NAME", help="Draw only this machine, without Markdown around it."
)
@_JSON
def diagram(spec: Path | None, machine: str | None, *, as_json: bool) -> None:
    """Draw state machines as Mermaid diagrams.

    Without SPEC, draws those of all bundled specs. With --json, prints a list of
    api, machine and diagram.
    """
    chosen = _machines(loaded((spec,) if spec else ()), machine)
    if as_json:
        _echo_json(
            [{"api": s.name, "machine": m.name, "diagram": drawing(m)} for s, m in chosen.values()]
        )
    elif machine is None:
        for title, (_, each) in chosen.items():
            click.echo(f"## {title}\n\n```mermaid\n{drawing(each)}```\n")
    elif len(chosen) > 1:
        raise click.UsageError(f"there are several ({', '.join(chosen)}); name the SPEC as well")
    else:
        [(_, each)] = chosen.values()
        click.echo(drawing(each), nl=False)


def _machines(specs: Iterable[Spec], wanted: str | None) -> dict[str, tuple[Spec, Machine]]:
    """Returns the machines of a name, or all, by their titles; refuses a name that none has."""
    every = {f"{s.name}: {name}": (s, m) for s in specs for name, m in s.machines.items()}
    if wanted is None:
        return every
    chosen = {title: pair for title, pair in every.items() if pair[1].name == wanted}
    if not chosen:
        names = dict.fromkeys(each.name for _, each in every.values())
        raise click.UsageError(unknown("machine", wanted, names))
    return chosen


@click.command(epilog="Example: jobtwin docs --check")
@click.argument(
    "folder", metavar="[DIR]", default="docs", type=click.Path(path_type=Path, file_okay=False)
)
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; report what would change."
)
def docs(folder: Path, *, only_check: bool) -> None:
    """Write the fidelity ledger and the state diagrams into DIR.

    They are generated from the bundled specs. DIR is docs by default. With --check, exit code 1 if
    a page is outdated.
    """
    specs = loaded(())
    if not only_check:
        for path in write(specs, folder):
            click.echo(path)
    elif found := differences(specs, folder):
        raise click.ClickException("\n".join([*found, "update with: make docs"]))
    else:
        click.echo(f"{folder} is up to date")


@click.command(epilog="Example: jobtwin generate theirs.yaml -o src/clients --only jobs")
@click.argument(
    "specs",
    nargs=-1,
    required=True,
    metavar="SPEC...",
    type=SOURCE,
)
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory for the packages.",
)
@click.option("--name", metavar="NAME", help="Name of the package; for one SPEC.")
@click.option(
    "--only",
    multiple=True,
    metavar="ID|TAG|PATH",
    help="Generate only these operations, with their schemas. Repeatable.",
)
@click.option("--strict", is_flag=True, help="Exit with code 1 if anything is omitted.")
@OVERLAYS
@_JSON
def generate(  # noqa: PLR0913 - its flags
    specs: tuple[Path, ...],
    folder: Path,
    name: str | None,
    only: tuple[str, ...],
    overlays: tuple[Path, ...],
    *,
    strict: bool,
    as_json: bool,
) -> None:
    """Generate typed clients from your own OpenAPI files.

    Each SPEC becomes a package in DIR, named like its twin. A package that was
    generated there before is replaced; nothing else is changed. Parts that cannot be generated are
    omitted and listed on stderr, with the reason. The jobs of a vendor's own file are drafted, so
    they get waiters too. A mistake in the job machines stops the command.
    """
    _refuse_without_generator()
    from jobtwin.codegen.output import place  # noqa: PLC0415 - its packages are an extra
    from jobtwin.codegen.packages import Choice, GenerationError  # noqa: PLC0415 - same

    if name and len(specs) > 1:
        raise click.UsageError("--name is for one SPEC; write NAME=SPEC for each")
    sources = found(tuple(Path(f"{name}={s}") for s in specs) if name else specs, overlays)
    _announce(sources)
    choice = Choice(only, whole=False, drafts=drafted_jobs(sources))
    try:
        made = place(sources, folder, _progress, by="jobtwin generate", choice=choice)
    except (GenerationError, SpecRefused) as error:
        raise click.ClickException(str(error)) from error
    left_out = [*chain.from_iterable(each.left_out for each in made)]
    _echo_left_out(left_out)
    packages = [_package(folder, *pair) for pair in zip(sources, made, strict=True)]
    (_echo_json if as_json else _echo_packages)(packages)
    if strict and left_out:
        raise SystemExit(1)


def _announce(sources: Iterable[SpecSource]) -> None:
    """Reports the files that take more than a second to read."""
    for path in (source.path for source in sources):
        if path.is_file() and (size := path.stat().st_size) > _LARGE:
            _progress(f"{path.name}: reading {size / 1e6:.1f} MB")


def _echo_left_out(left_out: Iterable[str]) -> None:
    for why in left_out:
        click.echo(f"omitted: {why}", err=True)


def _echo_packages(packages: Iterable[Mapping[str, Any]]) -> None:
    for each in packages:
        click.echo(f"{Path(each['spec']).name} → {each['package']} ({_count(each['operations'])})")


def _refuse_without_generator() -> None:
    if missing := [package for package in _NEEDED if not _is_there(package)]:
        raise click.ClickException(
            f"the generator is not installed ({', '.join(missing)} missing); "
            "install it with: pip install 'jobtwin[generate]'"
        )


def _count(operations: int) -> str:
    return f"{operations} operation{'' if operations == 1 else 's'}"


def _progress(line: str) -> None:
    """Reports the progress of a long command on a terminal."""
    if sys.stderr.isatty():
        click.echo(line, err=True)


def _checked(
    specs: tuple[Path, ...], overlays: tuple[Path, ...]
) -> tuple[list[Spec], list[Mistake]]:
    """Returns the specs that can be played, and all mistakes: those of playing them, too."""
    check_overlays(specs, overlays)
    checked, wrong = list[Spec](), list[Mistake]()
    for each in check_all(specs, overlays):
        wrong += each.mistakes
        if each.spec is not None:
            checked.append(each.spec)
            wrong += failures(each.spec)
    return checked, list(dict.fromkeys(wrong))


def _mistakes(
    specs: tuple[Path, ...], overlays: tuple[Path, ...], *, strict: bool
) -> tuple[Mistake, ...]:
    checked, wrong = _checked(specs, overlays)
    said = [each for spec in checked for each in (*spec.warnings(), *notes(spec))]
    return (*wrong, *(said if strict else ()))


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of its parent
        return False


def _echo_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _package(folder: Path, source: SpecSource, made: Made) -> dict[str, Any]:
    return {
        "spec": str(source.path),
        "package": str(folder / source.name),
        "operations": made.operations,
        "leftOut": made.left_out,
    }
