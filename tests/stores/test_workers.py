"""`serve --workers`: several processes on one address, watched by their parent."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from jobtwin.errors import WorkerFailed
from jobtwin.workers import Workers
from tests.stored import Stored, children, eventually

SERVE = [sys.executable, "-m", "jobtwin", "serve", "polaris", "--port", "0", "--json"]


def is_there(pid: int) -> bool:
    """True if a process runs; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def parent(valkey_store: Stored) -> Iterator[tuple[subprocess.Popen[str], Any, set[int]]]:
    """A server with two workers: its process, its printed addresses, and its workers."""
    command = [*SERVE, "--workers", "2", "--store", valkey_store.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        yield process, told, children(process.pid)
        if process.poll() is None:
            process.terminate()
        assert process.stdout.read() == ""


def create(url: str) -> int:
    with httpx.Client() as client:  # a new connection, to any of the workers
        return client.post(f"{url}/jobs", json={"api": "polaris"}).status_code


@pytest.mark.slow
def test_workers(parent: tuple[subprocess.Popen[str], Any, set[int]]) -> None:
    """Workers share the address and the sandboxes; a killed one is replaced; SIGTERM ends all."""
    process, told, workers = parent
    control = told["control"]

    made = [create(control) for _ in range(20)]
    seen = {httpx.get(f"{control}/jobs").json()["total"] for _ in range(10)}
    os.kill(min(workers), signal.SIGKILL)
    replaced = eventually(lambda: len(children(process.pid) - workers) == 1)
    again = children(process.pid)
    answers = eventually(lambda: all(_answered(control) for _ in range(10)))
    process.terminate()
    code = process.wait(timeout=30)

    assert made == [201] * 20
    assert len(seen) == 1
    assert len(workers) == 2
    assert replaced
    assert answers
    assert code == -signal.SIGTERM
    assert eventually(lambda: not any(map(is_there, again)))


def _answered(control: str) -> bool:
    try:
        return httpx.get(f"{control}/jobs").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.slow
def test_workers__parent_killed(parent: tuple[subprocess.Popen[str], Any, set[int]]) -> None:
    """Workers end with their parent, even if it is killed."""
    process, _, workers = parent

    process.kill()
    process.wait(timeout=30)

    assert eventually(lambda: not any(map(is_there, workers)))


@pytest.mark.parametrize("store", ["memory:", "sqlite:///twin.db"])
def test_workers__no_shared_store(store: str) -> None:
    """Workers require a store that processes can share."""
    done = CliRunner().invoke(jobtwin, ["serve", "polaris", "--workers", "2", "--store", store])

    assert done.exit_code == 2
    assert "--workers requires a shared store: --store valkey://" in done.stderr


def _ends(_announce: Callable[[], None]) -> None:
    raise SystemExit(3)


def _is_ending(_announce: Callable[[], None]) -> None:
    """As a process that ends, whose files are closed before its parent sees its end."""
    os.closerange(3, 1024)
    signal.pause()


@pytest.mark.parametrize("serve", [_ends, _is_ending])
def test_workers__not_ready(serve: Callable[[Callable[[], None]], None]) -> None:
    """A worker that ends before it is ready ends the server, and is not replaced."""
    with pytest.raises(WorkerFailed):
        Workers(2, serve).run(lambda: None)


def _pauses(_announce: Callable[[], None]) -> None:
    signal.pause()


def test_workers__ended_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is ended while it starts does not take the signal for its parent's."""
    fork = os.fork

    def ended() -> int:
        if pid := fork():
            os.kill(pid, signal.SIGTERM)
        return pid

    monkeypatch.setattr("os.fork", ended)
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        started = Workers(1, _pauses)._started()  # noqa: SLF001 - the moment is too short from outside
    finally:
        signal.signal(signal.SIGTERM, before)
    started.process.join(30)
    code = started.process.exitcode
    started.process.kill()

    assert code == -signal.SIGTERM
