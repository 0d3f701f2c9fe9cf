"""The URLs of stores: their kinds and features. Opens nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

MEMORY = "memory:"
"""The store of sandboxes that end with the server."""

SQLITE = "sqlite:///"
SHARED = ("valkey", "valkeys", "redis", "rediss")
"""Schemes of the stores that several servers can share; with an `s`, over TLS."""

KNOWN = f"{MEMORY}, {SQLITE}FILE or valkey://HOST:PORT/DB"
"""The supported URLs, for errors."""


def is_shared(url: str) -> bool:
    """Returns True if several servers can share the store of a URL."""
    return urlsplit(url).scheme in SHARED
