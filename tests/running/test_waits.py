"""Waits on a sandbox's clock, which skips the time when all are waiting."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.lifecycle import Moment
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup
from jobtwin.sandboxes.journal import Skip
from jobtwin.sandboxes.processes import all_idle
from jobtwin.stores.opening import kept_sandboxes
from jobtwin.testing.transport import AsgiExchange
from tests.stored import MACHINES, SERVED

SECOND = 1_000_000
START = ManualClock.START


def _sandbox(*, skips: bool) -> Sandbox:
    return Sandbox([], Setup(ManualClock(), skips=skips))


def _ran(story: Callable[[], Awaitable[object]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(10):
            await story()

    asyncio.run(bounded())


def test_skip() -> None:
    """Time jumps from the end of one wait to the next, in order."""
    sandbox, woken = _sandbox(skips=True), list[Moment]()

    async def sleep(seconds: int) -> None:
        await sandbox.waits.until(START + seconds * SECOND)
        woken.append(sandbox.clock.now())

    _ran(lambda: asyncio.gather(sleep(3600), sleep(60), sleep(86_400)))

    assert woken == [START + s * SECOND for s in (60, 3600, 86_400)]


def test_still() -> None:
    """On a frozen clock, a wait ends when the clock is moved past it."""
    sandbox = _sandbox(skips=False)

    async def story() -> None:
        wait = asyncio.create_task(sandbox.waits.until(START + 60 * SECOND))
        for _ in range(3):
            await asyncio.sleep(0)
            sandbox.advance_clock(30 * SECOND)
        await wait

    _ran(story)

    assert sandbox.clock.now() == START + 90 * SECOND


def test_request_under_way() -> None:
    """Time does not skip during a request, except during the wait of a request itself."""
    sandbox = _sandbox(skips=True)

    async def story() -> None:
        with sandbox.waits.under_way():
            me = os.getpid(), threading.get_native_id()
            wait = asyncio.create_task(sandbox.waits.until(START + 60 * SECOND, *me))
            await asyncio.sleep(0.01)
            assert not wait.done()
            await sandbox.waits.until(START + 10 * SECOND)
            assert sandbox.clock.now() == START + 10 * SECOND
        await wait

    _ran(story)

    assert sandbox.clock.now() == START + 60 * SECOND


@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_request_under_way__slow_body(store: str, tmp_path: Path) -> None:
    """Time does not skip while the body of a request arrives, also for sandboxes in a store."""
    setup = partial(Setup, ManualClock(), skips=True)
    sandboxes = (
        Sandboxes(lambda: Sandbox(MACHINES, setup()))
        if store == "memory"
        else kept_sandboxes(f"sqlite:///{tmp_path / 'twin.db'}", setup, MACHINES)
    )
    app = create_app(SERVED, sandboxes)
    exchange = AsgiExchange(httpx.Request("POST", "http://localhost/polaris/v1/projects/p/jobs"))
    asked, sent = asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, object]:
        asked.set()
        await sent.wait()
        return await exchange.receive()

    async def story() -> None:
        sandbox = await sandboxes.turn(DEFAULT, lambda sandbox: sandbox)
        request = asyncio.ensure_future(app(exchange.scope(), receive, exchange.send))
        await asked.wait()
        me = os.getpid(), threading.get_native_id()
        wait = asyncio.create_task(sandbox.waits.until(START + 60 * SECOND, *me))
        await asyncio.sleep(0.01)
        assert not wait.done()
        sent.set()
        await asyncio.gather(request, wait)
        await sandboxes.disconnect()

    _ran(story)
    sandboxes.close()


def test_thread_at_work() -> None:
    """A thread that computes is not idle; one that is blocked by a lock is."""
    stop, lock = threading.Event(), threading.Lock()
    lock.acquire()

    def compute() -> None:
        while not stop.is_set():
            pass

    blocked = threading.Thread(target=lock.acquire, daemon=True)
    blocked.start()
    asleep = {
        os.getpid(): {thread.native_id or 0 for thread in threading.enumerate()}
        - {blocked.native_id or 0}
    }

    assert any(asyncio.run(all_idle(asleep)) for _ in range(100))  # the thread begins to wait

    worker = threading.Thread(target=compute, daemon=True)
    worker.start()
    try:
        assert not asyncio.run(all_idle(asleep))
    finally:
        stop.set()
        lock.release()
        worker.join()


def test_journal() -> None:
    """Each skip is in the journal: the request before it, and both moments."""
    sandbox = _sandbox(skips=True)

    _ran(lambda: sandbox.waits.until(START + 60 * SECOND))

    assert list(sandbox.journal.skips) == [Skip(0, START, 60 * SECOND)]


def test_untold() -> None:
    """Time does not skip until the thread of an ended wait has got its response."""
    sandbox, me = _sandbox(skips=True), (os.getpid(), threading.get_native_id())

    async def story() -> None:
        later = asyncio.create_task(sandbox.waits.until(START + 90 * SECOND, os.getpid(), 0))
        await sandbox.waits.until(START + 60 * SECOND, *me)
        await asyncio.sleep(0.02)
        assert sandbox.clock.now() == START + 60 * SECOND
        sandbox.waits.told(*me)
        await later

    _ran(story)

    assert sandbox.clock.now() == START + 90 * SECOND
