"""From a value to one segment of a request's path."""

from __future__ import annotations

from urllib.parse import quote

ELSEWHERE = ("", ".", "..")
"""Parts that a URL does not keep: `/a/../b` is `/b`, and `/a//b` another resource, if any."""


def segment(name: str, value: object) -> str:
    """The value as it stands in a path; ValueError for one that would lead to another."""
    text = str(value)
    if text in ELSEWHERE:
        raise ValueError(f"{name}: {text!r} cannot stand in a path; it would lead to another")
    return quote(text, safe="")
