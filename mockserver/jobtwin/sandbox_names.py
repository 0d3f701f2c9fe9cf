"""The names of sandboxes: one rule for URLs, headers, commands and tests."""

from __future__ import annotations

import hashlib
import re

DEFAULT = "default"
"""The sandbox of requests that name none."""

RULE = "up to 100 letters, digits, `.`, `_` and `-`, with no dot first"
"""A description of valid names, for errors."""

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_LONGEST_WORDS = 80


def is_name(text: str) -> bool:
    """Returns True if the name is valid."""
    return _NAME.fullmatch(text) is not None


def refusal(text: str) -> str:
    """Returns the message for an invalid name."""
    return f"{text[:100]!r} cannot name a sandbox; use {RULE}"


def name_for(text: str) -> str:
    """Returns the text if it is a valid name, or else a name of its last words and its hash."""
    if is_name(text):
        return text
    words = re.sub(r"[^A-Za-z0-9_]+", "-", text.rpartition("::")[2]).strip("-")
    return f"{words[:_LONGEST_WORDS]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
