"""How much is tried: the number of examples, and the cases that only `make test-slow` runs.

`make fuzz` sets `CASES=all`.
"""

import os
from collections.abc import Iterable
from typing import Any

import pytest

ALL = os.environ.get("CASES") == "all"


def examples(sample: int, every: int) -> int:
    """Returns the number of examples to generate."""
    return every if ALL else sample


def fast_every(step: int, cases: Iterable[Any]) -> list[Any]:
    """Returns the cases of a test; every `step`-th is fast, the others have the mark `slow`."""
    return [case if n % step == 0 else _slow(case) for n, case in enumerate(cases)]


def _slow(case: Any) -> Any:
    if not hasattr(case, "marks"):
        case = pytest.param(*case) if isinstance(case, tuple) else pytest.param(case)
    values, marks, name = case
    return pytest.param(*values, marks=[*marks, pytest.mark.slow], id=name)
