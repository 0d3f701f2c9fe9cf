"""Lucidity's quirks, one test each: its two pages (seeds 000 and 001), and other sources.

"Provider" is Devaansh/terraform-provider-lucidity, written from the vendor's PDFs and live tests.
No page shows a body: each assumption about one is marked.
"""

import asyncio
from typing import Any

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup
from tests.loaded import loaded

[SPEC] = (spec for spec in loaded() if spec.name == "lucidity")
WORLDS = Sandboxes(lambda: Sandbox(SPEC.jobs.values(), Setup(ManualClock())))
APP = create_app([SPEC], WORLDS)
CLIENT = "/external/client/api/v1"
JOB, INSTALL = f"{CLIENT}/job?jobId=", f"{CLIENT}/agent/install/status?id="
REFRESH = "/external/api/v1/auth/user-token/refresh"
AUTH_TYPE = {"X-Authtype": "lucidity_access_token"}
TOKEN = {**AUTH_TYPE, "Authorization": "lucidity-test"}
ENVELOPE = {"success", "data", "error", "requestId"}
AWS = {"cloudProvider": "AWS", "cloudProviderAccountId": "1", "instanceId": "i-1"}
AZURE = {**AWS, "cloudProvider": "AZURE", "instanceId": "vm-2"}
SCHEDULE = {"instances": [{**AWS, "mountPoints": ["D", "E"]}]}


class LucidityTwin:
    """The vendor's twin. It is midnight, the first of January 2026, until a test waits."""

    def __init__(self) -> None:
        WORLDS.clear()
        self.sandbox = WORLDS[DEFAULT]
        transport = httpx.ASGITransport(APP)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://twin/lucidity")

    def ask(self, method: str, path: str, headers: Any = TOKEN, **more: Any) -> httpx.Response:
        """Send one request."""
        return asyncio.run(self._http.request(method, path, headers=headers, **more))

    def wait(self, seconds: float) -> None:
        """Let seconds pass."""
        self.sandbox.clock.advance(round(seconds * 1_000_000))

    def get(self, path: str) -> Any:
        """Returns the data in the envelope."""
        return self.ask("GET", path).json()["data"]

    def make(self, path: str, body: Any, scenario: str = "") -> Any:
        """Create something, in a scenario or the default one; returns the data in the envelope."""
        headers = {**TOKEN, "Prefer": f"scenario={scenario}"} if scenario else TOKEN
        made = self.ask("POST", CLIENT + path, headers, json=body)
        assert made.status_code == 201, made.text
        return made.json()["data"]

    def schedule(self, body: Any = SCHEDULE, scenario: str = "") -> str:
        """Schedule onboardings; returns the job's URL."""
        return f"{JOB}{self.make('/job/create', body, scenario)['jobId']}"

    def install(self, scenario: str = "") -> str:
        """Install the agent; returns the installation's URL."""
        [one] = self.make("/agent/install", {"instances": [AWS]}, scenario)
        return f"{INSTALL}{one['id']}"

    def statuses(self, url: str, seconds: float, times: int = 200) -> list[str]:
        """Returns the successive statuses that polling sees, without repeats."""
        seen: list[str] = []
        for _ in range(times):
            status = self.get(url)["status"]
            seen += [status] if seen[-1:] != [status] else []
            self.wait(seconds)
        return seen


@pytest.fixture
def twin() -> LucidityTwin:
    """A twin with only the samples."""
    return LucidityTwin()


# -- tokens ----------------------------------------------------------------------------------------


def test_refresh(twin: LucidityTwin) -> None:
    """Provider: 200 and a BARE {accessToken}, not in the envelope; no header is required."""
    answer = twin.ask("POST", REFRESH, {}, json={"refreshToken": "from-the-dashboard"})

    assert (answer.status_code, list(answer.json())) == (200, ["accessToken"])


@pytest.mark.parametrize("token", ["expired", "revoked"])
def test_refresh__refused(token: str, twin: LucidityTwin) -> None:
    """Provider: 401 for a token that has expired or was revoked; this one is in the envelope."""
    answer = twin.ask("POST", REFRESH, {}, json={"refreshToken": token})

    body = answer.json()
    assert (answer.status_code, body["success"], body["data"]) == (401, False, None)
    assert (body["error"]["code"], body.keys()) == ("UNAUTHORIZED", ENVELOPE)


@pytest.mark.parametrize("sent", [{"json": {"refreshToken": "two words"}}, {"content": "?"}, {}])
def test_refresh__garbage(sent: Any, twin: LucidityTwin) -> None:
    """Provider's QA notes: a malformed token is 400 in a third shape, with a trackingCode."""
    answer = twin.ask("POST", REFRESH, {}, **sent)

    body = answer.json()
    assert (answer.status_code, body["message"]) == (400, "Invalid refresh token")
    assert body.keys() == {"message", "status", "data", "trackingCode"}


def test_token__quarter_of_an_hour(twin: LucidityTwin) -> None:
    """Provider: an access token lasts 15 minutes; the twin's clock is exact to the microsecond."""
    token = twin.ask("POST", REFRESH, {}, json={"refreshToken": "r"}).json()["accessToken"]
    headers = {**AUTH_TYPE, "Authorization": token}
    seen = []
    for wait in (15 * 60 - 0.000_001, 0.000_001):
        twin.wait(wait)
        seen.append(twin.ask("GET", f"{JOB}12345", headers).status_code)

    assert seen == [200, 401]


def test_token__next(twin: LucidityTwin) -> None:
    """Seed 000: access tokens are short-lived, so rotate; a later one has its own lifetime."""
    tokens = []
    for _ in range(2):
        made = twin.ask("POST", REFRESH, {}, json={"refreshToken": "r"})
        tokens.append({**AUTH_TYPE, "Authorization": made.json()["accessToken"]})
        twin.wait(10 * 60)

    assert [twin.ask("GET", f"{JOB}12345", token).status_code for token in tokens] == [401, 200]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({**AUTH_TYPE, "Authorization": "raw"}, 200),
        ({**AUTH_TYPE, "Authorization": "Bearer raw"}, 401),
        ({"X-Authtype": "Bearer", "Authorization": "raw"}, 401),
        ({**AUTH_TYPE, "Authorization": "forbidden"}, 200),
    ],
)
@pytest.mark.parametrize("url", [f"{JOB}12345", f"{INSTALL}2"], ids=["job", "install"])
def test_token__raw(url: str, headers: dict[str, str], status: int, twin: LucidityTwin) -> None:
    """Create Partition page: the token without "Bearer ", and X-Authtype; no 403 is documented."""
    assert twin.ask("GET", url, headers).status_code == status


# -- the envelope ----------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [f"{JOB}12345", f"{INSTALL}2"], ids=["job", "install"])
def test_envelope(url: str, twin: LucidityTwin) -> None:
    """Provider: {success, data, error, requestId} around each response; here a strong inference."""
    body = twin.ask("GET", url).json()

    assert body.keys() == ENVELOPE
    assert (body["success"], body["error"]) == (True, None)


def test_envelope__request_id(twin: LucidityTwin) -> None:
    """Provider: each request has its own requestId, including a refused one."""
    urls = (f"{JOB}12345", f"{JOB}12345", f"{JOB}1", f"{JOB}x")

    assert len({twin.ask("GET", url).json()["requestId"] for url in urls}) == 4


@pytest.mark.parametrize(
    ("id_", "status"), [("12x", 400), ("1.0", 400), ("", 400), (2**63, 400), (2**63 - 1, 404)]
)
@pytest.mark.parametrize("url", [JOB, INSTALL], ids=["job", "install"])
def test_id__long(url: str, id_: object, status: int, twin: LucidityTwin) -> None:
    """Seed 000: a Long, "to avoid 400"; unknown is 404.

    Seed 001 speaks of "404 or mismatch errors"; the spec explains why both respond alike.
    """
    assert twin.ask("GET", f"{url}{id_}").status_code == status


@pytest.mark.parametrize(
    "path", [f"{CLIENT}/job?id=12345", f"{CLIENT}/agent/install/status?jobId=2"]
)
def test_id__name(path: str, twin: LucidityTwin) -> None:
    """Seed 000 calls it jobId, seed 001 id: each is an unknown parameter to the other."""
    answer = twin.ask("GET", path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("url", "status"), [(f"{JOB}12345", "Completed"), (f"{INSTALL}2", "COMPLETED")]
)
def test_finished__kept(url: str, status: str, twin: LucidityTwin) -> None:
    """Seed 000: 200 with the final status, not 404; how long it is kept is not documented."""
    twin.wait(365 * 24 * 3600)

    assert twin.get(url)["status"] == status


# -- states ----------------------------------------------------------------------------------------


def test_states__spelling() -> None:
    """Seed 000 has readable words, seed 001 UPPER_SNAKE; each is served as its page spells it.

    Seed 000's stray space after "Onboarded" is left out.
    """
    job, install = SPEC.machines["onboarding"].states, SPEC.machines["agent_install"].states

    assert sorted(job) == [
        "Cancelled",
        "Completed",
        "Failed",
        "In Progress",
        "Onboarded",
        "Onboarding Scheduled",
        "Queued for onboarding",
        "Rescheduled",
    ]
    assert sorted(install) == [
        "CANCELLED",
        "COMPLETED",
        "FAILED",
        "PREPARING",
        "PROCESSING",
        "QUEUED",
        "UNKNOWN",
    ]


def test_job__life(twin: LucidityTwin) -> None:
    """Seed 000: this order; Onboarded looks final, but final validations follow."""
    assert twin.statuses(twin.schedule(), 10) == [
        "Onboarding Scheduled",
        "Queued for onboarding",
        "In Progress",
        "Onboarded",
        "Completed",
    ]


def test_job__rescheduled(twin: LucidityTwin) -> None:
    """Seed 000: Rescheduled reports a changed time; the job continues after it."""
    assert twin.statuses(twin.schedule(scenario="rescheduled_once"), 10) == [
        "Onboarding Scheduled",
        "Rescheduled",
        "Queued for onboarding",
        "In Progress",
        "Onboarded",
        "Completed",
    ]


def test_job__cancelled(twin: LucidityTwin) -> None:
    """Seed 000 calls only Completed and Failed terminal; a literal reader would never stop here."""
    url = twin.schedule(scenario="cancelled")
    twin.wait(24 * 3600)

    assert twin.get(url)["status"] == "Cancelled"


def test_install__life(twin: LucidityTwin) -> None:
    """Seed 001: QUEUED, PREPARING, PROCESSING, and then an end."""
    assert twin.statuses(twin.install(), 5) == ["QUEUED", "PREPARING", "PROCESSING", "COMPLETED"]


def test_install__unknown_passes(twin: LucidityTwin) -> None:
    """Seed 001: retry after a few seconds, UNKNOWN is not terminal; though logs "end in" it."""
    met = twin.statuses(twin.install("loses_contact"), 4)

    assert met[2:] == ["PROCESSING", "UNKNOWN", "PROCESSING", "COMPLETED"]


@pytest.mark.parametrize(("scenario", "end"), [("fails", "FAILED"), ("cancelled", "CANCELLED")])
def test_install__ends(scenario: str, end: str, twin: LucidityTwin) -> None:
    """Seed 001: COMPLETED, FAILED and CANCELLED are terminal; CANCELLED has two l's."""
    assert twin.statuses(twin.install(scenario), 5)[-1] == end


# -- three levels ----------------------------------------------------------------------------------


def test_levels(twin: LucidityTwin) -> None:
    """Seed 000: instanceInfoExternalResponseList and, in it, mountPointInfoExternalResponseList.

    Each level has a status. Assumed: the names of the other fields.
    """
    job = twin.get(f"{JOB}12345")

    [instance, _] = job["instanceInfoExternalResponseList"]
    [point, _] = instance["mountPointInfoExternalResponseList"]
    assert job.keys() == {"jobId", "status", "instanceInfoExternalResponseList"}
    assert instance.keys() == {"instanceId", "status", "mountPointInfoExternalResponseList"}
    assert point.keys() == {
        "mountPoint",
        "status",
        "failureReason",
        "migrationPercentageCompletion",
    }


def _points(job: Any) -> dict[str, Any]:
    """Returns a job's mount points by instance and name."""
    return {
        f"{instance['instanceId']} {point['mountPoint']}": point
        for instance in job["instanceInfoExternalResponseList"]
        for point in instance["mountPointInfoExternalResponseList"]
    }


def test_levels__as_asked(twin: LucidityTwin) -> None:
    """Create Bulk Schedule page: the request's instances and mount points are those of the job."""
    body = {
        "instances": [
            {**AWS, "mountPoints": ["D", "E"]},
            {**AZURE, "resourceGroup": "g", "mountPoints": ["/data"]},
        ]
    }

    points = _points(twin.get(twin.schedule(body)))
    assert list(points) == ["i-1 D", "i-1 E", "vm-2 /data"]


def test_levels__drives_apart(twin: LucidityTwin) -> None:
    """Seed 000: 'track drive "D" vs. drive "E"'; a job has its slowest mount point's status."""
    twin.wait(400)

    job = twin.get(f"{JOB}12345")
    [one, _] = job["instanceInfoExternalResponseList"]
    drives = {p["mountPoint"]: p["status"] for p in one["mountPointInfoExternalResponseList"]}
    assert drives == {"D": "Onboarded", "E": "In Progress"}
    assert (job["status"], one["status"]) == ("In Progress", "In Progress")


def test_levels__one_fails(twin: LucidityTwin) -> None:
    """Seed 000: failureReason is null unless something failed; look at each mount point.

    Assumed: a failed one makes its instance and its job Failed, but not its neighbours.
    """
    two = [{**AWS, "mountPoints": ["D", "E"]}, {**AWS, "instanceId": "i-2", "mountPoints": ["D"]}]
    url = twin.schedule({"instances": two}, "one_mount_point_fails")
    twin.wait(3600)

    job = twin.get(url)
    reasons = {name: point["failureReason"] for name, point in _points(job).items()}
    statuses = [point["status"] for point in _points(job).values()]
    assert [i["status"] for i in job["instanceInfoExternalResponseList"]] == ["Failed", "Completed"]
    assert (job["status"], statuses) == ("Failed", ["Completed", "Failed", "Completed"])
    assert [name for name, reason in reasons.items() if reason is not None] == ["i-1 E"]


def test_percentage(twin: LucidityTwin) -> None:
    """Seed 000: track migrationPercentageCompletion; assumed an integer, 0 to 100, and rising."""
    seen = []
    for _ in range(90):
        job = twin.get(f"{JOB}12345")
        seen.append(_points(job)["vm-files-weu-02 E"]["migrationPercentageCompletion"])
        twin.wait(10)

    assert {type(percent) for percent in seen} == {int}
    assert (seen[0], seen[-1], seen) == (0, 100, sorted(seen))
    assert len(set(seen)) > 20


# -- create ----------------------------------------------------------------------------------------


def test_install__list_of_one(twin: LucidityTwin) -> None:
    """Seed 001: the id is in "the success response array"; it is the id of one bulk job.

    Assumed: 201, as tenants/onboard responds.
    """
    body = {"instances": [AWS, {**AZURE, "resourceGroup": "g"}]}
    made = twin.ask("POST", f"{CLIENT}/agent/install", json=body)

    [one] = made.json()["data"]
    assert (made.status_code, one) == (201, {"id": 3, "status": "QUEUED"})
    assert twin.get(f"{INSTALL}{one['id']}") == one


def test_schedule__job_id(twin: LucidityTwin) -> None:
    """Seed 000: the jobId is in "the success response", here not an array; 201 is assumed again."""
    made = twin.ask("POST", f"{CLIENT}/job/create", json=SCHEDULE)

    assert (made.status_code, made.json()["data"]) == (201, {"jobId": 12346})
    assert twin.get(f"{JOB}12346")["status"] == "Onboarding Scheduled"


@pytest.mark.parametrize(
    ("path", "more"), [("/agent/install", {}), ("/job/create", {"mountPoints": ["D"]})]
)
@pytest.mark.parametrize(
    ("instance", "status"),
    [
        (AWS, 201),
        ({**AWS, "cloudProvider": "GCP"}, 201),
        ({**AZURE, "resourceGroup": "g"}, 201),
        (AZURE, 400),
        ({**AWS, "cloudProvider": "aws"}, 400),
        ({"cloudProvider": "AWS", "instanceId": "i-1"}, 400),
    ],
)
def test_create__clouds(
    path: str, more: Any, instance: Any, status: int, twin: LucidityTwin
) -> None:
    """Create Partition page: cloudProviderAccountId, Azure's resourceGroup; AWS, AZURE, GCP."""
    body = {"instances": [{**instance, **more}]}

    assert twin.ask("POST", CLIENT + path, json=body).status_code == status


def test_create__wrong(twin: LucidityTwin) -> None:
    """Provider: INVALID_REQUEST is 400, with data null; no other code is documented for a body."""
    bodies: list[dict[str, Any]] = [
        {"json": {"instances": []}},
        {"content": "?"},
        {"content": "x", "headers": {**TOKEN, "Content-Type": "text/plain"}},
    ]
    answers = [twin.ask("POST", f"{CLIENT}/agent/install", **body) for body in bodies]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert {answer.json()["error"]["code"] for answer in answers} == {"INVALID_REQUEST"}


@pytest.mark.parametrize(
    "times",
    [
        {"rebootTime": "2026-02-01T22:00:00Z"},
        {"onboardStartTime": "2026-02-01T22:00:00Z", "cleanupDelayInDays": 3},
    ],
)
def test_schedule__times(times: dict[str, Any], twin: LucidityTwin) -> None:
    """Create Bulk Schedule page: Reboot Time, or Onboard Start Time; and a cleanup delay."""
    assert twin.ask("POST", f"{CLIENT}/job/create", json={**SCHEDULE, **times}).status_code == 201


def test_no_cancel(twin: LucidityTwin) -> None:
    """No page has a request to cancel or reschedule; both are only states."""
    ways = [
        ("DELETE", f"{JOB}12345"),
        ("PUT", f"{JOB}12345"),
        ("POST", f"{CLIENT}/job/12345/cancel"),
    ]

    assert [twin.ask(*way).status_code for way in ways] == [405, 405, 404]


@pytest.mark.parametrize("key", ["onboardStartTime", "rebootTime"])
def test_schedule__waits(key: str, twin: LucidityTwin) -> None:
    """Seed 000: "Job is queued and waiting for its start time/reboot window"."""
    url = twin.schedule({**SCHEDULE, key: "2026-01-02T03:00:00+01:00"})
    seen = []
    for hours in (25.99, 0.015):
        twin.wait(hours * 3600)
        seen.append(twin.get(url)["status"])

    assert seen == ["Onboarding Scheduled", "Queued for onboarding"]


def test_schedule__past(twin: LucidityTwin) -> None:
    """Seed 000: a job does not wait for a start time in the past."""
    url = twin.schedule({**SCHEDULE, "onboardStartTime": "2025-12-01T00:00:00Z"})

    assert twin.get(url)["status"] == "Queued for onboarding"
