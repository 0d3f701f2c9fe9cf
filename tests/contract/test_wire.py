"""HTTP and ASGI rules that hold for every vendor, shown with a printer."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Message

from jobtwin.http import create_app
from jobtwin.http.request import LARGEST_BODY
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.loaded import loaded

SPECS = loaded([Path(__file__).with_name("printer.yaml")])
STOP = {"wish": "stop"}


@pytest.fixture
def sandbox() -> Sandbox:
    """A sandbox with one print, whose id is 7."""
    return Sandbox(SPECS[0].jobs.values(), Setup(ManualClock()))


@pytest.fixture
def app(sandbox: Sandbox) -> ASGIApp:
    """The printer's twin."""
    return create_app(SPECS, sandbox)


def ask(app: ASGIApp, method: str, path: str, **options: Any) -> httpx.Response:
    """Send one request."""
    return asyncio.run(_all(app, httpx.Request(method, f"http://twin{path}", **options)))[0]


async def _all(app: ASGIApp, *requests: httpx.Request) -> list[httpx.Response]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await asyncio.gather(*map(client.send, requests))


@pytest.mark.parametrize(
    ("number", "status"), [("7", 200), ("8", 404), ("-7", 404), ("x", 400), ("7.0", 400)]
)
def test_path__number(number: str, status: int, app: ASGIApp) -> None:
    """A number in a path is validated like any parameter; its name may have a hyphen."""
    assert ask(app, "GET", f"/printer/prints/{number}").status_code == status


@pytest.mark.parametrize(
    ("path", "method", "other"), [("first", "GET", "PUT"), ("7:stop", "POST", "DELETE")]
)
def test_path__concrete_first(path: str, method: str, other: str, app: ASGIApp) -> None:
    """Of two matching paths, the more concrete one is called; `Allow` agrees."""
    answered = ask(app, method, f"/printer/prints/{path}")
    refused = ask(app, other, f"/printer/prints/{path}")

    assert answered.status_code == 200
    assert (refused.status_code, refused.headers["allow"]) == (
        405,
        {"GET": "GET, HEAD"}.get(method, method),
    )


@pytest.mark.parametrize(
    ("title", "found"),
    [("two+words", 1), ("two%20words", 1), ("%74wo+words", 1), ("two%2Bwords", 0), ("two", 0)],
)
def test_query__escapes(title: str, found: int, app: ASGIApp) -> None:
    """In a query `+` is a space and `%2B` is a plus."""
    response = ask(app, "GET", f"/printer/prints/first?title={title}")

    assert len(response.json()["prints"]) == found


def test_no_content(app: ASGIApp) -> None:
    """A response without content has neither a length nor a type."""
    response = ask(app, "DELETE", "/printer/prints/7")

    assert (response.status_code, response.content, dict(response.headers)) == (204, b"", {})


@pytest.mark.parametrize("prefix", ["/mounted", "/mounted/deeper"])
def test_mounted(prefix: str, app: ASGIApp) -> None:
    """The server works below another application's path, and so do its errors."""
    outer = Starlette(routes=[Mount(prefix, app)])

    assert ask(outer, "GET", f"{prefix}/printer/prints/7").status_code == 200
    assert ask(outer, "PUT", f"{prefix}/printer/prints/first").headers["allow"] == "GET, HEAD"
    nowhere = ask(outer, "GET", f"{prefix}/printer/nowhere")
    assert nowhere.json()["detail"] == "There is nothing at /nowhere"


def test_disconnect(app: ASGIApp, sandbox: Sandbox) -> None:
    """A request with an incomplete body has no effect and no response."""
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"wish": "stop"}', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []
    path = "/printer/prints/7"
    scope = {"type": "http", "method": "PUT", "path": path, "query_string": b"", "headers": []}

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    async def asked() -> None:
        await app({**scope, "root_path": "", "scheme": "http"}, receive, send)

    asyncio.run(asked())

    assert (sent, messages) == ([], [])
    assert not sandbox.find(SPECS[0].jobs["print"], 7).events  # type: ignore[union-attr]  # it is a sample


def test_body__chunked(app: ASGIApp) -> None:
    """A body may come in chunks, without a declared length."""

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in (b'{"wi', b"", b'sh": "st', b'op"}'):
            yield chunk

    response = ask(app, "PUT", "/printer/prints/7", content=chunks())

    assert response.json() == {"id": 7, "state": "stopped"}


def test_body__chunked_without_end(app: ASGIApp) -> None:
    """A body over the limit is refused before it is read completely."""
    read = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 65536
            yield b" " * 65536

    assert ask(app, "PUT", "/printer/prints/7", content=chunks()).status_code == 413
    assert read <= LARGEST_BODY + 2 * 65536


def test_quotes__long(app: ASGIApp) -> None:
    """An error quotes the invalid value, but shortens it."""
    response = ask(app, "GET", f"/printer/prints/{'x' * 60_000}")

    assert "'xxx" in response.json()["detail"]
    assert len(response.content) < 2000


def test_concurrency(app: ASGIApp) -> None:
    """Of many simultaneous commands that exclude each other, one succeeds; all reads succeed."""
    commands = [httpx.Request("PUT", "http://twin/printer/prints/7", json=STOP) for _ in range(50)]
    reads = [httpx.Request("GET", "http://twin/printer/prints/7") for _ in range(50)]
    mixed = [request for pair in zip(commands, reads, strict=True) for request in pair]

    statuses = [response.status_code for response in asyncio.run(_all(app, *mixed))]

    assert sorted(statuses[::2]) == [200] + [409] * 49
    assert statuses[1::2] == [200] * 50


def test_websocket(app: ASGIApp) -> None:
    """WebSockets are not supported, and a connection is closed."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def asked() -> None:
        scope = {"type": "websocket", "path": "/printer/prints/7", "headers": [], "root_path": ""}
        await app(scope, receive, send)

    asyncio.run(asked())

    assert sent == [{"type": "websocket.close"}]


@pytest.mark.parametrize("prefix", ["", "/sandboxes/a"])
def test_path__slash_in_segment(prefix: str, app: ASGIApp) -> None:
    """A path is split before it is decoded: `%2F` belongs to its segment."""
    answer = ask(app, "GET", f"{prefix}/printer/prints/7%2f8")
    other = ask(app, "GET", f"{prefix}/printer/prints%2F7")
    plain = ask(app, "GET", f"{prefix}/printer/prints/%37")

    assert (answer.status_code, other.status_code, plain.status_code) == (400, 404, 200)


def test_path__surrogate() -> None:
    """A path that no server could have decoded is answered with the vendor's 500."""
    [polaris] = loaded(["polaris"])
    app = create_app([polaris], Sandbox(polaris.jobs.values(), Setup(ManualClock())))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/polaris/v1/projects/a\ud800b/jobs",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(b"authorization", b"Basic pok_test")],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def asked() -> None:
        await app(scope, receive, send)

    asyncio.run(asked())

    assert sent[0]["status"] == 500
    assert sent[0]["headers"][1] == (b"content-type", b"application/json")
    assert json.loads(sent[1]["body"])["code"]


def test_path__slash_in_sandbox(app: ASGIApp) -> None:
    """A sandbox's name cannot contain a slash."""
    assert ask(app, "GET", "/sandboxes/a%2Fb/printer/prints/7").status_code == 400
