"""The header `Prefer` (RFC 7240): jobtwin's preferences, and the rest for the vendor."""

from __future__ import annotations

import re
from collections.abc import Mapping

OURS = frozenset(("code", "example", "scenario"))
"""Preferences that are jobtwin's, in lower case; also read as parameters of another."""

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_NAMED = re.compile(rf"\s*([^\s=,;\"]+)\s*(?:=\s*({_QUOTED}|[^\s,;\"]*))?")
_LISTED, _PARTS = (re.compile(rf"(?:[^{mark}\"]|{_QUOTED}|\")+") for mark in ",;")
_ESCAPED = re.compile(r"\\(.)")


def preferences(header: str) -> Mapping[str, str]:
    """Returns the preferences of a header by lower-case name; of duplicates, the first counts."""
    found: dict[str, str] = {}
    for listed in _LISTED.findall(header):
        first, *parameters = _PARTS.findall(listed) or [""]
        for text in (first, *(each for each in parameters if _name(each) in OURS)):
            if (part := _NAMED.match(text)) is not None:
                found.setdefault(part[1].lower(), _unquoted(part[2] or ""))
    return found


def without_ours(header: str) -> str:
    """Returns a header without jobtwin's preferences."""
    kept = []
    for listed in _LISTED.findall(header):
        parts = [part.strip() for part in _PARTS.findall(listed) if _name(part) not in OURS]
        if any(parts):
            kept.append("; ".join(parts))
    return ", ".join(kept)


def _name(text: str) -> str:
    part = _NAMED.match(text)
    return "" if part is None else part[1].lower()


def _unquoted(word: str) -> str:
    return _ESCAPED.sub(r"\1", word[1:-1]) if word.startswith('"') else word
