"""One spec to one client package; knows the generator, not where packages live."""

import io
import re
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import GeneratorError, ParseError
from openapi_python_client.parser.openapi import GeneratorData

from jobtwin.codegen import imports, names, secrecy, variants, waiters
from jobtwin.codegen.losses import losses
from jobtwin.codegen.source import words
from jobtwin.errors import SpecRefused
from jobtwin.openapi import Source, find_source, load, unchecked
from jobtwin.openapi.extensions import has_extensions
from jobtwin.openapi.loader import assemble

CONFIG = Path(__file__).with_name("generator.yaml")
TEMPLATES = Path(__file__).with_name("templates")
HEADER = '# {origin} by "{by}". Do not edit.\n'
MAKE = "make generate"
METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
RUFF = ("--isolated", "--no-cache", "--quiet", "--target-version=py311", "--line-length=100")


class GenerationError(Exception):
    """A spec that does not become a client whole: `where` it stands and `whys`, one line each.

    `where` is empty if each why says it.
    """

    def __init__(self, where: str, whys: Sequence[str]) -> None:
        super().__init__(where, whys)
        self.where = where
        self.whys = whys

    def __str__(self) -> str:
        return "\n".join(f"{self.where}: {why}" if self.where else why for why in self.whys)


def label(spec: Path) -> str:
    """Name the spec as messages and headers do, the same from any directory: specs/printer.yaml."""
    return f"{spec.resolve().parent.name}/{spec.name}"


def files_of(spec: str | Path | Source) -> Source:
    """Find the files of a SPEC; raises GenerationError when its name cannot be a package's."""
    try:
        return find_source(spec)
    except SpecRefused as refused:
        raise GenerationError("", _whys(refused)) from refused


def write(spec: Source, package: Path, by: str = MAKE) -> None:
    """Write the client of `spec` into the new directory `package`; `tidy` comes after.

    `by` is the command that does it, which the header of every module names.

    Raises GenerationError with all that would be missing from the client: the generator's errors,
    its warnings, and what it drops without one; SpecRefused with the mistakes of a spec that has
    job machines.
    """
    document = read(spec)
    if has_extensions(document):
        load(spec)
    write_document(document, spec, package)
    sign(package, f"from {label(spec.path)}", by)


def write_document(document: dict[str, Any], spec: Path | Source, package: Path) -> None:
    """Write the client of a document that was read from `spec`, without header and check."""
    files = files_of(spec)
    secured = _secured(document)
    added = variants.opened(secured)
    project = _parse(secured, files.path, package)
    names.free(project.openapi)
    project.env.globals["tags"] = variants.tags(project.openapi)
    with redirect_stdout(io.StringIO()):
        complaints = project.build()
    if whys := [_say(each) for each in complaints] or list(losses(secured, project.openapi)):
        raise GenerationError(label(files.path), whys)
    variants.guard(package, added)
    secrecy.conceal(package, project.openapi, secured)
    imports.settle(package)
    if waits := _waiters(secured, project.openapi, files):
        (package / "waiters.py").write_text(waits, encoding="utf-8")
    (package / "py.typed").touch()


def _waiters(document: dict[str, Any], openapi: GeneratorData, spec: Source) -> str | None:
    """The text of the module of waiters; None if there is no job to wait for."""
    if not has_extensions(document):
        return None
    try:
        return waiters.module(unchecked(spec.name, document), openapi)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        why = f"no waiters: {type(error).__name__} {error}; `jobtwin check` says what is wrong"
        raise GenerationError(label(spec.path), [_line(why)]) from error


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
        command = [sys.executable, "-m", "ruff", *step, *RUFF, *modules]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words and paths
        if done.returncode:
            raise GenerationError("ruff", (done.stdout + done.stderr).splitlines())


def read(spec: Path | Source) -> dict[str, Any]:
    """Read the document of a spec."""
    try:
        document = assemble(spec).tree
    except SpecRefused as refused:
        raise GenerationError("", _whys(refused)) from refused
    if not isinstance(document, dict):
        raise GenerationError(label(files_of(spec).path), ["is not an OpenAPI document"])
    return document


def _whys(refused: SpecRefused) -> list[str]:
    return [_line(str(mistake)) for mistake in refused.mistakes]


def _secured(document: dict[str, Any]) -> dict[str, Any]:
    """Repeat the document's `security` in each operation, where alone the generator heeds it."""
    for item in _mappings(document.get("paths")):
        for operation in _mappings({method: item[method] for method in METHODS & item.keys()}):
            operation.setdefault("security", document.get("security", []))
    return document


def _mappings(node: Any) -> list[dict[str, Any]]:
    """The mappings in a mapping; what is amiss with the others, the generator says."""
    values = node.values() if isinstance(node, dict) else ()
    return [value for value in values if isinstance(value, dict)]


def _parse(document: dict[str, Any], spec: Path, package: Path) -> Project:
    settings = ConfigFile.load_from_path(CONFIG)
    config = Config.from_sources(
        settings, MetaType.NONE, spec, "utf-8", overwrite=False, output_path=package
    )
    try:
        openapi = GeneratorData.from_dict(document, config=config)
    except ValueError as error:  # two enum values with one name; its own advice does not fit
        why = f"{str(error).partition(';')[0]}; give x-enum-varnames"
        raise GenerationError(label(spec), [why]) from error
    if isinstance(openapi, GeneratorError):
        raise GenerationError(label(spec), [_say(openapi)])
    return Project(openapi=openapi, config=config, custom_template_path=TEMPLATES)


def _say(error: GeneratorError) -> str:
    part = error.data if isinstance(error, ParseError) else None
    culprit = part.model_dump_json(exclude_unset=True, by_alias=True) if part else ""
    return _line(f"{error.header} {error.detail or ''} {culprit}")


def _line(message: str) -> str:
    # The generator prints some of its strings as <...UntrustedString object at 0x...>.
    return textwrap.shorten(re.sub(r"<[\w.]+ object at \w+>", "", message), 400, placeholder=" …")
