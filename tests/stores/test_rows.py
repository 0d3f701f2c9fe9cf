"""Rows of a store: a large sandbox is written and read in pieces."""

import asyncio
from collections.abc import Callable

import pytest

from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Setup, capture, tasks
from jobtwin.sandboxes.capture import SandboxCapture
from jobtwin.sandboxes.tasks import Steps, at_once
from jobtwin.stores import kept, replica
from jobtwin.stores.rows import job_lines, replay, replaying, row
from jobtwin.stores.world import export_world
from tests.dice import live
from tests.stored import MACHINES, Stored, ask, client

POLARIS = MACHINES["polaris/job"]


def new() -> Sandbox:
    return Sandbox(MACHINES, Setup(ManualClock()))


@pytest.mark.parametrize("lose", [Sandbox.reset, Sandbox.clear_journal, None])
@pytest.mark.parametrize("seed", range(3))
def test_lines(
    seed: int, lose: Callable[[Sandbox], None] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row in several lines is the sandbox at the time of its first line, despite later changes."""
    monkeypatch.setattr(capture, "PIECE", 3)
    monkeypatch.setattr(tasks, "STEP", 0)
    sandbox = new()
    live(sandbox, MACHINES, seed)
    before = sandbox.snapshot()

    captured = sandbox.capture()
    first, work = row(captured.without_jobs, sandbox.clock), job_lines(captured)
    for turn in range(4):
        next(work)
        live(sandbox, MACHINES, seed + turn + 1, 10)
    if lose:
        lose(sandbox)
    lines = at_once(work)

    read = new()
    replay(b"\n".join([first, *lines]), read)
    assert len(lines) > 10
    assert read.snapshot() == before


def test_lines__large_numbers() -> None:
    """Facts with line breaks, and numbers that only the standard library writes, survive."""
    sandbox = new()
    made = [
        sandbox.create(POLARIS, facts={"project": "a\nb", "extra": 2**70}),
        sandbox.create(POLARIS, facts={"project": "c\u2028d", "extra": {"n": -(2**80)}}),
    ]
    captured = sandbox.capture()

    read = new()
    lines = at_once(job_lines(captured))
    replay(b"\n".join([row(captured.without_jobs, sandbox.clock), *lines]), read)

    found = [read.find(POLARIS, job.record.id) for job in made]
    assert [job and job.record.facts for job in found] == [job.record.facts for job in made]


def test_one_line() -> None:
    """A snapshot in one line, such as that of a new sandbox, is read as well."""
    sandbox, read = new(), new()
    live(sandbox, MACHINES, 7)

    replay(row(sandbox.snapshot(), sandbox.clock), read)

    assert read.snapshot() == sandbox.snapshot()


def test_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many jobs are written and read in as many steps, with their common parts written once in each."""
    monkeypatch.setattr(capture, "PIECE", 50)
    sandbox = Sandbox(MACHINES, Setup(ManualClock(), empty=True))
    for _ in range(1000):
        sandbox.create(POLARIS, facts={"project": "p"})
    captured = sandbox.capture()

    work = job_lines(captured)
    assert sum(1 for _ in work) == 20
    lines = at_once(job_lines(captured))
    text = b"\n".join([row(captured.without_jobs, sandbox.clock), *lines])
    reading = replaying([text], new())

    assert text.count(b'"facts"') == 20
    assert sum(1 for _ in reading) >= 10


def test_import(store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other requests are answered while the sandbox of a large import is written, and it is whole."""
    monkeypatch.setattr(capture, "PIECE", 1)
    sandbox = Sandbox(MACHINES, Setup(ManualClock(), empty=True))
    for _ in range(150):
        sandbox.create(POLARIS, facts={"project": "p"})
    world, path = export_world(sandbox, MACHINES), "/_control/sandboxes/large"
    written_in, job_lines_ = list[int](), job_lines
    turns = 0

    def counted(captured: SandboxCapture) -> Steps[list[bytes]]:
        begun = turns
        lines = yield from job_lines_(captured)
        written_in.append(turns - begun)
        return lines

    monkeypatch.setattr(kept, "job_lines", counted)

    async def beat() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def imported() -> None:
        server = store.server()
        beating = asyncio.create_task(beat())
        async with client(server) as asker:
            answered = await asker.put(f"{path}/import", json=world)
            shown = await asker.get(f"{path}/export")
        beating.cancel()
        await server.disconnect()
        assert answered.status_code == 200
        assert shown.json()["jobs"] == world["jobs"]

    asyncio.run(imported())

    assert written_in[0] >= 149
    assert len(written_in) == 1
    [again] = ask(store.server(), ("GET", f"{path}/export", None))
    assert again.json()["jobs"] == world["jobs"]


def test_compaction(store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot that replaces many changes is written in pieces; later changes are not lost."""
    monkeypatch.setattr(capture, "PIECE", 2)
    monkeypatch.setattr(replica, "FEWEST_CHANGES", 20)
    sandboxes = store.server()

    async def used() -> object:
        for _ in range(30):
            await sandboxes.turn(DEFAULT, lambda sandbox: sandbox.create(POLARIS))
        turns = [
            sandboxes.turn(DEFAULT, lambda sandbox: sandbox.advance_clock(1)) for _ in range(60)
        ]
        await asyncio.gather(*turns)
        await sandboxes.turn(DEFAULT, lambda sandbox: sandbox.create(POLARIS))
        state = await sandboxes.turn(DEFAULT, lambda sandbox: sandbox.snapshot())
        await sandboxes.disconnect()
        return state

    state = asyncio.run(used())

    async def read() -> object:
        server = store.server()
        found = await server.turn(DEFAULT, lambda sandbox: sandbox.snapshot())
        await server.disconnect()
        return found

    assert asyncio.run(read()) == state
