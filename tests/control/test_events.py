"""Events: a sandbox's changes, in order, for every listener; and waiting without sleeping."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, Self

import httpx
import pytest
from starlette.types import ASGIApp, Message

from jobtwin.http import create_app
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup, tasks
from jobtwin.sandboxes.feed import CAPACITY
from tests.loaded import loaded
from tests.twins import others_turn

SPECS = loaded()
MACHINES = machines_by_name(SPECS)
JOB = MACHINES["polaris/job"]
PATH = "/_control/events"


class EventListener:
    """A client of Server-Sent Events."""

    def __init__(self, app: ASGIApp, path: str = PATH, last: str | None = None) -> None:
        self.status = 0
        self._app, self._path = app, path
        self._sent = [] if last is None else [(b"last-event-id", last.encode())]
        self._text: asyncio.Queue[str] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._asked = False

    async def __aenter__(self) -> Self:
        scope = {
            "type": "http",
            "method": "GET",
            "path": self._path,
            "root_path": "",
            "scheme": "http",
            "query_string": b"",
            "headers": self._sent,
        }
        self._task = asyncio.ensure_future(self._app(scope, self._receive, self._send))
        if await self._text.get() == ":":
            return self
        raise AssertionError(self.status)

    async def __aexit__(self, *_: object) -> None:
        self._gone.set()
        await self._task

    async def _receive(self) -> Message:
        if self._asked:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        for part in message.get("body", b"").decode().split("\n\n"):
            if part:
                self._text.put_nowait(part)

    @property
    def received(self) -> int:
        """The number of parts that were sent, and not read."""
        return self._text.qsize()

    async def next(self) -> dict[str, Any]:
        """Returns the next event: its id, type and data."""
        text = ":"
        while text == ":":
            text = await asyncio.wait_for(self._text.get(), 10)
        lines = dict(line.split(": ", 1) for line in text.splitlines())
        return {**lines, "data": json.loads(lines["data"])}


@pytest.fixture
def sandboxes() -> Sandboxes:
    """Make sandboxes whose clocks stand still, the default one without samples."""
    return Sandboxes.only(Sandbox(MACHINES, Setup(ManualClock(), empty=True)))


@pytest.fixture
def app(sandboxes: Sandboxes) -> ASGIApp:
    """Serve every twin."""
    return create_app(SPECS, sandboxes)


def test_order(app: ASGIApp, sandboxes: Sandboxes) -> None:
    """Changes, requests and timed transitions are sent in order, with increasing ids."""

    async def story() -> list[dict[str, Any]]:
        box = sandboxes[DEFAULT]
        async with EventListener(app) as listener:
            job = box.create(JOB)
            box.advance_clock(3600 * 1_000_000)
            found = [await listener.next() for _ in range(4)]
            await ask(app, "GET", f"/polaris/v1/projects/any/jobs/{job.record.id}")
            while found[-1]["event"] != "request":
                found.append(await listener.next())
            return found

    events = asyncio.run(story())

    kinds = [event["event"] for event in events]
    numbers = [int(event["id"].rpartition("-")[2]) for event in events]
    assert [events[n]["data"]["kind"] for n in (0, 1)] == ["job_created", "clock_advanced"]
    assert {"job", "request"} <= set(kinds)
    assert numbers == sorted(set(numbers))
    states = [event["data"]["state"] for event in events if event["event"] == "job"]
    assert len(states) == len(set(states)) == 2


def test_many(app: ASGIApp, sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other requests have a turn between many events."""
    monkeypatch.setattr(tasks, "STEP", 0)

    async def story() -> tuple[int, dict[str, Any]]:
        async with EventListener(app) as listener:
            for _ in range(10):
                sandboxes[DEFAULT].create(JOB)
            received = 0
            for _ in range(100):
                await asyncio.sleep(0)
                received = received or listener.received
            for _ in range(10):
                last = await listener.next()
            return received, last

    received, last = asyncio.run(story())

    assert received == 1
    assert last["data"]["kind"] == "job_created"


async def ask(app: ASGIApp, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": "Bearer open-sesame"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        return await client.request(method, path, headers=headers, **more)


def test_resume(app: ASGIApp, sandboxes: Sandboxes) -> None:
    """A client that reconnects continues after the last event it received."""

    async def story() -> tuple[str, str]:
        box = sandboxes[DEFAULT]
        async with EventListener(app) as listener:
            box.create(JOB)
            last = await listener.next()
        lost = box.create(JOB).record.id
        async with EventListener(app, last=last["id"]) as listener:
            return str(lost), (await listener.next())["data"]["id"]

    lost, found = asyncio.run(story())

    assert lost == found


TOO_OLD: dict[str, Callable[[Sandboxes], str]] = {
    "of another server": lambda _: "0123abcd-1",
    "no id": lambda _: "yesterday",
    "too long ago": lambda sandboxes: f"{sandboxes[DEFAULT].feed.token}-1",
}


@pytest.mark.parametrize("last", TOO_OLD.values(), ids=TOO_OLD)
def test_reset(last: Callable[[Sandboxes], str], app: ASGIApp, sandboxes: Sandboxes) -> None:
    """A client with an unknown last event gets a reset and continues with new events."""
    for _ in range(CAPACITY + 2):
        sandboxes[DEFAULT].choose_progression("time")

    async def story() -> list[Any]:
        listener = EventListener(app, last=last(sandboxes))
        with pytest.raises(AssertionError, match="200"):
            await listener.__aenter__()
        sandboxes[DEFAULT].create(JOB)
        event = await listener.next()
        await listener.__aexit__()
        return [event["event"], event["data"]["kind"]]

    assert asyncio.run(story()) == ["change", "job_created"]


def test_replaced(app: ASGIApp, sandboxes: Sandboxes) -> None:
    """If the sandbox is replaced, a listener gets a reset, and the stream ends."""

    async def story() -> str:
        async with EventListener(app) as listener:
            sandboxes.put(DEFAULT, sandboxes.fresh())
            return str((await listener.next())["event"])

    assert asyncio.run(story()) == "reset"


def test_sandbox_by_prefix(app: ASGIApp, sandboxes: Sandboxes) -> None:
    """The stream under a sandbox's prefix contains only that sandbox's events."""

    async def story() -> str:
        sandboxes.put("one", sandboxes.fresh())
        async with EventListener(app, f"/sandboxes/one{PATH}") as listener:
            sandboxes[DEFAULT].create(JOB)
            made = sandboxes["one"].create(JOB)
            assert str(made.record.id) == (await listener.next())["data"]["id"]
            return str(made.record.id)

    assert asyncio.run(story())


def test_one_sleeper(app: ASGIApp) -> None:
    """No background task runs without a listener."""

    async def story() -> list[int]:
        counts = [len(asyncio.all_tasks())]
        async with EventListener(app), EventListener(app):
            counts.append(len(asyncio.all_tasks()))
        await asyncio.sleep(0)
        return [*counts, len(asyncio.all_tasks())]

    before, during, after = asyncio.run(story())

    assert before == after == 1
    assert during == 1 + 2 * 3 + 1


def test_running_clock() -> None:
    """On a running clock, transitions are sent at their moment, without a request."""
    sandbox = Sandbox(MACHINES, Setup(ManualClock(), empty=True))
    app = create_app(SPECS, sandbox)

    async def story() -> str:
        async with EventListener(app) as listener:
            sandbox.create(JOB)
            sandbox.set_clock(speed=1_000_000, frozen=False)
            found = [await listener.next() for _ in range(3)]
            return str(found[-1]["event"])

    assert asyncio.run(story()) == "job"


def test_very_much_at_once(app: ASGIApp, sandboxes: Sandboxes) -> None:
    """If more is due at once than the feed can keep, it keeps the latest and sends a reset."""

    async def story() -> tuple[list[str], Any]:
        box = sandboxes[DEFAULT]
        for number in range(2 * CAPACITY):
            box.create(JOB, at=box.clock.now() + number)
        kinds: list[str] = []
        async with EventListener(app) as listener:
            box.advance_clock(2 * CAPACITY)
            while kinds[-1:] != ["reset"]:
                kinds.append((await listener.next())["event"])
            return kinds, [item.what for item in box.feed.since(box.feed.total - CAPACITY)]

    kinds, kept = asyncio.run(story())

    assert kinds == ["change", "reset"]
    assert [what.at for what in kept] == [
        ManualClock.START + n for n in range(CAPACITY, 2 * CAPACITY)
    ]
    assert {what.state for what in kept} == {"pending"}


def test_session_ids(app: ASGIApp, sandboxes: Sandboxes) -> None:
    """The id of a session is a token; the event shows a handle."""

    async def story() -> dict[str, Any]:
        async with EventListener(app) as listener:
            sandboxes[DEFAULT].create(MACHINES["vectorcharts/session"])
            return dict((await listener.next())["data"])

    told = asyncio.run(story())

    assert told["machine"] == "session"
    assert re.fullmatch("session-[0-9a-f]{8}", told["id"])


# -- waiting -----------------------------------------------------------------------------------


def waiting(app: ASGIApp, job: Any, until: str, timeout: float = 5) -> Awaitable[httpx.Response]:
    path = f"/_control/jobs/polaris/job/{job.record.id}/wait?until={until}&timeout={timeout}"
    return asyncio.ensure_future(ask(app, "GET", path))


def test_wait__state(app: ASGIApp, sandboxes: Sandboxes) -> None:
    """The response is sent once the job is in the state."""

    async def story() -> tuple[bool, httpx.Response]:
        box = sandboxes[DEFAULT]
        job = box.create(JOB)
        final = next(m.state.name for m in job.timeline.schedule.milestones if m.state.final)
        answer = asyncio.ensure_future(waiting(app, job, final))
        await others_turn()
        early = answer.done()
        box.advance_clock(24 * 3600 * 1_000_000)
        return early, await answer

    early, answer = asyncio.run(story())

    assert (early, answer.status_code, answer.json()["kind"]) == (False, 200, "final")


def test_wait__seen_end(app: ASGIApp, sandboxes: Sandboxes) -> None:
    """`seen-end` responds after the first answer that shows the end to a client."""

    async def story() -> tuple[bool, int]:
        box = sandboxes[DEFAULT]
        job = box.create(JOB)
        box.finish(job)
        answer = asyncio.ensure_future(waiting(app, job, "seen-end"))
        await others_turn()
        early = answer.done()
        await ask(app, "GET", f"/polaris/v1/projects/any/jobs/{job.record.id}")
        return early, (await answer).status_code

    assert asyncio.run(story()) == (False, 200)


@pytest.mark.parametrize(
    ("until", "status", "says"), [("runing", 400, "running"), ("seen-end", 409, "not seen-end")]
)
def test_wait__refused(
    until: str, status: int, says: str, app: ASGIApp, sandboxes: Sandboxes
) -> None:
    """An unknown state is refused immediately; a state not reached is refused after the timeout."""

    async def story() -> httpx.Response:
        return await waiting(app, sandboxes[DEFAULT].create(JOB), until, 0.05)

    answer = asyncio.run(story())

    assert answer.status_code == status
    assert says in answer.json()["detail"]
