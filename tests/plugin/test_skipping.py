"""A sandbox with a skipping clock: threads and tasks of the test's process sleep on it in step."""

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
    """A loop that polls each minute takes time on the clock, but not in the test."""
    began, real, job = time.monotonic(), time.perf_counter(), jobtwin.polaris.create().id

    polls = 0
    while status(jobtwin, job) != "completed":
        polls += 1
        time.sleep(60)

    assert time.monotonic() - began == pytest.approx(60 * polls)
    assert time.perf_counter() - real < 30


@pytest.mark.usefixtures("jobtwin")
def test_threads() -> None:
    """Sleeping threads wake up in the order of the clock."""
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
    """Sleeping tasks wake up in order, too; a cancelled one does not delay the others."""
    began = time.monotonic()

    async def story() -> float:
        forever = asyncio.create_task(asyncio.sleep(10**6))
        await asyncio.gather(asyncio.sleep(60), asyncio.sleep(90))
        forever.cancel()
        return round(time.monotonic() - began)

    assert asyncio.run(story()) == 90
    assert jobtwin.clock.skips


def test_slow_answer(jobtwin: Jobtwin) -> None:
    """A delayed response takes no real time."""
    job, real = jobtwin.polaris.create().id, time.perf_counter()
    jobtwin.polaris.fail("getJobStatus", delay="20s")
    began = time.time()

    status(jobtwin, job)

    assert time.time() - began == pytest.approx(20)
    assert time.perf_counter() - real < 10
