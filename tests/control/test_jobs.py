"""Jobs by the control API: created with any scenario and moment, read, changed, deleted."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from jobclients.control import models
from jobclients.control.api.jobs import (
    create_job,
    delete_job,
    finish_job,
    get_job,
    list_jobs,
    send_event,
)
from jobtwin.http import create_app
from jobtwin.http.control import jobs
from jobtwin.http.control.views import LONGEST_HISTORY, shown_job
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.asgi import responded
from tests.control.world import Sandboxed
from tests.loaded import loaded

SPECS = loaded()
APP = create_app(SPECS, Sandbox([m for s in SPECS for m in s.jobs.values()], Setup(ManualClock())))
KEYS = {"X-Authtype": "lucidity_access_token"}
START = datetime(2026, 1, 1, tzinfo=UTC)
ID = "0b1e55ed-0000-4000-8000-000000000001"
OTHER = "0b1e55ed-0000-4000-8000-000000000002"
STREAM = "efb35e3e-406e-4127-ad2e-280fede4f431"
DONE = "0191104b-7e8e-7c31-a5d2-6b8f0e9c4a17"
HOUR = timedelta(hours=1)
PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}
CONTROL = [operation for spec in SPECS if spec.name == "control" for operation in spec.operations]


class JobsSandbox(Sandboxed):
    """A sandbox of the twins, in process, for plain httpx or the generated client."""

    def __init__(self) -> None:
        super().__init__(APP)

    def make(self, api: str, **body: Any) -> Any:
        """Creates a job and returns it as the control API shows it."""
        response = self.control("POST", "jobs", {"api": api, **body})
        assert response.status_code == 201, response.text
        return response.json()

    def look(self, job: Any) -> Any:
        return self.control("GET", path(job)).json()

    def advance(self, **span: float) -> None:
        by = f"PT{timedelta(**span).total_seconds():f}S"
        assert self.control("POST", "clock/advance", {"by": by}).status_code == 200

    def vendor(self, job: Any, **values: str) -> httpx.Response:
        """Reads a job by the vendor's own API."""
        url = READS[job["api"], job["machine"]].format(id=job["id"], **values)
        key = {"polaris": "Basic pok_test"}.get(job["api"], "Bearer token")
        key = "token" if job["api"] == "lucidity" else key
        return self.http.get(url, headers={"Authorization": key, **KEYS})

    def states(self, job: Any, reads: int) -> list[str]:
        """Returns a job's states by the vendor's API, one for each read."""
        find = STATES[job["api"]]
        return [find(self.vendor(job).json(), job["id"]) for _ in range(reads)]


READS = {
    ("lucidity", "agent_install"): "lucidity/external/client/api/v1/agent/install/status?id={id}",
    ("lucidity", "onboarding"): "lucidity/external/client/api/v1/job?jobId={id}",
    ("osapi", "job"): "osapi/job/{id}",
    ("polaris", "job"): "polaris/v1/projects/p/jobs/{id}/status",
    ("vectorcharts", "job"): "vectorcharts/api/portal/v1/jobs",
}
STATES: dict[str, Callable[[Any, str], str]] = {
    "lucidity": lambda body, _: str(body["data"]["status"]),
    "osapi": lambda body, _: str(body["status"]),
    "polaris": lambda body, _: str(body["executionStatus"]),
    "vectorcharts": lambda body, id_: next(
        str(job["jobState"]) for job in body["jobs"] if job["id"] == id_
    ),
}


@pytest.fixture
def world() -> JobsSandbox:
    """Make a new sandbox at the start of 2026."""
    return JobsSandbox()


def path(job: Any) -> str:
    return f"jobs/{job['api']}/{job['machine']}/{job['id']}"


def own(job: models.Job | models.Problem | None) -> models.Job:
    assert isinstance(job, models.Job)
    return job


# -- create ----------------------------------------------------------------------------------------


def test_create(world: JobsSandbox) -> None:
    """A job is created from API, scenario, id, facts and a past moment, and can be read."""
    facts = models.Facts.from_dict({"rows": 12})
    body = models.NewJob("polaris", scenario="stopped", id=ID, facts=facts, at=START - HOUR)

    made = own(create_job.sync(client=world.client, body=body))

    assert made == get_job.sync("polaris", "job", ID, client=world.client)
    assert (made.id, made.scenario, made.created) == (ID, "stopped", START - HOUR)
    assert (made.state, made.kind, made.outcome) == ("canceled", "final", "cancelled")
    assert made.facts["rows"] == 12
    assert [change.state for change in made.history] == ["pending", "running", "canceled"]
    assert made.history[-1].at == START - HOUR + timedelta(seconds=20)
    assert made.history[-1].event == "cancel"
    assert not made.next_
    assert made.events == ["cancel"]


def test_create__left_to_the_spec(world: JobsSandbox) -> None:
    """Only the API is required: a job is born now, with the spec's default scenario."""
    made = own(create_job.sync(client=world.client, body=models.NewJob("osapi")))

    assert (made.machine, made.scenario, made.state) == ("job", "query_one_host", "submitted")
    assert (made.created, made.progression) == (START, models.Progression.TIME)
    assert UUID(made.id)
    assert made.next_
    assert (made.next_.at, made.next_.state) == (START + timedelta(seconds=1), "processing")


def test_create__shown_by_the_vendor(world: JobsSandbox) -> None:
    """The vendor's API returns the job."""
    made = world.make("polaris", scenario="fails_parsing", id=ID)

    assert world.states(made, 1) == ["pending"]
    world.advance(minutes=5)
    assert world.states(made, 1) == ["failed"]


def test_create__parts(world: JobsSandbox) -> None:
    """Parts have their own scenarios and facts; this job's state is derived from them."""
    agents = [
        {"scenario": "completes", "facts": {"hostname": "a-1"}},
        {"scenario": "fails", "facts": {"hostname": "a-2", "error": "no such disk"}},
    ]
    made = world.make("osapi", scenario="modify_one_host", parts={"agents": agents})
    assert made["state"] == "submitted"

    world.advance(minutes=1)

    job = world.look(made)
    assert (job["state"], job["outcome"]) == ("partial_failure", "partial")
    assert [part["state"] for part in job["parts"]["agents"]] == ["completed", "failed"]
    assert [part["facts"]["hostname"] for part in job["parts"]["agents"]] == ["a-1", "a-2"]
    assert world.vendor(job).json()["responses"]["a-2"]["error"] == "no such disk"
    assert "progress" not in job


def test_create__no_parts(world: JobsSandbox) -> None:
    """An empty list of parts means no parts, even if the scenario has some."""
    assert world.make("osapi", parts={"agents": []})["parts"] == {"agents": []}


def test_create__parts_of_parts(world: JobsSandbox) -> None:
    """Parts can be nested as deep as in the spec."""
    mounts = [{"scenario": "fails", "facts": {"mountPoint": "X"}}, {}]
    parts = {"instances": [{"parts": {"mount_points": mounts}}]}

    job = world.make("lucidity", machine="onboarding", at="2025-12-31T00:00:00Z", parts=parts)

    [instance] = job["parts"]["instances"]
    assert job["state"] == instance["state"] == "Failed"
    assert [part["state"] for part in instance["parts"]["mount_points"]] == ["Failed", "Completed"]
    assert instance["parts"]["mount_points"][0]["facts"]["mountPoint"] == "X"


def test_create__future(world: JobsSandbox) -> None:
    """Before its birth, a job is a 404 for the vendor, and visible by the control API."""
    made = world.make("polaris", id=ID, at="2026-01-01T01:00:00Z")

    assert (made["state"], made["events"]) == ("pending", [])
    assert made["next"] == {"at": "2026-01-01T01:00:05Z", "state": "running"}
    assert world.look(made) == made
    assert world.vendor(made).status_code == 404
    assert ID not in {job["id"] for job in world.control("GET", "jobs").json()["jobs"]}
    world.advance(minutes=59, seconds=59)
    assert world.vendor(made).status_code == 404
    world.advance(seconds=1)
    assert world.states(made, 1) == ["pending"]
    assert world.look(made)["events"] != []


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        pytest.param({"api": "nope"}, 404, "lucidity, osapi", id="api"),
        pytest.param({"api": "control"}, 404, "Unknown twin 'control'", id="api of no jobs"),
        pytest.param({"api": "lucidity"}, 400, "onboarding, agent_install", id="which machine"),
        pytest.param({"api": "osapi", "machine": "agent"}, 404, "Available: job", id="part"),
        pytest.param({"api": "polaris", "scenario": "x"}, 400, "batch_succeeds", id="scenario"),
        pytest.param(
            {"api": "polaris", "scenario": "streaming_idles", "facts": {"type": "sql"}},
            400,
            "sql_succeeds",
            id="scenario of other facts",
        ),
        pytest.param({"api": "polaris", "facts": {"x": 1}}, 400, "(project, type", id="fact"),
        pytest.param({"api": "polaris", "facts": {"rows": "x"}}, 400, "integer", id="fact's type"),
        pytest.param({"api": "polaris", "parts": {"x": []}}, 400, "there are none", id="parts"),
        pytest.param({"api": "osapi", "parts": {"x": []}}, 400, "(agents)", id="other parts"),
        pytest.param(
            {"api": "osapi", "parts": {"agents": [{"scenario": "x"}]}},
            400,
            "takes_no_notice",
            id="scenario of a part",
        ),
        pytest.param(
            {"api": "osapi", "parts": {"agents": [{"facts": {"x": 1}}]}},
            400,
            "hostname",
            id="fact of a part",
        ),
        pytest.param({"api": "polaris", "id": "a/b"}, 400, '"a/b" does not', id="slash"),
        pytest.param({"api": "vectorcharts", "machine": "job", "id": "a/b"}, 400, "/id", id="path"),
        pytest.param({"api": "polaris", "id": ""}, 400, "/id", id="no id"),
        pytest.param({"api": "polaris", "id": 7}, 400, "/id", id="integer"),
        pytest.param({"api": "polaris", "id": "abc"}, 400, "'abc' is not a UUID", id="no UUID"),
        pytest.param(
            {"api": "lucidity", "machine": "agent_install", "id": "abc"}, 400, "int", id="text"
        ),
        pytest.param(
            {"api": "lucidity", "machine": "agent_install", "id": "1_0"}, 400, "int", id="1_0"
        ),
        pytest.param(
            {"api": "lucidity", "machine": "agent_install", "id": "9" * 30}, 400, "int", id="huge"
        ),
        pytest.param({"api": "polaris", "progression": "x"}, 400, "time, polls", id="progression"),
        pytest.param({"api": "polaris", "at": "today"}, 400, "date-time", id="no moment"),
        pytest.param({"api": "polaris", "at": "2026-01-01T00:00:00"}, 400, "date", id="no zone"),
        pytest.param(
            {"api": "polaris", "at": "2016-12-31T23:59:60Z"}, 400, "not a date-time", id="leap"
        ),
        pytest.param({"api": "polaris", "at": "9999-12-31T23:59:59Z"}, 400, "9999-01", id="late"),
        pytest.param({"api": "polaris", "at": "0001-01-01T00:00:00+01:00"}, 400, "02", id="early"),
        pytest.param({"api": "polaris", "x": 1}, 400, "'x'", id="unknown key"),
        pytest.param({}, 400, "api", id="nothing"),
    ],
)
def test_create__refused(body: Any, status: int, words: str, world: JobsSandbox) -> None:
    """An invalid job is refused with a hint, and no job is created."""
    before = world.control("GET", "jobs").json()

    response = world.control("POST", "jobs", body)

    assert (response.status_code, response.headers["Content-Type"]) == (status, PROBLEM)
    assert response.json()["status"] == status
    assert words in response.json()["detail"]
    assert world.control("GET", "jobs").json() == before


@pytest.mark.parametrize("at", ["2025-12-01T00:00:00Z", "2026-12-01T00:00:00Z"])
def test_create__taken(at: str, world: JobsSandbox) -> None:
    """An id is unique, even if its job is not born yet."""
    world.make("polaris", id=ID, at=at)

    response = world.control("POST", "jobs", {"api": "polaris", "id": ID})

    assert (response.status_code, response.json()["title"]) == (409, "Conflict")
    assert ID in response.json()["detail"]


def test_create__upper_case(world: JobsSandbox) -> None:
    """A UUID is stored as the vendor's API reads it: in lower case."""
    made = world.make("polaris", id=ID.upper())

    assert made["id"] == ID
    assert world.vendor(made).status_code == 200


def test_create__forgotten(world: JobsSandbox) -> None:
    """An id can be used again after the vendor forgets its job: OSAPI keeps a job for an hour."""
    made = world.make("osapi", id=ID)
    world.control("GET", "jobs")
    world.advance(hours=2)

    assert world.control("GET", path(made)).status_code == 404
    world.make("osapi", id=ID)
    listed = world.http.get("osapi/job", headers={"Authorization": "Bearer token"}).json()
    assert [job["id"] for job in listed["items"]].count(ID) == 1


def test_create__drawn_ids(world: JobsSandbox) -> None:
    """An id given explicitly is not generated again, even after a reset."""
    drawn = world.make("polaris")["id"]
    world.control("POST", "reset")
    world.make("polaris", id=drawn)

    assert world.make("polaris")["id"] != drawn


# -- read ------------------------------------------------------------------------------------------


def test_look(world: JobsSandbox) -> None:
    """The engine's view: state, history, next change, facts and legal events."""
    made = world.make("polaris")
    world.advance(seconds=15)

    job = world.look(made)

    assert (job["state"], job["kind"], "outcome" in job) == ("running", "active", False)
    assert job["progress"] == pytest.approx(99 * 10 / 40)
    assert job["history"] == [
        {"at": "2026-01-01T00:00:00Z", "state": "pending"},
        {"at": "2026-01-01T00:00:05Z", "state": "running"},
    ]
    assert job["next"] == {"at": "2026-01-01T00:00:45Z", "state": "completed"}
    assert job["facts"]["health"] == {"status": "ok"}
    assert {"cancel", "fail", "lose_contact"} <= set(job["events"])
    assert "suspend" not in job["events"]


def test_look__round_and_round(world: JobsSandbox) -> None:
    """For an endless job the latest changes are shown, even after a hundred years."""
    world.advance(days=36524)

    job = world.control("GET", f"jobs/polaris/job/{STREAM}").json()

    assert len(job["history"]) == LONGEST_HISTORY
    assert job["history"][-1]["state"] == job["state"]
    assert job["history"][-1]["at"] <= "2126-01-01T00:00:00Z" < job["next"]["at"]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (f"nope/job/{ID}", "Unknown twin 'nope'"),
        (f"polaris/task/{ID}", "Available: job"),
        (f"osapi/agent/{ID}", "Available: job"),
        (f"polaris/job/{ID}", f"there is no job {ID}"),
        ("polaris/job/a%2Fb", "there is no job a/b"),
        ("lucidity/agent_install/x", "'x' is not an integer"),
        ("lucidity/agent_install/2_", "'2_' is not an integer"),
        ("lucidity/agent_install/404", "there is no job 404"),
    ],
)
@pytest.mark.parametrize(
    ("method", "rest"), [("GET", ""), ("DELETE", ""), ("POST", "/finish"), ("POST", "/events")]
)
def test_look__not_there(
    method: str, rest: str, where: str, words: str, world: JobsSandbox
) -> None:
    """A request for an unknown job is a 404 that says which name is unknown."""
    body = {"event": "cancel"} if rest == "/events" else None

    response = world.control(method, f"jobs/{where}{rest}", body)

    assert (response.status_code, response.headers["Content-Type"]) == (404, PROBLEM)
    assert words in response.json()["detail"]


def test_look__odd_api(world: JobsSandbox) -> None:
    """An invalid twin name is a 400."""
    answer = get_job.sync_detailed("No Twin", "job", ID, client=world.client)

    assert answer.status_code == 400
    assert b"No Twin" in answer.content


# -- events ----------------------------------------------------------------------------------------


def test_event(world: JobsSandbox) -> None:
    """An event happens immediately; the vendor's API shows it, and the history names it."""
    body = models.NewEvent("suspend")

    job = own(send_event.sync("polaris", "job", STREAM, client=world.client, body=body))

    assert (job.state, job.kind) == ("suspended", "paused")
    assert (job.history[-1].event, job.history[-1].at) == ("suspend", START)
    assert "resume" in job.events
    assert world.states(job.to_dict(), 1) == ["suspended"]


def test_event__data(world: JobsSandbox) -> None:
    """The vendor's log quotes an event's data."""
    made = world.make("osapi", at="2025-12-31T23:59:00Z")

    world.control("POST", f"{path(made)}/events", {"event": "retry", "data": {"id": "seven"}})

    assert "seven" in world.vendor(made).json()["timeline"][-1]["message"]


def test_event__children(world: JobsSandbox) -> None:
    """An event on a job also applies to its spawned jobs."""
    made = world.make("vectorcharts", machine="upload")
    world.advance(minutes=1)

    world.control("POST", f"{path(made)}/events", {"event": "cancel"})

    children = world.control("GET", "jobs?api=vectorcharts&state=cancelled").json()["jobs"]
    assert {job["machine"] for job in children} == {"upload", "job"}


@pytest.mark.parametrize(
    ("job", "event", "status", "words"),
    [
        pytest.param({}, "explode", 400, "cancel", id="unknown"),
        pytest.param({}, "suspend", 409, "the job is pending", id="illegal"),
        pytest.param({"id": DONE}, "fail", 409, "legal are: none", id="final"),
        pytest.param({"at": "2026-01-02T00:00:00Z"}, "cancel", 409, "2026-01-02", id="unborn"),
        pytest.param({"api": "osapi"}, "complete", 409, "legal are: retry", id="by its parts"),
    ],
)
def test_event__refused(job: Any, event: str, status: int, words: str, world: JobsSandbox) -> None:
    """An illegal event changes nothing, and the error names the legal ones."""
    new = {"api": "polaris", **job}
    made = {**new, "machine": "job"} if job.get("id") == DONE else world.make(**new)
    before = world.look(made)

    response = world.control("POST", f"{path(made)}/events", {"event": event})

    assert (response.status_code, response.headers["Content-Type"]) == (status, PROBLEM)
    assert words in response.json()["detail"]
    assert world.look(made) == before


# -- finish ----------------------------------------------------------------------------------------


def test_finish(world: JobsSandbox) -> None:
    """A job reaches its planned end immediately; other jobs and the clock are unchanged."""
    one, other = world.make("polaris", scenario="stopped"), world.make("polaris")

    job = own(finish_job.sync("polaris", "job", one["id"], client=world.client))

    assert (job.state, job.outcome) == ("canceled", "cancelled")
    assert world.states(one, 1) + world.states(other, 1) == ["canceled", "pending"]
    assert world.control("GET", "clock").json()["now"] == "2026-01-01T00:00:00Z"


def test_finish__for_good(world: JobsSandbox) -> None:
    """A finished job stays finished as time passes, or if it is finished again."""
    made = world.make("polaris")
    finished = world.control("POST", f"{path(made)}/finish").json()

    world.advance(hours=1)

    again = world.control("POST", f"{path(made)}/finish")
    assert (again.status_code, again.json()["history"]) == (200, finished["history"])
    assert world.look(made)["state"] == "completed"


@pytest.mark.parametrize(
    ("new", "part", "state", "ends"),
    [
        pytest.param({"api": "osapi"}, "agents", "completed", "completed", id="derived"),
        pytest.param(
            {"api": "osapi", "scenario": "broadcast_fails_in_part"},
            "agents",
            "partial_failure",
            "completed failed",
            id="derived in part",
        ),
        pytest.param(
            {"api": "lucidity", "machine": "onboarding"},
            "instances",
            "Completed",
            "Completed",
            id="derived twice",
        ),
        pytest.param(
            {"api": "vectorcharts", "machine": "job"}, "steps", "completed", "completed", id="own"
        ),
    ],
)
def test_finish__parts(new: Any, part: str, state: str, ends: str, world: JobsSandbox) -> None:
    """Parts reach their ends, too, whether or not the job's state is derived from them."""
    made = world.make(**new)

    job = world.control("POST", f"{path(made)}/finish").json()

    assert job["state"] == state
    assert {each["state"] for each in job["parts"][part]} == set(ends.split())
    assert world.states(made, 1) == [state]


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ({"api": "polaris", "scenario": "stays_pending"}, "holds no end"),
        ({"api": "polaris", "scenario": "streaming_idles"}, "holds no end"),
        ({"api": "osapi", "scenario": "hangs"}, "holds no end"),
        ({"api": "polaris", "at": "2026-01-02T00:00:00Z"}, "not born before 2026-01-02"),
    ],
    ids=["holds", "goes round", "a part holds", "unborn"],
)
def test_finish__refused(new: Any, words: str, world: JobsSandbox) -> None:
    """A job without a planned end cannot be finished."""
    made = world.make(**new)

    response = world.control("POST", f"{path(made)}/finish")

    assert (response.status_code, response.headers["Content-Type"]) == (409, PROBLEM)
    assert words in response.json()["detail"]
    assert world.look(made) == made


# -- delete ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [START, START + HOUR])
def test_delete(at: datetime, world: JobsSandbox) -> None:
    """A deleted job is unknown to all APIs; a job deleted before its birth is never born."""
    made = world.make("polaris", at=at.isoformat())

    first = delete_job.sync_detailed("polaris", "job", made["id"], client=world.client)
    second = delete_job.sync_detailed("polaris", "job", made["id"], client=world.client).parsed

    assert (first.status_code, first.content) == (204, b"")
    assert isinstance(second, models.Problem)
    assert second.status == 404
    world.advance(hours=2)
    assert world.vendor(made).status_code == 404
    assert made["id"] not in {job["id"] for job in world.control("GET", "jobs").json()["jobs"]}


def test_delete__unborn_children(world: JobsSandbox) -> None:
    """Deleting a job also deletes the jobs that it would have spawned."""
    made = world.make("vectorcharts", machine="job", scenario="upload_spawns_children", id="parent")

    world.control("DELETE", path(made))
    world.advance(hours=1)

    jobs = world.http.get("vectorcharts/api/portal/v1/jobs", headers={"Authorization": "Bearer t"})
    assert "parent" not in {job["parentJobId"] for job in jobs.json()["jobs"]}


# -- list ------------------------------------------------------------------------------------------


def test_list(world: JobsSandbox) -> None:
    """The latest jobs come first, up to `limit`, with the total number."""
    old = world.make("polaris", at="2025-12-31T00:00:00Z")["id"]
    new = world.make("osapi")["id"]
    newest = world.make("polaris")["id"]
    everything = world.control("GET", "jobs").json()

    listed = list_jobs.sync(client=world.client, limit=2)

    assert isinstance(listed, models.JobList)
    assert [job.id for job in listed.jobs] == [newest, new]
    assert listed.total == len(everything["jobs"]) == everything["total"]
    assert old in {job["id"] for job in everything["jobs"]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("api=polaris", {"pending", "completed", "canceled"}),
        ("api=polaris&state=canceled", {"canceled"}),
        ("state=canceled&state=completed", {"canceled", "completed"}),
        ("state=nonsense", set()),
        ("api=nobody", set()),
    ],
)
def test_list__filter(query: str, expected: set[str], world: JobsSandbox) -> None:
    """Jobs are filtered by API, and by one or several states."""
    world.make("polaris", scenario="stopped", at="2025-12-31T00:00:00Z")

    listed = world.control("GET", f"jobs?{query}").json()

    assert {job["state"] for job in listed["jobs"]} == expected
    assert listed["total"] == len(listed["jobs"])


@pytest.mark.parametrize("by_polls", [False, True])
def test_list__one_moment(by_polls: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a column of a table
    """All jobs of a long list are shown as they were at one moment, whatever happens meanwhile."""
    machine = next(spec.jobs["job"] for spec in SPECS if spec.name == "polaris")
    sandbox = Sandbox([machine], Setup(ManualClock(), empty=True))
    made = [sandbox.create(machine, by_polls=by_polls) for _ in range(500)]
    request = httpx.Request("GET", "http://twin/_control/jobs?limit=500&state=pending")
    app, shown = create_app(SPECS, sandbox), list[Any]()

    def noted(*args: Any) -> Any:
        shown.append(shown_job(*args))
        return shown[-1]

    async def story() -> httpx.Response:
        listing, moves = asyncio.create_task(responded(app, request)), 0
        while not listing.done():
            await asyncio.sleep(0)
            if 0 < len(shown) < len(made):
                moves += 1
                sandbox.advance_clock(3_600_000_000)
                for job in made if by_polls else ():
                    sandbox.polled(job)
        assert moves > 1
        return await listing

    monkeypatch.setattr(jobs, "shown_job", noted)
    listed = asyncio.run(story()).json()["jobs"]

    assert len(listed) == 500
    assert {job["state"] for job in listed} == {"pending"}


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "api=No", "what=1"])
def test_list__refused(query: str, world: JobsSandbox) -> None:
    """An invalid query is a 400."""
    response = world.control("GET", f"jobs?{query}")

    assert (response.status_code, response.headers["Content-Type"]) == (400, PROBLEM)


# -- by polls --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "states"),
    [
        pytest.param({"api": "polaris"}, "pending running completed completed", id="read"),
        pytest.param(
            {"api": "lucidity", "machine": "agent_install", "scenario": "loses_contact"},
            "QUEUED PREPARING PROCESSING UNKNOWN PROCESSING COMPLETED COMPLETED",
            id="transient",
        ),
        pytest.param(
            {"api": "osapi"}, "submitted processing processing completed completed", id="derived"
        ),
        pytest.param(
            {"api": "vectorcharts", "machine": "job", "facts": {"jobType": "clear-tiles"}},
            "pending running running running completed completed",
            id="own parts in a list",
        ),
        pytest.param(
            {"api": "polaris", "scenario": "stays_pending"}, "pending pending pending", id="holds"
        ),
        pytest.param(
            {"api": "polaris", "scenario": "streaming_idles"},
            "pending running idle running idle",
            id="goes round",
        ),
    ],
)
def test_polls(new: Any, states: str, world: JobsSandbox) -> None:
    """By polls, each read moves a job to its next change, in a list or alone."""
    made = world.make(**new, progression="polls")

    assert made["progression"] == "polls"
    assert world.states(made, len(states.split())) == states.split()


def test_polls__nothing_else(world: JobsSandbox) -> None:
    """Neither time nor the control API moves a job that advances by polls."""
    made = world.make("polaris", progression="polls")

    world.advance(hours=1)
    world.look(made)
    world.control("GET", "jobs")

    assert world.states(made, 2) == ["pending", "running"]


def test_polls__listed(world: JobsSandbox) -> None:
    """A list moves only the jobs it shows."""
    one, other = (world.make("polaris", id=id_, progression="polls") for id_ in (ID, OTHER))
    jobs = "polaris/v1/projects/p/jobs?paginationLimit=1"

    shown = world.http.get(jobs, headers={"Authorization": "Basic pok_test"}).json()["values"]

    assert [(job["id"], job["executionStatus"]) for job in shown] == [(OTHER, "pending")]
    assert world.look(other)["state"] == "running"
    assert world.look(one)["state"] == "pending"


def test_polls__by_sandbox(world: JobsSandbox) -> None:
    """A sandbox sets the progression of its new jobs, and each job can override it."""
    world.control("PATCH", "clock", {"progression": "polls"})
    usual, other = world.make("polaris"), world.make("polaris", progression="time")

    assert (usual["progression"], other["progression"]) == ("polls", "time")
    assert world.states(usual, 2) == ["pending", "running"]
    assert world.states(other, 2) == ["pending", "pending"]


def test_polls__event(world: JobsSandbox) -> None:
    """Between polls an event happens as usual, and polls continue from there."""
    made = world.make("polaris", scenario="streaming_idles", progression="polls")
    assert world.states(made, 1) == ["pending"]

    world.control("POST", f"{path(made)}/events", {"event": "suspend"})
    assert world.states(made, 2) == ["suspended", "suspended"]
    world.control("POST", f"{path(made)}/events", {"event": "resume"})
    assert world.states(made, 3) == ["pending", "running", "idle"]


def test_polls__finish(world: JobsSandbox) -> None:
    """A job that advances by polls can be finished like any other."""
    made = world.make("osapi", progression="polls")
    world.states(made, 2)

    assert world.control("POST", f"{path(made)}/finish").json()["state"] == "completed"
    assert world.states(made, 2) == ["completed", "completed"]


def test_polls__future(world: JobsSandbox) -> None:
    """A job born later advances by polls from its birth."""
    made = world.make("polaris", at="2026-01-01T01:00:00Z", progression="polls")
    assert world.vendor(made).status_code == 404

    world.advance(hours=2)

    assert world.states(made, 3) == ["pending", "running", "completed"]


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "url", "sent", "status"),
    [
        ("GET", "nowhere", {}, 404),
        ("GET", "jobs/", {}, 404),
        ("PUT", "jobs", {}, 405),
        ("POST", "jobs", {"content": b"{", "headers": JSON}, 400),
        ("POST", "jobs", {"content": b'{"api": "\xff"}', "headers": JSON}, 400),
        ("POST", "jobs", {}, 400),
        ("POST", "jobs", {"content": b"api: polaris", "headers": {"Content-Type": "a/b"}}, 415),
        ("POST", "jobs", {"json": ["polaris"]}, 400),
        ("POST", "jobs", {"json": {"api": "polaris", "id": "x" * 2**20}}, 413),
    ],
)
def test_problem(method: str, url: str, sent: Any, status: int, world: JobsSandbox) -> None:
    """Every error is a problem (RFC 9457)."""
    response = world.http.request(method, f"_control/{url}", **sent)

    problem = response.json()
    assert (response.status_code, response.headers["Content-Type"]) == (status, PROBLEM)
    assert (problem["status"], set(problem)) == (status, {"title", "status", "detail"})


@pytest.mark.parametrize("operation", CONTROL, ids=lambda operation: operation.id)
def test_problem__declared(operation: Any) -> None:
    """In the spec, every operation declares its errors as problems, for the client to read."""
    answers = {situation: error.answer for situation, error in operation.errors.items()}

    assert {answer.media_type for answer in answers.values()} == {PROBLEM}
    if operation.parameters or operation.body:
        assert 400 in operation.declared
