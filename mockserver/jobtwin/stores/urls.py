"""The URLs of stores: which there are, and what each can do. Nothing is opened here."""

from __future__ import annotations

from urllib.parse import urlsplit

MEMORY = "memory:"
"""The store of sandboxes that end with the server."""

SQLITE = "sqlite:///"
SHARED = ("valkey", "valkeys", "redis", "rediss")
"""Schemes of the stores that several servers can share; with an `s`, over TLS."""

KNOWN = f"{MEMORY}, {SQLITE}FILE or valkey://HOST:PORT/DB"
"""The URLs that there are, for errors."""


def is_shared(url: str) -> bool:
    """Whether several servers can share the store of a URL."""
    return urlsplit(url).scheme in SHARED
