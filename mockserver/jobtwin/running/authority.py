"""A certificate authority made on the spot, which the programs of one command trust, and no other."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import certifi

if TYPE_CHECKING:
    import trustme

_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE")
"""Variables that name a file in which all trusted authorities are."""
_ADDED = "NODE_EXTRA_CA_CERTS"
"""The one of Node, for authorities besides its own."""


class Authority:
    """Makes certificates for the vendors' hosts; its key stays in this process."""

    def __init__(self) -> None:
        self._contexts: dict[str, ssl.SSLContext] = {}

    @cached_property
    def _made(self) -> trustme.CA:
        import trustme  # noqa: PLC0415 - takes a quarter of a second, and most commands need none

        return trustme.CA()

    def context(self, host: str) -> ssl.SSLContext:
        """What answers a handshake for this host."""
        if host not in self._contexts:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._made.issue_cert(host).configure_cert(context)
            self._contexts[host] = context
        return self._contexts[host]

    def variables(self, folder: Path, kept: Mapping[str, str]) -> dict[str, str]:
        """Write the certificates into a folder; the variables that name them.

        What the command trusts anyway, it goes on to trust.
        """
        own = self._made.cert_pem.bytes()
        alone = _written(folder / "jobtwin.pem", kept.get(_ADDED), own)
        bundles = {
            name: str(_written(folder / f"{name}.pem", kept.get(name) or certifi.where(), own))
            for name in _BUNDLES
        }
        return {**bundles, _ADDED: str(alone)}


def _written(file: Path, before: str | None, own: bytes) -> Path:
    """A file with the certificates of another one, as far as it can be read, and our own."""
    trusted = Path(before).read_bytes() if before and os.path.isfile(before) else b""  # noqa: PTH113 - it is the user's text
    file.write_bytes(trusted + b"\n" + own)
    return file
