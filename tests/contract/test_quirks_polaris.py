"""Polaris' quirks, one test each: its page (seed 004) and its other documents.

"polaris-sdk" is the vendor's own client, of April 2025, with the schema that it was made from.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup
from tests.loaded import loaded

[SPEC] = (spec for spec in loaded() if spec.name == "polaris")
WORLDS = Sandboxes(lambda: Sandbox(SPEC.jobs.values(), Setup(ManualClock())))
APP = create_app([SPEC], WORLDS)
KEY = {"Authorization": "Basic pok_test"}
STREAM, BATCH, OLD = (str(sample.id) for sample in SPEC.jobs["job"].samples)
UNKNOWN = "9b2d3c1e-58f4-4a6b-8c07-d1e2f3a4b5c6"
TABLE = {"type": "table", "tableName": "trips"}
INPUT = [{"name": "city", "dataType": "string"}]
INLINE = {"type": "inline", "data": "{}", "inputSchema": INPUT}
KAFKA = {"type": "connection", "connectionName": "kafka"}
BATCH_JOB = {"type": "batch", "source": INLINE, "target": TABLE}
STREAM_JOB = {"type": "streaming", "source": KAFKA, "target": TABLE}
NEW_JOBS: dict[str, dict[str, Any]] = {
    "batch": BATCH_JOB,
    "streaming": STREAM_JOB,
    "sql": {"type": "sql", "query": "INSERT INTO trips SELECT * FROM other"},
    "delete_data": {"type": "delete_data", "target": TABLE, "deleteAll": True},
    "drop_table": {"type": "drop_table", "target": TABLE, "softDelete": False},
    "restore_data": {"type": "restore_data", "target": TABLE, "interval": "2024-08-01/P1D"},
}


class PolarisTwin:
    """The vendor's twin. It is midnight, the first of January 2026, until a test waits."""

    def __init__(self) -> None:
        WORLDS.clear()
        self.sandbox = WORLDS[DEFAULT]
        transport = httpx.ASGITransport(APP)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://twin/polaris")

    def ask(self, method: str, path: str = "", project: str = "p", **more: Any) -> httpx.Response:
        """Send one request below a project's jobs."""
        headers = {**KEY, **more.pop("headers", {})}
        path = f"/v1/projects/{project}/jobs{path}"
        return asyncio.run(self._http.request(method, path, headers=headers, **more))

    def wait(self, seconds: float) -> None:
        """Let seconds pass."""
        self.sandbox.clock.advance(round(seconds * 1_000_000))

    def create(self, body: Any, scenario: str = "") -> str:
        """Create a job, in a scenario or the default one; returns its id."""
        headers = {"Prefer": f"scenario={scenario}"} if scenario else {}
        made = self.ask("POST", json=body, headers=headers)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def get(self, job: str) -> Any:
        """Returns a job's details."""
        return self.ask("GET", f"/{job}").json()

    def want(
        self, job: str, status: str, method: str = "POST", end: str = "/status"
    ) -> httpx.Response:
        """Request a status."""
        return self.ask(method, f"/{job}{end}", json={"desiredExecutionStatus": status})

    def list(self, **query: Any) -> Any:
        """Returns the jobs of a list."""
        return self.ask("GET", params=query).json()["values"]


@pytest.fixture
def twin() -> PolarisTwin:
    """A twin with only the samples."""
    return PolarisTwin()


# -- create ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", NEW_JOBS.values(), ids=NEW_JOBS)
def test_create(body: dict[str, Any], twin: PolarisTwin) -> None:
    """polaris-sdk: six types of job, 201, and the response has the request as `spec`."""
    made = twin.ask("POST", json=body)

    assert made.status_code == 201
    assert (made.json()["spec"], made.json()["executionStatus"]) == (body, "pending")


@pytest.mark.parametrize("wish", ["canceled", "suspended"])
def test_create__desired_status_ignored(wish: str, twin: PolarisTwin) -> None:
    """polaris-sdk: desiredExecutionStatus is "ignored on create"; a new job's is "running"."""
    job = twin.create({**STREAM_JOB, "desiredExecutionStatus": wish})

    assert twin.get(job)["desiredExecutionStatus"] == "running"


@pytest.mark.parametrize(
    "body",
    [
        {"type": "batch", "target": TABLE},
        {"type": "batch", "source": INLINE, "target": {"tableName": "trips"}},
        {"type": "batch", "source": {"type": "inline", "data": "x"}, "target": TABLE},
        {"type": "streaming", "source": INLINE, "target": TABLE},
        {"type": "restore_data", "target": TABLE},
    ],
)
def test_create__missing(body: Any, twin: PolarisTwin) -> None:
    """polaris-sdk: each type has required fields; a stream needs a connection."""
    assert twin.ask("POST", json=body).status_code == 400


def test_create__one_stream_per_table(twin: PolarisTwin) -> None:
    """polaris-sdk: a second stream into a table is an error, except with replaceRunning."""
    twin.create(STREAM_JOB)
    elsewhere = {**STREAM_JOB, "target": {**TABLE, "tableName": "elsewhere"}}

    assert twin.ask("POST", json=STREAM_JOB).status_code == 400
    assert twin.ask("POST", json={**STREAM_JOB, "replaceRunning": True}).status_code == 201
    assert twin.ask("POST", json=elsewhere).status_code == 201
    assert twin.ask("POST", json=BATCH_JOB).status_code == 201
    assert twin.ask("POST", project="q", json=STREAM_JOB).status_code == 201


def test_create__next_stream(twin: PolarisTwin) -> None:
    """polaris-sdk: only a running stream blocks the next one; a canceled one does not."""
    twin.want(twin.create(STREAM_JOB), "canceled")

    assert twin.ask("POST", json=STREAM_JOB).status_code == 201


# -- list ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "more"), [("", False), ("?paginationLimit=2", True)])
def test_list__wrapper(query: str, more: object, twin: PolarisTwin) -> None:
    """Seed 004: the jobs are in `values`; polaris-sdk adds `moreResultsAvailable`."""
    page = twin.ask("GET", query).json()

    assert (list(page), page["moreResultsAvailable"]) == (["values", "moreResultsAvailable"], more)


def test_list__documented(twin: PolarisTwin) -> None:
    """Seed 004: the sample request finds the one job of the sample response, with these fields."""
    [job] = twin.list(type="batch", healthStatus=["ok", "error"], executionStatus="completed")

    assert job == {
        "source": {"data": "{example-data}", "type": "inline"},
        "createdBy": job["createdBy"],
        "createdTimestamp": "2024-08-01T23:34:28.750000Z",
        "desiredExecutionStatus": "running",
        "executionStatus": "completed",
        "health": {"status": "ok"},
        "id": OLD,
        "lastModifiedBy": job["createdBy"],
        "lastUpdatedTimestamp": "2024-08-01T23:34:28.750000Z",
        "target": {"tableName": "example-table", "type": "table", "intervals": None},
        "type": "batch",
        "completedTimestamp": "2024-08-01T23:35:13.750000Z",
        "startedTimestamp": "2024-08-01T23:34:33.750000Z",
    }
    assert job["createdBy"].keys() == {"username", "userId"}


SOURCES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (INLINE, {"data": "{}"}),
    ({**KAFKA, "inputSchema": INPUT}, {"connectionName": "kafka"}),
    ({"type": "s3", "connectionName": "c", "inputSchema": INPUT}, {"connectionName": "c"}),
    ({"type": "azure", "connectionName": "c", "inputSchema": INPUT}, {"connectionName": "c"}),
    ({"type": "table", "tableName": "other"}, {"tableName": "other"}),
    ({"type": "uploaded", "fileList": ["f"], "inputSchema": INPUT}, {}),
]


@pytest.mark.parametrize(("source", "summary"), SOURCES, ids=[s["type"] for s, _ in SOURCES])
def test_list__source(source: dict[str, Any], summary: dict[str, Any], twin: PolarisTwin) -> None:
    """polaris-sdk: a list shows a source in short, as seed 004 does; the details show it whole."""
    job = twin.create({**BATCH_JOB, "source": source})

    assert twin.list()[0]["source"] == {"type": source["type"], **summary}
    assert twin.get(job)["source"] == source


@pytest.mark.parametrize("kind", ["sql", "delete_data", "drop_table", "restore_data"])
def test_list__no_source(kind: str, twin: PolarisTwin) -> None:
    """polaris-sdk: only batch and streaming jobs have a source."""
    job = twin.create(NEW_JOBS[kind])

    assert "source" not in twin.list()[0]
    assert "source" not in twin.get(job)


def test_list__no_spec(twin: PolarisTwin) -> None:
    """polaris-sdk: `spec` is required in the details, and absent from a list."""
    job = twin.create({**BATCH_JOB, "ingestionMode": "replace"})

    assert not {"spec", "ingestionMode"} & twin.list()[0].keys()
    assert {"spec", "ingestionMode"} <= twin.get(job).keys()


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("paginationLimit=1000", "paginationLimit=1001"),
        ("paginationLimit=1", "paginationLimit=0"),
        ("paginationOffset=0", "paginationOffset=-1"),
        (f"targetTableName={'x' * 255}", f"targetTableName={'x' * 256}"),
        ("targetTableName=x", "targetTableName="),
        ("healthStatus=warn", "healthStatus=warning"),
        ("healthStatus=ok&healthStatus=error", "healthStatus=ok,error"),
        ("executionStatus=canceled", "executionStatus=cancelled"),
        ("sortOrder=DESC", "sortOrder=desc"),
        ("executionStatus=running", "desiredExecutionStatus=running"),
    ],
)
def test_list__refused(good: str, bad: str, twin: PolarisTwin) -> None:
    """polaris-sdk: these ranges and words, arrays as repeated keys, no other filters; else 400."""
    assert [twin.ask("GET", f"?{query}").status_code for query in (good, bad)] == [200, 400]


def test_list__vendors_client(twin: PolarisTwin) -> None:
    """polaris-sdk: its list call always sends these four parameters and an Accept header."""
    page = "paginationLimit=100&paginationOffset=0"
    query = f"{page}&sortColumn=last_updated_date_time&sortOrder=DESC"
    answer = twin.ask("GET", f"?{query}", headers={"Accept": "application/json"})

    assert answer.json() == twin.ask("GET").json()


def test_list__default_order(twin: PolarisTwin) -> None:
    """polaris-sdk: by default the last updated job is first, not the last created one."""
    streams = [twin.create({**STREAM_JOB, "target": {**TABLE, "tableName": t}}) for t in "ab"]
    twin.wait(7)
    twin.want(streams[0], "suspended")

    assert [job["id"] for job in twin.list()][:1] == streams[:1]


COLUMNS: dict[str, Callable[[Any], Any]] = {
    "created_by_user_name": lambda job: job["createdBy"]["username"],
    "created_date_time": lambda job: job["createdTimestamp"],
    "execution_status": lambda job: job["executionStatus"],
    "last_updated_date_time": lambda job: job["lastUpdatedTimestamp"],
    "source_name": lambda job: (
        job["source"].get("connectionName") or job["source"].get("tableName")
    ),
    "source_type": lambda job: job["source"]["type"],
    "source_connection_name": lambda job: job["source"].get("connectionName"),
    "source_table_name": lambda job: job["source"].get("tableName"),
    "target_table_name": lambda job: job["target"]["tableName"],
    "type": lambda job: job["type"],
}


@pytest.mark.parametrize("column", COLUMNS)
def test_list__sort(column: str, twin: PolarisTwin) -> None:
    """polaris-sdk: each of the ten columns sorts, ascending and descending."""
    for number, (source, _) in enumerate(SOURCES):
        twin.create({**BATCH_JOB, "source": source}, "stopped" if number % 2 else "")
        twin.wait(5 * number)
    get, query = COLUMNS[column], {"sortColumn": column}
    up = [get(job) for job in twin.list(**query, sortOrder="ASC")]

    assert len(up) == 9
    assert up == sorted(up, key=lambda value: (value is not None, value))
    assert up[::-1] == [get(job) for job in twin.list(**query, sortOrder="DESC")]


# -- the JSON of a job -----------------------------------------------------------------------------


def test_job__timestamps(twin: PolarisTwin) -> None:
    """polaris-sdk: startedTimestamp and completedTimestamp are optional, and appear in time."""
    job = twin.create(BATCH_JOB)
    seen = []
    for _ in range(3):
        seen.append(twin.get(job).keys() & {"startedTimestamp", "completedTimestamp"})
        twin.wait(30)

    assert seen == [set(), {"startedTimestamp"}, {"startedTimestamp", "completedTimestamp"}]


@pytest.mark.parametrize(("seconds", "end"), [(0, "00Z"), (0.5, "00.500000Z")])
def test_job__time_format(seconds: float, end: str, twin: PolarisTwin) -> None:
    """polaris-sdk: ISO 8601 date-time, so it ends in Z; seed 004 masks it and has no zone."""
    twin.wait(seconds)
    job = twin.get(twin.create(BATCH_JOB))

    times = {job[f"{name}Timestamp"] for name in ("created", "lastUpdated")}
    assert times == {f"2026-01-01T00:00:{end}"}


def test_job__intervals(twin: PolarisTwin) -> None:
    """Seed 004: `intervals` is null, which polaris-sdk does not declare; if not sent, absent."""
    job = twin.create(BATCH_JOB)

    assert twin.get(BATCH)["target"]["intervals"] is None
    assert "intervals" not in twin.get(job)["target"]


def test_job__health(twin: PolarisTwin) -> None:
    """polaris-sdk: only "warn" and "error" have a `code`; the enum's word is "warn"."""
    healthy = twin.create(BATCH_JOB)
    warned = twin.create(STREAM_JOB, "streaming_warns")
    failed = twin.create(BATCH_JOB, "cannot_connect")
    twin.wait(16)

    assert twin.get(healthy)["health"] == {"status": "ok"}
    assert twin.get(warned)["health"] == {"status": "warn", "code": "lost_connection_to_source"}
    assert twin.get(failed)["health"] == {"status": "error", "code": "could_not_connect_to_source"}


def test_job__idle_is_no_end(twin: PolarisTwin) -> None:
    """Seed 004: the status is only {"executionStatus": "idle"}; then the stream runs again."""
    seen = []
    for _ in range(6):
        twin.wait(10)
        seen.append(twin.ask("GET", f"/{STREAM}/status").json())

    running, idle = {"executionStatus": "running"}, {"executionStatus": "idle"}
    assert seen == [running, running, idle, idle, idle, running]


def test_job__unknown_passes(twin: PolarisTwin) -> None:
    """polaris-sdk: unknown is "downstream error prevents retrieval", and not final."""
    job = twin.create(BATCH_JOB, "unknown_for_a_while")
    seen = []
    for seconds in (16, 10, 60):
        twin.wait(seconds)
        seen.append(twin.get(job)["executionStatus"])

    assert seen == ["unknown", "running", "completed"]


# -- update ----------------------------------------------------------------------------------------


def test_cancel__spelling(twin: PolarisTwin) -> None:
    """Seed 004: "canceled" with one l; polaris-sdk has it as status, request and health code."""
    job = twin.want(STREAM, "canceled").json()

    assert (job["executionStatus"], job["desiredExecutionStatus"]) == ("canceled", "canceled")
    assert job["health"] == {"status": "error", "code": "canceled"}
    assert twin.want(STREAM, "cancelled").status_code == 400


UPDATES = [("POST", "/status"), ("PUT", "/status"), ("PUT", "")]


@pytest.mark.parametrize(("method", "end"), UPDATES)
def test_update__details(method: str, end: str, twin: PolarisTwin) -> None:
    """Seed 004: "the 200 OK status code and the details of the job"; its sample has PUT /status.

    polaris-sdk returns only the status from POST, and has no PUT on the status.
    """
    answer = twin.want(BATCH, "canceled", method, end)

    assert answer.status_code == 200
    assert answer.json() == twin.get(BATCH)


def test_update__deprecated() -> None:
    """The spec marks PUT on the status as deprecated: only the docs' sample has it."""
    path = SPEC.document.written["paths"]["/v1/projects/{projectId}/jobs/{jobId}/status"]

    assert path["put"]["deprecated"] is True
    assert "deprecated" not in path["post"]


def test_update__stream(twin: PolarisTwin) -> None:
    """Seed 004: a streaming job can be paused and resumed."""
    twin.wait(10)
    states = [
        twin.want(STREAM, wish).json()["executionStatus"] for wish in ("suspended", "running")
    ]

    assert states == ["suspended", "pending"]
    assert twin.get(STREAM)["desiredExecutionStatus"] == "running"


@pytest.mark.parametrize("kind", ["batch", "sql", "restore_data"])
def test_update__not_a_stream(kind: str, twin: PolarisTwin) -> None:
    """Seed 004: any job can be stopped, but only a streaming job can be paused."""
    job = twin.create(NEW_JOBS[kind])
    twin.wait(10)

    assert [twin.want(job, wish).status_code for wish in ("suspended", "canceled")] == [400, 200]


@pytest.mark.parametrize("kind", ["delete_data", "drop_table"])
@pytest.mark.parametrize("wish", ["canceled", "suspended", "running"])
def test_update__deletion(kind: str, wish: str, twin: PolarisTwin) -> None:
    """polaris-sdk: "you cannot update a deletion job"; 400."""
    job = twin.create(NEW_JOBS[kind])

    assert twin.want(job, wish).status_code == 400


@pytest.mark.parametrize("wish", ["idle", "completed", "paused"])
@pytest.mark.parametrize(("method", "end"), UPDATES)
def test_update__unsupported(method: str, end: str, wish: str, twin: PolarisTwin) -> None:
    """polaris-sdk: an unsupported value is 400, though POST on the status declares none."""
    assert twin.want(BATCH, wish, method, end).status_code == 400


def test_update__no_delete(twin: PolarisTwin) -> None:
    """polaris-sdk: jobs are stopped, not deleted; DELETE is not supported."""
    refused = twin.ask("DELETE", f"/{BATCH}")

    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, PUT")


@pytest.mark.parametrize(("job", "status"), [(STREAM, 200), (BATCH, 400), (UNKNOWN, 404)])
def test_reset(job: str, status: int, twin: PolarisTwin) -> None:
    """polaris-sdk: POST …/reset has no body and returns 200 without one; for streaming jobs."""
    answer = twin.ask("POST", f"/{job}/reset")

    assert (answer.status_code, answer.content == b"") == (status, status == 200)


# -- metrics, progress, logs -----------------------------------------------------------------------


def test_metrics(twin: PolarisTwin) -> None:
    """Seed 004: these four in `totals`; another page has "…WithWarnings", polaris-sdk this one."""
    twin.wait(60)

    assert twin.ask("GET", f"/{BATCH}/metrics").json() == {
        "totals": {
            "numRowsProcessed": 99999,
            "numRowsProcessedWithWarning": 0,
            "numRowsSkippedByFilter": 0,
            "numRowsSkippedByError": 2,
        }
    }


@pytest.mark.parametrize("kind", ["batch", "sql", "delete_data", "drop_table", "restore_data"])
def test_progress(kind: str, twin: PolarisTwin) -> None:
    """polaris-sdk: overallProgress is a required float from 0 to 1, and 1 means completed."""
    job = twin.create(NEW_JOBS[kind])
    seen = []
    for _ in range(3):
        seen.append(twin.ask("GET", f"/{job}/progress").json()["overallProgress"])
        twin.wait(25)

    assert (seen[0], seen[2]) == (0, 1)
    assert 0 < seen[1] < 1


@pytest.mark.parametrize(
    ("allowed", "status"), [(None, "completed"), (2, "completed"), (1, "failed"), (0, "failed")]
)
def test_parse_exceptions(allowed: int | None, status: str, twin: PolarisTwin) -> None:
    """Seed 004: a job fails if its parsing exceptions (here two) exceed maxParseExceptions."""
    job = twin.create({**BATCH_JOB, **({} if allowed is None else {"maxParseExceptions": allowed})})
    twin.wait(60)

    assert twin.get(job)["executionStatus"] == status
    assert twin.get(job).get("maxParseExceptions") == allowed


# -- projects and errors ---------------------------------------------------------------------------


def test_project(twin: PolarisTwin) -> None:
    """Seed 004: a job belongs to a project; the samples have no known project and are in each."""
    job = twin.create(BATCH_JOB)
    others = {found["id"] for found in twin.ask("GET", project="q").json()["values"]}

    assert others == {STREAM, BATCH, OLD}
    assert twin.ask("GET", f"/{job}", project="q").status_code == 404
    assert twin.ask("GET", f"/{job}/status", project="q").status_code == 404


def test_error__media_type(twin: PolarisTwin) -> None:
    """polaris-sdk: a body that is not JSON is 415, on each of the three operations with a body."""
    for method, end in (("POST", ""), ("PUT", f"/{BATCH}"), ("POST", f"/{BATCH}/status")):
        refused = twin.ask(method, end, content="x", headers={"Content-Type": "text/plain"})

        assert refused.status_code == 415


# -- numbers of rows -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["batch", "streaming"])
@pytest.mark.parametrize(
    ("unreadable", "allowed", "status"),
    [(10, 5, "failed"), (3, 2, "failed"), (2, 2, "done"), (0, 0, "done"), (10, None, "done")],
)
def test_parse_exceptions__amount(
    kind: str, unreadable: int, allowed: int | None, status: str, twin: PolarisTwin
) -> None:
    """Seed 004: the job fails above its threshold, for any threshold and number of rows."""
    body = {**NEW_JOBS[kind], "maxParseExceptions": allowed}
    spec = {key: value for key, value in body.items() if value is not None}
    given = {"type": kind, "rowsUnreadable": unreadable, "spec": spec}
    job = str(twin.sandbox.create(SPEC.jobs["job"], facts=given).record.id)
    twin.wait(44.9)
    failed = twin.get(job)["executionStatus"] == "failed"
    totals = twin.ask("GET", f"/{job}/metrics").json()["totals"]

    assert failed is (status == "failed")
    assert totals["numRowsSkippedByError"] == unreadable


def test_parse_exceptions__no_threshold(twin: PolarisTwin) -> None:
    """Seed 004: without a threshold no job fails for parsing, not even on request."""
    refused = twin.ask("POST", json=BATCH_JOB, headers={"Prefer": "scenario=fails_parsing"})

    assert refused.status_code == 400
    assert "batch_succeeds" in refused.json()["message"]


def test_parse_exceptions__each_logged(twin: PolarisTwin) -> None:
    """Seed 004: "You can view parse exception messages in the job logs"; one line for each row."""
    twin.wait(16)
    [first] = twin.ask("GET", f"/{BATCH}/logs").json()["logs"]
    twin.wait(30)
    both = twin.ask("GET", f"/{BATCH}/logs").json()["logs"]

    assert both[0] == first
    assert first["timestamp"] == "2026-01-01T00:00:15Z"
    assert [line["message"][-8:] for line in both] == ["1 so far", "2 so far"]


# -- the rest of the vendor's schema ---------------------------------------------------------------


def test_create__replaces(twin: PolarisTwin) -> None:
    """polaris-sdk: `replaceRunning` replaces the job that streams into the table."""
    old, other = twin.create(STREAM_JOB), twin.create({**STREAM_JOB, "target": OTHER_TABLE})
    new = twin.create({**STREAM_JOB, "replaceRunning": True})

    statuses = [twin.get(job)["executionStatus"] for job in (old, other, new)]
    assert statuses == ["canceled", "pending", "pending"]


OTHER_TABLE = {**TABLE, "tableName": "other"}


def test_list__no_source_found(twin: PolarisTwin) -> None:
    """polaris-sdk: a search by source does not find jobs without a source."""
    twin.create(NEW_JOBS["sql"])
    job = twin.create(BATCH_JOB)

    assert [found["id"] for found in twin.list(searchString="inline")] == [job, BATCH, OLD]


def test_list__source_name(twin: PolarisTwin) -> None:
    """polaris-sdk: `source_name` is the name of a connection or a table."""
    sources = [{"type": "table", "tableName": name} for name in ("b", "a")]
    jobs = [twin.create({**BATCH_JOB, "source": source}) for source in sources]
    listed = [job["id"] for job in twin.list(sortColumn="source_name", sortOrder="ASC")]

    assert [job for job in listed if job in jobs] == jobs[::-1]


def test_job__last_updated(twin: PolarisTwin) -> None:
    """polaris-sdk: "last updated by the user"; automatic transitions do not count."""
    twin.wait(30)
    untouched = twin.get(BATCH)
    twin.want(BATCH, "canceled")
    touched = twin.get(BATCH)

    assert untouched["lastUpdatedTimestamp"] == untouched["createdTimestamp"]
    assert touched["lastUpdatedTimestamp"] == "2026-01-01T00:00:30Z"


def test_job__health_log(twin: PolarisTwin) -> None:
    """polaris-sdk: `health.log` is a log entry, not a text."""
    entry = {"timestamp": "2026-01-01T00:00:00Z", "healthStatus": "error", "code": "multiple"}
    health = {"status": "error", "code": "multiple", "log": entry}
    job = twin.sandbox.create(SPEC.jobs["job"], facts={"health": health})

    assert twin.get(str(job.record.id))["health"] == health


def test_error__place(twin: PolarisTwin) -> None:
    """polaris-sdk: `target` is the path of the invalid value in the body."""
    refused = twin.ask("POST", json={**BATCH_JOB, "maxParseExceptions": "many"})

    assert refused.json()["target"] == "/maxParseExceptions"


def test_job__empty_lists(twin: PolarisTwin) -> None:
    """polaris-sdk sends `mappings: []` by itself; the details contain it, too."""
    job = twin.get(twin.create({**BATCH_JOB, "mappings": []}))

    assert (job["mappings"], job["spec"]["mappings"]) == ([], [])
