"""Specs for tests: each file of the repository is compiled once per process, since a Spec never changes."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jobtwin.errors import SpecRefused
from jobtwin.openapi import Spec, spec_folder
from jobtwin.openapi.loader.source import SpecSource, find_source
from jobtwin.openapi.spec import SpecCheck, check_spec

ROOT = Path(__file__).parents[1]


def loaded(specs: Iterable[str | Path] = ()) -> list[Spec]:
    """Returns the given SPECs, or all that come with jobtwin, as `load_all` does."""
    return [_spec(each) for each in list(specs) or sorted(spec_folder().glob("*.yaml"))]


def _spec(spec: str | Path) -> Spec:
    found = checked(spec)
    if found.spec is None:
        raise SpecRefused(found.mistakes)
    return found.spec


def checked(spec: str | Path | SpecSource) -> SpecCheck:
    """Does what `check_spec` does, but only once for a file of the repository."""
    source = find_source(spec)
    path = source.path.resolve()
    lasting = path.is_relative_to(ROOT) and not source.overlays
    return _once(source, path) if lasting else check_spec(source)


@cache
def _once(source: SpecSource, _path: Path) -> SpecCheck:
    return check_spec(source)
