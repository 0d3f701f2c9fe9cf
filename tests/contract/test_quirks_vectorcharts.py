"""VectorCharts' quirks, one test each: its page (seed 003) and its other pages.

"Create Job", "Login" and the like are pages of the same documentation. None shows an error's body.
"""

import asyncio
import re
from typing import Any

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup
from tests.loaded import loaded

[SPEC] = (spec for spec in loaded() if spec.name == "vectorcharts")
WORLDS = Sandboxes(lambda: Sandbox(SPEC.jobs.values(), Setup(ManualClock())))
APP = create_app([SPEC], WORLDS)
PORTAL = "/api/portal/v1"
TOKEN = {"Authorization": "Bearer portal-test"}
REFRESHED, VACUUM, UPLOAD = (str(sample.id) for sample in SPEC.jobs["job"].samples)
MIDNIGHT = 1_767_225_600_000
ZIP = {"file": ("US5MD.zip", b"charts")}


class VectorchartsTwin:
    """The vendor's twin. It is midnight, the first of January 2026, until a test waits."""

    def __init__(self) -> None:
        WORLDS.clear()
        self.sandbox = WORLDS[DEFAULT]
        transport = httpx.ASGITransport(APP)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://twin/vectorcharts")

    def ask(self, method: str, path: str, headers: Any = TOKEN, **more: Any) -> httpx.Response:
        """Send one request below the portal's path."""
        return asyncio.run(self._http.request(method, PORTAL + path, headers=headers, **more))

    def wait(self, minutes: float) -> None:
        """Let minutes pass."""
        self.sandbox.clock.advance(round(minutes * 60_000_000))

    def create(self, kind: str, scenario: str = "") -> httpx.Response:
        """Create a job, in a scenario or the default one."""
        headers = {**TOKEN, "Prefer": f"scenario={scenario}"} if scenario else TOKEN
        return self.ask("POST", "/jobs", headers, json={"jobType": kind})

    def jobs(self, query: str = "") -> dict[str, Any]:
        """Returns the listed jobs by id; the API has no other way to read one."""
        return {job["id"]: job for job in self.ask("GET", f"/jobs{query}").json()["jobs"]}

    def upload(self, scenario: str = "") -> int:
        """Upload a file, in a scenario or the default one; returns the upload's number."""
        headers = {**TOKEN, "Prefer": f"scenario={scenario}"} if scenario else TOKEN
        made = self.ask("POST", "/charts/upload", headers, files=ZIP)
        assert made.status_code == 200, made.text
        return int(made.json()["upload"]["id"])

    def sign_in(self, **who: str) -> httpx.Response:
        """Sign in, without a token."""
        return self.ask("POST", "/auth/login", {}, json=who)


@pytest.fixture
def twin() -> VectorchartsTwin:
    """A twin with only the samples."""
    return VectorchartsTwin()


# -- start a job -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["refresh-public-charts", "clear-tiles"])
def test_create(kind: str, twin: VectorchartsTwin) -> None:
    """Create Job: 200, not 201, with jobId and jobState only."""
    made = twin.create(kind)

    body = made.json()
    assert (made.status_code, body.keys()) == (200, {"jobId", "jobState"})
    assert (body["jobState"], twin.jobs()[body["jobId"]]["jobType"]) == ("pending", kind)


@pytest.mark.parametrize("body", [{"jobType": "user-upload"}, {"jobType": "x"}, {}])
def test_create__not_allowed(body: Any, twin: VectorchartsTwin) -> None:
    """Create Job: 400 if jobType is missing or not allowed; Jobs: a user-upload is only listed."""
    assert twin.ask("POST", "/jobs", json=body).status_code == 400
    assert twin.jobs()[UPLOAD]["jobType"] == "user-upload"


def test_create__one_of_a_type(twin: VectorchartsTwin) -> None:
    """Create Job: 409 while one of that jobType "is already pending or running on the instance"."""
    first = twin.create("clear-tiles")
    waits = twin.create("clear-tiles")
    twin.wait(0.5)
    runs = twin.create("clear-tiles")
    twin.wait(5)
    over = twin.create("clear-tiles")

    assert [answer.status_code for answer in (first, waits, runs, over)] == [200, 409, 409, 200]
    assert waits.json().keys() == {"error"}


def test_create__of_the_instance(twin: VectorchartsTwin) -> None:
    """Create Job: a job of the same type blocks for all accounts; one of another type does not."""
    vacuum, other = twin.create("vacuum-analyze"), twin.create("clear-tiles")

    assert twin.jobs()[VACUUM]["jobState"] == "running"
    assert (vacuum.status_code, other.status_code) == (409, 200)


@pytest.mark.parametrize("scenario", ["fails", "cancelled"])
def test_create__after_failure(scenario: str, twin: VectorchartsTwin) -> None:
    """Create Job: pending and running jobs block the next one; failed and cancelled ones do not."""
    twin.create("refresh-public-charts", scenario)
    twin.wait(10)

    assert twin.create("refresh-public-charts").status_code == 200


# -- list ------------------------------------------------------------------------------------------


def test_list__documented(twin: VectorchartsTwin) -> None:
    """Seed 003: the example, word for word; its completed job has `result` null."""
    steps = [
        ("f1a2b3c4-d5e6-7890-abcd-ef1234567890", "download", 1736942410000, 1736943100000),
        ("8f3c2a1b-d4e5-6f78-90ab-cdef12345678", "index", 1736943200000, 1736945800000),
    ]

    assert twin.jobs()[REFRESHED] == {
        "id": "5e37b9c1-a4c2-4b8e-9f3a-72d3f4a5b8e1",
        "parentJobId": None,
        "jobType": "refresh-public-charts",
        "jobState": "completed",
        "accountId": None,
        "parameters": {},
        "result": None,
        "logs": [],
        "percentComplete": 100,
        "priority": 0,
        "createdAt": 1736942400000,
        "updatedAt": 1736946000000,
        "steps": [
            {
                "id": id_,
                "jobId": "5e37b9c1-a4c2-4b8e-9f3a-72d3f4a5b8e1",
                "stepName": f"step_{verb}_noaa",
                "status": "completed",
                "startedAt": started,
                "completedAt": completed,
                "result": None,
                "error": None,
                "attempt": 1,
            }
            for id_, verb, started, completed in steps
        ],
    }


def test_list__wrapper(twin: VectorchartsTwin) -> None:
    """Seed 003: {jobs, pagination}; until June 2026 a bare array, as in the Core API."""
    body = twin.ask("GET", "/jobs").json()

    assert body.keys() == {"jobs", "pagination"}
    assert body["pagination"] == {"limit": 25, "offset": 0, "total": 3}


def test_list__not_the_core_api(twin: VectorchartsTwin) -> None:
    """Published: the Core API's list of jobs has snake_case; the portal's does not."""
    names = {name for job in twin.jobs().values() for name in job}

    assert "jobType" in names
    assert not any("_" in name for name in names)


@pytest.mark.parametrize(("query", "limit"), [("", 25), ("?limit=200", 200), ("?limit=201", 200)])
def test_list__limit(query: str, limit: int, twin: VectorchartsTwin) -> None:
    """Seed 003: "Defaults to 25. Capped at 200", so clamped; the response has the applied value."""
    answer = twin.ask("GET", f"/jobs{query}")

    assert (answer.status_code, answer.json()["pagination"]["limit"]) == (200, limit)


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "offset=-1", "limit=x", "activeOnly=yes"])
def test_list__nonsense(query: str, twin: VectorchartsTwin) -> None:
    """Assumed: the documented cap is for large values only; an invalid value is 400."""
    assert twin.ask("GET", f"/jobs?{query}").status_code == 400


def test_list__offset(twin: VectorchartsTwin) -> None:
    """Seed 003: offset skips from the start, most recent first; total counts all pages."""
    body = twin.ask("GET", "/jobs?offset=1&limit=1").json()

    assert [job["id"] for job in body["jobs"]] == [VACUUM]
    assert body["pagination"] == {"limit": 1, "offset": 1, "total": 3}


def test_list__active_only(twin: VectorchartsTwin) -> None:
    """Seed 003: pending or running only, though its example shows a completed job."""
    active = twin.jobs("?activeOnly=true")

    assert {job["jobState"] for job in active.values()} == {"pending", "running"}
    assert REFRESHED in twin.jobs()


def test_list__ended_jobs(twin: VectorchartsTwin) -> None:
    """Seed 003: "jobs running on the instance", yet completed jobs stay in the list."""
    twin.wait(7 * 24 * 60)

    assert {job["jobState"] for job in twin.jobs().values()} == {"completed"}
    assert len(twin.jobs()) == 5


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/jobs/{VACUUM}"),
        ("DELETE", f"/jobs/{VACUUM}"),
        ("PUT", f"/jobs/{VACUUM}"),
        ("POST", f"/jobs/{VACUUM}/cancel"),
    ],
)
def test_no_single_job(method: str, path: str, twin: VectorchartsTwin) -> None:
    """Jobs: no request reads, cancels or deletes one job."""
    assert twin.ask(method, path).status_code == 404


def test_job_status(twin: VectorchartsTwin) -> None:
    """Get Job Status: despite its name, it counts the pending and running jobs of the instance."""
    seen = []
    for wait in (0, 10, 24 * 60):
        twin.wait(wait)
        seen.append(twin.ask("GET", "/jobs/getJobStatus").json())

    assert [answer["activeJobs"] for answer in seen] == [2, 4, 0]
    assert [answer["isEditable"] for answer in seen] == [True] * 3


# -- the JSON of a job -----------------------------------------------------------------------------


def test_job__times(twin: VectorchartsTwin) -> None:
    """Seed 003: integers in milliseconds since 1970; in logs, ISO 8601 UTC strings."""
    job = twin.create("refresh-public-charts", "fails").json()["jobId"]
    twin.wait(10)

    body = twin.jobs()[job]
    assert (body["createdAt"], body["updatedAt"]) == (MIDNIGHT, MIDNIGHT + 311_000)
    assert all(type(body[name]) is int for name in ("createdAt", "updatedAt"))
    assert body["logs"][0] == {
        "timestamp": "2026-01-01T00:00:05.000+00:00",
        "type": "info",
        "message": "Started refresh-public-charts",
    }


@pytest.mark.parametrize(
    ("scenario", "state", "log"),
    [("fails", "failed", "error"), ("cancelled", "cancelled", "warning")],
)
def test_job__ends(scenario: str, state: str, log: str, twin: VectorchartsTwin) -> None:
    """Jobs: "cancelled" has two l's; seed 003: a log's type is info, warning or error.

    Assumed: percentComplete then keeps its value, and `result` is null, too.
    """
    job = twin.create("refresh-public-charts", scenario).json()["jobId"]
    twin.wait(10)

    body = twin.jobs()[job]
    assert (body["jobState"], body["logs"][-1]["type"], body["result"]) == (state, log, None)
    assert 0 < body["percentComplete"] < 100


def test_job__result(twin: VectorchartsTwin) -> None:
    """Seed 003: null until terminal; then its shape depends on jobType, and may still be null."""
    twin.wait(1)
    early = {job["jobType"]: job["result"] for job in twin.jobs().values()}
    twin.wait(60)
    late = {job["jobType"]: job["result"] for job in twin.jobs().values()}

    assert set(early.values()) == {None}
    assert (late["chart-ingestion"], late["vacuum-analyze"]) == ({"chartsIngested": 1}, None)


def test_job__accounts(twin: VectorchartsTwin) -> None:
    """Seed 003: accountId is null for system-wide maintenance; Login: otherwise a number."""
    jobs = twin.jobs()

    assert [jobs[id_]["accountId"] for id_ in (REFRESHED, VACUUM, UPLOAD)] == [None, None, 1]


def test_job__parent(twin: VectorchartsTwin) -> None:
    """Seed 003: an upload job is the parentJobId of its ingestion jobs, and has none itself."""
    twin.wait(1)

    jobs = twin.jobs()
    parents = {job["jobType"]: job["parentJobId"] for job in jobs.values()}
    assert len(jobs) == 5
    assert (parents["chart-ingestion"], parents["user-upload"]) == (UPLOAD, None)


def test_job__priority(twin: VectorchartsTwin) -> None:
    """Seed 003: an integer, 0 by default; added to the endpoint in May 2026."""
    twin.create("clear-tiles")

    assert {job["priority"] for job in twin.jobs().values()} == {0, 5}


def test_job__open_steps() -> None:
    """Seed 003: a step is "not part of the stable public surface": open, nothing required."""
    step = SPEC.document.written["components"]["schemas"]["Step"]

    assert step["additionalProperties"] is True
    assert "required" not in step


# -- uploads ---------------------------------------------------------------------------------------


def test_upload(twin: VectorchartsTwin) -> None:
    """Upload File: 200 and {upload: {id, filename, fileSize, status}}, the id an integer."""
    made = twin.ask("POST", "/charts/upload", files=ZIP)

    assert made.status_code == 200
    assert made.json() == {
        "upload": {"id": 6, "filename": "US5MD.zip", "fileSize": 6, "status": "pending"}
    }


RAW = {**TOKEN, "Content-Type": "application/zip"}


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"files": {"other": ("a.zip", b"x")}}, id="another field"),
        pytest.param({"json": {"file": "a.zip"}}, id="JSON"),
        pytest.param({"content": b"charts", "headers": RAW}, id="raw"),
        pytest.param({"files": {"file": ("a.zip", b"x" * 2_000_000)}}, id="too large"),
        pytest.param({}, id="nothing"),
    ],
)
def test_upload__wrong(wrong: dict[str, Any], twin: VectorchartsTwin) -> None:
    """Upload File: an invalid upload is 400, not 413 or 415."""
    assert twin.ask("POST", "/charts/upload", **wrong).status_code == 400


def test_upload__documented(twin: VectorchartsTwin) -> None:
    """Get Upload: the example, except that its log is of 2026 there; it ends in +00:00, not Z."""
    upload = twin.ask("GET", "/charts/uploads/5").json()["upload"]

    at = "2025-01-15T12:00:10.000+00:00"
    assert upload == {
        "id": 5,
        "filename": "US5MA10M.000",
        "fileSize": 104857600,
        "status": "succeeded",
        "createdAt": 1736942400000,
        "updatedAt": 1736946000000,
        "uploaderEmail": "example@zydromarine.com",
        "totalCharts": 12,
        "expiredCharts": 2,
        "logs": [{"timestamp": at, "type": "info", "message": "Indexing 12 cells"}],
    }


@pytest.mark.parametrize(
    ("scenario", "upload", "job"),
    [
        ("succeeds", "succeeded", "completed"),
        ("fails", "failed", "failed"),
        ("cancelled", "cancelled", "cancelled"),
    ],
)
def test_upload__other_words(scenario: str, upload: str, job: str, twin: VectorchartsTwin) -> None:
    """Charts: an upload is processing and succeeded while its job is running and completed."""
    number = twin.upload(scenario)
    seen = []
    for wait in (0.1, 30):
        twin.wait(wait)
        [work] = [j for j in twin.jobs().values() if j["parameters"] == {"uploadId": number}]
        status = twin.ask("GET", f"/charts/uploads/{number}").json()["upload"]["status"]
        seen.append((status, work["jobState"]))

    assert seen == [("processing", "running"), (upload, job)]


def test_uploads__pagination(twin: VectorchartsTwin) -> None:
    """List Uploads: limit is 100 by default, no cap documented; the pagination has no total."""
    body = twin.ask("GET", "/charts/uploads").json()

    assert body["pagination"] == {"limit": 100, "offset": 0}
    assert twin.ask("GET", "/charts/uploads?limit=500").json()["pagination"]["limit"] == 500


def test_delete_upload(twin: VectorchartsTwin) -> None:
    """Delete Upload: 200 and a message; it leaves the list at once, and is 404 a little later."""
    number = twin.upload()
    deleted = twin.ask("DELETE", f"/charts/uploads/{number}")
    listed = [u["id"] for u in twin.ask("GET", "/charts/uploads").json()["uploads"]]
    seen = [twin.ask("GET", f"/charts/uploads/{number}")]
    twin.wait(1)
    seen.append(twin.ask("GET", f"/charts/uploads/{number}"))

    assert (deleted.status_code, deleted.json()) == (200, {"message": "Upload deletion scheduled"})
    assert listed == [5]
    assert [answer.status_code for answer in seen] == [200, 404]
    assert seen[0].json()["upload"]["status"] == "cancelled"


def test_delete_upload__cancels(twin: VectorchartsTwin) -> None:
    """Delete Upload: "Cancels any active ingestion jobs for that upload", and their child jobs."""
    number = twin.upload()
    twin.wait(1)
    before = [j for j in twin.jobs().values() if j["parameters"].get("uploadId") == number]
    twin.ask("DELETE", f"/charts/uploads/{number}")
    after = [j for j in twin.jobs().values() if j["parameters"].get("uploadId") == number]

    assert [job["jobState"] for job in before] == ["running"] * 3
    assert [job["jobState"] for job in after] == ["cancelled"] * 3
    assert {job["jobState"] for job in twin.jobs().values()} >= {"running"}


def test_delete_upload__unknown(twin: VectorchartsTwin) -> None:
    """Get Upload, Delete Upload: 404 for an unknown upload."""
    answers = [twin.ask(method, "/charts/uploads/99") for method in ("GET", "DELETE")]

    assert [answer.status_code for answer in answers] == [404, 404]


# -- sessions --------------------------------------------------------------------------------------


def test_sign_in(twin: VectorchartsTwin) -> None:
    """Login: 200, token and user; the token's id, 32 hexadecimal digits, is the bearer string."""
    answer = twin.sign_in(username="admin", password="admin")  # noqa: S106 - a new instance's one

    body = answer.json()
    user = {"userId": 1, "username": "admin", "isAdmin": True, "isAccountOwner": False}
    assert (answer.status_code, body["token"].keys()) == (200, {"id", "userId"})
    assert (len(body["token"]["id"]), int(body["token"]["id"], 16) > 0) == (32, True)
    assert body["user"] == {**user, "account": {"id": 1, "name": "Default"}}


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ({"username": "admin", "password": "wrong"}, 401),
        ({"username": "somebody", "password": "admin"}, 401),
        ({"username": "admin"}, 400),
    ],
)
def test_sign_in__wrong(who: dict[str, str], status: int, twin: VectorchartsTwin) -> None:
    """Login: invalid credentials are 401, missing ones 400; a new instance has admin/admin."""
    assert twin.sign_in(**who).status_code == status


def test_who_am_i(twin: VectorchartsTwin) -> None:
    """Get Authenticated User: the same user as in the Login response, by the token alone."""
    signed_in = twin.sign_in(username="admin", password="admin").json()  # noqa: S106 - as above
    headers = {"Authorization": f"Bearer {signed_in['token']['id']}"}

    assert twin.ask("GET", "/auth/whoami", headers).json() == signed_in["user"]


def test_sign_out(twin: VectorchartsTwin) -> None:
    """Logout: 204; the token is then invalid everywhere."""
    signed_in = twin.sign_in(username="admin", password="admin").json()  # noqa: S106 - as above
    headers = {"Authorization": f"Bearer {signed_in['token']['id']}"}
    before = twin.ask("GET", "/jobs", headers)
    out = twin.ask("POST", "/auth/logout", headers)
    after = [twin.ask("GET", path, headers) for path in ("/jobs", "/auth/whoami")]

    assert (before.status_code, out.status_code, out.content) == (200, 204, b"")
    assert [answer.status_code for answer in after] == [401, 401]


def test_sign_out__no_session(twin: VectorchartsTwin) -> None:
    """Logout: session tokens only, so an API token, valid elsewhere, gets 401."""
    assert twin.ask("POST", "/auth/logout").status_code == 401
    assert twin.ask("GET", "/jobs").status_code == 200


def test_no_403(twin: VectorchartsTwin) -> None:
    """Published: 403 is for the administrator's endpoints; the job endpoints list none."""
    assert twin.ask("GET", "/jobs", {"Authorization": "Bearer forbidden"}).status_code == 200


def test_log__time_format(twin: VectorchartsTwin) -> None:
    """Get Upload page: `2026-01-15T08:00:10.000+00:00`, three digits and an offset."""
    twin.wait(1)
    times = [line["timestamp"] for job in twin.jobs().values() for line in job["logs"]]

    assert times
    assert all(re.fullmatch(r"[-0-9]{10}T[0-9:]{8}\.[0-9]{3}\+00:00", time) for time in times)


def test_error__other_scheme(twin: VectorchartsTwin) -> None:
    """A credential of another scheme is not reported as missing."""
    refused = twin.ask("GET", "/jobs", headers={"Authorization": "Basic YTpi"})

    assert (refused.status_code, "holds no Bearer token" in refused.text) == (401, True)
