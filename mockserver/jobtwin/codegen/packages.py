"""Generates one client package from one spec; does not know where packages are kept."""

import io
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobtwin.codegen import (
    callbacks,
    imports,
    names,
    secrets,
    shortcuts,
    soundness,
    unions,
    waiters,
)
from jobtwin.codegen.completeness import missing_parts
from jobtwin.codegen.parsing import ParsedProject, Report, parse
from jobtwin.codegen.selection import operations, select
from jobtwin.codegen.source import words
from jobtwin.errors import SpecRefused
from jobtwin.openapi import SpecSource, find_source, load, unchecked
from jobtwin.openapi.extensions import JOBS, has_extensions, has_machines
from jobtwin.openapi.loader import Assembled, assemble

HEADER = '# {origin} by "{by}". Do not edit.\n'
MAKE = "make generate"
LONG = 100
"""Number of operations above which a document takes more than a few seconds."""
RUFF = ("--isolated", "--no-cache", "--quiet", "--target-version=py311", "--line-length=100")
_COMPLAINT = re.compile(r"(?P<module>.+?\.py):(?P<why>\d+:\d+: .+)")


class GenerationError(Exception):
    """A spec from which no complete client can be generated: its place, and one line per reason.

    `where` is empty if each of `whys` has its own place.
    """

    def __init__(self, where: str, whys: Sequence[str]) -> None:
        super().__init__(where, whys)
        self.where = where
        self.whys = whys

    def __str__(self) -> str:
        return "\n".join(f"{self.where}: {why}" if self.where else why for why in self.whys)


def label(spec: Path) -> str:
    """Returns a spec's name for messages and headers, the same in any directory: specs/printer.yaml."""
    return f"{spec.resolve().parent.name}/{spec.name}"


@dataclass(frozen=True)
class Choice:
    """The operations to generate, and whether an incomplete client is an error."""

    only: tuple[str, ...] = ()
    """Ids, tags and paths of operations; all operations when empty."""
    whole: bool = True
    """True if it is an error when something cannot be generated."""
    drafts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The drafted jobs of specs without job machines, by the names of their twins."""


WHOLE = Choice()


@dataclass(frozen=True)
class Made:
    """The result of one spec."""

    operations: int
    left_out: tuple[str, ...]
    """A line for each part that could not be generated, with the reason."""


def files_of(spec: str | Path | SpecSource) -> SpecSource:
    """Returns the files of a SPEC. Raises GenerationError if its name is not a package name."""
    try:
        return find_source(spec)
    except SpecRefused as refused:
        raise GenerationError("", _whys(refused)) from refused


def write(
    spec: SpecSource,
    package: Path,
    by: str = MAKE,
    choice: Choice = WHOLE,
    report: Report = lambda _: None,
) -> Made:
    """Writes the client of `spec` into the new directory `package`; call `tidy` afterwards.

    `by` is the command for the header of every module. `report` gets a line for each step of a
    long file.

    Raises GenerationError if nothing can be generated, or not all that the choice requires;
    SpecRefused with the mistakes of a spec that has job machines.
    """
    assembled = _assembled(spec)
    document = _tree(spec, assembled)
    if has_extensions(document):
        load(spec)
    elif spec.name in choice.drafts:
        document = {**document, JOBS: choice.drafts[spec.name]}
    vendors = assembled.is_vendors
    made = write_document(document, spec, package, choice, report, vendors=vendors)
    sign(package, f"from {label(spec.path)}", by)
    return made


def write_document(  # noqa: PLR0913 - all that a client is made of
    document: dict[str, Any],
    spec: Path | SpecSource,
    package: Path,
    choice: Choice = WHOLE,
    report: Report = lambda _: None,
    *,
    vendors: bool = False,
) -> Made:
    """Writes the client of a document that was read from a spec, without header and check.

    `vendors` says that the document is somebody else's but for its job machines.
    """
    files = files_of(spec)
    try:
        chosen = select(document, choice.only)
        report = _for_long(report, label(files.path), chosen)
        parsed = parse(chosen, package, every=not choice.only, report=report)
    except ValueError as error:
        raise GenerationError(label(files.path), [str(error)]) from error
    data = parsed.project.openapi
    left_out = (*parsed.left_out, *missing_parts(parsed.document, data))
    if choice.whole and left_out:
        raise GenerationError(label(files.path), left_out)
    _write_models(parsed, package, report)
    texts, unwaited = _of_jobs(chosen, parsed, files, vendors=vendors)
    for name, text in texts:
        (package / name).write_text(text, encoding="utf-8")
    if not choice.whole:
        left_out = (*left_out, *unwaited)
    (package / "py.typed").touch()
    endpoints = (each.endpoints for each in data.endpoint_collections_by_tag.values())
    return Made(sum(map(len, endpoints)), left_out)


def _write_models(parsed: ParsedProject, package: Path, report: Report) -> None:
    data = parsed.project.openapi
    names.restore(data, parsed.wire_names)
    names.free(data)
    parsed.project.env.globals["tags"] = unions.tags(data)
    report(f"writing {len(data.models) + len(data.enums)} models")
    with shortcuts.taken(), redirect_stdout(io.StringIO()):
        parsed.project.build()
    report("finishing the models")
    unions.guard(package, parsed.variants)
    secrets.conceal(package, data, parsed.document)
    imports.settle(package)


def _of_jobs(
    document: dict[str, Any], parsed: ParsedProject, spec: SpecSource, *, vendors: bool
) -> tuple[list[tuple[str, str]], list[str]]:
    """Returns the texts of the modules about jobs, and reports of the missing waiters."""
    if not has_machines(document):
        return [], []
    data, modules = parsed.project.openapi, parsed.modules
    try:
        read = unchecked(spec.name, document, vendors=vendors)
        made = ("waiters.py", waiters.module(read, data, modules))
        also = ("callbacks.py", callbacks.module(read, data, modules))
        lacking = waiters.unwaited(read, data, modules)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        why = f"no waiters: {type(error).__name__} {error}; `jobtwin check` says what is wrong"
        raise GenerationError(label(spec.path), [why]) from error
    why = "no operation that was generated answers its state"
    texts = [(name, text) for name, text in (made, also) if text]
    return texts, [f"waiter of {name}: {why}" for name in lacking]


def _for_long(report: Report, label: str, document: dict[str, Any]) -> Report:
    """Returns a function that reports the steps of a large document, and ignores those of others."""
    if sum(1 for _ in operations(document)) < LONG:
        return lambda _: None
    return lambda line: report(f"{label}: {line}")


def sign(package: Path, source: str = "", by: str = MAKE) -> None:
    """Adds the header with the origin to every module under `package`."""
    origin = " ".join(["Generated", *filter(None, [words(source)])])
    header = HEADER.format(origin=origin, by=by)
    for module in package.rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        module.write_text(header + text, encoding="utf-8")


def tidy(root: Path) -> dict[Path, str]:
    """Sorts the imports and formats every module under `root`, with this interpreter's ruff.

    Returns the modules that are not valid Python, with the first reason for each. The rules of
    pyflakes find more than the generator, such as a parameter `body` beside a request body.
    """
    modules = sorted(str(module.relative_to(root)) for module in root.rglob("*.py"))
    said = _ruff(root, ["check", "--fix", "--select=F,I", "--output-format=concise"], modules)
    found = filter(None, map(_COMPLAINT.match, reversed(said.splitlines())))
    unsound = {match["module"]: match["why"] for match in found}
    _ruff(root, ["format"], [module for module in modules if module not in unsound], able=(0,))
    return {root / module: why for module, why in unsound.items()}


def _ruff(
    root: Path, step: Sequence[str], modules: Sequence[str], able: tuple[int, ...] = (0, 1)
) -> str:
    """Runs ruff on some modules. Raises GenerationError if ruff itself fails."""
    command = [sys.executable, "-P", "-m", "ruff", *step, *RUFF, *modules]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words and paths
    if done.returncode not in able:
        said = (done.stdout + done.stderr).splitlines()
        raise GenerationError("ruff", said or [f"ended with exit code {done.returncode}"])
    return done.stdout


def without_unsound(package: Path, made: Made, unsound: Mapping[Path, str]) -> Made:
    """Removes the invalid modules from a package, and reports them."""
    own = {module: why for module, why in unsound.items() if module.is_relative_to(package)}
    own |= soundness.dangling(package, own)
    if not own:
        return made
    try:
        gone = soundness.leave_out(package, own)
    except ValueError as error:
        raise GenerationError("ruff", [str(error)]) from error
    _ruff(package, ["format"], [str(package / "models")], able=(0,))
    lines = [f"{module.relative_to(package).as_posix()}: {why}" for module, why in gone.items()]
    operations = sum("api" in module.relative_to(package).parts for module in gone)
    return Made(made.operations - operations, (*made.left_out, *lines))


def read(spec: Path | SpecSource) -> dict[str, Any]:
    """Reads the document of a spec."""
    return _tree(spec, _assembled(spec))


def _assembled(spec: Path | SpecSource) -> Assembled:
    try:
        return assemble(spec)
    except SpecRefused as refused:
        raise GenerationError("", _whys(refused)) from refused


def _tree(spec: Path | SpecSource, assembled: Assembled) -> dict[str, Any]:
    if not isinstance(assembled.tree, dict):
        raise GenerationError(label(files_of(spec).path), ["is not an OpenAPI document"])
    return assembled.tree


def _whys(refused: SpecRefused) -> list[str]:
    return list(map(str, refused.mistakes))
