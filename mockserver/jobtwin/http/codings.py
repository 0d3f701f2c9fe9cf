"""Unpacks request bodies by their `Content-Encoding` (RFC 9110, 8.4), within a limit. No HTTP."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from jobtwin.errors import Refusal

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Content coding → zlib's window bits."""


def codings(header: bytes) -> Sequence[str]:
    """Returns the codings that a header names, in the order in which they were applied."""
    words = (word.strip().lower() for word in header.decode("latin-1").split(","))
    return [word for word in words if word not in ("", "identity")]


def unpacked(raw: bytes, applied: Sequence[str], largest: int) -> bytes:
    """Returns a body without its codings. Raises Refusal if it is broken, too large, or of another coding."""
    for coding in reversed(applied):
        if coding not in _WINDOWS:
            raise Refusal("unsupported_media_type", type=coding, names=", ".join(_WINDOWS))
        raw = _inflated(raw, coding, largest)
    return raw


def _inflated(raw: bytes, coding: str, largest: int) -> bytes:
    inflate = zlib.decompressobj(_WINDOWS[coding])
    try:
        found = inflate.decompress(raw, largest + 1)
    except zlib.error as error:
        raise Refusal("malformed_body", reason=f"it is not {coding}: {error}") from error
    if len(found) > largest:
        raise Refusal("body_too_large", limit=largest)
    if not inflate.eof:
        raise Refusal("malformed_body", reason=f"it is not {coding}: it ends too early")
    return found
