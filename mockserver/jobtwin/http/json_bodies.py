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
from jobtwin.sandboxes.tasks import Steps, at_once
from jobtwin.sandboxes.uncollected import uncollected

PIECE = 128 * 1024
"""The usual number of bytes of a piece: a few milliseconds of work."""

FREED = 1_000
"""The number of items that are freed at once."""

_DEPTH = 2
"""The number of brackets that are open within a list of an object."""

_IN_LIST = b'{"":['
"""A text after which the items of a list are as deep as in the object of the list."""

MOST_WASTED = 4
"""The limit of the bytes parsed at wrong places, as a multiple of the length of the text."""

_BETWEEN = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*(?=\{)")
"""The end of an item that another follows; or text that looks alike, in a string or an item."""

_LONGEST_POINTER = 100


def parsed(raw: bytes) -> Any:
    """Returns the value of a JSON text. Raises Refusal if it is none, or has excesses."""
    return at_once(_parsing(raw))


def _parsing(raw: bytes) -> Steps[Any]:
    """Parses a JSON text, then looks for excesses."""
    try:
        value = orjson.loads(raw) if len(raw) <= PIECE else _loaded_at_once(raw)
    except orjson.JSONDecodeError as error:
        raise Refusal("malformed_body", reason=str(error)) from error
    yield
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


class _Malformed(Exception):
    """A text is no JSON, because of a character of its own, not since it ends too early."""

    def __init__(self, error: orjson.JSONDecodeError, before: int = 0) -> None:
        super().__init__(error)
        self.error = error
        self.before = before
        """The number of characters that were put before the text."""


class _Place:
    """A place in a text: how many lines, characters of the last line, and characters are before it."""

    def __init__(self) -> None:
        self._lines = self._column = self._characters = 0

    def pass_over(self, raw: bytes) -> None:
        """Moves to the end of a text."""
        text = raw.decode()
        lines = text.count("\n")
        self._lines += lines
        self._column = len(text) - text.rfind("\n") - 1 if lines else self._column + len(text)
        self._characters += len(text)

    def told(self, malformed: _Malformed) -> str:
        """Returns the message of an error in the text that begins here, as of the whole text."""
        error, before = malformed.error, malformed.before
        if error.pos < before:  # it is about the whole text
            return str(error)
        line, column = self._lines + error.lineno, error.colno
        if error.lineno == 1:
            column += self._column - before
        return f"{error.msg}: line {line} column {column} (char {self._characters + error.pos - before})"


def parsing(raw: bytes, name: str) -> Steps[Any]:
    """Parses an object with a long list of objects under a name, in pieces; returns its value.

    A piece ends where the text before it is a complete list, which is not so within a string or an
    item, or after the list. The rest is parsed at once. Raises Refusal, as `parsed`.
    """
    items, place = list[Any](), _Place()
    try:
        at = _opening(raw, name)
        if at is None:
            return (yield from _parsing(raw))
        value: dict[str, Any] = parsed(raw[:at] + b"]}")
        items = value[name]
        place.pass_over(raw[:at])
        for tried in _pieces(raw, at):
            if tried is None:
                yield
                continue
            text, piece, following = tried
            found = excesses_of_json(text, [piece])
            refuse_excesses(((name, *_moved(path[1:], len(items))), why) for path, why in found)
            items += piece
            place.pass_over(raw[at:following])
            at = following
            yield
        unused = token_hex()
        text, rest = _rest(raw[at:], unused)
    except _Malformed as malformed:
        while items:
            del items[-FREED:]
            yield
        raise Refusal("malformed_body", reason=place.told(malformed)) from malformed
    if unused not in rest or name in rest:  # of two lists, the last one counts
        return (yield from _parsing(raw))
    refuse_excesses(
        ((name, *_moved(path[1:], len(items))) if path[:1] == (unused,) else path, why)
        for path, why in excesses_of_json(text, rest)
    )
    items += rest.pop(unused)
    return {**value, **rest}


def _opening(raw: bytes, name: str) -> int | None:
    """Returns where the items of the list begin, or None if no such list is found. Raises _Malformed."""
    if b'"%s"' % name.encode() not in raw:
        return None
    opening = re.compile(rb'(?<!\\)"' + re.escape(name.encode()) + rb'"[ \t\r\n]*:[ \t\r\n]*\[')
    ends = (found.end() for found in opening.finditer(raw))
    wasted = 0
    for end, depth in _depths(raw, 0, ends):
        if depth != _DEPTH:
            continue
        if _loaded(raw[:end] + b"]}") is not None:
            return end
        _check(b"", raw[:end])
        wasted += 2 * end
        if wasted > MOST_WASTED * len(raw):
            break
    return None


def _pieces(raw: bytes, at: int) -> Iterator[tuple[bytes, list[Any], int] | None]:
    """Yields the items of a list that begins somewhere, piece by piece, but for the last ones.

    Each has its text, which is as deep as in the object of the list, and where the next one begins.
    Yields None for a text that is no piece. Raises _Malformed.
    """
    wasted = 0
    while True:
        ends = (found.start() + 1 for found in _BETWEEN.finditer(raw, at + PIECE))
        for end in _likely(raw, at, ends):
            text = b"[[" + raw[at:end] + b"]]"
            value = _loaded(text)
            if value is not None and len(value) == 1:
                following = _BETWEEN.match(raw, end - 1)
                at = end if following is None else following.end()
                yield text, value[0], at
                break
            _check(_IN_LIST, raw[at:end])
            wasted += 2 * len(text)
            if wasted > MOST_WASTED * len(raw):
                return
            yield None
        else:
            return


def _likely(raw: bytes, start: int, ends: Iterable[int]) -> Iterator[int]:
    """Yields the ends at which no bracket is open, and one of each other depth now and then.

    After a bracket in a string, the depth is wrong.
    """
    again: dict[int, int] = {}
    for end, depth in _depths(raw, start, ends):
        if depth == 0:
            yield end
        elif end >= again.get(depth, start + 2 * PIECE):
            again[depth] = end + PIECE
            yield end


def _depths(raw: bytes, start: int, ends: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yields each end with the number of brackets that are open there; those in strings count, too."""
    depth, counted = 0, start
    for end in ends:
        depth += sum(raw.count(each, counted, end) for each in (b"{", b"["))
        depth -= sum(raw.count(each, counted, end) for each in (b"}", b"]"))
        counted = end
        yield end, depth


def _check(before: bytes, text: bytes) -> None:
    """Raises _Malformed unless something can follow these texts that makes them JSON."""
    try:
        _loaded_or_not(before + text)
    except orjson.JSONDecodeError as error:
        ended = error.pos >= len(before) + len(text.decode(errors="replace"))
        if not ended:
            raise _Malformed(error, len(before)) from None


def _rest(text: bytes, unused: str) -> tuple[bytes, dict[str, Any]]:
    """Returns the end of an object that begins within a list, as an object with a list of that name."""
    before = b'{"%s":[' % unused.encode()
    try:
        value: dict[str, Any] = _loaded_or_not(before + text)
    except orjson.JSONDecodeError as error:
        raise _Malformed(error, len(before)) from None
    return before + text, value


def _loaded(text: bytes) -> Any:
    """Returns the value of a text, or None if it is no JSON."""
    try:
        return _loaded_or_not(text)
    except orjson.JSONDecodeError:
        return None


def _loaded_or_not(text: bytes) -> Any:
    """Returns the value of a text, without garbage collections. Raises JSONDecodeError."""
    with uncollected():
        return orjson.loads(text)


def _moved(path: Path, by: int) -> Path:
    """Returns a path in the end of a list as a path in the whole list, which has `by` items before it."""
    return (int(path[0]) + by, *path[1:]) if path else path
