"""Races between servers that share a store: a batch is stored only if its turns are still valid."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from jobtwin.sandboxes import DEFAULT, RealClock
from jobtwin.stores.protocol import NOTHING, NOWHERE, Batch, Delta
from jobtwin.stores.valkey import ValkeyStore
from tests.dice import SECOND
from tests.linearisable import Sight, are_consistent
from tests.stored import MACHINES, Stored

FIRST = Batch([b'{"first": 1}'], makes="a token")
POLARIS = MACHINES["polaris/job"]
SPEED = 30
"""A job ends in 1.5 seconds at this speed; it must not end before a busy machine looks at it."""

Stores = tuple[ValkeyStore, ValkeyStore]


def raced(store: Stored, race: Callable[[ValkeyStore, ValkeyStore], Awaitable[Any]]) -> Any:
    """Returns the result of a coroutine that gets a sandbox's store twice, as for two servers."""

    async def run() -> Any:
        one, two = ValkeyStore(store.url), ValkeyStore(store.url)
        await one.append("s", NOWHERE, FIRST)
        result = await race(one, two)
        await one.disconnect()
        await two.disconnect()
        return result

    return asyncio.run(run())


def test_expected(valkey_store: Stored) -> None:
    """Of two batches after the same change one is stored; the other server receives it."""

    async def race(one: ValkeyStore, two: ValkeyStore) -> list[Delta]:
        known = (await one.read("s", NOWHERE)).position
        batches = Batch([b"1"], [b"e1"]), Batch([b"2"], [b"e2"])
        pairs = zip((one, two), batches, strict=True)
        return [await server.append("s", known, batch) for server, batch in pairs]

    won, lost = raced(valkey_store, race)

    assert [won.stored, lost.stored] == [True, False]
    assert [list(won.changes), list(lost.changes)] == [[], [b"1"]]
    assert lost.position == won.position
    assert lost.journal.number == 1


def test_makes(valkey_store: Stored) -> None:
    """Of two servers that make a sandbox one succeeds; the other receives that sandbox."""

    async def race(one: ValkeyStore, two: ValkeyStore) -> list[Delta]:
        batches = [replace(FIRST, makes=token) for token in ("b", "c")]
        return [
            await each.append("new", NOWHERE, b)
            for each, b in zip((one, two), batches, strict=True)
        ]

    won, lost = raced(valkey_store, race)

    assert [won.stored, lost.stored] == [True, False]
    assert [won.position.token, lost.position.token] == ["b", "b"]
    assert list(lost.changes) == FIRST.changes


def test_until(valkey_store: Stored) -> None:
    """A batch is not stored after a timed change of a job that its turns have read."""

    async def race(one: ValkeyStore, _two: ValkeyStore) -> list[bool]:
        known = await one.read("s", NOWHERE)
        late = Batch([b"1"], at=known.date, until=known.date + 1000)
        soon = replace(late, until=known.date + 3600 * 10**9)
        return [(await one.append("s", known.position, each)).stored for each in (late, soon)]

    assert raced(valkey_store, race) == [False, True]


def test_exact(valkey_store: Stored) -> None:
    """A batch about the clock is not stored if another server has read a later date since."""

    async def race(one: ValkeyStore, two: ValkeyStore) -> list[bool]:
        known = await one.read("s", NOWHERE)
        await two.read("s", NOWHERE)
        late = Batch([b"1"], at=known.date, is_exact=True)
        first = await one.append("s", known.position, late)
        second = await one.append("s", known.position, replace(late, at=first.date))
        return [first.stored, second.stored]

    assert raced(valkey_store, race) == [False, True]


def test_hold(valkey_store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that lost several races holds the others until its next batch, or for a moment."""
    monkeypatch.setattr("jobtwin.stores.valkey.HELD_PAUSE", 0)
    order: list[str] = []

    async def race(one: ValkeyStore, two: ValkeyStore) -> None:
        known = await one.append("s", NOWHERE, replace(NOTHING, holds=True))

        async def look() -> None:
            await two.read("s", NOWHERE)
            order.append("two")

        looking = asyncio.create_task(look())
        for _ in range(3):
            await two.names()  # the other has asked several times
        order.append("one")
        assert (
            await one.append("s", known.position, Batch([b"1"], is_exact=True, at=known.date))
        ).stored
        await looking
        await one.append("s", NOWHERE, replace(NOTHING, holds=True))
        await two.read("s", NOWHERE)  # even if the first never comes back

    raced(valkey_store, race)

    assert order == ["one", "two"]


def test_woken(valkey_store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server stopped between its turn and its batch does not undo changes seen since."""
    valkey_store.clock = RealClock
    append = ValkeyStore.append
    sights: list[Sight] = []

    async def stand_still() -> None:
        here, there = valkey_store.another(), valkey_store.another()
        loop = asyncio.get_running_loop()

        def begin(sandbox: Any) -> Any:
            sandbox.set_clock(speed=SPEED)
            return sandbox.create(POLARIS).record.id

        job = await here.turn(DEFAULT, begin)

        def story(sandbox: Any) -> tuple[list[str], Any]:
            found = sandbox.find(POLARIS, job)
            now = sandbox.clock.now()
            schedule = found.timeline.schedule
            names = [schedule[n].state.name for n in range(found.view(now).index + 1)]
            return names, found.view(now).due and found.view(now).due - now

        async def look(server: Any) -> Any:
            began = loop.time()
            names, due = await server.turn(DEFAULT, story, reads=True)
            sights.append(Sight(began, loop.time(), names))
            return due

        async def late(self: Any, sandbox: str, known: Any, batch: Batch, *rest: Any) -> Delta:
            if batch.changes and self is here.store:  # type: ignore[attr-defined]  # a stored sandbox has it
                while due := await look(there):  # noqa: ASYNC110 - a test cannot move the store's time
                    await asyncio.sleep(due / SPEED / SECOND)
            return await append(self, sandbox, known, batch, *rest)

        monkeypatch.setattr(ValkeyStore, "append", late)

        def cancel(sandbox: Any) -> bool:
            return bool(sandbox.send_event(sandbox.find(POLARIS, job), "cancel"))

        sent = await here.turn(DEFAULT, cancel)
        monkeypatch.setattr(ValkeyStore, "append", append)
        assert sent is False  # the job had ended before the event could be stored
        await look(here)
        await look(there)
        for each in (here, there):
            await each.disconnect()

    asyncio.run(stand_still())

    assert are_consistent(sights)
    assert len(sights) > 3
