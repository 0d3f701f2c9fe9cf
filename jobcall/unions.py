"""Undocumented variants of a union, which are kept as received."""

from __future__ import annotations

from collections.abc import Collection


def unknown(key: str, value: object, known: Collection[str]) -> None:
    """Raises ValueError if the tag is a known one, since that variant is then malformed."""
    if value in known:
        raise ValueError(f"{key} {value!r} does not have the fields of its variant")
