"""Faults from a test: as a context manager, with hits, in process and over a socket."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from jobclients.polaris.waiters import wait_for_job
from jobtwin.testing import ControlRefused, Jobtwin

PATH = "v1/projects/p/jobs"


def _ask(twin: Jobtwin) -> httpx.Response:
    polaris = twin.polaris
    with httpx.Client(transport=twin.transport, headers=polaris.headers) as http:
        return http.get(f"{polaris.url}/{PATH}")


def test_fail(jobtwin: Jobtwin) -> None:
    """A fault occurs the given number of times, and ends with its block; its hits stay readable."""
    with jobtwin.polaris.fail("listJobs", times=2, status=429, retry_after=5) as fault:
        answers = [_ask(jobtwin) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "5"
    assert (fault.hits, fault.matched) == (2, 3)


def test_fail__removed(jobtwin: Jobtwin) -> None:
    """A fault that the test has removed causes no error at the end of the block."""
    with jobtwin.polaris.fail(status=500) as fault:
        fault.remove()
        answer = _ask(jobtwin)

    assert answer.status_code == 200


def test_fail__impossible(jobtwin: Jobtwin) -> None:
    """An impossible fault is refused with a suggestion."""
    with pytest.raises(ControlRefused, match="Did you mean 'listJobs'"):
        jobtwin.polaris.fail("listJob", status=500)


def test_waiter(jobtwin: Jobtwin) -> None:
    """A generated waiter survives the preset bad_morning, and the fault counts its hits."""
    polaris = jobtwin.polaris
    job = polaris.create("batch_succeeds")
    fault = polaris.preset("bad_morning", "getJobStatus")

    wait_for_job(
        polaris.client(),
        project_id="p",
        job_id=UUID(job.id),
        sleep=jobtwin.clock.sleep,
        clock=jobtwin.clock.time,
        timeout=3600,
    )

    assert fault.hits == 8


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"drop": "before"}, httpx.RemoteProtocolError),
        ({"drop": "headers"}, httpx.RemoteProtocolError),
        ({"drop": "body"}, httpx.RemoteProtocolError),
        ({"drop": "before", "reset": True}, httpx.ReadError),
        ({"drop": "body", "reset": True}, httpx.ReadError),
    ],
)
def test_drop__in_process(jobtwin_local: Jobtwin, fault: Any, error: type[Exception]) -> None:
    """A connection cut in process raises httpx's own error, blocking and awaiting."""
    polaris, transport = jobtwin_local.polaris, jobtwin_local.transport

    async def ask() -> None:
        async with httpx.AsyncClient(transport=transport, headers=polaris.headers) as http:
            await http.get(f"{polaris.url}/{PATH}")

    with polaris.fail(**fault):
        with pytest.raises(error):
            _ask(jobtwin_local)
        with pytest.raises(error):
            asyncio.run(ask())
    assert _ask(jobtwin_local).status_code == 200


def test_delay__in_process(jobtwin_local: Jobtwin) -> None:
    """A late response in process raises the client's ReadTimeout."""
    polaris = jobtwin_local.polaris
    settings: dict[str, Any] = {"transport": jobtwin_local.transport, "headers": polaris.headers}
    polaris.fail(delay="20s")
    with httpx.Client(**settings, timeout=0.1) as http, pytest.raises(httpx.ReadTimeout):
        http.get(f"{polaris.url}/{PATH}")


@pytest.mark.parametrize("fixture", ["jobtwin", "jobtwin_local"])
def test_limit(fixture: str, request: pytest.FixtureRequest) -> None:
    """A limit refuses the requests above it until its time has passed or its block ends."""
    twin: Jobtwin = request.getfixturevalue(fixture)
    with twin.polaris.limit(requests=1, every="10s", per=["credential"]) as limit:
        answers = [_ask(twin) for _ in range(2)]
        twin.clock.advance(seconds=10)
        answers += [_ask(twin) for _ in range(2)]
        refused = limit.refused
    statuses = [_ask(twin).status_code for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429, 200, 429]
    assert answers[1].headers["Retry-After"] == "10"
    assert (refused, limit.refused, statuses) == (2, 2, [200, 200])
