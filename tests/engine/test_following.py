"""`jobtwin journal --follow`: events as they happen, over a real connection."""

import threading
from collections.abc import Iterator

import httpx
import pytest

from jobtwin.cli.following import events, followed
from jobtwin.testing import Host, serving


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Serve the twins behind a socket."""
    with serving() as host:
        yield host


def test_events() -> None:
    """Empty lines separate events; comments are not events."""
    lines = [":", "", "id: a-1", "event: change", 'data: {"x": 1}', "", ":", "", "id: a-2"]

    assert list(events(lines)) == [("a-1", "change", {"x": 1})]


def test_followed(host: Host) -> None:
    """A change after the connection is made arrives through it at once."""
    with httpx.Client(base_url=f"{host.url}/_control") as client:
        act = threading.Timer(0.5, lambda: httpx.post(f"{host.url}/_control/reset"))
        act.start()
        following = followed(client)
        kind, data = next(following)
        following.close()  # type: ignore[attr-defined]  # it is a generator
        act.join()

    assert (kind, data["kind"]) == ("change", "sandbox_reset")
