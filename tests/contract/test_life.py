"""Whole lives of jobs through the vendors' own APIs, and many requests at once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.openapi import Spec
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.loaded import loaded

SPECS = {spec.name: spec for spec in loaded()}
OSAPI = {"Authorization": "Bearer token"}
POLARIS = {"Authorization": "Basic pok_test"}
PORTAL = "/vectorcharts/api/portal/v1"
JOBS = "/polaris/v1/projects/p/jobs"
MINUTE = 60_000_000

Story = Callable[["DependentService"], Coroutine[Any, Any, None]]


class DependentService:
    """A service that depends on the vendors, and the twins that it calls."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        machines = [machine for spec in SPECS.values() for machine in spec.jobs.values()]
        self.sandbox = Sandbox(machines, Setup(self.clock))
        app = create_app(list(SPECS.values()), self.sandbox)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://twin")

    async def ask(self, method: str, url: str, **request: Any) -> httpx.Response:
        return await self.http.request(method, url, **request)


def live(story: Story) -> None:
    """Run a story."""
    asyncio.run(story(DependentService()))


def test_osapi() -> None:
    """OSAPI's own requests create, poll, retry, list and delete a job."""

    async def story(service: DependentService) -> None:
        body = {"operation": {"type": "node.hostname.get"}, "target_hostname": "db-02"}
        made = await service.ask("POST", "/osapi/job", json=body, headers=OSAPI)
        job = f"/osapi/job/{made.json()['job_id']}"
        service.clock.advance(MINUTE)
        failed = await service.ask("GET", job, headers=OSAPI)
        again = await service.ask("POST", f"{job}/retry", headers=OSAPI)
        service.clock.advance(MINUTE)
        new = await service.ask("GET", f"/osapi/job/{again.json()['job_id']}", headers=OSAPI)
        old = await service.ask("GET", job, headers=OSAPI)
        listed = await service.ask("GET", "/osapi/job?status=completed", headers=OSAPI)
        gone = await service.ask("DELETE", job, headers=OSAPI)
        after = await service.ask("GET", job, headers=OSAPI)

        assert (made.status_code, again.status_code, gone.status_code) == (201, 201, 204)
        assert failed.json()["status"] == old.json()["status"] == "failed"
        assert new.json()["status"] == "completed"
        assert new.json()["operation"] == body["operation"]
        assert old.json()["timeline"][-1]["event"] == "retried"
        assert again.json()["job_id"] in old.json()["timeline"][-1]["message"]
        assert again.json()["job_id"] in {job["id"] for job in listed.json()["items"]}
        assert after.status_code == 404

    live(story)


def test_polaris() -> None:
    """Polaris' own requests create, poll, pause, resume and stop a streaming job."""

    async def story(service: DependentService) -> None:
        body = {
            "type": "streaming",
            "target": {"type": "table", "tableName": "trips"},
            "source": {
                "type": "connection",
                "connectionName": "kafka",
                "inputSchema": [{"dataType": "string", "name": "city"}],
                "formatSettings": {"format": "nd-json"},
            },
        }
        made = await service.ask("POST", JOBS, json=body, headers=POLARIS)
        assert made.status_code == 201, made.text
        job = f"{JOBS}/{made.json()['id']}"
        states = []
        for wanted in (None, "suspended", "running", "canceled"):
            service.clock.advance(MINUTE // 4)
            if wanted:
                change = {"desiredExecutionStatus": wanted}
                await service.ask("POST", f"{job}/status", json=change, headers=POLARIS)
            status = await service.ask("GET", f"{job}/status", headers=POLARIS)
            states.append(status.json()["executionStatus"])
        detail = await service.ask("GET", job, headers=POLARIS)

        assert states == ["running", "suspended", "pending", "canceled"]
        assert detail.json()["spec"] == body
        assert detail.json()["target"]["tableName"] == "trips"

    live(story)


def test_vectorcharts() -> None:
    """A user signs in, starts a job, sees it in the list and signs out: the token then gets 401."""

    async def story(service: DependentService) -> None:
        who = {"username": "admin", "password": "admin"}
        signed_in = await service.ask("POST", f"{PORTAL}/auth/login", json=who)
        headers = {"Authorization": f"Bearer {signed_in.json()['token']['id']}"}
        await service.ask(
            "POST", f"{PORTAL}/jobs", json={"jobType": "clear-tiles"}, headers=headers
        )
        listed = await service.ask("GET", f"{PORTAL}/jobs?activeOnly=true&limit=1", headers=headers)
        service.clock.advance(24 * 60 * MINUTE)
        idle = await service.ask("GET", f"{PORTAL}/jobs?activeOnly=true", headers=headers)
        await service.ask("POST", f"{PORTAL}/auth/logout", headers=headers)
        refused = await service.ask("GET", f"{PORTAL}/jobs", headers=headers)

        assert listed.json()["jobs"][0]["jobType"] == "clear-tiles"
        assert idle.json()["jobs"] == []
        assert refused.status_code == 401

    live(story)


def test_lucidity() -> None:
    """A refreshed token reads an installation, and expires after a quarter of an hour."""

    async def story(service: DependentService) -> None:
        fresh = await service.ask(
            "POST",
            "/lucidity/external/api/v1/auth/user-token/refresh",
            json={"refreshToken": "refresh"},
        )
        headers = {
            "Authorization": fresh.json()["accessToken"],
            "X-Authtype": "lucidity_access_token",
        }
        url = "/lucidity/external/client/api/v1/agent/install/status?id=2"
        seen = []
        for _ in range(3):
            seen.append((await service.ask("GET", url, headers=headers)).status_code)
            service.clock.advance(15 * MINUTE - 1 if len(seen) == 1 else 1)

        assert seen == [200, 200, 401]

    live(story)


def test_cancel__a_hundred_at_once() -> None:
    """Of 100 parallel cancels, one makes the transition."""

    async def story(service: DependentService) -> None:
        url = f"{JOBS}/efb35e3e-406e-4127-ad2e-280fede4f431"
        change = {"desiredExecutionStatus": "canceled"}
        cancel = (
            service.ask("POST", f"{url}/status", json=change, headers=POLARIS) for _ in range(100)
        )

        answers = await asyncio.gather(*cancel)

        [machine] = SPECS["polaris"].jobs.values()
        job = service.sandbox.find(machine, url.rsplit("/", 1)[1])
        assert job is not None
        entered = [
            mark for mark in job.timeline.schedule.milestones if mark.entered and mark.state.final
        ]
        assert {answer.status_code for answer in answers} == {200}
        assert len(entered) == 1

    live(story)


def test_create__exclusive() -> None:
    """Of 100 parallel creations of an exclusive type, one gets 200 and 99 get 409."""

    async def story(service: DependentService) -> None:
        new = {"json": {"jobType": "clear-tiles"}, "headers": {"Authorization": "Bearer token"}}

        answers = await asyncio.gather(
            *(service.ask("POST", f"{PORTAL}/jobs", **new) for _ in range(100))
        )

        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 99}

    live(story)


@pytest.mark.parametrize(
    "prefer",
    ["scenario=stopped", 'scenario="stopped"', "wait=10, Scenario=stopped", "a; scenario=stopped"],
)
def test_prefer(prefer: str) -> None:
    """`Prefer` chooses the scenario of a new job, and is echoed (RFC 7240)."""

    async def story(service: DependentService) -> None:
        body = {
            "type": "batch",
            "target": {"type": "table", "tableName": "t"},
            "source": {"type": "uploaded", "fileList": ["f"], "inputSchema": []},
        }
        made = await service.ask("POST", JOBS, json=body, headers={**POLARIS, "Prefer": prefer})
        service.clock.advance(60 * MINUTE)
        status = await service.ask("GET", f"{JOBS}/{made.json()['id']}/status", headers=POLARIS)

        assert made.headers["Preference-Applied"] == "scenario=stopped"
        assert status.json() == {"executionStatus": "canceled"}

    live(story)


def test_prefer__unknown() -> None:
    """An unknown scenario is a 400 that lists the scenarios for such a job."""

    async def story(service: DependentService) -> None:
        body = {"operation": {"type": "node.hostname.get"}, "target_hostname": "_any"}
        headers = {**OSAPI, "Prefer": "scenario=wins_lottery"}

        refused = await service.ask("POST", "/osapi/job", json=body, headers=headers)

        assert refused.status_code == 400
        assert "wins_lottery" in refused.text
        assert "query_one_host" in refused.text
        assert "Preference-Applied" not in refused.headers

    live(story)


def _links(spec: Spec) -> int:
    paths = spec.document.written["paths"].values()
    answers = [
        spec.document.resolve(answer)
        for path in paths
        for operation in path.values()
        if isinstance(operation, dict)
        for answer in operation.get("responses", {}).values()
    ]
    return sum(len(answer.get("links", {})) for answer in answers)


@pytest.mark.parametrize("name", [name for name, spec in SPECS.items() if spec.jobs])
def test_links(name: str) -> None:
    """OpenAPI Links connect the operations of every vendor."""
    assert _links(SPECS[name]) > 2
