"""Lists: which jobs they contain, in which order, on which page, at which moment."""

import asyncio
import operator
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from jobtwin.http import base_path, create_app
from jobtwin.http.pieces import PIECE
from jobtwin.lifecycle import Machine
from jobtwin.lifecycle.faults import Fault
from jobtwin.openapi import load
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import ManualClock, Sandbox, Sandboxes, Setup
from jobtwin.sandboxes.faults import FaultRule
from jobtwin.sandboxes.job_list import JobList
from tests.loaded import loaded
from tests.sampling import fast_every

LOOM = Path(__file__).parents[1] / "judge/loom.yaml"
SPECS = {spec.name: spec for spec in [*loaded(), load(LOOM)]}
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

Ask = Callable[..., Any]
"""Requests a list with a query: names and values, a list of values for a repeated name."""


@pytest.fixture
def clock() -> ManualClock:
    """A clock that moves only when a test moves it."""
    return ManualClock()


@pytest.fixture
def sandbox(clock: ManualClock) -> Sandbox:
    """A sandbox without samples."""
    return Sandbox((), Setup(clock))


def asker(vendor: str, path: str, credential: str, sandbox: Sandbox) -> Ask:
    """Returns an `Ask` for one list."""
    spec = SPECS[vendor]
    app = create_app([spec], sandbox)

    async def ask(query: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": credential}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, headers=headers) as client:
            return await client.get(f"http://twin{base_path(spec)}{path}", params=query)

    def asked(**query: Any) -> Any:
        response = asyncio.run(ask(query))
        assert response.status_code == 200, response.text
        return response.json()

    return asked


# -- Polaris ---------------------------------------------------------------------------------------

POLARIS = SPECS["polaris"].jobs["job"]
STATES = list(POLARIS.states)


@pytest.fixture
def polaris(sandbox: Sandbox) -> Callable[..., str]:
    """Ask Polaris' list; returns the first letters of the jobs' ids."""
    ask = asker("polaris", "/v1/projects/p/jobs", "Basic pok_test", sandbox)
    return lambda **query: "".join(job["id"][0] for job in ask(**query)["values"])


@pytest.fixture
def mixed(sandbox: Sandbox, clock: ManualClock) -> None:
    """Four jobs, created a second apart; `b` failed a moment ago and the others run."""
    inline = {"type": "inline", "data": "x"}
    kafka = {"type": "connection", "connectionName": "kafka"}
    other = {"type": "table", "tableName": "other-table", "intervals": None}
    births: dict[str, tuple[str | None, dict[str, Any]]] = {
        "a": (None, {"type": "batch", "source": inline}),
        "b": ("cannot_connect", {"type": "batch", "source": kafka}),
        "c": ("streaming_idles", {"type": "streaming", "source": kafka, "rows": None}),
        "d": (None, {"type": "sql", "source": inline, "target": other}),
    }
    for name, (scenario, facts) in births.items():
        id_ = f"{name}0000000-0000-4000-8000-000000000000"
        sandbox.create(POLARIS, id=id_, scenario=scenario, facts=facts)
        clock.advance(SECOND)
    clock.advance(12 * SECOND + 1)


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({}, "dcba"),
    ({"healthStatus": "ok"}, "dca"),
    ({"healthStatus": "error"}, "b"),
    ({"healthStatus": "warn"}, ""),
    ({"healthStatus": ["ok", "error"]}, "dcba"),
    ({"type": "batch"}, "ba"),
    ({"type": ["batch", "sql"]}, "dba"),
    ({"type": ["streaming", "streaming"]}, "c"),
    ({"type": "drop_table"}, ""),
    ({"executionStatus": "running"}, "dca"),
    ({"executionStatus": ["failed", "completed"]}, "b"),
    ({"connectionName": "kafka"}, "cb"),
    ({"connectionName": ["kafka", "other"]}, "cb"),
    ({"connectionName": "other"}, ""),
    ({"targetTableName": "other-table"}, "d"),
    ({"targetTableName": "example-table"}, "cba"),
    ({"type": "batch", "healthStatus": ["ok", "error"]}, "ba"),
    ({"type": "batch", "healthStatus": "error"}, "b"),
    ({"type": ["batch", "streaming"], "connectionName": "kafka"}, "cb"),
    ({"type": "streaming", "executionStatus": "failed"}, ""),
    ({"type": "batch", "paginationLimit": 1}, "b"),
    ({"type": "batch", "paginationOffset": 1}, "a"),
    ({"targetTableId": "1"}, ""),
    ({"searchString": "kafka"}, "cb"),
    ({"searchString": "KAF"}, "cb"),
    ({"searchString": "other-table"}, "d"),
    ({"searchString": "a0000000-"}, "a"),
    ({"searchString": "kafka", "type": "streaming"}, "c"),
    ({"sortColumn": "last_updated_date_time", "sortOrder": "DESC"}, "dcba"),
    ({"sortColumn": "last_updated_date_time", "sortOrder": "ASC"}, "abcd"),
    ({"sortColumn": "created_date_time"}, "dcba"),
    ({"sortColumn": "created_date_time", "sortOrder": "ASC", "type": "batch"}, "ab"),
    ({"sortColumn": "target_table_name", "sortOrder": "DESC", "paginationLimit": 1}, "d"),
]


@pytest.mark.parametrize(
    ("query", "found"),
    FILTERS,
    ids=lambda value: None if isinstance(value, str) else str(httpx.QueryParams(value)) or "all",
)
@pytest.mark.usefixtures("mixed")
def test_polaris_filters(query: dict[str, Any], found: str, polaris: Callable[..., str]) -> None:
    """One name: any of the values; several names: all of them; the user's latest change is first.

    Seed 004: "Note that if there are multiple instances of the same query parameter, a job only
    needs to match one of them."
    """
    assert polaris(**query) == found


def test_polaris_filters__every_one() -> None:
    """Every filter that the spec declares has a row above."""
    listing = next(operation for operation in SPECS["polaris"].operations if operation.filters)

    declared = {chosen.parameter for chosen in listing.filters}
    assert declared <= {name for query, _ in FILTERS for name in query}


@pytest.mark.slow
def test_polaris_filters__every_moment(
    polaris: Callable[..., str], clock: ManualClock, mixed: None
) -> None:
    """At each moment, a job is found by exactly one execution status: its own."""
    del mixed
    seen = set()
    for _ in range(40):
        found = {state: polaris(executionStatus=state) for state in STATES}
        seen |= {state for state, jobs in found.items() if jobs}
        clock.advance(3 * SECOND)

        assert sorted("".join(found.values())) == ["a", "b", "c", "d"]
    assert seen == {"running", "idle", "completed", "failed"}


def test_polaris_paging(sandbox: Sandbox) -> None:
    """The pages together contain every job once, and the last one says that there are no more."""
    ask = asker("polaris", "/v1/projects/p/jobs", "Basic pok_test", sandbox)
    ids = {sandbox.create(POLARIS).record.id for _ in range(107)}

    pages = [ask(paginationLimit=10, paginationOffset=offset) for offset in range(0, 110, 10)]

    assert [len(page["values"]) for page in pages] == [10] * 10 + [7]
    assert {job["id"] for page in pages for job in page["values"]} == ids
    assert [page["moreResultsAvailable"] for page in pages] == [True] * 10 + [False]
    assert len(ask()["values"]) == 100
    assert ask(paginationOffset=107) == {"values": [], "moreResultsAvailable": False}


# -- VectorCharts ----------------------------------------------------------------------------------

VECTORCHARTS = SPECS["vectorcharts"].jobs["job"]


@pytest.fixture
def charts(sandbox: Sandbox) -> Ask:
    """Ask VectorCharts' list."""
    return asker("vectorcharts", "/api/portal/v1/jobs", "Bearer token", sandbox)


def _ids(body: Any) -> list[str]:
    return [job["id"] for job in body["jobs"]]


def _born(sandbox: Sandbox, clock: ManualClock, machine: Machine, count: int) -> Iterator[Any]:
    for _ in range(count):
        yield sandbox.create(machine).record.id
        clock.advance(SECOND)


def test_vectorcharts_order(charts: Ask, sandbox: Sandbox, clock: ManualClock) -> None:
    """The most recent job comes first; within one moment, the one created last."""
    born = list(_born(sandbox, clock, VECTORCHARTS, 5))
    born += [sandbox.create(VECTORCHARTS).record.id for _ in range(5)]

    assert _ids(charts()) == born[::-1]


@pytest.mark.parametrize(
    ("query", "shown", "applied"),
    [
        ({}, 25, {"limit": 25, "offset": 0}),
        ({"limit": 1}, 1, {"limit": 1, "offset": 0}),
        ({"limit": 200}, 200, {"limit": 200, "offset": 0}),
        ({"limit": 500}, 200, {"limit": 200, "offset": 0}),
        ({"offset": 200}, 10, {"limit": 25, "offset": 200}),
        ({"limit": 7, "offset": 205}, 5, {"limit": 7, "offset": 205}),
        ({"offset": 210}, 0, {"limit": 25, "offset": 210}),
        ({"offset": 2**63 - 1}, 0, {"limit": 25, "offset": 2**63 - 1}),
    ],
)
def test_vectorcharts_page(
    query: dict[str, Any], shown: int, applied: dict[str, int], charts: Ask, sandbox: Sandbox
) -> None:
    """The response shows limit and offset as applied; the total counts all pages.

    Seed 003: limit "Defaults to 25. Capped at 200."
    """
    for _ in range(210):
        sandbox.create(VECTORCHARTS)

    body = charts(**query)

    assert len(body["jobs"]) == shown
    assert body["pagination"] == {**applied, "total": 210}


def test_vectorcharts_paging(charts: Ask, sandbox: Sandbox, clock: ManualClock) -> None:
    """The pages together contain every job once, in order."""
    born = list(_born(sandbox, clock, VECTORCHARTS, 53))

    pages = [_ids(charts(limit=10, offset=offset)) for offset in range(0, 60, 10)]

    assert [id_ for page in pages for id_ in page] == born[::-1]


def test_vectorcharts_active(charts: Ask, sandbox: Sandbox, clock: ManualClock) -> None:
    """With activeOnly, a job is listed and counted until it ends.

    Seed 003: "If true, return only jobs in the pending or running state. Defaults to false."
    """
    one = sandbox.create(VECTORCHARTS, scenario="completes").record.id
    two = sandbox.create(VECTORCHARTS, scenario="cancelled").record.id
    moments = {0: [two, one], 2 * MINUTE: [two, one], 3 * MINUTE: [one], 61 * MINUTE: []}

    for moment, active in moments.items():
        clock.advance(ManualClock.START + moment - clock.now())
        body = charts(activeOnly="true")

        assert _ids(body) == active
        assert body["pagination"]["total"] == len(active)
        assert {job["jobState"] for job in body["jobs"]} <= {"pending", "running"}
        assert _ids(charts()) == _ids(charts(activeOnly="false")) == [two, one]


def test_vectorcharts_children(charts: Ask, sandbox: Sandbox, clock: ManualClock) -> None:
    """A spawned job is in the list from its creation on, not before."""
    parent = sandbox.create(VECTORCHARTS, scenario="upload_spawns_children").record.id

    totals = []
    for _ in range(4):
        totals.append(charts()["pagination"]["total"])
        clock.advance(10 * SECOND)

    assert totals == [1, 1, 2, 3]
    assert [job["parentJobId"] for job in charts()["jobs"]] == [parent, parent, None]


def test_paging__far_out(sandbox: Sandbox) -> None:
    """The page at the largest possible offset is empty, even without a declared order."""
    ask = asker("loom", "/weaves", "Bearer open-sesame", sandbox)
    sandbox.create(SPECS["loom"].jobs["weave"])

    assert ask(limit=2**63 - 1, offset=1)["weaves"] == []
    assert ask(limit=2**63 - 1, offset=2**63 - 1)["total"] == 1


# -- many jobs -------------------------------------------------------------------------------------


def many(count: int) -> tuple[Any, Sandbox]:
    """Returns OSAPI with the control API, and `count` jobs, the first of which is job 1."""
    sandbox = Sandbox(machines_by_name([SPECS["osapi"]]), Setup(ManualClock(), empty=True))
    machine = SPECS["osapi"].jobs["job"]
    for number in range(count):
        sandbox.create(machine, id=str(UUID(int=number)), at=sandbox.clock.now() - number)
    specs = [SPECS["osapi"], SPECS["control"]]
    return create_app(specs, Sandboxes.only(sandbox)), sandbox


@pytest.mark.parametrize(
    "query", [{}, {"limit": 3}, {"limit": 2, "offset": 1500}, {"status": "completed", "limit": 5}]
)
def test_pieces(query: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A list built in pieces equals the list built at once."""
    app, _ = many(2_100)
    answers = []
    for piece in (700, 10_000):
        for module in ("listing", "pieces", "control.jobs"):
            monkeypatch.setattr(f"jobtwin.http.{module}.PIECE", piece)
        for path in ("/osapi/job", "/_control/jobs"):
            sent = query if path != "/_control/jobs" else {"limit": query.get("limit", 9)}
            answers.append(asyncio.run(fetched(app, path, sent)).json())

    assert answers[:2] == answers[2:]
    assert answers[1]["total"] == 2_100


FAULTS = {
    "state": Fault(state="melted"),
    "stale": Fault(stale=HOUR),
    "hidden": Fault(hide_for=HOUR),
    "header": Fault(headers={"X-Fault": "yes"}),
}


def rule(fault: Fault, times: int | None = None) -> FaultRule:
    """Returns a rule for lists."""
    return FaultRule(id="1", api="osapi", operation="listJobs", fault=fault, times=times)


@pytest.mark.parametrize("name", FAULTS)
def test_pieces__fault(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list under a fault, built in pieces, equals the list built at once; the fault hits once."""
    answers = []
    for piece in (70, 10_000):
        for module in ("listing", "pieces"):
            monkeypatch.setattr(f"jobtwin.http.{module}.PIECE", piece)
        app, sandbox = many(210)
        sandbox.advance_clock(HOUR // 2)
        good = asyncio.run(fetched(app, "/osapi/job", {"limit": 5}))
        sandbox.add_fault(rule(FAULTS[name], times=1))
        answers += [asyncio.run(fetched(app, "/osapi/job", {"limit": 5})) for _ in range(2)]

    assert [each.content for each in answers[:2]] == [each.content for each in answers[2:]]
    assert [each.headers for each in answers[:2]] == [each.headers for each in answers[2:]]
    assert answers[1].content == good.content
    assert (answers[0].content, answers[0].headers) != (good.content, good.headers)
    assert [entry.injected for entry in sandbox.journal] == [False, True, False]


@pytest.mark.parametrize("count", [5, 3 * PIECE])
@pytest.mark.parametrize(
    ("fault", "moved"),
    [
        (Fault(stale=SECOND), 0),
        (Fault(credential="expired"), 0),
        (Fault(credential="expired", handled=True), 5),
        (Fault(headers={"X-Fault": "yes"}), 5),
    ],
    ids=["stale", "expired", "expired-handled", "header"],
)
def test_pieces__fault_handled(fault: Fault, moved: int, count: int) -> None:
    """A list under a fault moves jobs that progress by polls if the fault leaves it handled."""
    sandbox = Sandbox(
        machines_by_name([SPECS["osapi"]]), Setup(ManualClock(), empty=True, progression="polls")
    )
    app = create_app([SPECS["osapi"], SPECS["control"]], Sandboxes.only(sandbox))
    machine = SPECS["osapi"].jobs["job"]
    for _ in range(count):
        sandbox.create(machine)
    sandbox.add_fault(rule(fault))
    before = [job.reached for job in sandbox.jobs(machine)]

    asyncio.run(fetched(app, "/osapi/job", {"limit": 5}, fine=False))

    after = [job.reached for job in sandbox.jobs(machine)]
    assert sum(map(operator.ne, before, after)) == moved


@pytest.mark.parametrize("fault", [None, *FAULTS.values()], ids=["none", *FAULTS])
@pytest.mark.parametrize("path", ["/osapi/job", "/_control/jobs"])
def test_pieces__others(path: str, fault: Fault | None) -> None:
    """A request for one job is answered before an earlier request for a long list."""
    app, sandbox = many(3 * PIECE)
    if fault is not None:
        sandbox.add_fault(rule(fault))
    answered: list[str] = []

    async def ask(path: str) -> None:
        await fetched(app, path)
        answered.append(path)

    async def both() -> None:
        listing = asyncio.create_task(ask(path))
        await asyncio.sleep(0)
        await asyncio.gather(listing, ask(f"/osapi/job/{UUID(int=1)}"))

    asyncio.run(both())

    assert answered == [f"/osapi/job/{UUID(int=1)}", path]


@pytest.mark.parametrize("path", ["/_control/sandboxes", "/_control/clock/advance"])
def test_settling__others(path: str) -> None:
    """After the clock passes many ends, a poll does not wait for a count or the next change."""
    app, sandbox = many(4 * PIECE)
    sandbox.advance_clock(10 * MINUTE)
    poll = f"/osapi/job/{sandbox.create(SPECS['osapi'].jobs['job']).record.id}"
    answered: list[str] = []
    body = {"toNext": True} if "clock" in path else None

    async def ask(path: str, body: Any = None) -> None:
        await fetched(app, path, body=body)
        answered.append(path)

    async def both() -> None:
        long = asyncio.create_task(ask(path, body))
        await asyncio.sleep(0)
        await asyncio.gather(long, ask(poll))

    asyncio.run(both())

    assert answered == [poll, path]


def reset(sandbox: Sandbox) -> None:
    sandbox.reset()


def restore(sandbox: Sandbox) -> None:
    sandbox.restore(
        Sandbox([SPECS["osapi"].jobs["job"]], Setup(ManualClock(), empty=True)).snapshot()
    )


@pytest.mark.parametrize("lose", [reset, restore])
@pytest.mark.parametrize("path", fast_every(2, ["/osapi/job", "/_control/jobs"]))
def test_pieces__reset(
    path: str, lose: Callable[[Sandbox], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list whose sandbox is reset meanwhile shows the jobs after it, as the journal does."""
    app, sandbox = many(3 * PIECE)
    began, copy = asyncio.Event(), JobList.copy

    def copied(jobs: JobList[Any]) -> JobList[Any]:
        began.set()
        return copy(jobs)

    monkeypatch.setattr(JobList, "copy", copied)

    async def both() -> Any:
        listing = asyncio.create_task(fetched(app, path))
        await began.wait()
        lose(sandbox)
        sandbox.create(SPECS["osapi"].jobs["job"], id=str(UUID(int=7)))
        return (await listing).json()

    body = asyncio.run(both())

    [found] = [value for value in body.values() if isinstance(value, list)]
    assert [job["id"] for job in found] == [str(UUID(int=7))]


REMOVALS = [
    ("POST", "/_control/reset"),
    ("DELETE", "/_control/sandboxes/default"),
    ("DELETE", "/_control/sandboxes"),
    ("PUT", "/_control/sandboxes/default"),
]


@pytest.mark.parametrize(("method", "path"), fast_every(4, REMOVALS))
def test_removal__others(method: str, path: str) -> None:
    """Many jobs disappear at once, but are freed in pieces; other requests run in between."""
    app, _ = many(3 * PIECE)
    answered: list[Any] = []

    async def ask(method: str, path: str) -> None:
        answer = await fetched(app, path, method=method, body={} if method == "PUT" else None)
        answered.append(answer.json()["jobs"] if method == "GET" else method)

    async def both() -> None:
        removal = asyncio.create_task(ask(method, path))
        await asyncio.sleep(0)
        await asyncio.gather(removal, ask("GET", "/_control/jobs"))

    asyncio.run(both())

    assert answered == [[], method]


async def fetched(  # noqa: PLR0913 - a request has that many parts
    app: Any,
    path: str,
    query: dict[str, Any] | None = None,
    *,
    method: str | None = None,
    body: Any = None,
    fine: bool = True,
) -> httpx.Response:
    headers = {"Authorization": "Bearer some-token"}
    method = method or ("GET" if body is None else "POST")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=headers) as client:
        answer = await client.request(method, f"http://twin{path}", params=query, json=body)
    assert answer.is_success or not fine, answer.text
    return answer
