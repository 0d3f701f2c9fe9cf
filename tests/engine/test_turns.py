"""Turns: the journal has a reply before it is sent, and a late body loses no job."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message, Scope

from jobtwin.http import create_app
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup
from tests.loaded import loaded

SPECS = loaded()
MACHINES = machines_by_name(SPECS)


@pytest.fixture
def sandboxes() -> Sandboxes:
    """Make a server's sandboxes, the default one without samples."""
    return Sandboxes.only(Sandbox(MACHINES, Setup(ManualClock(), empty=True)))


@pytest.fixture
def app(sandboxes: Sandboxes) -> ASGIApp:
    """Serve every twin."""
    return create_app(SPECS, sandboxes)


def scope(path: str, method: str = "GET", **headers: str) -> Scope:
    sent = {"authorization": "Bearer open-sesame", **headers}
    return {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }


def test_journal__before_the_reply(app: ASGIApp, sandboxes: Sandboxes) -> None:
    """The journal has a reply before it is sent, with the request's time."""
    kept: list[int] = []

    async def send(_message: Message) -> None:
        sandboxes[DEFAULT].clock.advance(5_000_000)
        kept.append(len(sandboxes[DEFAULT].journal))

    run(app(scope("/polaris/jobs"), nothing, send))

    assert kept == [1, 1]
    assert next(iter(sandboxes[DEFAULT].journal)).at == ManualClock.START


def run(asked: Awaitable[None]) -> None:
    async def awaited() -> None:
        await asked

    asyncio.run(awaited())


async def nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


LOSSES: dict[str, Callable[[Sandboxes], Any]] = {
    "reset": lambda sandboxes: sandboxes[DEFAULT].reset(),
    "replaced": lambda sandboxes: sandboxes.put(DEFAULT, sandboxes.fresh()),
    "deleted": lambda sandboxes: sandboxes.remove(DEFAULT),
    "all deleted": lambda sandboxes: sandboxes.clear(),
}


@pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES)
def test_body_arrives_late(
    lose: Callable[[Sandboxes], Any], app: ASGIApp, sandboxes: Sandboxes
) -> None:
    """A job requested while its sandbox was replaced is created in the new sandbox."""
    body = b'{"api": "polaris"}'
    parts = [body[:5], body[5:]]

    async def receive() -> Message:
        if len(parts) == 1:
            lose(sandboxes)
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    sent: list[Message] = []
    run(
        app(
            scope("/_control/jobs", "POST", **{"content-type": "application/json"}),
            receive,
            gather(sent),
        )
    )

    assert sent[0]["status"] == 201
    assert len(sandboxes[DEFAULT].jobs(MACHINES["polaris/job"])) == 1 + len(samples(sandboxes))


def samples(sandboxes: Sandboxes) -> list[Any]:
    fresh = sandboxes.fresh()
    return list(fresh.jobs(MACHINES["polaris/job"]))


def gather(sent: list[Message]) -> Callable[[Message], Awaitable[None]]:
    async def send(message: Message) -> None:
        sent.append(message)

    return send


def test_parallel__one_turn_each(app: ASGIApp, sandboxes: Sandboxes) -> None:
    """Each of many requests at once gets its own job."""

    async def create(client: httpx.AsyncClient) -> str:
        made = await client.post("/_control/jobs", json={"api": "polaris"})
        return str(made.json()["id"])

    async def all_at_once() -> list[str]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await asyncio.gather(*[create(client) for _ in range(20)])

    assert len(set(asyncio.run(all_at_once()))) == 20
    assert len(sandboxes[DEFAULT].jobs(MACHINES["polaris/job"])) == 20
