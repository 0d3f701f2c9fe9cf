"""What all tests share: TLS contexts for the clients of httpx."""

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
    """Let clients of httpx share their TLS contexts; to make one takes longer than most tests."""
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
