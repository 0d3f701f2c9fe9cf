"""Errors as the vendors' documents and other sources state them, word for word."""

import asyncio
from typing import Any

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.loaded import loaded

SPECS = loaded()
HOUR = 3_600_000_000


@pytest.fixture
def clock() -> ManualClock:
    """A clock that moves only when a test moves it."""
    return ManualClock()


@pytest.fixture
def client(clock: ManualClock) -> httpx.AsyncClient:
    """A client of all vendors, each with the samples of its documents."""
    jobs = [machine for spec in SPECS for machine in spec.jobs.values()]
    transport = httpx.ASGITransport(create_app(SPECS, Sandbox(jobs, Setup(clock))))
    return httpx.AsyncClient(transport=transport, base_url="http://twin")


def ask(client: httpx.AsyncClient, method: str, path: str, **options: Any) -> tuple[int, Any]:
    """Returns status and body."""
    response = asyncio.run(client.request(method, path, **options))
    return response.status_code, response.json()


# -- OSAPI -----------------------------------------------------------------------------------------

OSAPI = {"Authorization": "Bearer osapi-test"}
UNKNOWN = "9b2d3c1e-58f4-4a6b-8c07-d1e2f3a4b5c6"


def test_osapi__malformed_id(client: httpx.AsyncClient) -> None:
    """Documented on the endpoint's page: an error and its code, like every other error."""
    status, body = ask(client, "GET", "/osapi/job/123", headers=OSAPI)

    assert (status, list(body)) == (400, ["error", "code"])
    assert "123" in body["error"]


def test_osapi__malformed_id_without_token(client: httpx.AsyncClient) -> None:
    """Deduced from the source: "Param binding runs before the auth middleware, so bad UUID + no token = 400"."""
    assert ask(client, "GET", "/osapi/job/123")[0] == 400


def test_osapi__unknown_job(client: httpx.AsyncClient) -> None:
    """Published: 404 {"error": "job not found: <uuid>"}; seed 002 adds the code."""
    answer = ask(client, "GET", f"/osapi/job/{UNKNOWN}", headers=OSAPI)

    assert answer == (404, {"error": f"job not found: {UNKNOWN}", "code": 404})


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic b3NhcGk6"}])
def test_osapi__no_token(headers: dict[str, str], client: httpx.AsyncClient) -> None:
    """Published: 401 {"error": "Bearer token required"}, missing or without the prefix."""
    answer = ask(client, "GET", f"/osapi/job/{UNKNOWN}", headers=headers)

    assert answer == (401, {"error": "Bearer token required", "code": 401})


def test_osapi__wrong_token(client: httpx.AsyncClient) -> None:
    """Published: 401 {"error": "Invalid token: …"}."""
    headers = {"Authorization": "Bearer expired"}
    status, body = ask(client, "GET", f"/osapi/job/{UNKNOWN}", headers=headers)

    assert (status, body["error"].partition(": ")[0]) == (401, "Invalid token")


def test_osapi__forbidden(client: httpx.AsyncClient) -> None:
    """Published: 403 "Insufficient permissions. Required: [job:read], resolved: map[…]"."""
    headers = {"Authorization": "Bearer forbidden"}
    status, body = ask(client, "GET", f"/osapi/job/{UNKNOWN}", headers=headers)

    assert status == 403
    assert body["error"].startswith(
        "Insufficient permissions. Required: [job:read], resolved: map["
    )


# -- Polaris ---------------------------------------------------------------------------------------

POLARIS = {"Authorization": "Basic pok_test"}
JOBS = "/polaris/v1/projects/p/jobs"
STREAM = f"{JOBS}/efb35e3e-406e-4127-ad2e-280fede4f431"
BATCH = f"{JOBS}/db6a3110-d6c3-4a63-86b2-41d51a65ce11"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (f"{JOBS}/{UNKNOWN}", POLARIS, 404),
        (f"{JOBS}?paginationLimit=1001", POLARIS, 400),
        (JOBS, {}, 401),
        (JOBS, {"Authorization": "Basic forbidden"}, 403),
    ],
)
def test_polaris__flat(
    path: str, headers: dict[str, str], status: int, client: httpx.AsyncClient
) -> None:
    """Published: "ErrorResponse is FLAT", code and message required, not wrapped in `error`."""
    answered, body = ask(client, "GET", path, headers=headers)

    assert answered == status
    assert {"code", "message"} <= body.keys() <= {"code", "message", "target"}
    assert all(type(text) is str for text in body.values())


def test_polaris__unsupported_status(client: httpx.AsyncClient) -> None:
    """Published: "unsupported value → 400 Bad Request"."""
    wish = {"desiredExecutionStatus": "completed"}

    status, _ = ask(client, "POST", f"{BATCH}/status", headers=POLARIS, json=wish)

    assert status == 400


@pytest.mark.parametrize("wish", ["suspended", "running"])
def test_polaris__batch_cannot_pause(wish: str, client: httpx.AsyncClient) -> None:
    """Seed 004: "You can pause and resume streaming ingestion jobs", so no completed batch job."""
    done = f"{JOBS}/0191104b-7e8e-7c31-a5d2-6b8f0e9c4a17/status"

    status, _ = ask(client, "POST", done, headers=POLARIS, json={"desiredExecutionStatus": wish})

    assert status == 400


def test_polaris__sample_requests(client: httpx.AsyncClient) -> None:
    """Seed 004: its curl samples send an empty body with GET, and stop by PUT on the status."""
    wish = {"desiredExecutionStatus": "canceled"}

    asked = ask(client, "GET", f"{STREAM}/status", headers=POLARIS, content=b"")
    stopped = ask(client, "PUT", f"{STREAM}/status", headers=POLARIS, json=wish)

    assert asked == (200, {"executionStatus": "pending"})
    assert (stopped[0], stopped[1]["executionStatus"]) == (200, "canceled")


@pytest.mark.parametrize(
    "credential",
    [
        pytest.param("Basic pok_a1b2c3", id="the key itself"),
        pytest.param("Basic cG9rX2ExYjJjMzo=", id="base64(key:)"),
        pytest.param("Bearer token", id="OAuth"),
    ],
)
def test_polaris__credentials(credential: str, client: httpx.AsyncClient) -> None:
    """Seed 004 sends `Basic $POLARIS_API_KEY`; the vendor's own client sends base64("<key>:")."""
    assert ask(client, "GET", JOBS, headers={"Authorization": credential})[0] == 200


# -- Lucidity --------------------------------------------------------------------------------------

LUCIDITY = {"Authorization": "token", "X-Authtype": "lucidity_access_token"}
API = "/lucidity/external/client/api/v1"
JOB, INSTALL = f"{API}/job?jobId=", f"{API}/agent/install/status?id="


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    [
        (f"{JOB}12x", LUCIDITY, 400, "INVALID_REQUEST"),
        (f"{API}/job", LUCIDITY, 400, "INVALID_REQUEST"),
        (f"{INSTALL}1.5", LUCIDITY, 400, "INVALID_REQUEST"),
        (f"{JOB}99999", LUCIDITY, 404, "NOT_FOUND"),
        (f"{INSTALL}99999", LUCIDITY, 404, "NOT_FOUND"),
        (f"{JOB}12345", {}, 401, "UNAUTHORIZED"),
        (f"{JOB}12345", {"Authorization": "token"}, 401, "UNAUTHORIZED"),
        (f"{JOB}12345", {**LUCIDITY, "Authorization": "Bearer token"}, 401, "UNAUTHORIZED"),
        (f"{JOB}12345", {**LUCIDITY, "X-Authtype": "token"}, 401, "UNAUTHORIZED"),
    ],
)
def test_lucidity__envelope(
    path: str, headers: dict[str, str], status: int, code: str, client: httpx.AsyncClient
) -> None:
    """Published: envelope {success, data, error{code, message}, requestId}; "errors have data null".

    Seed 000: "Ensure the jobId is passed as a Long data type to avoid 400 Bad Request errors."
    """
    answered, body = ask(client, "GET", path, headers=headers)

    assert (answered, body["error"]["code"]) == (status, code)
    assert (body["success"], body["data"]) == (False, None)
    assert body.keys() == {"success", "data", "error", "requestId"}


@pytest.mark.parametrize(
    ("path", "status"), [(f"{JOB}12345", "Completed"), (f"{INSTALL}2", "COMPLETED")]
)
def test_lucidity__finished(
    path: str, status: str, client: httpx.AsyncClient, clock: ManualClock
) -> None:
    """Seed 000: "Will I get a 404 if the job is finished? A: No, you will receive a 200 OK"."""
    clock.advance(HOUR)

    answered, body = ask(client, "GET", path, headers=LUCIDITY)

    assert (answered, body["data"]["status"], body["error"]) == (200, status, None)


# -- VectorCharts ----------------------------------------------------------------------------------

CHARTS = {"Authorization": "Bearer token"}
LIST = "/vectorcharts/api/portal/v1/jobs"


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "token"}, {"Authorization": "Bearer revoked"}]
)
def test_vectorcharts__unauthorized(headers: dict[str, str], client: httpx.AsyncClient) -> None:
    """Seed 003: 401 when "The Authorization header is missing or the token is not valid"."""
    status, body = ask(client, "GET", LIST, headers=headers)

    assert (status, list(body)) == (401, ["error"])


def test_vectorcharts__limit_capped(client: httpx.AsyncClient) -> None:
    """Seed 003: limit is "Capped at 200", and pagination.limit is the one "applied"."""
    status, body = ask(client, "GET", f"{LIST}?limit=500", headers=CHARTS)

    assert (status, body["pagination"]["limit"]) == (200, 200)


def test_vectorcharts__no_single_job(client: httpx.AsyncClient) -> None:
    """Published: "There is NO get-one-job, cancel-job or delete-job endpoint"."""
    path = f"{LIST}/5e37b9c1-a4c2-4b8e-9f3a-72d3f4a5b8e1"

    assert [ask(client, method, path, headers=CHARTS)[0] for method in ("GET", "DELETE")] == [
        404,
        404,
    ]


# -- the server itself -----------------------------------------------------------------------------


def test_control__problem(client: httpx.AsyncClient) -> None:
    """RFC 9457: the control API's errors are problem details, by their media type."""
    response = asyncio.run(client.get("/_control/nowhere"))

    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code == 404
