"""Paths of requests, split before they are decoded: `%2F` is data within a segment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from starlette.types import Scope

_ESCAPED = re.compile(rb"%2f", re.IGNORECASE)
_SLASH = "\udc2f"
"""A placeholder for a slash within a segment: half of a surrogate pair, which no decoded path contains."""


PATH = "jobtwin.path"
"""The key of the split path below the sandbox's prefix, in the ASGI scope."""

REPEATED = "jobtwin.repeated"
"""The key in the ASGI scope that is True if the same request was sent before, not long ago."""

PATH_TEXTS = "path_params"
"""The key of the path's parameters in the ASGI scope, by name, as they were sent; Starlette's own."""

PATH_VALUES = "jobtwin.path_values"
"""The key of the values of the path's parameters in the ASGI scope; None if they are not valid."""


def split_path(scope: Scope) -> str:
    """The decoded path below the mount; its slashes separate segments only."""
    path: str = scope["path"]
    raw: bytes | None = scope.get("raw_path")
    if raw and b"%" in raw:
        path = _decoded(path, raw.partition(b"?")[0])
    return path.removeprefix(scope.get("root_path", ""))


def _decoded(path: str, raw: bytes) -> str:
    """Decodes a path by its segments if one of them contains a slash; the server has decoded it as a whole."""
    if not _ESCAPED.search(raw):
        return path
    return _SLASH.join(unquote(part.decode("latin-1")) for part in _ESCAPED.split(raw))


def segments(path: str, names: Iterable[str], texts: Iterable[str]) -> dict[str, str]:
    """Returns segments of a split path as their sender meant them, by the parameters' names."""
    found = dict(zip(names, texts))  # noqa: B905 - a text for each name, by the same template; `strict` is slow
    if _SLASH in path:
        return {name: text.replace(_SLASH, "/") for name, text in found.items()}
    return found


def shown_path(path: str) -> str:
    """A split path for people: slashes within segments are written `%2F`."""
    return path.replace(_SLASH, "%2F")
