"""Writes a long JSON list in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from time import perf_counter
from typing import Any, TypeVar

import orjson

STEP = 0.005
"""Seconds of work after which a piece ends."""

T = TypeVar("T")


def in_pieces(items: Iterable[T]) -> Iterator[list[T]]:
    """Yields items in pieces, each of those that were made in one step."""
    piece, until = list[T](), perf_counter() + STEP
    for item in items:
        piece.append(item)
        if perf_counter() >= until:
            yield piece
            piece, until = [], perf_counter() + STEP
    if piece:
        yield piece


def written(pieces: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yields the text of a list of all items; the text of an empty piece is empty."""
    yield b"["
    between = b""
    for piece in pieces:
        yield between + orjson.dumps(piece)[1:-1] if piece else b""
        between = b"," if piece else between
    yield b"]"
