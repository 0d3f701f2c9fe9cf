"""The directory of packages: built aside, then swapped in or compared; knows no OpenAPI."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from jobtwin.codegen import packages, shortcuts
from jobtwin.codegen.packages import WHOLE, Choice, GenerationError, Made
from jobtwin.openapi import SpecSource
from jobtwin.openapi.names import duplicates

ROOT = "jobclients"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Errors of a write that name no file."""


def find_specs(home: Path) -> list[Path]:
    """Returns every spec of the directory `home`. Raises GenerationError if there is none."""
    if found := sorted(home.glob("*.yaml")):
        return found
    raise GenerationError(str(home), ["holds no *.yaml"])


def build(
    specs: Iterable[Path | SpecSource],
    root: Path,
    report: Callable[[str], object],
    by: str = packages.MAKE,
    choice: Choice = WHOLE,
) -> list[Made]:
    """Writes `root`/jobclients with a package per spec; `report` gets a line for each.

    Raises GenerationError for the first spec from which no client can be generated as chosen.
    """
    (root / ROOT).mkdir(parents=True)
    (root / ROOT / "py.typed").touch()
    text = packages.header(by=by) + '"""Typed clients, one package per spec."""\n'
    (root / ROOT / "__init__.py").write_text(text)
    made: dict[Path, Made] = {}
    for spec in map(packages.files_of, specs):
        package = root / ROOT / spec.name
        with shortcuts.rare_collection():
            made[package] = packages.write(spec, package, by, choice, report)
        report(f"{packages.label(spec.path)} → {ROOT}.{spec.name}")
    unsound = packages.tidy(root, report)
    for each in made.values():
        unsound |= each.unsound
    if unsound and choice.whole:
        whys = [f"{module.relative_to(root)}:{why}" for module, why in unsound.items()]
        raise GenerationError("ruff", whys)
    return [packages.without_unsound(*each, unsound) for each in made.items()]


def replace(
    specs: Iterable[Path | SpecSource], output: Path, report: Callable[[str], object]
) -> None:
    """Replaces `output` by the packages of `specs`; after an error it is unchanged."""
    _refuse_foreign(output)
    with _aside(output.parent) as made:
        build(specs, made, report)
        _swap(made, output)


def update(
    specs: Iterable[Path | SpecSource], output: Path, report: Callable[[str], object]
) -> None:
    """Replaces the packages of `specs` in `output` and keeps its others."""
    with _aside(output) as made:
        build(specs, made, report)
        (output / ROOT).mkdir(exist_ok=True)
        for entry in sorted((made / ROOT).iterdir()):
            _swap(entry, output / ROOT / entry.name)


def place(
    specs: Sequence[SpecSource],
    folder: Path,
    report: Callable[[str], object],
    by: str,
    choice: Choice = WHOLE,
) -> list[Made]:
    """Generates the package of each spec in `folder` itself, not below jobclients/.

    Such packages cannot hide those that jobtwin installs. Raises GenerationError, before
    anything is written, if a file or folder that was not generated has the name.
    """
    for name in duplicates(source.name for source in specs):
        raise GenerationError(name, ["is the name of two packages; write NAME=SPEC"])
    for source in specs:
        _refuse_handmade(folder / source.name)
    with _aside(folder) as made:
        done = build(specs, made, report, by, choice)
        for source in specs:
            _swap(made / ROOT / source.name, folder / source.name)
    return done


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """Yields a temporary folder in `folder`. Raises GenerationError if it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".generating-", dir=folder) as aside:
            yield Path(aside, "made")
    except OSError as error:
        if not _is_about(error, folder):
            raise
        where = str(error.filename or folder)
        raise GenerationError(where, [f"cannot be written: {error.strerror}"]) from error


def _is_about(error: OSError, folder: Path) -> bool:
    """Returns True if an error is about writing to a folder, or to the disk that it is on."""
    if error.filename is None:
        return error.errno in _FULL
    name = os.fsdecode(error.filename)
    place = Path(os.path.abspath(name))  # noqa: PTH100 - resolve() would follow links
    home = Path(os.path.abspath(folder))  # noqa: PTH100 - same
    return place.is_relative_to(home) or home.is_relative_to(place)


def differences(specs: Iterable[Path | SpecSource], output: Path) -> list[str]:
    """Returns a line for each file of `output` that is missing, stray or changed."""
    with TemporaryDirectory() as aside:
        build(specs, Path(aside, "made"), lambda _: None)
        made, found = contents(Path(aside, "made")), contents(output)
    return [
        f"{'missing' if path not in found else 'stray' if path not in made else 'changed'}: {path}"
        for path in sorted(made.keys() | found.keys())
        if made.get(path) != found.get(path)
    ]


def contents(root: Path) -> dict[str, bytes]:
    """Returns every file under `root` by its relative path, except Python's caches."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in _files(root)}


def _files(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def _swap(made: Path, place: Path) -> None:
    if place.exists():
        place.rename(made.with_suffix(".old"))
    made.rename(place)


def _refuse_handmade(package: Path) -> None:
    init = package / "__init__.py"
    generated = init.is_file() and init.read_text(encoding="utf-8").startswith("# Generated")
    if package.exists() and not generated:
        raise GenerationError(str(package), ["was not generated; choose another directory"])


def _refuse_foreign(output: Path) -> None:
    if not (output / ROOT / "__init__.py").exists() and any(_files(output)):
        raise GenerationError(str(output), ["holds files that were not generated"])
