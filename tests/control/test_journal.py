"""The journal by the control API: every request, the latest first, bounded, without credentials."""

import asyncio
import json
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message

from jobclients.control import Client, models
from jobclients.control.api.journal import clear_journal, get_journal
from jobtwin.http import Settings, create_app
from jobtwin.http.control.journal import MOST_AT_ONCE, SHOWN_AT_ONCE
from jobtwin.http.control.views import shown_entry
from jobtwin.sandboxes import (
    JournalEntry,
    ManualClock,
    Sandbox,
    Sandboxes,
    SandboxJournal,
    Setup,
    tasks,
)
from jobtwin.sandboxes.journal import CAPACITY
from tests.loaded import loaded

KILNWORKS = Path(__file__).parents[1] / "fifth" / "kilnworks.yaml"
SPECS = [*loaded(), *loaded([KILNWORKS])]
SANDBOXES = Sandboxes(
    Sandbox([m for s in SPECS for m in s.jobs.values()], Setup(ManualClock())).sibling
)
APP = create_app(SPECS, SANDBOXES, Settings(redacted=["targetTableName", "ta ble"]))
JOBS = "polaris/v1/projects/p/jobs"
STREAM = "efb35e3e-406e-4127-ad2e-280fede4f431"
NOBODY = "0b1e55ed-0000-4000-8000-000000000001"
BATCH: dict[str, Any] = {
    "type": "batch",
    "target": {"type": "table", "tableName": "t"},
    "source": {"type": "uploaded", "fileList": ["f"], "inputSchema": []},
}
SECRET = "kiln-s3cr3t-0f-s0meb0dy"  # noqa: S105 - made up
_names = map("world-{}".format, count())


class JournalledSandbox(httpx.BaseTransport):
    """A sandbox of the twins, in process, for plain httpx or the generated client."""

    def __init__(self) -> None:
        self.name = next(_names)
        url = f"http://twin/sandboxes/{self.name}"
        self.http = httpx.Client(transport=self, base_url=url)
        self.client = Client(base_url=f"{url}/_control", httpx_args={"transport": self})
        assert self.control("PUT", f"sandboxes/{self.name}").status_code == 200

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def answered() -> httpx.Response:
            response = await httpx.ASGITransport(APP).handle_async_request(request)
            content = await response.aread()
            return httpx.Response(response.status_code, headers=response.headers, content=content)

        return asyncio.run(answered())

    @property
    def sandbox(self) -> Sandbox:
        return SANDBOXES[self.name]

    def pieces(self, path: str) -> tuple[Any, list[bytes]]:
        """Returns a JSON response of the control API, and the pieces in which it was sent."""
        sent = list[bytes]()

        async def send(message: Message) -> None:
            sent.append(message.get("body", b""))

        async def receive() -> Message:
            return await asyncio.Future[Message]()

        async def answered() -> None:
            path_ = f"/sandboxes/{self.name}/_control/{path}"
            rest = {"query_string": b"", "headers": []}
            await APP({"type": "http", "method": "GET", "path": path_, **rest}, receive, send)

        asyncio.run(answered())
        return json.loads(b"".join(sent)), sent

    def control(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.http.request(method, f"_control/{path}", json=body)

    def polaris(self, method: str, path: str = "", body: Any = None, **rest: Any) -> httpx.Response:
        headers = {"Authorization": "Basic pok_test"}
        return self.http.request(method, f"{JOBS}{path}", json=body, headers=headers, **rest)

    def osapi(self, method: str, path: str = "", body: Any = None) -> httpx.Response:
        headers = {"Authorization": "Bearer token"}
        return self.http.request(method, f"osapi/job{path}", json=body, headers=headers)

    def entries(self, query: str = "") -> list[Any]:
        """Returns the entries, the latest first."""
        return list(self.control("GET", f"journal?{query}").json()["entries"])

    def written(self) -> str:
        """Returns the stored entries and everything the API shows of them, as text."""
        told = self.control("GET", "journal").text + self.control("GET", "journal/report").text
        return told + "".join(map(repr, self.sandbox.journal))


@pytest.fixture
def world() -> JournalledSandbox:
    """Make a new sandbox."""
    return JournalledSandbox()


# -- what is recorded ------------------------------------------------------------------------------


def test_entry(world: JournalledSandbox) -> None:
    """A request is recorded with all its details."""
    world.polaris("GET", f"/{STREAM}?detail=false")
    world.control("POST", "clock/advance", {"by": "PT5S"})
    change = {"desiredExecutionStatus": "suspended"}
    world.polaris("POST", f"/{STREAM}/status", change)

    journal = get_journal.sync(client=world.client)

    assert isinstance(journal, models.Journal)
    entry, first = journal.entries
    assert (entry.number, f"{entry.at:%H:%M:%S}") == (2, "00:00:05")
    assert (entry.api, entry.operation, entry.method) == ("polaris", "updateJobStatus", "POST")
    assert entry.path == f"/{JOBS}/{STREAM}/status"
    assert (entry.status, entry.job) == (200, STREAM)
    assert (entry.before, entry.after) == ("running", "suspended")
    assert not entry.finding
    assert 0 < entry.milliseconds < 10_000
    assert (first.number, first.query) == (1, "detail=false")


def test_newest_first(world: JournalledSandbox) -> None:
    """The latest request comes first, and `limit` omits the oldest."""
    for page in range(5):
        world.polaris("GET", f"?paginationOffset={page}")

    assert [entry["number"] for entry in world.entries()] == [5, 4, 3, 2, 1]
    assert [entry["query"][-1] for entry in world.entries("limit=2")] == ["4", "3"]


@pytest.mark.parametrize("more", [0, 1, SHOWN_AT_ONCE])
def test_many(more: int, world: JournalledSandbox) -> None:
    """More entries than are shown at once are shown alike, in pieces."""
    for _ in range(SHOWN_AT_ONCE + more):
        world.polaris("GET", f"/{STREAM}")

    response = world.control("GET", "journal")

    entries = list(map(shown_entry, reversed(world.sandbox.journal)))
    assert response.json() == {"entries": entries, "total": SHOWN_AT_ONCE + more, "forgotten": 0}
    assert response.headers["content-type"] == "application/json"
    assert isinstance(get_journal.sync(client=world.client), models.Journal)


@pytest.mark.parametrize("path", ["journal", "sandboxes/{name}/export"])
def test_large(path: str, world: JournalledSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a few entries with large bodies are shown in pieces."""
    monkeypatch.setattr(tasks, "STEP", 0)
    files = [f"{number}.json" for number in range(MOST_AT_ONCE // 8)]
    large = {**BATCH, "source": {**BATCH["source"], "fileList": files}}
    for _ in range(2):
        assert world.polaris("POST", body=large).status_code == 201

    shown, pieces = world.pieces(path.format(name=world.name))

    assert len(shown.get("entries") or shown["requests"]) == 2
    assert sum(len(piece) > MOST_AT_ONCE for piece in pieces) >= 2


def test_create(world: JournalledSandbox) -> None:
    """The request that creates a job is recorded with the job's id."""
    job = world.polaris("POST", body=BATCH).json()["id"]

    [entry] = world.entries()

    assert (entry["operation"], entry["job"], entry["status"]) == ("createJob", job, 201)
    assert (entry.get("before"), entry["after"]) == (None, "pending")


def test_clone(world: JournalledSandbox) -> None:
    """A request that clones a job is recorded with the original job, without the clone's state."""
    job = world.control("POST", "jobs", {"api": "osapi", "at": "2025-12-31T23:59:00Z"}).json()["id"]
    world.osapi("POST", f"/{job}/retry")

    [entry] = world.entries()

    assert (entry["job"], entry["before"], entry.get("after")) == (job, "completed", None)


def test_delete(world: JournalledSandbox) -> None:
    """The deletion of a job has a state before, and none after."""
    job = world.osapi("POST", body={"operation": {"type": "x"}, "target_hostname": "_any"}).json()
    world.osapi("DELETE", f"/{job['job_id']}")

    entry = world.entries()[0]

    assert (entry["job"], entry["status"]) == (job["job_id"], 204)
    assert (entry["before"], entry.get("after")) == ("submitted", None)


@pytest.mark.parametrize(
    ("method", "path", "finding", "operation"),
    [
        ("GET", f"/{STREAM}?x=1", "unknown_parameter", "getJob"),
        ("GET", "?paginationLimit=x", "malformed_parameter", "listJobs"),
        ("GET", "/abc", "malformed_parameter", "getJob"),
        ("GET", f"/{NOBODY}", "unknown_job", "getJob"),
        ("POST", f"/{STREAM}/status", "missing_body", "updateJobStatus"),
        ("POST", "", "missing_body", "createJob"),
        ("BREW", f"/{STREAM}", "wrong_method", None),
        ("GET", f"/{STREAM}/coffee", "unknown_path", None),
    ],
)
def test_finding(
    method: str, path: str, finding: str, operation: str | None, world: JournalledSandbox
) -> None:
    """A refused request is recorded with the reason."""
    response = world.polaris(method, path)

    [entry] = world.entries()

    assert response.is_error
    assert (entry["finding"], entry.get("operation")) == (finding, operation)
    assert (entry["status"], entry["method"]) == (response.status_code, method)


def test_finding__illegal(world: JournalledSandbox) -> None:
    """An illegal command is recorded with the state that forbids it."""
    job = world.control("POST", "jobs", {"api": "polaris", "at": "2025-12-31T00:00:00Z"}).json()
    change = {"desiredExecutionStatus": "canceled"}
    world.polaris("POST", f"/{job['id']}/status", change)

    [entry] = world.entries()

    assert (entry["finding"], entry["before"]) == ("illegal_event", "completed")
    assert entry["job"] == job["id"]


def test_credential(world: JournalledSandbox) -> None:
    """A request with a missing or invalid credential is recorded."""
    world.http.get(JOBS)
    world.http.get(JOBS, headers={"Authorization": "Basic expired"})

    assert [entry["finding"] for entry in world.entries()] == [
        "wrong_credential",
        "missing_credential",
    ]


def test_not_written(world: JournalledSandbox) -> None:
    """Requests to the control API, or to no API, are not recorded."""
    world.control("GET", "jobs")
    world.control("GET", "nowhere")
    world.http.get("nobody/at/all")

    assert world.control("GET", "journal").json() == {"entries": [], "total": 0, "forgotten": 0}


# -- what is requested -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("operation=getJob", [4, 2]),
        ("operation=getJob&api=polaris", [2]),
        ("api=osapi", [4, 3]),
        ("status=404", [4]),
        ("status=200", [3, 2, 1]),
        (f"job={STREAM}", [2, 1]),
        (f"job={STREAM}&operation=listJobs", [1]),
        (f"job={NOBODY}", []),
        ("status=500", []),
        ("api=polaris&limit=1", [2]),
    ],
)
def test_filter(query: str, numbers: list[int], world: JournalledSandbox) -> None:
    """Entries are filtered by API, operation, status, and job, including lists with the job."""
    world.polaris("GET")
    world.polaris("GET", f"/{STREAM}")
    world.osapi("GET")
    world.osapi("GET", f"/{NOBODY}")

    assert [entry["number"] for entry in world.entries(query)] == numbers


@pytest.mark.parametrize("query", ["status=x", "status=99", "status=600", "limit=0", "limit=1001", "api=No", "x=1", "status=200&status=404"])  # fmt: skip
def test_filter__refused(query: str, world: JournalledSandbox) -> None:
    """An invalid query is a 400."""
    response = world.control("GET", f"journal?{query}")

    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"


def test_clear(world: JournalledSandbox) -> None:
    """The journal can be cleared, and counts from one again."""
    world.polaris("GET")

    assert clear_journal.sync_detailed(client=world.client).status_code == 204
    assert world.entries() == []
    world.polaris("GET")
    assert [entry["number"] for entry in world.entries()] == [1]


# -- bounds ----------------------------------------------------------------------------------------


def test_forgotten(world: JournalledSandbox) -> None:
    """A full journal drops the oldest entries and counts them."""
    world.sandbox.journal = SandboxJournal(capacity=3)
    for page in range(5):
        world.polaris("GET", f"?paginationOffset={page}")

    journal = world.control("GET", "journal").json()

    assert [entry["number"] for entry in journal["entries"]] == [5, 4, 3]
    assert (journal["total"], journal["forgotten"]) == (5, 2)


def test_capacity() -> None:
    """The journal keeps ten thousand entries; each further one replaces the oldest."""
    journal = SandboxJournal()
    for number in range(1, CAPACITY + 3):
        journal.add(JournalEntry(number, 0, 0, "polaris", None, "GET", "/", "", 200))

    assert (CAPACITY, len(journal)) == (10_000, 10_000)
    assert (journal.total, journal.forgotten) == (10_002, 2)
    assert (next(iter(journal)).number, next(reversed(journal)).number) == (3, 10_002)


# -- credentials -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": f"Bearer {SECRET}"},
        {"Authorization": SECRET, "X-Authtype": "lucidity_access_token"},
        {"Cookie": f"session={SECRET}"},
        {"X-Api-Key": SECRET},
    ],
    ids=lambda headers: next(iter(headers)),
)
@pytest.mark.parametrize(
    "url", [JOBS, f"{JOBS}/{STREAM}", "osapi/job", "vectorcharts/api/portal/v1/jobs", "lucidity/x"]
)
def test_secret__header(url: str, headers: dict[str, str], world: JournalledSandbox) -> None:
    """Values of headers and cookies are never recorded."""
    world.http.get(url, headers=headers)

    assert len(world.entries()) == 1
    assert SECRET not in world.written()


@pytest.mark.parametrize("name", ["key", "k%65y", "%6B%65%79"])
@pytest.mark.parametrize("path", ["firings", "firings/1000", "nowhere"])
@pytest.mark.parametrize("query", ["{}", "a=b&{}", "{}&a=b", "{0}&{0}"])
def test_secret__query(query: str, path: str, name: str, world: JournalledSandbox) -> None:
    """A credential in the query is hidden, in any encoding and at any path."""
    sent = query.format(f"{name}={SECRET}")

    world.http.get(f"kilnworks/v2/{path}?{sent}")

    [entry] = world.entries()
    assert SECRET not in world.written()
    assert entry["query"] == sent.replace(SECRET, "***")


@pytest.mark.parametrize("name", ["targetTableName", "target%54ableName", "ta+ble", "ta%20ble"])
def test_secret__configured(name: str, world: JournalledSandbox) -> None:
    """A query parameter that the server is configured to redact is hidden."""
    world.polaris("GET", f"?{name}={SECRET}&executionStatus=running&notTargetTableName=7")

    [entry] = world.entries()
    assert SECRET not in world.written()
    assert entry["query"] == f"{name}=***&executionStatus=running&notTargetTableName=7"


@pytest.mark.parametrize("name", ["api_key", "access_token", "password", "sig", "p%77d"])
def test_secret__undeclared(name: str, world: JournalledSandbox) -> None:
    """A credential in an undeclared query parameter is hidden."""
    world.polaris("GET", f"?{name}={SECRET}&executionStatus=running")

    [entry] = world.entries()
    assert SECRET not in world.written()
    assert entry["query"] == f"{name}=***&executionStatus=running"


def test_secret__body(world: JournalledSandbox) -> None:
    """A password in a body is not recorded."""
    who = {"username": "admin", "password": SECRET}
    world.http.post("vectorcharts/api/portal/v1/auth/login", json=who)

    assert len(world.entries()) == 1
    assert SECRET not in world.written()


def test_secret__configured_nowhere(world: JournalledSandbox) -> None:
    """Configured parameters are hidden for unknown paths, too."""
    world.polaris("GET", f"/{STREAM}/coffee?targetTableName={SECRET}")

    assert SECRET not in world.written()


def test_secret__session(world: JournalledSandbox) -> None:
    """The id of a session is a credential, as sign-in returns it as a token."""
    portal, who = "vectorcharts/api/portal/v1", {"username": "admin", "password": "admin"}
    token = world.http.post(f"{portal}/auth/login", json=who).json()["token"]["id"]
    headers = {"Authorization": f"Bearer {token}"}
    world.http.get(f"{portal}/auth/whoami", headers=headers)
    world.http.post(f"{portal}/auth/logout", headers=headers)

    assert [entry["operation"] for entry in world.entries()] == [
        "signOut",
        "getAuthenticatedUser",
        "signIn",
    ]
    assert token not in world.written()
