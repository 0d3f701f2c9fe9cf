"""Returns the headers of a request by name, cached in its ASGI scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Headers = Mapping[bytes, bytes]

HEADERS = "jobtwin.headers"
"""The key of the headers by name in the ASGI scope."""


def combined(headers: Sequence[tuple[bytes, bytes]]) -> Headers:
    """Returns headers by name; repeated ones are joined to a list (RFC 9110, 5.3)."""
    found = dict(headers)
    if len(found) == len(headers):
        return found
    found.clear()
    for name, value in headers:
        found[name] = found[name] + b", " + value if name in found else value
    return found
