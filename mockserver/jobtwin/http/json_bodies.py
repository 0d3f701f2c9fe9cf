"""JSON bodies: parsed, a large one in pieces, and refused if they could not be written again."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator
from secrets import token_hex
from typing import Any

import orjson

from jobtwin.bounds import Path, excesses_of_json
from jobtwin.errors import Refusal
from jobtwin.openapi.pointer import pointer
from jobtwin.sandboxes.tasks import Steps
from jobtwin.sandboxes.uncollected import uncollected

PIECE = 128 * 1024
"""The usual number of bytes of a piece: a few milliseconds of work."""

MOST_WASTED = 4
"""The limit of the bytes parsed at wrong places, as a multiple of the length of the text."""

_BETWEEN = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*(?=\{)")
"""The end of an item that another follows; or text that looks alike, in a string or an item."""

_LONGEST_POINTER = 100


def parsed(raw: bytes) -> Any:
    """Returns the value of a JSON text. Raises Refusal if it is none, or has excesses."""
    try:
        value = orjson.loads(raw) if len(raw) <= PIECE else _loaded_at_once(raw)
    except orjson.JSONDecodeError as error:
        raise Refusal("malformed_body", reason=str(error)) from error
    refuse_excesses(excesses_of_json(raw, value))
    return value


def _loaded_at_once(raw: bytes) -> Any:
    """Returns the value of a long text, with a collection of the youngest objects only."""
    with uncollected():
        value = orjson.loads(raw)
        gc.collect(0)  # so that a full one is not due at once
    return value


def refuse_excesses(found: Iterable[tuple[Path, str]]) -> None:
    """Raises Refusal for the first value that could be stored, but not sent."""
    for path, why in found:
        where = pointer(path)
        raise Refusal("malformed_body", reason=f"{where[:_LONGEST_POINTER] or '/'} {why}")


def parsing(raw: bytes, name: str) -> Steps[Any]:
    """Parses an object with a long list of objects under a name, in pieces; returns its value.

    A piece ends where the text before it is a complete list, which is not so within a string or an
    item, or after the list. The rest is parsed at once. Raises Refusal, as `parsed`.
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
    unused = token_hex()
    text = b'{"%s":[' % unused.encode() + raw[at:]
    rest = _loaded(text)
    if rest is None or unused not in rest or name in rest:
        # Its error names the place in the whole text; of two lists, the last one counts.
        return parsed(raw)
    refuse_excesses(
        ((name, *_moved(path[1:], len(items))) if path[:1] == (unused,) else path, why)
        for path, why in excesses_of_json(text, rest)
    )
    items += rest.pop(unused)
    return {**value, **rest}


def _opening(raw: bytes, name: str) -> int | None:
    """Returns where the items of the list begin, or None if no such list is found."""
    opening = re.compile(rb'(?<!\\)"' + re.escape(name.encode()) + rb'"[ \t\r\n]*:[ \t\r\n]*\[')
    ends = (found.end() for found in opening.finditer(raw))
    wasted = 0
    for end in _at_depth(2, raw, 0, ends):
        if _loaded(raw[:end] + b"]}") is not None:
            return end
        wasted += end
        if wasted > MOST_WASTED * len(raw):
            break
    return None


def _pieces(raw: bytes, at: int) -> Iterator[tuple[bytes, list[Any], int]]:
    """Yields the items of a list that begins somewhere, piece by piece, but for the last ones.

    Each has its text, which is as deep as in the object of the list, and where the next one begins.
    """
    wasted = 0
    while True:
        ends = (found.start() + 1 for found in _BETWEEN.finditer(raw, at + PIECE))
        for end in _at_depth(0, raw, at, ends):
            text = b"[[" + raw[at:end] + b"]]"
            value = _loaded(text)
            if value is not None and len(value) == 1:
                following = _BETWEEN.match(raw, end - 1)
                at = end if following is None else following.end()
                yield text, value[0], at
                break
            wasted += len(text)
            if wasted > MOST_WASTED * len(raw):
                return
        else:
            return


def _at_depth(depth: int, raw: bytes, start: int, ends: Iterable[int]) -> Iterator[int]:
    """Yields the ends at which this number of brackets is open; brackets in strings count, too."""
    found, counted = 0, start
    for end in ends:
        found += sum(raw.count(each, counted, end) for each in (b"{", b"["))
        found -= sum(raw.count(each, counted, end) for each in (b"}", b"]"))
        counted = end
        if found == depth:
            yield end


def _loaded(text: bytes) -> Any:
    """Returns the value of a text, or None if it is no JSON."""
    try:
        with uncollected():
            return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _moved(path: Path, by: int) -> Path:
    """Returns a path in the end of a list as a path in the whole list, which has `by` items before it."""
    return (int(path[0]) + by, *path[1:]) if path else path
