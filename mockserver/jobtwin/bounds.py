"""Bounds of JSON values, moments and speeds, for requests and responses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

DEEPEST = 100
"""Levels of lists and maps in a JSON value. orjson reads 1,024 and writes 254."""

FIRST_MOMENT = -62_104_060_800_000_000
"""0002-01-01T00:00:00Z in microseconds since 1970."""

LAST_MOMENT = 253_370_764_800_000_000
"""9999-01-01T00:00:00Z, where clocks stop. Dates can be written for another year."""

FASTEST = 1_000_000
"""Seconds that a clock may pass in a second."""

Path = tuple[str | int, ...]


def excesses(value: Any) -> Iterator[tuple[Path, str]]:
    """Yields each place in a JSON value that cannot be sent, with the reason."""
    todo: list[tuple[Path, Any]] = [((), value)]
    while todo:
        path, node = todo.pop()
        if len(path) > DEEPEST:
            yield path[:DEEPEST], f"is nested deeper than {DEEPEST} levels"
        elif isinstance(node, dict):
            yield from ((path, why) for key in node if (why := _unwritable(key)))
            todo += [((*path, key), child) for key, child in node.items()]
        elif isinstance(node, list | tuple):
            todo += [((*path, index), child) for index, child in enumerate(node)]
        elif why := _unwritable(node):
            yield path, why


def _unwritable(value: Any) -> str | None:
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return "holds half of a surrogate pair, which is no Unicode text"
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "is an integer of more than 64 bits"
    elif isinstance(value, float) and not math.isfinite(value):
        return "is not a finite number"
    return None


def speed(value: float) -> float:
    """Returns the value if a clock can run at that speed. Raises ValueError otherwise."""
    if not 0 < value <= FASTEST:
        raise ValueError(f"{value!r} is no speed; write a number above 0 and at most {FASTEST:,}")
    return value
