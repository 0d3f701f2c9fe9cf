"""Resolves a SPEC of a command line: a file, a twin that comes with jobtwin, or NAME=SPEC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jobtwin.errors import Mistake, SpecRefused, unknown
from jobtwin.openapi.names import CONTROL, name_of, refusal

_PACKAGED = Path(__file__).parents[2] / "specs"
_CHECKOUT = Path(__file__).parents[4] / "specs"


def spec_folder() -> Path:
    """Returns the folder of specs: in the wheel, or beside the package in a checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


@dataclass(frozen=True, slots=True)
class SpecSource:
    """The files of one SPEC: an OpenAPI file or an overlay, and further overlays.

    `name` is the name of the twin.
    """

    name: str
    path: Path
    overlays: tuple[Path, ...] = ()

    def with_overlays(self, overlays: Sequence[Path]) -> SpecSource:
        """Returns the same SPEC with more overlays."""
        return replace(self, overlays=(*self.overlays, *overlays))


def find_source(spec: str | Path | SpecSource) -> SpecSource:
    """Returns the files of a SPEC. Raises SpecRefused if its name is not valid for a twin."""
    if isinstance(spec, SpecSource):
        return spec
    text = str(spec)
    name, separator, rest = ("", "", text) if Path(text).is_file() else _split(text)
    path = _path(rest)
    if separator or path != spec_folder() / f"{CONTROL}.yaml":
        name = name if separator else name_of(path)
        if why := refusal(name):
            raise SpecRefused([Mistake(path.name, "", why)])
    return SpecSource(name or CONTROL, path)


def _split(text: str) -> tuple[str, str, str]:
    name, separator, rest = text.partition("=")
    return (name, separator, rest) if separator and "/" not in name else ("", "", text)


def _path(text: str) -> Path:
    path = Path(text)
    if path.is_file() or path.suffix or path.name != text:
        return path if path.resolve() != _control().resolve() else _control()
    return _bundled(text)


def _bundled(name: str) -> Path:
    """Returns the path of a bundled spec. Raises SpecRefused if there is none of that name."""
    known = sorted(each.stem for each in spec_folder().glob("*.yaml"))
    if name in known:
        return spec_folder() / f"{name}.yaml"
    twins = [each for each in known if each != CONTROL]
    why = f"there is no such file. {unknown('twin', name, twins)}"
    raise SpecRefused([Mistake(name, "", why)])


def _control() -> Path:
    return spec_folder() / f"{CONTROL}.yaml"
