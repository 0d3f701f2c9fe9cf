"""A sandbox whose clock skips: the test's process sleeps on it, several threads and tasks in step."""

import asyncio
import threading
import time

import httpx
import pytest

from jobtwin.testing import Jobtwin

pytestmark = pytest.mark.jobtwin(clock="skip")


def status(jobtwin: Jobtwin, job: str) -> str:
    polaris = jobtwin.polaris
    answer = httpx.get(f"{polaris.url}/v1/projects/p/jobs/{job}/status", headers=polaris.headers)
    return str(answer.json()["executionStatus"])


def test_loop(jobtwin: Jobtwin) -> None:
    """A loop that polls each minute takes its time on the clock, and none of the test's."""
    began, real, job = time.monotonic(), time.perf_counter(), jobtwin.polaris.create().id

    polls = 0
    while status(jobtwin, job) != "completed":
        polls += 1
        time.sleep(60)

    assert time.monotonic() - began == pytest.approx(60 * polls)
    assert time.perf_counter() - real < 30


@pytest.mark.usefixtures("jobtwin")
def test_threads() -> None:
    """Threads that sleep wake up in the order of the clock."""
    woken, began = list[tuple[int, float]](), time.monotonic()

    def sleep(seconds: int) -> None:
        time.sleep(seconds)
        woken.append((seconds, round(time.monotonic() - began)))

    threads = [threading.Thread(target=sleep, args=(seconds,)) for seconds in (3600, 60, 600)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert woken == [(60, 60), (600, 600), (3600, 3600)]


def test_tasks(jobtwin: Jobtwin) -> None:
    """So do tasks of one loop; what is cancelled keeps nobody waiting."""
    began = time.monotonic()

    async def story() -> float:
        forever = asyncio.create_task(asyncio.sleep(10**6))
        await asyncio.gather(asyncio.sleep(60), asyncio.sleep(90))
        forever.cancel()
        return round(time.monotonic() - began)

    assert asyncio.run(story()) == 90
    assert jobtwin.clock.skips


def test_slow_answer(jobtwin: Jobtwin) -> None:
    """An answer that is late takes no time either."""
    job, real = jobtwin.polaris.create().id, time.perf_counter()
    jobtwin.polaris.fail("getJobStatus", delay="20s")
    began = time.time()

    status(jobtwin, job)

    assert time.time() - began == pytest.approx(20)
    assert time.perf_counter() - real < 10
