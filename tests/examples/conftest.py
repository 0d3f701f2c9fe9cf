"""A server on a free port, with a frozen clock."""

import threading
from collections.abc import Iterator

import pytest

from jobtwin.http import Settings
from jobtwin.server import Server
from tests.loaded import loaded


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yields the root URL of a running server."""
    running = Server(loaded(), Settings(), port=0, speed=None)
    running.bind()
    thread = threading.Thread(target=running.run)
    thread.start()
    assert running.ready.wait(timeout=60)
    yield running.root
    running.stop()
    thread.join(timeout=60)
