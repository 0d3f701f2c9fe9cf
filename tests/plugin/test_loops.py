"""The event loop of twins in process: it runs in the thread of its caller, or in its own."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobtwin.testing.loops import LimitReached, SharedLoop

PATIENCE = 20


@pytest.fixture
def loop() -> Iterator[SharedLoop]:
    """A loop, closed at the end."""
    shared = SharedLoop()
    yield shared
    shared.close()


async def thread() -> int:
    """Return the thread that runs the loop."""
    return threading.get_ident()


def test_callers_thread(loop: SharedLoop) -> None:
    """A free loop runs in the thread of its caller."""
    assert loop.run(thread(), None) == threading.get_ident()
    assert loop.run(thread(), 5) == threading.get_ident()


def test_own_thread__in_loop(loop: SharedLoop) -> None:
    """A caller with an event loop of its own waits for the loop's own thread."""

    async def ask() -> int:
        return loop.run(thread(), 5)

    assert asyncio.run(ask()) != threading.get_ident()


def test_own_thread__busy(loop: SharedLoop) -> None:
    """Callers that come meanwhile are answered, also after the first one's work has ended."""
    arrived, go = [], asyncio.Event()

    async def wait(number: int) -> int:
        arrived.append(number)
        if len(arrived) == 8:
            go.set()
        await go.wait()
        await asyncio.sleep(0.001 * number)
        return number

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(loop.run, wait(number), PATIENCE) for number in range(8)]

        assert [each.result() for each in waiting] == list(range(8))


def test_left(loop: SharedLoop) -> None:
    """Tasks that a caller leaves behind come to their end."""
    ended, tasks = threading.Event(), set[asyncio.Task[None]]()

    async def later() -> None:
        await asyncio.sleep(0.01)
        ended.set()

    async def leave() -> None:
        tasks.add(asyncio.create_task(later()))

    loop.run(leave(), None)

    assert ended.wait(PATIENCE)


def test_left__thread(loop: SharedLoop) -> None:
    """A task that waits for a thread comes to its end."""
    ended, tasks = threading.Event(), set[asyncio.Task[None]]()

    async def leave() -> None:
        tasks.add(asyncio.create_task(asyncio.to_thread(ended.set)))

    loop.run(leave(), None)

    assert ended.wait(PATIENCE)


def test_limit(loop: SharedLoop) -> None:
    """A coroutine that takes too long is cancelled, in the caller's thread and in the loop's own."""
    cancelled = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(threading.get_ident())

    async def ask() -> None:
        loop.run(endless(), 0.01)

    with pytest.raises(LimitReached):
        loop.run(endless(), 0.01)
    with pytest.raises(LimitReached):
        asyncio.run(ask())
    loop.run(thread(), None)

    assert cancelled[0] == threading.get_ident() != cancelled[1]


def test_limit__not(loop: SharedLoop) -> None:
    """A coroutine's own errors are raised as they are."""

    async def fail(error: BaseException) -> None:
        raise error

    for error in (TimeoutError("its own"), asyncio.CancelledError("its own"), KeyError("job")):
        with pytest.raises(type(error)) as raised:
            loop.run(fail(error), 5)
        assert raised.value.args == error.args


def test_interrupted(loop: SharedLoop) -> None:
    """Ctrl-C ends the caller's work; the loop answers the next caller."""
    ended = threading.Event()

    async def interrupted() -> None:
        asyncio.get_running_loop().call_soon(press)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    def press() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop.run(interrupted(), None)

    assert ended.wait(PATIENCE)
    assert loop.run(asyncio.sleep(0, "next"), PATIENCE) == "next"


def test_close__pending() -> None:
    """A loop with an endless task can be closed."""
    shared, tasks = SharedLoop(), set[asyncio.Task[bool]]()

    async def leave() -> None:
        tasks.add(asyncio.create_task(asyncio.Event().wait()))

    shared.run(leave(), None)
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - it is meant to be
    shared.close()

    assert not shared._thread.is_alive()  # noqa: SLF001 - nothing else shows it
