"""Faults by the control API: validated, counted, and applied to answers."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from jobtwin.http import Settings, create_app
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import Change, ManualClock, Sandbox, Setup, change_from_json
from jobtwin.server import Server
from tests.control.world import Sandboxed
from tests.loaded import loaded

SPECS = loaded()
APP = create_app(SPECS, Sandbox(machines_by_name(SPECS), Setup(ManualClock())))
POLARIS = {"Authorization": "Basic pok_test"}
JOBS = "polaris/v1/projects/p/jobs"


class FaultySandbox(Sandboxed):
    """A sandbox with one Polaris job, on a clock that stands still."""

    def __init__(self) -> None:
        super().__init__(APP, clock="manual", empty=True)
        made = self.control("POST", "jobs", {"api": "polaris", "scenario": "batch_succeeds"})
        self.job = made.json()["id"]

    def fault(self, fault: Any, **rule: Any) -> str:
        added = self.control("POST", "faults", {"api": "polaris", **rule, "fault": fault})
        assert added.status_code == 201, added.text
        return str(added.json()["id"])

    def refused(self, **body: Any) -> tuple[int, str]:
        answer = self.control("POST", "faults", {"api": "polaris", **body})
        return answer.status_code, answer.json()["detail"]

    def poll(self, **headers: str) -> httpx.Response:
        return self.http.get(f"{JOBS}/{self.job}/status", headers={**POLARIS, **headers})

    def create(self) -> httpx.Response:
        body = {
            "type": "batch",
            "target": {"type": "table", "tableName": "t"},
            "source": {"type": "uploaded", "fileList": ["f"], "inputSchema": []},
        }
        return self.http.post(JOBS, json=body, headers=POLARIS)

    def advance(self, by: str) -> None:
        self.control("POST", "clock/advance", {"by": by})

    def statuses(self, count: int) -> list[int]:
        return [self.poll().status_code for _ in range(count)]

    def faults(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "faults").json()["faults"])

    def entry(self) -> dict[str, Any]:
        return dict(self.control("GET", "journal?limit=1").json()["entries"][0])


@pytest.fixture
def world() -> FaultySandbox:
    """Make a sandbox with one job."""
    return FaultySandbox()


# -- rules -----------------------------------------------------------------------------------------


def test_times_and_after(world: FaultySandbox) -> None:
    """A fault skips the first `after` requests, hits `times` requests, and counts both."""
    world.fault({"status": 503}, after=1, times=2)

    assert world.statuses(5) == [200, 503, 503, 200, 200]
    assert [(f["matched"], f["hits"]) for f in world.faults()] == [(5, 2)]


def test_operation_and_job(world: FaultySandbox) -> None:
    """A fault of one operation or one job does not affect others."""
    other = world.control("POST", "jobs", {"api": "polaris"}).json()["id"]
    world.fault({"status": 500}, operation="listJobs")
    world.fault({"status": 502}, job=other)

    assert world.poll().status_code == 200
    assert world.http.get(JOBS, headers=POLARIS).status_code == 500
    assert world.http.get(f"{JOBS}/{other}", headers=POLARIS).status_code == 502


def test_chance() -> None:
    """A chance depends on the sandbox's seed: the same requests are hit each time."""
    first, second = FaultySandbox(), FaultySandbox()
    for world in (first, second):
        world.fault({"status": 500}, chance=0.5)

    statuses = first.statuses(40)

    assert statuses == second.statuses(40)
    assert 5 < statuses.count(500) < 35


def test_remove(world: FaultySandbox) -> None:
    """Faults are removed by id, all at once, or by a reset."""
    kept, removed = world.fault({"status": 500}), world.fault({"status": 502})

    assert world.control("DELETE", f"faults/{removed}").status_code == 204
    assert [f["id"] for f in world.faults()] == [kept]
    assert world.control("DELETE", "faults").status_code == 204
    assert world.faults() == []
    world.fault({"status": 500})
    world.control("POST", "reset")
    assert world.faults() == []


def test_remove__unknown(world: FaultySandbox) -> None:
    """An unknown id is reported with the existing ids."""
    world.fault({"status": 500})

    answer = world.control("DELETE", "faults/9")

    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "Unknown fault '9'. Available: 1",
    )


def test_preset(world: FaultySandbox) -> None:
    """A preset adds its faults under one id, which also removes them."""
    added = world.control("POST", "faults", {"api": "polaris", "preset": "rate_limited"}).json()

    assert [f["id"] for f in added["faults"]] == [f"{added['id']}.1"]
    assert world.statuses(4) == [200, 429, 429, 200]
    world.control("DELETE", f"faults/{added['id']}")
    assert world.faults() == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"fault": {"status": 700}}, "write one from 200 to 599"),
        ({"fault": {"status": 100}}, "write one from 200 to 599"),
        ({"fault": {"status": 204, "body": {}}}, "has no body"),
        ({"fault": {"handled": True}}, "does nothing"),
        ({"fault": {"date": True, "status": 429}}, "`retryAfter`"),
        ({"fault": {"status": 500, "reset": True}}, "`drop`"),
        ({"fault": {"status": 500, "delayed": "body"}}, "`delay`"),
        ({"fault": {"delay": "5x"}}, "such as 3s"),
        ({"fault": {"status": 500, "headers": {"Content-Length": "5"}}}, "`drop`"),
        ({"fault": {"status": 500, "headers": {"X": "a\r\nb"}}}, "printable"),
        ({"fault": {"stauts": 500}}, "'stauts' was unexpected"),
        ({"fault": {"status": 500}, "operation": "getJobStatu"}, "Did you mean 'getJobStatus'?"),
        ({"fault": {"hide": True}, "operation": "createJob"}, "operations that find jobs"),
        ({"fault": {"stale": "5s"}, "operation": "createJob"}, "operations that read jobs"),
        ({"preset": "bad_mornin"}, "Did you mean 'bad_morning'?"),
        ({"preset": "bad_morning", "times": 1}, "leave out after, times, chance"),
        ({}, "one of `fault` and `preset`"),
    ],
)
def test_impossible(world: FaultySandbox, body: Any, why: str) -> None:
    """An impossible fault is refused with a hint."""
    status, detail = world.refused(**body)

    assert (status, why in detail) == (400, True), detail


@pytest.mark.parametrize(
    ("body", "why"),
    [({"api": "polari"}, "Did you mean 'polaris'?"), ({"job": "nowhere"}, "Unknown job 'nowhere'")],
)
def test_unknown(world: FaultySandbox, body: Any, why: str) -> None:
    """An unknown twin or job is reported with a suggestion."""
    status, detail = world.refused(fault={"status": 500}, **body)

    assert (status, why in detail) == (404, True), detail


# -- answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"code": "NotFound", "message": "Not Found"}),
        (429, {"code": "TooManyRequests", "message": "Too Many Requests"}),
        (599, {"code": "ServerError", "message": "Server Error"}),
    ],
)
def test_status(world: FaultySandbox, status: int, body: Any) -> None:
    """Any status has the vendor's own error body, even if its spec does not list the status."""
    world.fault({"status": status})

    answer = world.poll()

    assert (answer.status_code, answer.json()) == (status, body)


@pytest.mark.parametrize("name", [spec.name for spec in SPECS if spec.jobs])
@pytest.mark.parametrize("status", [429, 520])
def test_status__every_operation(name: str, status: int) -> None:
    """Every operation of every twin can answer any status with JSON."""
    world = FaultySandbox()
    world.control("POST", "faults", {"api": name, "fault": {"status": status}})
    spec = next(spec for spec in SPECS if spec.name == name)
    for operation in spec.operations:
        path = f"{name}{operation.path}".replace("{", "").replace("}", "")

        answer = world.http.request(operation.method, path)

        assert (answer.status_code, bool(answer.json())) == (status, True), operation.id


def test_retry_after__date(world: FaultySandbox) -> None:
    """`Retry-After` as a date follows the sandbox's clock, and so does the `Date` header."""
    world.fault({"status": 503, "retryAfter": 90, "date": True})

    answer = world.poll()

    assert answer.headers["Date"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    assert answer.headers["Retry-After"] == "Thu, 01 Jan 2026 00:01:30 GMT"


def test_headers_and_body(world: FaultySandbox) -> None:
    """A fault can set the headers and the body."""
    given = {"status": 418, "body": "tea", "headers": {"X-Pot": "1", "Content-Type": "text/tea"}}
    world.fault(given)

    answer = world.poll()

    assert (answer.status_code, answer.text, answer.headers["X-Pot"]) == (418, "tea", "1")
    assert answer.headers["Content-Type"] == "text/tea"


@pytest.mark.parametrize(
    ("fault", "content"),
    [
        ({"body": "empty"}, b""),
        ({"body": "truncated"}, b'{"executionStat'),
        ({"body": "malformed"}, b'{"executionStatus":"pending"}}'),
        ({"body": {"a": 1}}, b'{"a":1}'),
        ({"fields": {"executionStatus": "missing"}}, b"{}"),
        ({"fields": {"executionStatus": "null"}}, b'{"executionStatus":null}'),
        ({"fields": {"executionStatus": "wrong_type"}}, b'{"executionStatus":{"value":"pending"}}'),
        ({"state": "hibernating"}, b'{"executionStatus":"hibernating"}'),
        ({"encoding": "utf-16"}, '{"executionStatus":"pending"}'.encode("utf-16")),
    ],
)
def test_body(world: FaultySandbox, fault: Any, content: bytes) -> None:
    """A damaged body keeps its status and has a matching length."""
    world.fault(fault)

    answer = world.poll()

    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["Content-Length"] == str(len(content))


def test_body__html(world: FaultySandbox) -> None:
    """A gateway's page is HTML and contains the status."""
    world.fault({"status": 502, "body": "html"})

    answer = world.poll()

    assert (answer.status_code, "502 Bad Gateway" in answer.text) == (502, True)
    assert answer.headers["Content-Type"].startswith("text/html")


def test_stale(world: FaultySandbox) -> None:
    """A stale read shows an earlier state of the job: seconds ago or polls ago."""
    world.poll()
    world.advance("PT10M")
    told = world.poll().json()["executionStatus"]
    world.fault({"stale": "10m"}, times=1)
    world.fault({"stale": 3}, times=1)

    seen = [world.poll().json()["executionStatus"] for _ in range(3)]

    assert seen == ["pending", "pending", told]
    assert told != "pending"


def test_hide(world: FaultySandbox) -> None:
    """A hidden job is unknown, with the vendor's own error, and not in the list."""
    unknown = world.http.get(f"{JOBS}/00000000-0000-4000-8000-000000000000/status", headers=POLARIS)
    world.fault({"hide": True}, job=world.job)

    hidden = world.poll()
    listed = world.http.get(JOBS, headers=POLARIS).json()

    assert (hidden.status_code, hidden.json()["code"]) == (404, unknown.json()["code"])
    assert world.job not in str(listed)


def test_hide__for_a_while(world: FaultySandbox) -> None:
    """A job can be unknown for a while after its creation; later requests do not match."""
    world.fault({"hide": "3s"})

    before = world.poll().status_code
    world.advance("PT3S")

    assert (before, world.poll().status_code) == (404, 200)
    assert [(f["matched"], f["hits"]) for f in world.faults()] == [(1, 1)]


def test_credential(world: FaultySandbox) -> None:
    """A credential can expire during a wait, with the vendor's own error."""
    world.fault({"credential": "expired"}, after=2)

    assert world.statuses(3) == [200, 200, 401]
    assert world.poll().json()["code"] == "Unauthorized"


# -- handled ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "jobs"),
    [
        ({"status": 500}, 1),
        ({"status": 500, "handled": True}, 2),
        ({"body": "html"}, 2),
        ({"body": "html", "handled": False}, 1),
        ({"status": 202}, 2),
    ],
)
def test_handled(world: FaultySandbox, fault: Any, jobs: int) -> None:
    """`handled` decides whether the job is created although the client gets an error."""
    world.fault(fault, operation="createJob")

    world.create()

    assert world.control("GET", "jobs?api=polaris").json()["total"] == jobs


# -- Prefer ----------------------------------------------------------------------------------------


def test_prefer(world: FaultySandbox) -> None:
    """`Prefer: code=NNN` sets the status of one request, and is confirmed in a header."""
    answer = world.poll(Prefer="code=503")

    assert (answer.status_code, answer.headers["Preference-Applied"]) == (503, "code=503")
    assert world.poll().status_code == 200


@pytest.mark.parametrize(
    ("prefer", "status"),
    [
        ('note="x, code=503"', 200),
        ("code=99", 200),
        ('a, code="503"', 503),
        ("code=503, code=404", 503),
    ],
)
def test_prefer__tokens(world: FaultySandbox, prefer: str, status: int) -> None:
    """Quoted text is not a preference, and the first of two preferences counts (RFC 7240)."""
    assert world.poll(Prefer=prefer).status_code == status


# -- journal and changes ---------------------------------------------------------------------------


def test_journal(world: FaultySandbox) -> None:
    """The journal marks injected answers, without a state that the client did not see."""
    world.poll()
    seen = world.entry()
    world.fault({"status": 429})
    world.poll()
    entry = world.entry()

    assert ("injected" in seen, entry["injected"], entry["status"]) == (False, True, 429)
    assert "after" not in entry


def test_changes() -> None:
    """Faults are changes: a replay produces the same faults with the same hits."""
    machines = machines_by_name(SPECS)
    sandbox, again = (Sandbox(machines, Setup(ManualClock())) for _ in range(2))
    app = create_app(SPECS, sandbox)

    async def story() -> None:
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://twin")
        body = {"api": "polaris", "after": 1, "fault": {"status": 429, "handled": False}}
        await http.post("/_control/faults", json=body)
        for _ in range(3):
            await http.get(f"/{JOBS}", headers=POLARIS)

    asyncio.run(story())
    for item in sandbox.feed.since(0):
        if isinstance(item.what, Change):
            again.apply(change_from_json(item.what.to_json()))
    restored = Sandbox(machines, Setup(ManualClock()))
    restored.restore(sandbox.snapshot())

    assert [(f.matched, f.hits) for f in sandbox.faults] == [(3, 2)]
    assert list(again.faults) == list(restored.faults) == list(sandbox.faults)


# -- a real connection -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """Serve the twins on a port and yield the URL."""
    server = Server(SPECS, Settings(), port=0, speed=None)
    server.bind()
    thread = threading.Thread(target=server.serve)
    thread.start()
    assert server.ready.wait(60)
    yield server.root
    server.stop()
    thread.join()
    server.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"drop": "before"}, httpx.RemoteProtocolError),
        ({"drop": "headers"}, httpx.RemoteProtocolError),
        ({"drop": "after_headers"}, httpx.RemoteProtocolError),
        ({"drop": "body"}, httpx.RemoteProtocolError),
        ({"drop": "before", "reset": True}, httpx.ReadError),
    ],
)
def test_drop(served: str, fault: Any, error: type[Exception]) -> None:
    """A connection is cut before, in or after the headers; the server continues."""
    with httpx.Client(base_url=served) as http:
        http.post("/_control/faults", json={"api": "polaris", "times": 1, "fault": fault})

        with pytest.raises(error):
            http.get(f"/{JOBS}", headers=POLARIS)
        assert http.get(f"/{JOBS}", headers=POLARIS).status_code == 200


def test_drop__headers(served: str) -> None:
    """A connection cut in the headers has sent part of them."""
    body = {"api": "polaris", "times": 1, "fault": {"drop": "headers"}}
    httpx.post(f"{served}/_control/faults", json=body)
    host, port = httpx.URL(served).host, httpx.URL(served).port or 80
    with socket.create_connection((host, port), 5) as connection:
        connection.sendall(
            f"GET /{JOBS} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic pok_test\r\n\r\n".encode()
        )

        received = b"".join(iter(lambda: connection.recv(4096), b""))

    assert received == b"HTTP/1.1 200 OK\r\nContent-Ty"


def test_date__one(served: str) -> None:
    """An answer with the sandbox's `Date` has no other `Date`."""
    fault = {"status": 503, "retryAfter": 5, "date": True}
    httpx.post(f"{served}/_control/faults", json={"api": "polaris", "times": 1, "fault": fault})

    answer = httpx.get(f"{served}/{JOBS}", headers=POLARIS)

    assert answer.headers.get_list("Date") == ["Thu, 01 Jan 2026 00:00:00 GMT"]


def test_date__given(served: str) -> None:
    """An answer with a `Date` in the fault's headers has no other `Date`, in any letter case."""
    fault = {"headers": {"date": "Sat, 01 Jan 2000 00:00:00 GMT"}}
    httpx.post(f"{served}/_control/faults", json={"api": "polaris", "times": 1, "fault": fault})

    answer = httpx.get(f"{served}/{JOBS}", headers=POLARIS)

    assert answer.headers.get_list("Date") == ["Sat, 01 Jan 2000 00:00:00 GMT"]


def test_delay__clock(served: str) -> None:
    """On a clock that stands still, a delay ends when the clock is advanced past it."""
    delay = {"api": "polaris", "times": 1, "fault": {"delay": "20s"}}
    with httpx.Client(base_url=served, timeout=60) as http:
        http.delete("/_control/faults")
        http.post("/_control/faults", json=delay)
        got: list[httpx.Response] = []
        asking = threading.Thread(
            target=lambda: got.append(httpx.get(f"{served}/{JOBS}", headers=POLARIS, timeout=60))
        )
        asking.start()
        hits = 0
        while not hits:
            hits = sum(f["hits"] for f in http.get("/_control/faults").json()["faults"])
        http.post("/_control/clock/advance", json={"by": "PT20S"})
        asking.join(60)

    assert [answer.status_code for answer in got] == [200]


def test_delay__client_leaves(served: str) -> None:
    """A client that times out before a late answer gets its own error; the server continues."""
    delay = {"api": "polaris", "times": 1, "fault": {"delay": "20s"}}
    httpx.post(f"{served}/_control/faults", json=delay)

    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{served}/{JOBS}", headers=POLARIS, timeout=0.2)
    assert httpx.get(f"{served}/{JOBS}", headers=POLARIS).status_code == 200


@pytest.mark.parametrize("delayed", ["answer", "body", "drip"])
def test_delay__real(served: str, delayed: str) -> None:
    """A delay ends by itself if the clock is not advanced."""
    fault = {"delay": "0.1s", "delayed": delayed}
    httpx.post(f"{served}/_control/faults", json={"api": "polaris", "times": 1, "fault": fault})

    answer = httpx.get(f"{served}/{JOBS}", headers=POLARIS, timeout=60)

    assert (answer.status_code, answer.elapsed.total_seconds() >= 0.09) == (200, True)
