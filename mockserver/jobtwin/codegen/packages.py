"""One spec to one client package; knows the generator, not where packages live."""

import io
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobtwin.codegen import imports, names, secrecy, variants, waiters
from jobtwin.codegen.losses import losses
from jobtwin.codegen.parsing import parse
from jobtwin.codegen.selection import select
from jobtwin.codegen.source import words
from jobtwin.errors import SpecRefused
from jobtwin.openapi import load
from jobtwin.openapi.loader import assemble
from jobtwin.openapi.names import CONTROL, name_of, refusal

HEADER = '# {origin} by "{by}". Do not edit.\n'
MAKE = "make generate"
RUFF = ("--isolated", "--no-cache", "--quiet", "--target-version=py311", "--line-length=100")


class GenerationError(Exception):
    """A spec that does not become a client whole: `where` it stands and `whys`, one line each."""

    def __init__(self, where: str, whys: Sequence[str]) -> None:
        super().__init__(where, whys)
        self.where = where
        self.whys = whys

    def __str__(self) -> str:
        return "\n".join(f"{self.where}: {why}" for why in self.whys)


def label(spec: Path) -> str:
    """Name the spec as messages and headers do, the same from any directory: specs/printer.yaml."""
    return f"{spec.resolve().parent.name}/{spec.name}"


@dataclass(frozen=True)
class Wanted:
    """What to generate: a spec, the name of its package, and which operations."""

    spec: Path
    name: str
    only: tuple[str, ...] = ()
    """Ids, tags and paths of operations; all of them when empty."""
    whole: bool = True
    """Whether it is an error when something cannot be generated."""

    @classmethod
    def of(cls, spec: Path) -> "Wanted":
        """Return all of a spec, in the package that is called as its twin is."""
        return cls(spec, name_of(spec))


@dataclass(frozen=True)
class Package:
    """What came of a spec."""

    operations: int
    left_out: tuple[str, ...]
    """What could not be generated, with the reason, a line each."""


def write(wanted: Wanted, package: Path, by: str = MAKE) -> Package:
    """Write the client of a spec into the new directory `package`; `tidy` comes after.

    `by` is the command that does it, which the header of every module names.

    Raises GenerationError where nothing can be generated, or not all of what has to be whole;
    SpecRefused with the mistakes of a spec that has job machines.
    """
    if wanted.name != CONTROL and (why := refusal(wanted.name)):
        raise GenerationError(label(wanted.spec), [why])
    document = read(wanted.spec)
    if any(str(key).startswith("x-job") for key in document):
        load(wanted.spec)
    made = write_document(document, wanted, package)
    sign(package, f"from {label(wanted.spec)}", by)
    return made


def write_document(document: dict[str, Any], wanted: Wanted, package: Path) -> Package:
    """Write the client of a document that was read from a spec, without header and check."""
    spec = wanted.spec
    try:
        parsed = parse(select(document, wanted.only), package, every=not wanted.only)
    except ValueError as error:
        raise GenerationError(label(spec), [str(error)]) from error
    left_out = (*parsed.left_out, *losses(parsed.document, parsed.project.openapi))
    if wanted.whole and left_out:
        raise GenerationError(label(spec), left_out)
    data = parsed.project.openapi
    names.restore(data, parsed.wire_names)
    names.free(data)
    parsed.project.env.globals["tags"] = variants.tags(data)
    with redirect_stdout(io.StringIO()):
        parsed.project.build()
    variants.guard(package, parsed.variants)
    secrecy.conceal(package, data, parsed.document)
    imports.settle(package)
    try:
        waits = waiters.module(document, data, wanted.name)
    except ValueError as error:
        raise GenerationError(label(spec), [str(error)]) from error
    if waits:
        (package / "waiters.py").write_text(waits, encoding="utf-8")
    (package / "py.typed").touch()
    endpoints = (each.endpoints for each in data.endpoint_collections_by_tag.values())
    return Package(sum(map(len, endpoints)), left_out)


def sign(package: Path, source: str = "", by: str = MAKE) -> None:
    """Head every module under `package` with the line that says what made it."""
    origin = " ".join(["Generated", *filter(None, [words(source)])])
    header = HEADER.format(origin=origin, by=by)
    for module in package.rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        module.write_text(header + text, encoding="utf-8")


def tidy(root: Path) -> None:
    """Sort the imports and format every module under `root`, with this interpreter's ruff.

    Raises GenerationError when a module is not sound Python: pyflakes' rules find what the
    generator does not, such as a parameter called `body` beside a request body.
    """
    modules = sorted(str(module.relative_to(root)) for module in root.rglob("*.py"))
    for step in (["check", "--fix", "--select=F,I", "--output-format=concise"], ["format"]):
        command = [sys.executable, "-P", "-m", "ruff", *step, *RUFF, *modules]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words and paths
        if done.returncode:
            raise GenerationError("ruff", (done.stdout + done.stderr).splitlines())


def read(spec: Path) -> dict[str, Any]:
    """Read the document of a spec."""
    try:
        document = assemble(spec).tree
    except SpecRefused as refused:
        whys = [str(mistake).partition(": ")[2] for mistake in refused.mistakes]
        raise GenerationError(label(spec), whys) from refused
    if not isinstance(document, dict):
        raise GenerationError(label(spec), ["is not an OpenAPI document"])
    return document
