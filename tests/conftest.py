"""Fixtures of all tests: what takes long to make, and is shared."""

import gc
import os
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.loaded import checked

NAMED = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Environment variables that choose the certificates."""


def pytest_collection_finish() -> None:
    """Exempts all that is collected from garbage collection; it lives as long as the process."""
    gc.collect()
    gc.freeze()


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


@pytest.fixture(scope="session", autouse=True)
def shared_specs() -> Iterator[None]:
    """Let commands and servers share the bundled specs; compiling them takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobtwin.openapi.spec.check_spec", checked)
        yield


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder in which mypy keeps what it knows about the installed packages."""
    return tmp_path_factory.mktemp("mypy")


@pytest.fixture(scope="session")
def fifth_clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generates the clients of the specs in tests/fifth, once."""
    from jobtwin.codegen.output import update  # noqa: PLC0415 - slow to import, and rarely used
    from tests.waiters.stage import FIFTH  # noqa: PLC0415 - as above

    folder = tmp_path_factory.mktemp("fifth")
    update(FIFTH, folder, lambda _: None)
    return folder


@pytest.fixture(scope="module")
def fifth(fifth_clients: Path) -> Iterator[None]:
    """Makes the clients of the specs in tests/fifth importable."""
    from tests.waiters.stage import importable  # noqa: PLC0415 - as above

    with importable(fifth_clients):
        yield
