"""Decodes recorded bodies within limits: base64 and content codings. No files."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

LARGEST = 16 * 1024 * 1024
"""Bytes of one unpacked body; a larger one counts as not recorded."""

MOST = 256 * 1024 * 1024
"""Bytes of all unpacked bodies of one recording together."""

_GZIP = b"\x1f\x8b"
_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
"""Content coding → zlib's window bits to try; some servers send deflate without its header."""

_STEP = 65_536
"""Bytes to unpack at a time if only their number counts."""

_BLANKS = re.compile(r"[\s=]+")


class Unpacker:
    """Unpacks the bodies of one recording, as long as they stay within `MOST` bytes."""

    def __init__(self, most: int = MOST) -> None:
        self._left = most

    def unpack(self, body: bytes, coding: str) -> bytes | None:
        """Returns the unpacked body, or None if it is cut off, too large or of unknown coding.

        Most recorders unpack and keep the header: then the body is returned as it is.
        """
        unpacked: bytes | None = body
        for each in reversed(_codings(coding) or (["gzip"] if body.startswith(_GZIP) else [])):
            unpacked = unpacked and self._unpacked(unpacked, each)
        return unpacked

    def _unpacked(self, body: bytes, coding: str) -> bytes | None:
        is_gzip = body.startswith(_GZIP)
        for window in _WINDOWS.get("gzip" if is_gzip else coding, ()):
            found = inflated(body, window, min(LARGEST, self._left))
            if found is not None:
                self._left -= len(found)
                return found
        return body if not is_gzip and _is_text(body) else None


class UnpackedSize:
    """Counts the bytes of a body that is still coming, unpacked, and keeps none of them."""

    def __init__(self, coding: str, limit: int) -> None:
        self._windows = [*_WINDOWS.get(coding, ())]
        self._inflate = zlib.decompressobj(self._windows.pop(0)) if self._windows else None
        self._left = limit

    def fits(self, part: bytes) -> bool:
        """Counts another part of the packed body. Returns False once there are too many bytes."""
        if self._inflate is None:
            self._left -= len(part)
        else:
            self._count(self._inflate, part)
        return self._left >= 0

    def _count(self, inflate: Any, part: bytes) -> None:
        rest = part
        while rest and self._left >= 0:
            try:
                self._left -= len(inflate.decompress(rest, _STEP))
            except zlib.error:
                self._restart(part)
                return
            rest = inflate.unconsumed_tail

    def _restart(self, part: bytes) -> None:
        """Tries the other form of deflate. If both fail, the client refuses the body."""
        if self._windows:
            self._inflate = zlib.decompressobj(self._windows.pop(0))
            self._count(self._inflate, part)
        else:
            self._left -= len(part)


def inflated(body: bytes, window: int, limit: int) -> bytes | None:
    """Decompresses gzip or deflate, all members; None if it is damaged, or of more than `limit` bytes."""
    found = bytearray()
    while body:
        member = zlib.decompressobj(window)
        try:
            found += member.decompress(body, limit + 1 - len(found))
        except zlib.error:
            return None
        if len(found) > limit or not member.eof:
            return None
        body = member.unused_data if member.unused_data.startswith(_GZIP) else b""
    return bytes(found)


def from_base64(text: str) -> bytes | None:
    """Decodes base64, lines and missing padding allowed (RFC 2045); None if it cannot be decoded.

    Some recorders mark unencoded text as base64: JSON is then returned as it is.
    """
    bare = _BLANKS.sub("", text)
    try:
        decoded = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        decoded = None
    if (decoded is None or not _is_text(decoded)) and _is_json(text):
        return text.encode("utf-8", "surrogatepass")
    return decoded


def is_cut_off(body: bytes, claimed: list[int]) -> bool:
    """Returns True if a recorder kept only the beginning of a JSON body.

    `claimed` are the lengths in the recording. A body with such a length is complete.
    """
    try:
        json.loads(body.decode(errors="replace"))
    except RecursionError:
        return False
    except json.JSONDecodeError as error:
        if any(length > len(body) for length in claimed):
            return True
        return len(body) not in claimed and _is_at_end(error)
    except ValueError:  # a number too long to be read
        return False
    return False


_LITERAL = 5
"""Characters of the longest literal, `false`, which may be cut as well."""


def _is_at_end(error: json.JSONDecodeError) -> bool:
    unfinished = error.msg.startswith(("Unterminated string", "Invalid \\"))
    return unfinished or error.pos >= len(error.doc.rstrip()) - _LITERAL


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (RecursionError, ValueError):
        return False
    return True


def _codings(header: str) -> list[str]:
    """Returns the codings in a header, without those that change nothing."""
    words = [word.strip().lower() for word in header.split(",")]
    return [word for word in words if word not in ("", "identity")]
