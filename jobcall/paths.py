"""Encodes a value as one segment of a request's path."""

from __future__ import annotations

from urllib.parse import quote

ELSEWHERE = ("", ".", "..")
"""Segments that change the path: `/a/../b` is `/b`, and `/a//b` is another resource."""


def segment(name: str, value: object) -> str:
    """Returns the value encoded for a path. Raises ValueError if it would change the path."""
    text = str(value)
    if text in ELSEWHERE:
        raise ValueError(
            f"{name}: {text!r} is not allowed in a path; it would lead to another path"
        )
    return quote(text, safe="")
