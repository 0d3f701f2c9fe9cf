"""The event loop of twins in process: it runs in the thread of its caller, or in its own."""

import asyncio
import threading
from asyncio import base_events
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobtwin.testing.loops import LimitReached, LoopClosed, RunningLoop, SharedLoop

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
    arrived, turns = list[int](), [asyncio.Event() for _ in range(9)]

    async def wait(number: int) -> int:
        arrived.append(number)
        if len(arrived) == 8:
            turns[0].set()
        await turns[number].wait()
        turns[number + 1].set()
        return number

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(loop.run, wait(number), PATIENCE) for number in range(8)]

        assert [each.result() for each in waiting] == list(range(8))


def test_left(loop: SharedLoop) -> None:
    """Tasks that a caller leaves behind come to their end."""
    ended, tasks = threading.Event(), set[asyncio.Task[None]]()

    async def later() -> None:
        for _ in range(100):
            await asyncio.sleep(0)
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


class Alarm(BaseException):
    """Raised by the handler of a signal, such as a test's time limit."""


@pytest.mark.parametrize("error", [KeyboardInterrupt, Alarm])
def test_interrupted__callback(error: type[BaseException], loop: SharedLoop) -> None:
    """The caller gets an error that a signal's handler raises within the loop."""

    async def interrupted() -> None:
        asyncio.get_running_loop().call_soon(press)
        await asyncio.Event().wait()

    def press() -> None:
        raise error

    with pytest.raises(error):
        loop.run(interrupted(), PATIENCE)

    assert loop.run(asyncio.sleep(0, "next"), PATIENCE) == "next"


def test_interrupted__turn(loop: SharedLoop) -> None:
    """A turn that an interrupt has left taken is given back with the next one."""
    loop._turn.acquire()  # noqa: SLF001 - as an interrupt right after it would leave it

    loop.run(thread(), PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        asked, own = pool.submit(
            lambda: (loop.run(thread(), PATIENCE), threading.get_ident())
        ).result()
    assert asked == own


def test_limit__unnoticed(loop: SharedLoop) -> None:
    """A limit ends the wait for a coroutine whose end was not noticed."""

    async def unnoticed() -> str:
        task = asyncio.current_task()
        assert task is not None
        # As an interrupt in this callback would.
        assert task.remove_done_callback(base_events._run_until_complete_cb)  # type: ignore[attr-defined]  # noqa: SLF001
        return "result"

    assert loop.run(unnoticed(), 0.05) == "result"


def test_own_loop(loop: SharedLoop) -> None:
    """A request from the loop itself would wait for itself, so it is refused."""

    async def ask() -> None:
        loop.run(thread(), None)

    with pytest.raises(RuntimeError, match="would wait for itself"):
        loop.run(ask(), PATIENCE)


def test_closed() -> None:
    """A closed loop does no work, whoever has run it."""
    shared, other = SharedLoop(), asyncio.new_event_loop()
    shared.close()
    other.close()

    for closed in (shared, RunningLoop(other)):
        with pytest.raises(LoopClosed):
            closed.run(thread(), None)


def test_closed__meanwhile() -> None:
    """Work ends with the loop of another thread, without any limit."""
    begun, loops = threading.Event(), list[asyncio.AbstractEventLoop]()

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        begun.set()
        await asked.wait()

    async def wait() -> None:
        asked.set()
        await asyncio.Event().wait()

    asked = asyncio.Event()
    server = threading.Thread(target=lambda: asyncio.run(serve()))
    server.start()
    begun.wait(PATIENCE)
    with pytest.raises(LoopClosed):
        RunningLoop(loops[0]).run(wait(), None)
    server.join(PATIENCE)


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
