"""Every kind of fault, as a client sees it, over a socket and in process."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from jobtwin.testing import Jobtwin

BOTH = pytest.mark.parametrize("fixture", ["jobtwin", "jobtwin_local"])
TABLE = {"type": "table", "tableName": "t"}
NEW = {"type": "batch", "target": TABLE, "source": {"type": "uploaded", "fileList": ["f"], "inputSchema": []}}  # fmt: skip

Seen = httpx.Response | httpx.RequestError


@pytest.fixture
def twin(fixture: str, request: pytest.FixtureRequest) -> Jobtwin:
    """Returns a sandbox that is reached over a socket, or in process."""
    made: Jobtwin = request.getfixturevalue(fixture)
    return made


def _client(twin: Jobtwin) -> httpx.Client:
    url = f"{twin.polaris.url}/v1/projects/p"
    headers = twin.polaris.headers
    return httpx.Client(transport=twin.transport, base_url=url, headers=headers, timeout=5)


def _poll(twin: Jobtwin, job: str) -> Seen:
    try:
        with _client(twin) as http:
            return http.get(f"/jobs/{job}/status")
    except httpx.RequestError as error:
        return error


def _answer(wanted: int, **headers: str) -> Callable[[Seen], bool]:
    def holds(seen: Seen) -> bool:
        assert isinstance(seen, httpx.Response), seen
        told = {name: seen.headers.get(name.replace("_", "-")) for name in headers}
        return seen.status_code == wanted and told == headers

    return holds


def _error(seen: Seen) -> bool:
    """True if the body is the vendor's error."""
    assert isinstance(seen, httpx.Response), seen
    return set(seen.json()) == {"code", "message"}


def _content(wanted: bytes) -> Callable[[Seen], bool]:
    return lambda seen: isinstance(seen, httpx.Response) and seen.content == wanted


def _raises(kind: type[Exception]) -> Callable[[Seen], bool]:
    return lambda seen: type(seen) is kind


PENDING = b'{"executionStatus":"pending"}'
KINDS: dict[str, tuple[dict[str, Any], list[Callable[[Seen], bool]]]] = {
    "documented status": ({"status": 404}, [_answer(404), _error]),
    "undocumented status": ({"status": 507}, [_answer(507), _error]),
    "any body": ({"status": 418, "body": "tea"}, [_answer(418), _content(b"tea")]),
    "any headers": ({"headers": {"X-Odd": "1"}}, [_answer(200, X_Odd="1"), _content(PENDING)]),
    "429 in seconds": ({"status": 429, "retry_after": 5}, [_answer(429, Retry_After="5"), _error]),
    "503 in seconds": ({"status": 503, "retry_after": 5}, [_answer(503, Retry_After="5"), _error]),
    "late": ({"delay": "0.05s"}, [_answer(200), _content(PENDING)]),
    "late body": ({"delay": "0.05s", "delayed": "body"}, [_answer(200), _content(PENDING)]),
    "drips": ({"delay": "0.05s", "delayed": "drip"}, [_answer(200), _content(PENDING)]),
    "cut before": ({"drop": "before"}, [_raises(httpx.RemoteProtocolError)]),
    "cut in the headers": ({"drop": "headers"}, [_raises(httpx.RemoteProtocolError)]),
    "cut after the headers": ({"drop": "after_headers"}, [_raises(httpx.RemoteProtocolError)]),
    "cut in the body": ({"drop": "body"}, [_raises(httpx.RemoteProtocolError)]),
    "reset": ({"drop": "before", "reset": True}, [_raises(httpx.ReadError)]),
    "reset in the body": ({"drop": "body", "reset": True}, [_raises(httpx.ReadError)]),
    "empty": ({"body": "empty"}, [_answer(200), _content(b"")]),
    "truncated": ({"body": "truncated"}, [_answer(200), _content(PENDING[:15])]),
    "malformed": ({"body": "malformed"}, [_answer(200), _content(PENDING + b"}")]),
    "a gateway's page": ({"status": 502, "body": "html"}, [_answer(502, Content_Type="text/html; charset=utf-8")]),
    "another type": ({"headers": {"Content-Type": "text/csv"}}, [_answer(200, Content_Type="text/csv")]),
    "another charset": ({"encoding": "utf-16"}, [_content(PENDING.decode().encode("utf-16"))]),
    "no gzip": ({"encoding": "gzip"}, [_raises(httpx.DecodingError)]),
    "unknown state": ({"state": "hibernating"}, [_content(b'{"executionStatus":"hibernating"}')]),
    "lost field": ({"fields": {"executionStatus": "missing"}}, [_content(b"{}")]),
    "null": ({"fields": {"executionStatus": "null"}}, [_content(b'{"executionStatus":null}')]),
    "wrong type": ({"fields": {"executionStatus": "wrong_type"}}, [_content(b'{"executionStatus":{"value":"pending"}}')]),
    "hidden": ({"hide": True}, [_answer(404), _error]),
    "expired credential": ({"credential": "expired"}, [_answer(401), _error]),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize("kind", KINDS)
def test_kind(twin: Jobtwin, kind: str) -> None:
    """The fault occurs once, as described; the next response is normal."""
    fault, checks = KINDS[kind]
    job = twin.polaris.create().id
    made = twin.polaris.fail("getJobStatus", times=1, **fault)

    seen, after = _poll(twin, job), _poll(twin, job)

    assert [check(seen) for check in checks] == [True] * len(checks)
    assert _content(PENDING)(after)
    assert made.hits == 1


@BOTH
def test_date(twin: Jobtwin) -> None:
    """Retry-After as a date follows the sandbox's clock, like the `Date` header."""
    twin.polaris.fail("getJobStatus", status=503, retry_after=5, date=True)
    seen = _poll(twin, twin.polaris.create().id)

    assert isinstance(seen, httpx.Response)
    assert [seen.headers["Date"][-12:], seen.headers["Retry-After"][-12:]] == [
        "00:00:00 GMT",
        "00:00:05 GMT",
    ]


@BOTH
def test_goes_back(twin: Jobtwin) -> None:
    """A state goes back if one poll in the middle is stale, by seconds or by polls."""
    job = twin.polaris.create("batch_succeeds").id
    twin.polaris.fail("getJobStatus", after=2, times=1, stale="1h")
    twin.polaris.fail("getJobStatus", after=4, times=1, stale=4)
    states = []
    for _ in range(6):
        seen = _poll(twin, job)
        assert isinstance(seen, httpx.Response)
        states.append(seen.json()["executionStatus"])
        twin.clock.advance(seconds=1 if len(states) > 1 else 7)

    assert states == ["pending", "running", "pending", "running", "pending", "running"]


@BOTH
def test_not_yet(twin: Jobtwin) -> None:
    """A new job is not found for the given time after its creation."""
    twin.polaris.fail("getJobStatus", hide="3s")
    job = twin.polaris.create().id
    early = _poll(twin, job)
    twin.clock.advance(seconds=3)

    assert _answer(404)(early)
    assert _answer(200)(_poll(twin, job))


@BOTH
def test_expires_in_mid_wait(twin: Jobtwin) -> None:
    """A credential expires after two polls."""
    job = twin.polaris.create().id
    twin.polaris.fail("getJobStatus", after=2, credential="expired")
    seen = [_poll(twin, job) for _ in range(4)]

    assert [each.status_code for each in seen if isinstance(each, httpx.Response)] == [
        200,
        200,
        401,
        401,
    ]


@BOTH
@pytest.mark.parametrize(
    ("fault", "jobs"),
    [
        ({"status": 500, "handled": True}, 2),
        ({"status": 500}, 1),
        ({"drop": "before"}, 2),
        ({"drop": "before", "handled": False}, 1),
        ({"delay": "20s"}, 2),
    ],
    ids=json.dumps,
)
def test_retried(twin: Jobtwin, fault: Any, jobs: int) -> None:
    """A repeated create request creates a second job if the first request was handled.

    It was handled unless the response refused it, even if the client saw an error or gave up.
    """
    twin.polaris.fail("createJob", times=1, **fault)
    for _ in range(2):
        try:
            with _client(twin) as http:
                http.post("/jobs", json=NEW, timeout=0.2 if "delay" in fault else 5)
        except httpx.RequestError:
            continue

    assert len(twin.polaris.jobs()) == jobs


@BOTH
def test_chance(twin: Jobtwin) -> None:
    """A fault with a chance affects some requests, the same ones with the same seed."""
    job = twin.polaris.create().id
    fault = twin.polaris.fail("getJobStatus", chance=0.5, status=500)
    for _ in range(20):
        _poll(twin, job)

    assert 0 < fault.hits < 20
