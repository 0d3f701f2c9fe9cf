"""Patterns of ids, such as `batch_[0-9a-f]{24}`: parsed, and drawn from a seed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

FEWEST = 1_000_000
"""Number of ids that a pattern must allow, so that unused ones can be drawn."""

_PIECE = re.compile(r"(?:\[([^\[\]\\^]+)\]|([A-Za-z0-9_.:-]))(?:\{(\d{1,3})\})?")
_RANGE = re.compile(r"(.)-(.)|(.)")


@dataclass(frozen=True, slots=True)
class IdPattern:
    """The characters allowed at each position of an id."""

    places: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> IdPattern:
        """Parses a pattern. Raises ValueError if it is invalid."""
        pattern = cls(tuple(_places(text)))
        able = 1
        for letters in pattern.places:
            able *= len(letters)
        if able < FEWEST:
            raise ValueError(f"makes {able} ids only; a million is the least")
        return pattern

    def drawn(self, seed: str) -> str:
        """Returns the id for a seed."""
        number = int.from_bytes(hashlib.shake_256(seed.encode()).digest(2 * len(self.places)))
        letters = []
        for able in self.places:
            number, at = divmod(number, len(able))
            letters.append(able[at])
        return "".join(letters)


def _places(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        if (found := _PIECE.match(text, at)) is None:
            why = "write letters, classes such as [0-9a-f], and how many there are: [0-9a-f]{24}"
            raise ValueError(f"{text[at:]!r} is not understood; {why}")
        letters = "".join(_letters(found[1])) if found[1] else found[2]
        yield from [letters] * int(found[3] or 1)
        at = found.end()


def _letters(said: str) -> Iterator[str]:
    for first, last, alone in _RANGE.findall(said):
        if alone:
            yield alone
        elif first > last:
            raise ValueError(f"{first}-{last} runs backwards")
        else:
            yield from map(chr, range(ord(first), ord(last) + 1))
