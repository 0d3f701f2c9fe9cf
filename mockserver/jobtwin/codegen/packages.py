"""Generates one client package from one spec; does not know where packages are kept."""

import io
import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
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
from jobtwin.codegen.edits import EditError
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
MANY = 2_000
"""Number of modules above which checking and formatting takes more than a few seconds."""
RUFF = ("--isolated", "--no-cache", "--target-version=py311", "--line-length=100")
_COMPLAINT = re.compile(
    r"(?:error: (?:Failed to \w+|Panicked .*?) )?(?P<module>\S+\.py): ?(?P<why>.+)"
)
"""A line of ruff about one module: a rule or the syntax that it breaks, or what ruff failed to do."""


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
    unsound: Mapping[Path, str] = field(default_factory=dict)
    """The modules that could not be completed, with the reason for each."""


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
    if not choice.only and _is_long(document):
        shortcuts.clear_memory()  # of whatever read the file before
    head = header(f"from {label(spec.path)}", by)
    return write_document(document, spec, package, choice, report, vendors=vendors, head=head)


def write_document(  # noqa: PLR0913 - all that a client is made of
    document: dict[str, Any],
    spec: Path | SpecSource,
    package: Path,
    choice: Choice = WHOLE,
    report: Report = lambda _: None,
    *,
    vendors: bool = False,
    head: str = "",
) -> Made:
    """Writes the client of a document that was read from a spec, without check.

    `vendors` says that the document is somebody else's but for its job machines. `head` is the
    header of every module.
    """
    files = files_of(spec)
    try:
        chosen = select(document, choice.only)
        report = _named(report, label(files.path)) if _is_long(chosen) else lambda _: None
        parsed = parse(chosen, package, every=not choice.only, report=report)
    except ValueError as error:
        raise GenerationError(label(files.path), [str(error)]) from error
    data = parsed.project.openapi
    left_out = (*parsed.left_out, *missing_parts(parsed.document, data))
    if choice.whole and left_out:
        raise GenerationError(label(files.path), left_out)
    unsound = _write_modules(parsed, package, head, report)
    texts, unwaited = _of_jobs(chosen, parsed, files, vendors=vendors)
    for name, text in texts:
        (package / name).write_text(head + text, encoding="utf-8")
    if not choice.whole:
        left_out = (*left_out, *unwaited)
    (package / "py.typed").touch()
    endpoints = (each.endpoints for each in data.endpoint_collections_by_tag.values())
    return Made(sum(map(len, endpoints)), left_out, unsound)


def _write_modules(
    parsed: ParsedProject, package: Path, head: str, report: Report
) -> dict[Path, str]:
    """Writes the modules of models and operations.

    Returns those that could not be completed, with the reason for each.
    """
    data = parsed.project.openapi
    names.restore(data, parsed.wire_names)
    names.free(data)
    parsed.project.env.globals["tags"] = unions.tags(data)
    report(f"writing {len(data.models) + len(data.enums)} models")
    with shortcuts.taken(), redirect_stdout(io.StringIO()):
        parsed.project.build()
    report("finishing the models")
    hidden = secrets.secret_properties(data, parsed.document)
    variants = {unions.module_of(name): tags for name, tags in parsed.variants.items()}
    unsound: dict[Path, str] = {}
    for module in package.rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        if module.parent == package / "models":
            try:
                text = _completed(text, variants.get(module.stem), hidden.get(module.stem, ()))
            except EditError as error:
                unsound[module] = str(error)
        module.write_text(head + text, encoding="utf-8")
    return unsound


def _completed(text: str, variant: tuple[str, list[str]] | None, hidden: Iterable[str]) -> str:
    """Returns a model's module with all that the generator does not know."""
    guarded = unions.guarded(text, *variant) if variant else text
    return imports.settled(secrets.concealed(guarded, hidden))


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


def _is_long(document: dict[str, Any]) -> bool:
    return sum(1 for _ in operations(document)) >= LONG


def _named(report: Report, label: str) -> Report:
    """Returns a function that reports the steps of one document."""
    return lambda line: report(f"{label}: {line}")


def header(source: str = "", by: str = MAKE) -> str:
    """Returns the first line of every module, with its origin."""
    origin = " ".join(["Generated", *filter(None, [words(source)])])
    return HEADER.format(origin=origin, by=by)


def tidy(root: Path, report: Report = lambda _: None) -> dict[Path, str]:
    """Sorts the imports and formats every module under `root`, with this interpreter's ruff.

    `report` gets a line if there are many.

    Returns the modules that are not valid Python, with the first reason for each. The rules of
    pyflakes find more than the generator, such as a parameter `body` beside a request body.
    """
    modules = sorted(str(module.relative_to(root)) for module in root.rglob("*.py"))
    if len(modules) > MANY:
        report(f"checking and formatting {len(modules)} modules")
    unsound = _ruff(root, ["check", "--fix", "--select=F,I", "--output-format=concise"], modules)
    unsound |= _ruff(root, ["format"], [module for module in modules if module not in unsound])
    return {root / module: why for module, why in unsound.items()}


def _ruff(root: Path, step: Sequence[str], modules: Sequence[str]) -> dict[str, str]:
    """Runs ruff on modules below `root`, and returns its first complaint about each.

    Raises GenerationError if ruff fails without naming a module.
    """
    if not modules:
        return {}  # ruff would look for some
    with NamedTemporaryFile("w", prefix="modules-", suffix=".txt", encoding="utf-8") as listed:
        listed.write("\n".join(modules))  # a command line has room for 10,000 names at most
        listed.flush()
        command = [sys.executable, "-P", "-m", "ruff", *step, *RUFF, f"@{listed.name}"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words and paths
    said = (done.stdout + done.stderr).splitlines()
    unsound = _complaints(said, {*modules})
    if done.returncode and not unsound:
        raise GenerationError("ruff", said or [f"ended with exit code {done.returncode}"])
    return unsound


def _complaints(said: Sequence[str], modules: Collection[str]) -> dict[str, str]:
    """Returns the first complaint about each module in the output of ruff."""
    found = [match for match in map(_COMPLAINT.match, reversed(said)) if match]
    return {each["module"]: each["why"] for each in found if each["module"] in modules}


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
    for module, why in _ruff(package, ["format"], ["models/__init__.py"]).items():
        raise GenerationError("ruff", [f"{module}: {why}"])
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
