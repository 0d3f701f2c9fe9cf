"""JSON bodies: parsed, a large one in pieces, and refused if they could not be written again."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import nullcontext
from itertools import islice
from typing import Any

import orjson

from jobtwin.bounds import Path, excesses_of_json
from jobtwin.errors import Refusal
from jobtwin.openapi.pointer import pointer
from jobtwin.sandboxes.uncollected import uncollected

PIECE = 128 * 1024
"""The usual number of bytes of a piece: a few milliseconds of work."""

_TRIES = 50
"""The number of places that are tried as the start of the list, or as the end of a piece."""

_BETWEEN = re.compile(rb"\}\s*,\s*(?=\{)")
"""The end of an item that another follows; or text that looks alike, in a string or an item."""

_LONGEST_POINTER = 100


def parsed(raw: bytes) -> Any:
    """Returns the value of a JSON text. Raises Refusal if it is none, or has excesses."""
    try:
        with uncollected() if len(raw) > PIECE else nullcontext():
            value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Refusal("malformed_body", reason=str(error)) from error
    refuse_excesses(excesses_of_json(raw, value))
    return value


def refuse_excesses(found: Iterable[tuple[Path, str]]) -> None:
    """Raises Refusal for the first value that could be stored, but not sent."""
    for path, why in found:
        where = pointer(path)
        raise Refusal("malformed_body", reason=f"{where[:_LONGEST_POINTER] or '/'} {why}")


def parsing(raw: bytes, name: str) -> Generator[None, None, Any]:
    """As `parsed`, in pieces, for an object with a long list of objects under a name.

    A piece ends where the text up to there is a list of its own; within a string or an item, or
    behind the list, it is not. What is left when no such place is found is parsed at once.
    """
    at = _opening(raw, name)
    if at is None:
        return parsed(raw)
    value: dict[str, Any] = parsed(raw[:at] + b"]}")
    items = value[name]
    for text, piece, following in _pieces(raw, at):
        found = excesses_of_json(text, [piece])
        refuse_excesses(((name, *_moved(path[1:], len(items))), why) for path, why in found)
        items += piece
        at = following
        yield
    text = b'{"%s":[' % name.encode() + raw[at:]
    rest = _loaded(text)
    if rest is None:
        return parsed(raw)  # its error names the place in the whole text
    refuse_excesses(
        ((name, *_moved(path[1:], len(items))) if path[:1] == (name,) else path, why)
        for path, why in excesses_of_json(text, rest)
    )
    return {**value, **rest, name: [*items, *rest[name]]}


def _opening(raw: bytes, name: str) -> int | None:
    """Returns where the items of the list begin, or None if there is no such list."""
    opening = re.compile(b'"' + re.escape(name.encode()) + rb'"\s*:\s*\[')
    for found in islice(opening.finditer(raw), _TRIES):
        if _loaded(raw[: found.end()] + b"]}") is not None:
            return found.end()
    return None


def _pieces(raw: bytes, at: int) -> Iterator[tuple[bytes, list[Any], int]]:
    """Yields the items of a list that begins somewhere, piece by piece, but for the last ones.

    Each has its text, which is as deep as in the object of the list, and where the next one begins.
    """
    tries = 0
    for found in _BETWEEN.finditer(raw, at + PIECE):
        if found.end() < at + PIECE:
            continue
        text = b"[[" + raw[at : found.start() + 1] + b"]]"
        if (value := _loaded(text)) is not None:
            at, tries = found.end(), 0
            yield text, value[0], at
        elif (tries := tries + 1) == _TRIES:
            return


def _loaded(text: bytes) -> Any:
    """Returns the value of a text, or None if it is no JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _moved(path: Path, by: int) -> Path:
    """Returns a path into a list from one into its end, before which there are so many items."""
    return (int(path[0]) + by, *path[1:]) if path else path
