"""Typical uses of the waiters by a service that depends on the vendors."""

import asyncio
import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from jobclients.lucidity import AuthenticatedClient as Lucidity
from jobclients.lucidity import Client
from jobclients.lucidity.api.access import refresh_access_token
from jobclients.lucidity.models import AccessToken, AccessTokenRequest
from jobclients.lucidity.waiters import resume_onboarding, wait_for_onboarding
from jobclients.osapi import AuthenticatedClient as Osapi
from jobclients.osapi import waiters as osapi
from jobclients.polaris import AuthenticatedClient as Polaris
from jobclients.polaris.models import ExecutionStatus, Job
from jobclients.polaris.waiters import wait_for_job, wait_for_job_async, watch_job
from jobclients.vectorcharts import AuthenticatedClient as Portal
from jobclients.vectorcharts import waiters as vectorcharts
from jobtwin.http import create_app
from jobtwin.lifecycle import Machine
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from jobwait import JobExpired, Snapshot, TransportFailed
from tests.asgi import respond
from tests.loaded import loaded

SPECS = {spec.name: spec for spec in loaded()}
API_KEY = {"token": "pok_test", "prefix": "Basic"}
BEARER = {"token": "token"}


class TwinsTransport(httpx.BaseTransport):
    """The vendors' twins, in process, on a clock that sleeps move."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        machines = [machine for spec in SPECS.values() for machine in spec.jobs.values()]
        self.sandbox = Sandbox(machines, Setup(self.clock))
        self._app = create_app(list(SPECS.values()), self.sandbox)
        self.awaited = httpx.ASGITransport(self._app)
        self.asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.asked += 1
        return respond(self._app, request)

    def client(self, kind: Any, vendor: str, transport: Any = None, **how: Any) -> Any:
        """Returns a vendor's generated client."""
        args = {"transport": transport or self}
        return kind(f"http://twin/{vendor}", httpx_args=args, **how)

    def machine(self, vendor: str, name: str = "job") -> Machine:
        """Returns a vendor's machine."""
        return SPECS[vendor].machines[name]

    def now(self) -> float:
        """Returns seconds since 1970."""
        return self.clock.now() / 1e6

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.advance(round(seconds * 1e6))


@pytest.fixture(scope="module")
def served() -> TwinsTransport:
    """Serve the twins, once for all tests, as connexion is slow to start."""
    return TwinsTransport()


@pytest.fixture
def twins(served: TwinsTransport) -> TwinsTransport:
    """The twins, in their initial state."""
    served.sandbox.reset()
    served.asked = 0
    return served


def test_polaris(twins: TwinsTransport) -> None:
    """The README's example works with the twin's clock."""
    job_id = UUID(str(twins.sandbox.create(twins.machine("polaris")).record.id))
    client = twins.client(Polaris, "polaris", **API_KEY)

    job: Job = wait_for_job(
        client, project_id="p", job_id=job_id, timeout=600, clock=twins.now, sleep=twins.sleep
    )

    assert job.execution_status is ExecutionStatus.COMPLETED


def test_polaris__async(twins: TwinsTransport) -> None:
    """The README's example works with async, too, and so do an async callback and sleep."""
    job_id = UUID(str(twins.sandbox.create(twins.machine("polaris")).record.id))
    client = twins.client(Polaris, "polaris", twins.awaited, **API_KEY)
    shown: list[str] = []

    async def show(snapshot: Snapshot[Job]) -> None:
        await asyncio.sleep(0)
        shown.append(snapshot.state)

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)
        twins.sleep(seconds)

    job = asyncio.run(
        wait_for_job_async(
            client,
            project_id="p",
            job_id=job_id,
            on_progress=show,
            clock=twins.now,
            sleep=sleep,
        )
    )

    assert (shown[0], shown[-1]) == ("pending", job.execution_status)


def test_polaris__progress(twins: TwinsTransport) -> None:
    """Polaris has a separate operation for progress; watchers see the fraction rise."""
    job_id = UUID(str(twins.sandbox.create(twins.machine("polaris")).record.id))
    client = twins.client(Polaris, "polaris", **API_KEY)

    seen = list(
        watch_job(client, project_id="p", job_id=job_id, clock=twins.now, sleep=twins.sleep)
    )

    done = [snapshot.fraction for snapshot in seen[:-1]]
    assert done == sorted(done, key=lambda fraction: fraction or 0)
    assert 0 < (done[-1] or 0) < 1
    assert seen[-1].job is not None


def test_hour(twins: TwinsTransport) -> None:
    """Waiting for a job of an hour takes seconds, and fewer than 150 requests."""
    job = twins.sandbox.create(twins.machine("vectorcharts"))
    client = twins.client(Portal, "vectorcharts", **BEARER)
    began = time.perf_counter()

    got = vectorcharts.wait_for_job(
        client, job_id=str(job.record.id), clock=twins.now, sleep=twins.sleep
    )

    assert got.percent_complete == 100
    assert 100 < twins.asked < 150
    assert time.perf_counter() - began < 5


def test_deep_in_the_list(twins: TwinsTransport) -> None:
    """A job on the third page, after five hundred others, is found."""
    machine = twins.machine("vectorcharts")
    job = twins.sandbox.create(machine, at=twins.clock.now() - 7_200_000_000)
    for _ in range(500):
        twins.sandbox.create(machine)
    client = twins.client(Portal, "vectorcharts", **BEARER)

    got = vectorcharts.wait_for_job(client, job_id=str(job.record.id), sleep=twins.sleep)

    assert got.id == job.record.id
    assert twins.asked == 3


def test_expired(twins: TwinsTransport) -> None:
    """OSAPI forgets a job after an hour, even one that hangs."""
    job = twins.sandbox.create(twins.machine("osapi"), scenario="hangs")
    client = twins.client(Osapi, "osapi", **BEARER)
    patient = replace(osapi.JOB.policy, at_most=600)

    with pytest.raises(JobExpired) as raised:
        osapi.wait_for_job(
            client, id=UUID(str(job.record.id)), policy=patient, clock=twins.now, sleep=twins.sleep
        )

    assert raised.value.state == "processing"
    assert [seen.state for seen in raised.value.history] == ["submitted", "processing"]
    assert "job not found" in raised.value.why


def test_token_ends(twins: TwinsTransport) -> None:
    """Lucidity's token expires after a quarter of an hour; with a new one, the wait continues."""
    machine = twins.machine("lucidity", "onboarding")
    job = twins.sandbox.create(machine, scenario="rescheduled_once")
    slow = replace(vectorcharts.JOB.policy, first=500, at_most=500)

    with pytest.raises(TransportFailed) as raised:
        wait_for_onboarding(
            _signed_in(twins),
            job_id=int(job.record.id),
            policy=slow,
            clock=twins.now,
            sleep=twins.sleep,
        )
    document = raised.value.to_json()
    got = resume_onboarding(_signed_in(twins), document, clock=twins.now, sleep=twins.sleep)

    assert raised.value.status == 401
    assert "The access token is not valid or has expired" in str(raised.value)
    assert got.status == "Completed"


def _signed_in(twins: TwinsTransport) -> Lucidity:
    """Returns a client with a new token."""
    fresh = refresh_access_token.sync(
        client=twins.client(Client, "lucidity"), body=AccessTokenRequest("refresh")
    )
    assert isinstance(fresh, AccessToken)
    headers = {"X-Authtype": "lucidity_access_token"}
    signed_in: Lucidity = twins.client(
        Lucidity, "lucidity", token=fresh.access_token, prefix="", headers=headers
    )
    return signed_in
