"""Typed views of untyped YAML and JSON values. A value of another kind is an empty one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_map(value: Any) -> Mapping[str, Any]:
    """Returns a map as it is, and an empty map for anything else."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """Returns a list as it is, and an empty list for anything else."""
    return value if isinstance(value, list) else []


def maps_in(value: Any) -> list[Mapping[str, Any]]:
    """Returns the maps among the items of a list; an empty list for anything else."""
    return [each for each in as_list(value) if isinstance(each, Mapping)]


def is_number(value: object) -> bool:
    """Returns True for an integer or a float, but not for a bool."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def filled(**entries: Any) -> dict[str, Any]:
    """Returns the entries with a value that is not empty."""
    return {name: value for name, value in entries.items() if value}
