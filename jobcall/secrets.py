"""What takes a caller's credentials out of a text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

Hide = Callable[[str], str]
"""Takes a text and returns it without the caller's secrets."""

SHORTEST = 4
"""Characters; what is shorter is as likely a word of the text as a secret."""

_TELLING = re.compile(
    "auth|cookie|credential|key|passw|secret|session|signature|token", re.IGNORECASE
)
_WAYS: tuple[Hide, ...] = (
    str,
    lambda word: word.replace("/", "\\/"),
    lambda word: json.dumps(word)[1:-1],
    quote,
    lambda word: quote(word, safe=""),
)


def telling(named: Iterable[tuple[str, str]]) -> list[str]:
    """The values, of headers or parameters, whose names tell that they are secret."""
    return [value for name, value in named if tells(name)]


def tells(name: str) -> bool:
    """Whether the name of a header or parameter tells that its value is secret."""
    return bool(_TELLING.search(name))


def hiding(secrets: Iterable[str]) -> Hide:
    """Make what hides these secrets, and each word of one that has several.

    They are hidden as they are, and as JSON and URLs write them.
    """
    words = {word for secret in secrets for word in (secret, *re.split(r"[\s;=]+", secret))}
    long = {word for word in words if len(word) >= SHORTEST}
    written = {way(word) for word in long for way in _WAYS}
    ordered = sorted(written, key=len, reverse=True)

    def hide(text: str) -> str:
        for word in ordered:
            text = text.replace(word, "•••")
        return text

    return hide
