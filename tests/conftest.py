"""Fixtures of all tests: shared TLS contexts for httpx clients."""

import os
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

NAMED = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Environment variables that choose the certificates."""


@pytest.fixture(scope="session", autouse=True)
def tls_contexts() -> Iterator[None]:
    """Let httpx clients share TLS contexts; creating one takes longer than most tests."""
    make = httpx.create_ssl_context
    contexts = dict[Any, ssl.SSLContext]()

    def shared(**settings: Any) -> ssl.SSLContext:
        if settings["verify"] is not True or settings["cert"] is not None:
            return make(**settings)
        key = settings["trust_env"], *map(os.environ.get, NAMED)
        if key not in contexts:
            contexts[key] = make(**settings)
        return contexts[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", shared)
        yield
