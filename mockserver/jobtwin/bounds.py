"""Bounds of JSON values, moments and speeds, for requests and responses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

DEEPEST = 100
"""Levels of lists and maps in a JSON value. orjson reads 1,024 and writes 254."""

FIRST_MOMENT = -62_104_060_800_000_000
"""0002-01-01T00:00:00Z in microseconds since 1970."""

LAST_MOMENT = 253_370_764_800_000_000
"""9999-01-01T00:00:00Z, where clocks stop. Dates can be written for another year."""

FASTEST = 1_000_000
"""Seconds that a clock may pass in a second."""

_WRITTEN = 254
"""Levels that orjson writes."""

_DIGITS, _LONG_INTEGER = bytes.maketrans(b"123456789", b"0" * 9), b"0" * 19
"""Replaces digits by zeros, so that any run of 19 digits, as of an integer beyond 64 bits, is found."""

Path = tuple[str | int, ...]

_Trail = tuple["_Trail", str | int] | tuple[()]
"""A path from its end: the trail to the container, and the last step."""


def excesses(value: Any) -> Iterator[tuple[Path, str]]:
    """Yields each place in a JSON value that cannot be sent, with the reason."""
    if why := _unwritable(value):
        yield (), why
    todo: list[tuple[_Trail, int, Any]] = [((), 1, value)]
    while todo:
        trail, depth, node = todo.pop()
        if isinstance(node, dict):
            yield from ((_path(trail), why) for key in node if (why := _unwritable(key)))
            children: Iterable[tuple[str | int, Any]] = node.items()
        else:
            children = enumerate(node) if isinstance(node, list | tuple) else ()
        for key, child in children:
            if depth > DEEPEST:
                yield _path(trail), f"is nested deeper than {DEEPEST} levels"
            elif isinstance(child, dict | list | tuple):
                todo.append(((trail, key), depth + 1, child))
            elif why := _unwritable(child):
                yield _path((trail, key)), why


def excesses_of_json(raw: bytes, value: Any) -> Iterator[tuple[Path, str]]:
    """Yields the excesses of the value of a JSON text; much faster than `excesses` if there are none."""
    return excesses(value) if _may_exceed(raw, value) else iter(())


def _may_exceed(raw: bytes, value: Any) -> bool:
    """Returns False if the value of a JSON text has no excesses.

    Such texts have no halves of surrogate pairs, and no infinite numbers.
    """
    if _LONG_INTEGER in raw.translate(_DIGITS):
        return True
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return False
    for _ in range(_WRITTEN - DEEPEST):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:  # the only reason that is left is its depth
        return True
    return False


def _path(trail: _Trail) -> Path:
    steps = []
    while trail:
        trail, step = trail
        steps.append(step)
    return tuple(reversed(steps))


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
