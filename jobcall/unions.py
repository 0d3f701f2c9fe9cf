"""The variant of a union that is none of those that are described: it is kept as it came."""

from __future__ import annotations

from collections.abc import Collection


def unknown(key: str, value: object, known: Collection[str]) -> None:
    """Hold an unknown variant to being unknown; ValueError for a known one that is malformed."""
    if value in known:
        raise ValueError(f"what {key} {value!r} promises is not there")
