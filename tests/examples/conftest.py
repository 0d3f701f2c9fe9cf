"""A server on a free port, its clock standing still."""

import threading
from collections.abc import Iterator

import pytest

from jobtwin.http import Settings
from jobtwin.openapi import load_all
from jobtwin.server import Server


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The root URL of a running server."""
    running = Server(load_all(), Settings(), port=0, speed=None)
    running.bind()
    thread = threading.Thread(target=running.run)
    thread.start()
    assert running.ready.wait(timeout=10)
    yield running.root
    running.stop()
    thread.join(timeout=10)
