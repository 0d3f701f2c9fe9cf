"""The options of waiters, for type checkers and at run time."""

import random
from dataclasses import MISSING, fields
from typing import get_type_hints

from jobwait import Options, WaitOptions, WatchOptions


def test_options__agree() -> None:
    """Each option known to type checkers has a default, and vice versa."""
    own = {field.name: field for field in fields(Options)}

    assert own.keys() - {"record"} == WaitOptions.__annotations__.keys()
    assert all(field.default is not MISSING for field in own.values())
    assert get_type_hints(Options) | get_type_hints(WaitOptions) == get_type_hints(Options)


def test_options__watch() -> None:
    """A watcher takes the same options except `on_progress`."""
    assert WaitOptions.__annotations__.keys() - WatchOptions.__annotations__.keys() == {
        "on_progress"
    }


def test_options__defaults() -> None:
    """Defaults come from the policy or the machine, and random numbers from `random.random`."""
    assert {getattr(Options(), f.name) for f in fields(Options)} == {None, random.random}
