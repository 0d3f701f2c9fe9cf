"""OSAPI's quirks, one test each: its page (seed 002) and its public source code.

"Go source" is the server's code and "the API's file" its OpenAPI file, both of 8 and 9 March 2026.
"""

import asyncio
from typing import Any

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.lifecycle import PartBirth
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup
from tests.loaded import loaded

[SPEC] = (spec for spec in loaded() if spec.name == "osapi")
WORLDS = Sandboxes(lambda: Sandbox(SPEC.jobs.values(), Setup(ManualClock())))
APP = create_app([SPEC], WORLDS)
TOKEN = {"Authorization": "Bearer osapi-test"}
SAMPLE = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
UNKNOWN = "9b2d3c1e-58f4-4a6b-8c07-d1e2f3a4b5c6"
ASK = {"type": "node.hostname.get"}
CHANGE = {"type": "network.dns.update", "data": {"servers": ["10.0.0.53"]}}


class OsapiTwin:
    """The vendor's twin. It is midnight, the first of January 2026, until a test waits."""

    def __init__(self) -> None:
        WORLDS.clear()
        self.sandbox = WORLDS[DEFAULT]
        transport = httpx.ASGITransport(APP)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://twin/osapi")

    def ask(self, method: str, path: str, headers: Any = TOKEN, **more: Any) -> httpx.Response:
        """Send one request."""
        return asyncio.run(self._http.request(method, path, headers=headers, **more))

    def wait(self, seconds: float) -> None:
        """Let seconds pass."""
        self.sandbox.clock.advance(round(seconds * 1_000_000))

    def create(self, operation: Any = ASK, target: str = "_any", scenario: str = "") -> str:
        """Create a job, in a scenario or the default one; returns its id."""
        headers = {**TOKEN, "Prefer": f"scenario={scenario}"} if scenario else TOKEN
        body = {"operation": operation, "target_hostname": target}
        made = self.ask("POST", "/job", headers, json=body)
        assert made.status_code == 201, made.text
        return str(made.json()["job_id"])

    def get(self, job: str) -> Any:
        """Returns a job's details."""
        return self.ask("GET", f"/job/{job}").json()

    def events(self, job: str) -> str:
        """Returns the events in a job's timeline."""
        return " ".join(entry["event"] for entry in self.get(job)["timeline"])


@pytest.fixture
def twin() -> OsapiTwin:
    """A twin with only the sample."""
    return OsapiTwin()


# -- create ----------------------------------------------------------------------------------------


def test_create(twin: OsapiTwin) -> None:
    """Go source: 201, and the status is "created"; the API's file has "unprocessed" as example."""
    made = twin.ask("POST", "/job", json={"operation": ASK, "target_hostname": "_any"})

    body = made.json()
    job = body.pop("job_id")
    assert made.status_code == 201
    assert body == {"status": "created", "revision": 2, "timestamp": "2026-01-01T00:00:00Z"}
    assert twin.get(job)["status"] == "submitted"


@pytest.mark.parametrize("target", ["", "web-99", "group:nowhere", "group:we", "_some", "web"])
@pytest.mark.parametrize("path", ["/job", f"/job/{SAMPLE}/retry"], ids=["create", "retry"])
def test_target__unknown(path: str, target: str, twin: OsapiTwin) -> None:
    """Go source: an empty or unknown target is 400."""
    refused = twin.ask("POST", path, json={"operation": ASK, "target_hostname": target})

    assert (refused.status_code, refused.json().keys()) == (400, {"error", "code"})


@pytest.mark.parametrize(
    ("target", "hosts"),
    [
        ("_any", "web-01"),
        ("_all", "web-01 web-02 web-03 db-01 db-02"),
        ("web-03", "web-03"),
        ("group:web", "web-01 web-02 web-03"),
        ("group:web.prod", "web-01 web-02"),
    ],
)
def test_target(target: str, hosts: str, twin: OsapiTwin) -> None:
    """The API's file: `_any`, `_all`, a host, or a label; "dots = hierarchy prefix match"."""
    job = twin.create(target=target)
    twin.wait(10)

    assert " ".join(twin.get(job)["agent_states"]) == hosts


def test_operation__no_type(twin: OsapiTwin) -> None:
    """Go source: 500 "invalid operation format: missing type field".

    The spec says why the twin has 400: a retry could never succeed.
    """
    refused = twin.ask("POST", "/job", json={"operation": {}, "target_hostname": "_any"})

    assert refused.status_code == 400


def test_operation__unknown(twin: OsapiTwin) -> None:
    """Go source: any type is accepted with 201; the agents then fail."""
    job = twin.create({"type": "node.tea.get"})
    twin.wait(10)

    body = twin.get(job)
    assert (body["status"], body["error"]) == ("failed", "unsupported job operation")


# -- list ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=-1", "offset=-1", "status=bogus"])
def test_list__refused(query: str, twin: OsapiTwin) -> None:
    """Go source: its tests prove that these are 400, so nothing is clamped; the usual body."""
    refused = twin.ask("GET", f"/job?{query}")

    assert (refused.status_code, refused.json().keys()) == (400, {"error", "code"})


@pytest.mark.parametrize("query", ["limit=ten", "offset=1.5", "limit="])
@pytest.mark.parametrize("headers", [TOKEN, {}], ids=["token", "no token"])
def test_list__malformed(query: str, headers: dict[str, str], twin: OsapiTwin) -> None:
    """Go source: Echo refuses a non-integer with {message}, before it reads the token."""
    refused = twin.ask("GET", f"/job?{query}", headers)

    assert (refused.status_code, refused.json().keys()) == (400, {"message"})


@pytest.mark.parametrize(("query", "shown"), [("", 10), ("?limit=1", 1), ("?limit=100", 13)])
def test_list__limit(query: str, shown: int, twin: OsapiTwin) -> None:
    """The API's file: limit is 10 by default, from 1 to 100; total_items counts all matches.

    Go source: "List order newest first".
    """
    newest_first = [SAMPLE, *(twin.create() for _ in range(12))][::-1]

    body = twin.ask("GET", f"/job{query}").json()
    assert [job["id"] for job in body["items"]] == newest_first[:shown]
    assert body["total_items"] == 13


def test_list__short(twin: OsapiTwin) -> None:
    """Go source: items have no timeline, responses or agent_states; `changed` is always null."""
    job = twin.create(CHANGE)
    twin.wait(10)

    item, whole = twin.ask("GET", "/job?limit=1").json()["items"][0], twin.get(job)
    assert (item["changed"], whole["changed"]) == (None, True)
    assert whole.keys() - item.keys() == {"timeline", "responses", "agent_states"}


def test_list__status_counts(twin: OsapiTwin) -> None:
    """Go source: always five keys, which count all jobs, not only the filtered ones."""
    twin.create(CHANGE, "db-02")
    twin.wait(10)
    twin.create()

    body = twin.ask("GET", "/job?status=failed").json()
    counts = {"submitted": 1, "processing": 0, "completed": 1, "failed": 1, "partial_failure": 0}
    assert (body["total_items"], len(body["items"])) == (1, 1)
    assert body["status_counts"] == counts


# -- the JSON of a job -----------------------------------------------------------------------------


def test_job__absent(twin: OsapiTwin) -> None:
    """Go source: empty values are left out (omitempty), but `changed` is null."""
    job = twin.get(twin.create())

    always = {"id", "status", "created", "operation", "changed", "updated_at", "timeline"}
    assert (job.keys(), job["changed"]) == (always, None)


def test_job__completed(twin: OsapiTwin) -> None:
    """Go source: responses and agent_states are present for a single agent, too, as a map of one.

    The API's file says "for broadcast jobs", and so does seed 002.
    """
    job, data = twin.create(CHANGE), {"success": True, "changed": True, "message": "Done"}
    twin.wait(5)

    body = twin.get(job)
    answer = {"status": "completed", "data": data, "changed": True, "hostname": "web-01"}
    assert "error" not in body
    assert (body["result"], body["changed"], body["hostname"]) == (data, True, "web-01")
    assert body["agent_states"] == {"web-01": {"status": "completed", "duration": "3s"}}
    assert body["responses"] == {"web-01": answer}


def test_job__failed(twin: OsapiTwin) -> None:
    """Go source: `error` is the last one seen, and `changed` is null, in a response as well."""
    job, error = twin.create(CHANGE, "db-02"), "read-only file system"
    twin.wait(4)

    body = twin.get(job)
    answer = {"status": "failed", "changed": None, "error": error, "hostname": "db-02"}
    assert "result" not in body
    assert (body["status"], body["error"], body["changed"]) == ("failed", error, None)
    assert body["responses"] == {"db-02": answer}


@pytest.mark.parametrize(
    ("operation", "target", "changed"),
    [
        pytest.param(ASK, "_any", None, id="query"),
        pytest.param(CHANGE, "_any", True, id="change"),
        pytest.param(CHANGE, "db-02", None, id="failure"),
        pytest.param(ASK, "_all", None, id="several asked"),
        pytest.param(CHANGE, "_all", True, id="several, one failed"),
    ],
)
def test_changed(operation: Any, target: str, changed: Any, twin: OsapiTwin) -> None:
    """Seed 002: "Null for pending/failed jobs; true/false for completed jobs".

    Go source: null for queries; for several agents, true if one changed something, else null.
    """
    job = twin.create(operation, target)
    twin.wait(10)

    assert twin.get(job)["changed"] is changed


@pytest.mark.parametrize(("hosts", "changed"), [(["a"], False), (["a", "b"], None)])
def test_changed__nothing(hosts: list[str], changed: Any, twin: OsapiTwin) -> None:
    """Go source: one agent's "false" is kept; for several agents it is never false but null."""
    parts = {"agents": [PartBirth(facts={"hostname": host, "changed": False}) for host in hosts]}
    job = twin.sandbox.create(SPEC.jobs["job"], facts={"operation": CHANGE}, parts=parts)
    twin.wait(10)

    body = twin.get(str(job.record.id))
    assert body["changed"] is changed
    assert {answer["changed"] for answer in body["responses"].values()} == {False}


def test_job__several(twin: OsapiTwin) -> None:
    """Go source: `result` is present with exactly one response; `hostname` is the last to end."""
    job = twin.create(CHANGE, "group:web", "broadcast_succeeds")
    twin.wait(6)
    early = twin.get(job)
    twin.wait(10)

    assert "result" not in twin.get(job)
    assert (early["hostname"], twin.get(job)["hostname"]) == ("web-03", "web-02")


def test_job__partial_failure(twin: OsapiTwin) -> None:
    """Go source: `error` is NOT set on a partial_failure; the docs' example sets it."""
    job = twin.create(CHANGE, "_all")
    twin.wait(10)

    body = twin.get(job)
    assert body["status"] == "partial_failure"
    assert "error" not in body
    assert body["responses"]["db-02"]["error"] == "read-only file system"


@pytest.mark.parametrize(
    ("seconds", "status", "agent"),
    [
        (0, "submitted", None),
        (1, "processing", {"status": "acknowledged"}),
        (2, "processing", {"status": "started"}),
        (5, "completed", {"status": "completed", "duration": "3s"}),
    ],
)
def test_job__two_vocabularies(seconds: int, status: str, agent: Any, twin: OsapiTwin) -> None:
    """Seed 002 names events, not statuses: `acknowledged` and `started` are both "processing".

    Go source: `duration` is a Go duration, and only present when start and end are known.
    """
    job = twin.create()
    twin.wait(seconds)

    body = twin.get(job)
    assert (body["status"], body.get("agent_states", {}).get("web-01")) == (status, agent)


@pytest.mark.parametrize(
    ("scenario", "status"),
    [
        ("no_agent_answers", "submitted"),
        ("hangs", "processing"),
        ("broadcast_fails_in_part", "partial_failure"),
    ],
)
def test_job__for_ever(scenario: str, status: str, twin: OsapiTwin) -> None:
    """Go source: without agent events "submitted"; with an agent that never ends "processing".

    A published client that knows only "completed" and "failed" polls "partial_failure" forever.
    """
    job = twin.create(CHANGE, "group:web", scenario)
    twin.wait(3599)

    assert twin.get(job)["status"] == status


def test_timeline(twin: OsapiTwin) -> None:
    """Go source: these words, oldest first; `_api` is the host of the server's own events."""
    job = twin.create(CHANGE, "db-02")
    twin.wait(10)

    timeline = twin.get(job)["timeline"]
    assert [(entry["hostname"], entry["message"]) for entry in timeline] == [
        ("_api", "Job submitted to queue"),
        ("db-02", "Job acknowledged by agent db-02"),
        ("db-02", "Job processing started on db-02"),
        ("db-02", "Job failed on db-02"),
    ]
    assert ["error" in entry for entry in timeline] == [False, False, False, True]


def test_timeline__redelivered(twin: OsapiTwin) -> None:
    """Go source: an unacknowledged message is redelivered, so one host can begin twice."""
    job = twin.create(scenario="redelivered")
    twin.wait(60)

    twice = "acknowledged started acknowledged started"
    assert twin.events(job) == f"submitted {twice} completed"
    assert twin.get(job)["status"] == "completed"


def test_times(twin: OsapiTwin) -> None:
    """Go source: `created` and the timeline are RFC 3339 in seconds, `updated_at` has fractions."""
    twin.wait(0.75)
    job = twin.create()
    twin.wait(1)

    body = twin.get(job)
    assert body["created"] == "2026-01-01T00:00:00Z"
    assert [entry["timestamp"][-4:] for entry in body["timeline"]] == [":00Z", ":01Z"]
    assert body["updated_at"] == "2026-01-01T00:00:01.750000Z"


def test_states() -> None:
    """The seed is older than `skipped` (22 March 2026), which is no state or event here."""
    job, agent = SPEC.machines["job"], SPEC.machines["agent"]

    assert "skipped" not in {*job.states, *agent.states}


def test_paths(twin: OsapiTwin) -> None:
    """Seed 002 has /job/:id; the paths moved below /api only later, on 9 April 2026."""
    paths = f"/job/{SAMPLE}", f"/api/job/{SAMPLE}"

    assert [twin.ask("GET", path).status_code for path in paths] == [200, 404]


# -- retry -----------------------------------------------------------------------------------------


def test_retry(twin: OsapiTwin) -> None:
    """Go source: retry makes a NEW job of the same operation; `_api` notes it in the ORIGINAL.

    The status stays, but this is the latest event, so updated_at is its time.
    """
    old = twin.create(CHANGE, "db-02")
    twin.wait(10)
    made = twin.ask("POST", f"/job/{old}/retry")

    new, body = made.json()["job_id"], twin.get(old)
    note = body["timeline"][-1]
    assert (made.status_code, made.json()["status"]) == (201, "created")
    assert (twin.get(new)["operation"], twin.events(new)) == (CHANGE, "submitted")
    assert (note["event"], note["hostname"]) == ("retried", "_api")
    assert note["message"] == f"Job retried as {new}"
    assert (body["status"], body["updated_at"]) == ("failed", "2026-01-01T00:00:10Z")


ANY_STATE = [
    ("_any", 0, "submitted"),
    ("_any", 2, "processing"),
    ("_any", 9, "completed"),
    ("db-02", 9, "failed"),
    ("_all", 9, "partial_failure"),
]


@pytest.mark.parametrize(("target", "seconds", "status"), ANY_STATE)
def test_retry__any_state(target: str, seconds: int, status: str, twin: OsapiTwin) -> None:
    """Go source: "retry allowed from ANY state (no state check)"; the old status stays."""
    job = twin.create(CHANGE, target)
    twin.wait(seconds)

    assert twin.ask("POST", f"/job/{job}/retry").status_code == 201
    assert twin.get(job)["status"] == status


@pytest.mark.parametrize("body", [{}, {"json": {}}], ids=["no body", "empty body"])
def test_retry__target(body: dict[str, Any], twin: OsapiTwin) -> None:
    """The API's file: the body is optional; the target is `_any`, not that of the original."""
    old = twin.create(target="_all")
    new = twin.ask("POST", f"/job/{old}/retry", **body).json()["job_id"]
    twin.wait(10)

    assert list(twin.get(new)["agent_states"]) == ["web-01"]


# -- deletion and expiry ---------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "seconds", "status"), ANY_STATE)
def test_delete(target: str, seconds: int, status: str, twin: OsapiTwin) -> None:
    """Go source: 204 without a body in any state, then 404."""
    job = twin.create(CHANGE, target)
    twin.wait(seconds)
    before = twin.get(job)["status"]
    first, second = (twin.ask("DELETE", f"/job/{job}") for _ in range(2))

    assert before == status
    assert (first.status_code, first.content) == (204, b"")
    assert (second.status_code, second.json()["error"]) == (404, f"job not found: {job}")


def test_keep(twin: OsapiTwin) -> None:
    """Go source: records live for an hour; an older page says 24. The twin's sample stays."""
    job = twin.create()
    twin.wait(3599.9)
    before = twin.ask("GET", f"/job/{job}").status_code
    twin.wait(0.1)

    assert (before, twin.ask("GET", f"/job/{job}").status_code) == (200, 404)
    assert [item["id"] for item in twin.ask("GET", "/job").json()["items"]] == [SAMPLE]


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "end"), [("DELETE", ""), ("POST", "/retry")])
def test_error__binding_first(method: str, end: str, twin: OsapiTwin) -> None:
    """Deduced from the Go source: a malformed id without a token is Echo's 400, not 401."""
    refused = twin.ask(method, f"/job/123{end}", {})

    assert (refused.status_code, refused.json().keys()) == (400, {"message"})


def test_error__code_is_the_status(twin: OsapiTwin) -> None:
    """Seed 002 shows code 500 under every error, also 404; the twin's code is the status.

    Go source: the server never sets `details`; the twin does not either.
    """
    answers = [
        twin.ask("GET", f"/job/{UNKNOWN}"),
        twin.ask("GET", f"/job/{UNKNOWN}", {}),
        twin.ask("GET", "/job?limit=0"),
    ]

    assert [answer.status_code for answer in answers] == [404, 401, 400]
    assert [answer.json()["code"] for answer in answers] == [404, 401, 400]
    assert all("details" not in answer.json() for answer in answers)


@pytest.mark.parametrize(
    ("method", "end", "wanted"),
    [("GET", "", "read"), ("DELETE", "", "write"), ("POST", "/retry", "write")],
)
def test_error__permission(method: str, end: str, wanted: str, twin: OsapiTwin) -> None:
    """Go source: reading needs job:read; creating, retrying and deleting job:write."""
    refused = twin.ask(method, f"/job/{SAMPLE}{end}", {"Authorization": "Bearer forbidden"})

    assert refused.status_code == 403
    assert f"Required: [job:{wanted}]" in refused.json()["error"]


# -- facts from the server's source code -----------------------------------------------------------


def test_job__delivered_again(twin: OsapiTwin) -> None:
    """Go source: a failed operation is an error to the queue, which delivers it again."""
    job = twin.create(CHANGE, scenario="fails_then_completes")
    seen = []
    for seconds in (3, 2, 30, 10):
        twin.wait(seconds)
        seen.append(twin.get(job)["status"])

    assert seen == ["processing", "failed", "processing", "completed"]
    assert twin.events(job) == (
        "submitted acknowledged started failed acknowledged started completed"
    )
    assert twin.get(job)["changed"] is True


@pytest.mark.parametrize(
    ("kind", "changed"), [("file.status.get", None), ("file.deploy.execute", True)]
)
def test_operation__files(kind: str, changed: Any, twin: OsapiTwin) -> None:
    """Go source: agents knew two operations on files, one of which is a query."""
    job = twin.create({"type": kind})
    twin.wait(10)

    assert (twin.get(job)["status"], twin.get(job)["changed"]) == ("completed", changed)


def test_result__says_what_changed(twin: OsapiTwin) -> None:
    """Go source: `changed` is read from the result, so the result of a change contains it."""
    asked, changed = twin.create(ASK), twin.create(CHANGE)
    twin.wait(10)

    assert twin.get(asked)["result"] == {
        "hostname": "web-01",
        "changed": False,
        "labels": {"group": "web.prod"},
    }
    assert twin.get(changed)["result"]["changed"] is True


SPELLINGS = ["{%s}", "urn:uuid:%s", "%s"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_id__spelling(spelling: str, twin: OsapiTwin) -> None:
    """Go source: uuid.Parse accepts braces, `urn:uuid:`, and 32 digits without hyphens."""
    bare = SAMPLE if spelling != "%s" else SAMPLE.replace("-", "")

    assert twin.get(spelling % bare)["id"] == SAMPLE


@pytest.mark.parametrize("word", ["bearer", "BEARER"])
def test_error__scheme(word: str, twin: OsapiTwin) -> None:
    """Go source: the prefix is `Bearer `, with a capital."""
    refused = twin.ask("GET", f"/job/{SAMPLE}", {"Authorization": f"{word} osapi-test"})

    assert refused.status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/job/abc", None, 400),
        ("GET", "/job?limit=many", None, 400),
        ("POST", "/job", b"{", 400),
        ("GET", "/job?limit=101", None, 401),
        ("GET", "/job?status=bogus", None, 401),
        ("POST", "/job", b"{}", 401),
    ],
)
def test_error__binding_credential_validation(
    method: str, path: str, body: bytes | None, status: int, twin: OsapiTwin
) -> None:
    """Go source: malformed values are refused before a missing token, invalid ones after it."""
    json = {"Content-Type": "application/json"} if body else {}

    assert twin.ask(method, path, json, content=body).status_code == status


def test_error__malformed_id(twin: OsapiTwin) -> None:
    """Seed 002: every 400 has the page's shape; the words are from the Go source."""
    refused = twin.ask("GET", "/job/abc").json()

    assert refused["error"].startswith("Invalid format for parameter id: error unmarshaling 'abc'")
    assert refused["code"] == 400
