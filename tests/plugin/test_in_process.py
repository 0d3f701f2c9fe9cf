"""The twins in process: one transport for blocking and awaiting httpx clients."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import httpx
import pytest

from jobclients.polaris.api.jobs import get_job_status
from jobtwin.testing import Host, Jobtwin, NoClient, in_process, serving
from jobtwin.testing.transport import InProcess

OWN = Path(__file__).parents[1] / "fifth" / "kilnworks.yaml"


def test_both_ways(jobtwin_local: Jobtwin) -> None:
    """A generated client works in process, blocking and awaiting."""
    job, client = jobtwin_local.polaris.create(), jobtwin_local.polaris.client()
    found: list[Any] = [get_job_status.sync("p", UUID(job.id), client=client)]
    jobtwin_local.clock.advance(seconds=5)
    found.append(asyncio.run(get_job_status.asyncio("p", UUID(job.id), client=client)))

    assert [status.execution_status.value for status in found] == ["pending", "running"]
    assert jobtwin_local.polaris.calls("getJobStatus").polite()


def test_own_client(jobtwin_local: Jobtwin) -> None:
    """A user's httpx client needs only the transport, which stays open after the client."""
    api = jobtwin_local.osapi
    settings: dict[str, Any] = {"transport": jobtwin_local.transport, "headers": api.headers}
    for _ in range(2):
        with httpx.Client(**settings) as client:
            body = {"operation": {"type": "node.hostname.get"}, "target_hostname": "_any"}
            assert client.post(f"{api.url}/job", json=body).status_code == 201

    async def ask() -> int:
        async with httpx.AsyncClient(**settings) as client:
            return (await client.post(f"{api.url}/job", json=body)).status_code

    assert anyio.run(ask) == 201
    assert len(api.jobs()) == 3


def test_many_at_a_time(jobtwin_local: Jobtwin) -> None:
    """Threads and tasks interleave only between two awaits of the application."""
    polaris, number = jobtwin_local.polaris, 50
    job = polaris.create(progression="polls")

    async def ask() -> None:
        one = (get_job_status.asyncio("p", UUID(job.id), client=client) for _ in range(number))
        await asyncio.gather(*one)

    client = polaris.client()
    with ThreadPoolExecutor(number) as pool:
        for _ in range(number):
            pool.submit(get_job_status.sync, "p", UUID(job.id), client=client)
        asyncio.run(ask())

    assert [entry.number for entry in polaris.calls()] == list(range(1, 2 * number + 1))


def test_patience() -> None:
    """A client's time limit ends its request."""

    async def silent(*_: Any) -> None:
        await asyncio.Event().wait()

    transport = InProcess(silent)
    with (
        httpx.Client(transport=transport, timeout=0.01) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.get("http://jobtwin/")
    transport.shut()


def test_ends(jobtwin_process: Host) -> None:
    """The repr of a host has its URL; the port of an ended host is free."""
    with serving(["polaris"]) as host:
        port = httpx.URL(host.url).port or 0
        with pytest.raises(OSError, match="in use"), serving(["polaris"], port=port):
            pass
    with serving(["polaris"], port=port) as again:
        assert again.url == host.url

    assert repr(jobtwin_process) == "<jobtwin at http://jobtwin>"


def test_own_spec() -> None:
    """A user's spec is served like the others, but without a client."""
    with in_process([OWN, "polaris"]) as host, host.sandbox("kiln") as jobtwin:
        firing = jobtwin.kilnworks.create("over_fired", facts={"studio": "clay-lane"})
        jobtwin.clock.advance(hours=3)
        settings: dict[str, Any] = {
            "transport": jobtwin.transport,
            "params": jobtwin.kilnworks.params,
        }
        with httpx.Client(**settings, headers={"X-Studio": "clay-lane"}) as client:
            answer = client.get(f"{jobtwin.kilnworks.url}/firings/{firing.id}")

        assert answer.status_code == 200, answer.text
        assert firing.outcome == "failure"
        assert [call.job for call in jobtwin.kilnworks.calls()] == [firing.id]
        assert jobtwin.polaris.create().state == "pending"
        with pytest.raises(NoClient, match=r"there is no package jobclients\.kilnworks"):
            jobtwin.kilnworks.client()
