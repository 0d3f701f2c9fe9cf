"""A temporary certificate authority, trusted only by the programs of one command."""

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
"""Variables for a file with all trusted authorities."""
_ADDED = "NODE_EXTRA_CA_CERTS"
"""Node's variable for additional authorities."""


class Authority:
    """Issues certificates for the vendors' hosts. Its key stays in this process."""

    def __init__(self) -> None:
        self._contexts: dict[str, ssl.SSLContext] = {}

    @cached_property
    def _made(self) -> trustme.CA:
        import trustme  # noqa: PLC0415 - takes a quarter of a second, and most commands need none

        return trustme.CA()

    def context(self, host: str) -> ssl.SSLContext:
        """Returns the TLS context for this host."""
        if host not in self._contexts:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._made.issue_cert(host).configure_cert(context)
            self._contexts[host] = context
        return self._contexts[host]

    def variables(self, folder: Path, kept: Mapping[str, str]) -> dict[str, str]:
        """Writes the certificates to a folder, and returns the variables for them.

        The command's other trusted authorities are kept.
        """
        own = self._made.cert_pem.bytes()
        alone = _written(folder / "jobtwin.pem", kept.get(_ADDED), own)
        bundles = {
            name: str(_written(folder / f"{name}.pem", kept.get(name) or certifi.where(), own))
            for name in _BUNDLES
        }
        return {**bundles, _ADDED: str(alone)}


def _written(file: Path, before: str | None, own: bytes) -> Path:
    """Writes a file with the certificates of another file, if readable, and our own."""
    trusted = Path(before).read_bytes() if before and os.path.isfile(before) else b""  # noqa: PTH113 - it is the user's text
    file.write_bytes(trusted + b"\n" + own)
    return file
