"""Writes a long JSON list in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson


def written(pieces: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yields the text of a list of all items; the text of an empty piece is empty."""
    yield b"["
    between = b""
    for piece in pieces:
        yield between + orjson.dumps(piece)[1:-1] if piece else b""
        between = b"," if piece else between
    yield b"]"
