"""`jobtwin top`: one frame, and a terminal with live updates."""

import fcntl
import io
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest
from rich.console import Console, RenderableType

from jobclients.control.models import Clock, JobList, Journal
from jobtwin.cli.job_tables import job_list
from jobtwin.cli.journal import entries
from jobtwin.cli.tables import TextTable
from jobtwin.cli.top import frame
from tests.engine.test_commands import JOB, CommandSandbox, server, world

__all__ = ["server", "world"]
POLARIS = {"Authorization": "Basic pok_test"}
SECOND = "22222222-2222-4333-8444-555555555555"
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


def test_once(world: CommandSandbox) -> None:
    """Without a terminal one frame is printed: the clock, the jobs, the requests."""
    world.said(f"jobs create polaris --id {JOB}")
    world.get(f"/polaris/v1/projects/p/jobs/{JOB}/status", **POLARIS)
    told = world.said("top")

    assert f"sandbox {world.sandbox}  2026-01-01 00:00:00  frozen" in told
    assert re.search(rf"polaris +job +{JOB} +pending", told)
    assert re.search(rf"getJobStatus +200 +{JOB}", told)


def test_json(world: CommandSandbox) -> None:
    """With --json a frame is one object."""
    world.said(f"jobs create polaris --id {JOB}")
    told = world.json("top")

    assert JOB in [job["id"] for job in told["jobs"]]
    assert (told["clock"]["now"], told["journal"]["total"]) == ("2026-01-01T00:00:00Z", 0)


@pytest.mark.parametrize("width", [80, 60])
def test_narrow(world: CommandSandbox, width: int) -> None:
    """A narrow terminal omits columns, and does not cut ids."""
    world.said(f"jobs create polaris --id {JOB}")
    world.get(f"/polaris/v1/projects/p/jobs/{JOB}/status", **POLARIS)
    told = world.json("top")
    console = Console(width=width, height=24, file=io.StringIO())
    parts = _parts(told)
    with console.capture() as captured:
        console.print(frame(parts, width))
    lines = captured.get().splitlines()

    assert sum(JOB in line for line in lines) == 2
    assert max(map(len, lines)) <= width


def _parts(told: Mapping[str, Any]) -> list[RenderableType | TextTable]:
    clock = Clock.from_dict(told["clock"])
    jobs = JobList.from_dict({name: told[name] for name in ("jobs", "total")})
    return [*job_list(jobs, clock.now), *entries(Journal.from_dict(told["journal"]))]


@contextmanager
def _terminal(world: CommandSandbox) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Yields the terminal (80 columns) and the process of a `jobtwin top`."""
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    named = {"JOBTWIN_URL": world.root, "JOBTWIN_SANDBOX": world.sandbox, "TERM": "xterm"}
    # A shell's background jobs and their children ignore SIGINT.
    words = ["env", "--default-signal=INT", sys.executable, "-m", "jobtwin", "top"]
    process = subprocess.Popen(
        words, stdin=its, stdout=its, stderr=its, env={**os.environ, **named}
    )
    os.close(its)
    try:
        yield mine, process
    finally:
        process.kill()
        process.wait()
        os.close(mine)


def _shown(terminal: int, wanted: str) -> bool:
    """True if the terminal shows a text within a minute."""
    seen, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536)
        if wanted.encode() in _ESCAPES.sub(b"", seen):
            return True
    return False


def _ended(terminal: int, process: subprocess.Popen[bytes]) -> int | None:
    """Returns a process's exit code; reads its terminal meanwhile, so that it cannot block."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            with suppress(OSError):  # the terminal's other end is closed
                os.read(terminal, 65536)
    return process.returncode


@pytest.mark.slow
def test_live(world: CommandSandbox) -> None:
    """A terminal shows a job as soon as it is created, until Ctrl-C."""
    world.said(f"jobs create polaris --id {JOB}")
    with _terminal(world) as (terminal, process):
        first = _shown(terminal, JOB)
        made = httpx.post(
            f"{world.root}/sandboxes/{world.sandbox}/_control/jobs",
            json={"api": "polaris", "id": SECOND},
        )
        second = _shown(terminal, SECOND)
        process.send_signal(signal.SIGINT)
        code = _ended(terminal, process)

    assert (first, made.status_code, second, code) == (True, 201, True, 0)


def test_no_server() -> None:
    """Without a server one line says so."""
    world = CommandSandbox("http://127.0.0.1:9", "")
    result = world.run("top")

    assert result.exit_code == 1
    assert "no twin answers" in result.output
