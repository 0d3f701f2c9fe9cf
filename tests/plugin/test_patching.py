"""The sandbox's clock in place of the machine's, only for the code under test."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from uuid import UUID

import anyio
import httpx
import pytest

from jobclients.polaris.waiters import wait_for_job, wait_for_job_async
from jobtwin.testing import Clock, Jobtwin

SERVICE = """
import asyncio
import time
from time import monotonic, sleep

import anyio
import httpx


def wait(api, job, sleep=time.sleep, timeout=600):
    ends, pause = time.monotonic() + timeout, 2
    url = f"{api.url}/v1/projects/p/jobs/{job.id}/status"
    while time.monotonic() < ends:
        state = httpx.get(url, headers=api.headers).json()["executionStatus"]
        if state not in ("pending", "running"):
            return state
        sleep(pause)
        pause *= 1.5


def imported():
    began = monotonic()
    sleep(90)
    return monotonic() - began


def stamps():
    return time.time(), time.time_ns() / 1e9, time.monotonic(), time.monotonic_ns() / 1e9


async def awaits(seconds):
    began = time.monotonic()
    await asyncio.sleep(seconds)
    await anyio.sleep(seconds)
    return time.monotonic() - began
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Yields a service that sleeps by the machine's clock."""
    import sys  # noqa: PLC0415 - to remove the module

    (tmp_path / "nightly_service.py").write_text(SERVICE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import nightly_service  # type: ignore[import-not-found]  # noqa: PLC0415 - written above

    yield nightly_service
    del sys.modules["nightly_service"]


@pytest.mark.parametrize("fixture", ["jobtwin", "jobtwin_local"])
def test_waiter(fixture: str, request: pytest.FixtureRequest) -> None:
    """A generated waiter, called as in production, sleeps by the sandbox's clock."""
    twin: Jobtwin = request.getfixturevalue(fixture)
    job = twin.polaris.create()

    with twin.clock.patch():
        done = wait_for_job(twin.polaris.client(), project_id="p", job_id=UUID(job.id))

    assert str(done.id) == job.id


def test_waiter__async(jobtwin: Jobtwin) -> None:
    """An awaiting waiter ends at once, too."""
    job = UUID(jobtwin.polaris.create().id)

    async def wait() -> str:
        done = await wait_for_job_async(jobtwin.polaris.client(), project_id="p", job_id=job)
        return str(done.id)

    with jobtwin.clock.patch():
        assert asyncio.run(wait()) == str(job)


def test_service(jobtwin: Jobtwin, service: ModuleType) -> None:
    """A user's own loop needs no argument for its clock."""
    job = jobtwin.polaris.create(scenario="fails_parsing")
    start = jobtwin.clock.now

    with jobtwin.clock.patch():
        assert service.wait(jobtwin.polaris, job) == "failed"
        assert service.imported() == 90

    assert jobtwin.clock.now > start + timedelta(seconds=90)
    assert jobtwin.polaris.calls("getJobStatus").polite()


def test_functions(jobtwin: Jobtwin, service: ModuleType) -> None:
    """All functions agree; the monotonic ones continue from the machine's."""
    real = time.monotonic()
    with jobtwin.clock.patch():
        now, now_ns, steady, steady_ns = service.stamps()

    assert now == jobtwin.clock.now.timestamp() == pytest.approx(now_ns)
    assert steady == pytest.approx(steady_ns)
    assert 0 <= steady - real < 5


def test_awaits(jobtwin: Jobtwin, service: ModuleType) -> None:
    """Sleeps of asyncio and of anyio advance the clock."""
    began = time.monotonic()
    with jobtwin.clock.patch():
        assert asyncio.run(service.awaits(300)) == 600

    assert time.monotonic() - began < 30


def test_named(jobtwin: Jobtwin, service: ModuleType) -> None:
    """Named modules use the sandbox's time, and others the machine's."""
    now = jobtwin.clock.now.timestamp()

    for named in ("nightly_service", service):
        with jobtwin.clock.patch(named):
            assert service.stamps()[0] == now
            assert time.time() != now
    with jobtwin.clock.patch("another"):
        assert service.stamps()[0] != now


def test_libraries(jobtwin: Jobtwin) -> None:
    """Timeouts of HTTP libraries are in real time while the clock is frozen."""

    async def late() -> None:
        with anyio.fail_after(0.05):
            await anyio.Event().wait()

    with jobtwin.clock.patch():
        with pytest.raises(TimeoutError):
            asyncio.run(late())
        assert httpx.get(f"{jobtwin.url}/_control/health", timeout=60).is_success


def test_restored(jobtwin: Jobtwin, service: ModuleType) -> None:
    """Everything is restored after the block, also after an error."""
    before = (time.time, time.sleep, asyncio.sleep, anyio.sleep, service.sleep)
    defaults = service.wait.__defaults__

    with suppress(ZeroDivisionError), jobtwin.clock.patch():
        assert time.sleep is not before[1]
        assert service.wait.__defaults__ != defaults
        _ = 1 / 0

    assert (time.time, time.sleep, asyncio.sleep, anyio.sleep, service.sleep) == before
    assert service.wait.__defaults__ == defaults


def test_fixture(jobtwin: Jobtwin, jobtwin_time: Clock, service: ModuleType) -> None:
    """The fixture patches for the whole test."""
    assert service.imported() == 90
    assert jobtwin_time is jobtwin.clock
