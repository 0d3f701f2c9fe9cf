"""Values in paths: one that would lead elsewhere is refused before it is sent."""

from __future__ import annotations

from urllib.parse import quote

ELSEWHERE = ("", ".", "..")
"""Parts that a URL does not keep: `/a/../b` is `/b`, and `/a//b` another resource, if any."""


def segment(name: str, value: object) -> str:
    """A value as one part of a path; ValueError, which gives its name, for one that cannot be."""
    text = str(value)
    if text in ELSEWHERE:
        raise ValueError(f"{name}: {text!r} cannot stand in a path; it would lead elsewhere")
    return quote(text, safe="")
