"""The number of cases: a sample in `make test`, all with `CASES=all`, which `make fuzz` sets."""

import os

ALL = os.environ.get("CASES") == "all"


def examples(sample: int, every: int) -> int:
    """Returns the number of examples to generate."""
    return every if ALL else sample
