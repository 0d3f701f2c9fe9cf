"""Responses of all kinds, as a generated client reads them."""

import asyncio
import logging
import pickle
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from jobcall.errors import LONGEST_EXCERPT
from jobcall.secrets import masking
from jobclients.polaris import AuthenticatedClient
from jobclients.polaris.api.jobs import get_job_status
from jobclients.polaris.errors import (
    ApiError,
    DocumentedError,
    UnexpectedStatus,
    UnreadableAnswer,
)
from jobclients.polaris.models import ErrorResponse, ExecutionStatus

TOKEN = "pok_Zm9vYmFy"  # noqa: S105 - made up
JOB = UUID("efb35e3e-406e-4127-ad2e-280fede4f431")
HTML = "<html><body>Bad gateway</body></html>"
Asked = Callable[[httpx.Response], Any]


def client(answer: httpx.Response | Exception) -> AuthenticatedClient:
    """Returns a client whose every request gets this response, or raises this error."""

    def answered(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    args = {"transport": httpx.MockTransport(answered)}
    return AuthenticatedClient("https://x/polaris", TOKEN, prefix="Basic", httpx_args=args)


def sync(answer: httpx.Response) -> Any:
    return get_job_status.sync("p", JOB, client=client(answer))


def sync_detailed(answer: httpx.Response) -> Any:
    return get_job_status.sync_detailed("p", JOB, client=client(answer)).parsed


def asyncio_(answer: httpx.Response) -> Any:
    return asyncio.run(get_job_status.asyncio("p", JOB, client=client(answer)))


def asyncio_detailed(answer: httpx.Response) -> Any:
    return asyncio.run(get_job_status.asyncio_detailed("p", JOB, client=client(answer))).parsed


WAYS = [sync, sync_detailed, asyncio_, asyncio_detailed]
DETAILED = [sync_detailed, asyncio_detailed]
PLAIN = [sync, asyncio_]

UNREADABLE = {
    "empty": (200, {"content": b""}, "200, with an empty body"),
    "blank": (200, {"content": b" \n"}, "200, with an empty body"),
    "html": (
        200,
        {"html": HTML},
        "with a body that is not JSON (text/html; charset=utf-8): <html>",
    ),
    "cut": (200, {"content": b'{"executionSt'}, "with a body that is not JSON (no content type)"),
    "not-utf-8": (200, {"content": b'{"executionStatus": "\xff"}'}, "with a body that is not JSON"),
    "field-missing": (200, {"json": {}}, "without 'executionStatus', which is required"),
    "field-of-another-type": (
        200,
        {"json": {"executionStatus": 5}},
        "not as documented (ValueError",
    ),
    "a-list": (200, {"json": [1]}, "not as documented (TypeError"),
    "null": (200, {"content": b"null"}, "not as documented (TypeError"),
    "deep": (200, {"content": b"[" * 99_999}, "not as documented (RecursionError"),
    "broken-error": (404, {"html": HTML}, "404, with a body that is not JSON"),
    "empty-error": (500, {}, "500, with an empty body"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("status", "body", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable(status: int, body: dict[str, Any], said: str, way: Asked) -> None:
    """A body that does not fit its status raises an error with the body."""
    answer = httpx.Response(status, **body)

    with pytest.raises(UnreadableAnswer) as raised:
        way(answer)

    assert said in str(raised.value)
    assert (raised.value.status_code, raised.value.content) == (status, answer.content)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [202, 204, 304, 418, 429, 503, 520, 599, 999])
def test_unexpected(status: int, way: Asked) -> None:
    """An undocumented status, standard or not, raises an error with the whole response."""
    answer = httpx.Response(status, headers={"Retry-After": "7", "X-Id": "1"}, text="slow down")

    with pytest.raises(UnexpectedStatus) as raised:
        way(answer)

    error = raised.value
    assert (error.status_code, error.content, error.retry_after) == (status, b"slow down", 7.0)
    assert (error.headers["x-id"], error.method) == ("1", "GET")
    assert error.url == f"https://x/polaris/v1/projects/p/jobs/{JOB}/status"
    assert str(error) == (
        f"GET {error.url}: {status}, which is not documented, try again in 7 s: slow down"
    )


RETRY_AFTER = {
    "seconds": ({"Retry-After": "120"}, 120.0),
    "a-date": (
        {"Retry-After": "Sun, 22 Nov 2026 10:01:00 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"},
        60.0,
    ),
    "nonsense": ({"Retry-After": "soon"}, None),
    "absent": ({}, None),
}


@pytest.mark.parametrize(("headers", "seconds"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """Both forms of Retry-After become seconds."""
    with pytest.raises(UnexpectedStatus) as raised:
        sync(httpx.Response(429, headers=headers))

    assert raised.value.retry_after == seconds


def _not_found() -> httpx.Response:
    return httpx.Response(404, json={"code": "NotFound", "message": "No such job"})


@pytest.mark.parametrize("way", DETAILED)
def test_documented__value(way: Asked) -> None:
    """A documented error is a typed value if the function returns the whole response."""
    parsed = way(_not_found())

    assert isinstance(parsed, ErrorResponse)
    assert parsed.message == "No such job"


@pytest.mark.parametrize("way", PLAIN)
def test_documented__raised(way: Asked) -> None:
    """A documented error is raised with its typed value if the function returns the job."""
    with pytest.raises(DocumentedError) as raised:
        way(_not_found())

    assert isinstance(raised.value.parsed, ErrorResponse)
    assert "404, a documented error: " in str(raised.value)


@pytest.mark.parametrize("way", PLAIN)
def test_wanted(way: Asked) -> None:
    """The job is returned itself, not in a union with None or an error."""
    status = way(httpx.Response(200, json={"executionStatus": "running"}))

    assert status.execution_status is ExecutionStatus.RUNNING


def test_no_answer() -> None:
    """Without a response, httpx's error is raised."""
    with pytest.raises(httpx.ConnectError, match="refused"):
        get_job_status.sync("p", JOB, client=client(httpx.ConnectError("refused")))


def test_pickle() -> None:
    """An error is complete after pickling."""
    with pytest.raises(ApiError) as raised:
        sync(_not_found())

    again = pickle.loads(pickle.dumps(raised.value))  # noqa: S301 - our own data

    assert type(again) is DocumentedError
    assert str(again) == str(raised.value)
    assert again.parsed == raised.value.parsed
    assert again.headers == raised.value.headers


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403, text=f"no: Basic {TOKEN}"),
        httpx.Response(403, json={"code": "x", "message": f"{TOKEN} may not"}),
        httpx.Response(200, json={"executionStatus": {"a": TOKEN}}),
        httpx.Response(429, text=f"{TOKEN} is slow"),
    ],
)
def test_no_token(answer: httpx.Response, caplog: pytest.LogCaptureFixture) -> None:
    """The token is in no text of an error or of its causes, and in no log."""
    caplog.set_level(logging.DEBUG)

    with pytest.raises(ApiError) as raised:
        sync(answer)

    texts = [caplog.text, *_texts(raised.value)]
    assert not [text for text in texts if TOKEN in text]
    assert "***" in str(raised.value)


def test_no_token__cut_off() -> None:
    """An excerpt that would end in the middle of the token contains none of it."""
    said = "x" * (LONGEST_EXCERPT - 6) + TOKEN

    with pytest.raises(ApiError) as raised:
        sync(httpx.Response(403, text=said))

    assert TOKEN[:4] not in str(raised.value)
    assert raised.value.content == said.encode()


@pytest.mark.parametrize("said", ["a/b+c/d", r"a\/b+c\/d", "a%2Fb%2Bc%2Fd", "a/b%2Bc/d"])
def test_hiding__written_otherwise(said: str) -> None:
    """A secret is also masked as JSON and URLs write it."""
    assert masking(["a/b+c/d"])(f"no: {said}.") == "no: ***."


def _texts(error: BaseException | None) -> list[str]:
    if error is None:
        return []
    return [str(error), repr(error), *_texts(error.__cause__)]
