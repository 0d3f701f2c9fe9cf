"""Specs for tests: each is compiled once per process, since a Spec never changes."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jobtwin.errors import SpecRefused
from jobtwin.openapi import Spec, spec_folder
from jobtwin.openapi.loader.source import SpecSource, find_source
from jobtwin.openapi.spec import SpecCheck, check_spec


def loaded(specs: Iterable[str | Path] = ()) -> list[Spec]:
    """Returns the given SPECs, or all that come with jobtwin, as `load_all` does."""
    chosen = list(specs) or sorted(spec_folder().glob("*.yaml"))
    return [_spec(find_source(each)) for each in chosen]


def _spec(source: SpecSource) -> Spec:
    found = _checked(source)
    if found.spec is None:
        raise SpecRefused(found.mistakes)
    return found.spec


_checked = cache(check_spec)


def checked(spec: str | Path | SpecSource) -> SpecCheck:
    """Does what `check_spec` does, but only once for a spec that comes with jobtwin."""
    source = find_source(spec)
    bundled = source.path.parent == spec_folder() and not source.overlays
    return (_checked if bundled else check_spec)(source)
