"""Specs for tests: each file is read once per process, since a Spec never changes."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jobtwin.openapi import Spec, load, spec_folder
from jobtwin.openapi.loader import find_source

_loaded = cache(load)


def loaded(specs: Iterable[str | Path] = ()) -> list[Spec]:
    """Returns the given SPECs, or all that come with jobtwin, as `load_all` does."""
    chosen = list(specs) or sorted(spec_folder().glob("*.yaml"))
    return [_loaded(find_source(spec)) for spec in chosen]
