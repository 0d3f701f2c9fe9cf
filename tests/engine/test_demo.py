import re
import socket
import threading
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from jobtwin import demo
from jobtwin.cli import jobtwin
from jobtwin.lifecycle import Outcome
from tests.loaded import loaded


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the jobs, which otherwise take eight seconds."""
    monkeypatch.setattr(demo, "SECONDS", 0.3)
    monkeypatch.setattr(demo, "FASTEST", 1e5)


def run(*flags: str, **env: str) -> Result:
    return CliRunner().invoke(jobtwin, ["demo", *flags], env=env)


def test_acts() -> None:
    """The demo has a successful job of each twin, and ends with a failing one."""
    chosen = demo.demo_jobs(loaded())

    assert {case.spec.name for case in chosen} == {spec.name for spec in loaded() if spec.jobs}
    assert [case.ends for case in chosen[:-1]] == [Outcome.SUCCESS] * (len(chosen) - 1)
    assert chosen[-1].ends in (Outcome.FAILURE, Outcome.PARTIAL)
    assert chosen[-1].machine.parts


@pytest.mark.slow
def test_log() -> None:
    """Without a terminal the demo prints a line per change of state, then a table with reasons."""
    done = run()

    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert re.fullmatch(r"Twins at http://127\.0\.0\.1:\d+; .*", lines[0])
    assert re.fullmatch(r" +\d\.\d s  polaris job +batch_succeeds +completed.*", "\n".join(
        line for line in lines if " polaris job " in line and "completed" in line and " s  " in line
    ).splitlines()[0])  # fmt: skip
    assert "Failed: Not enough free space on the target volume" in done.output
    assert "\x1b" not in done.output
    assert "All 7 went as planned" in done.output
    assert lines[-1].startswith("  jobtwin jobs create ")


@pytest.mark.slow
def test_terminal() -> None:
    """On a terminal the demo shows progress bars."""
    done = run(TTY_COMPATIBLE="1", TERM="xterm", COLUMNS="120")

    assert done.exit_code == 0, done.output
    assert "━" in done.output


@pytest.mark.slow
def test_nothing_left() -> None:
    """The demo's server and threads end with it."""
    before = set(threading.enumerate())

    port = re.search(r":(\d+);", run().output)

    assert {thread for thread in threading.enumerate() if thread.name == "jobtwin"} <= before
    assert port
    with socket.socket() as other:
        assert other.connect_ex(("127.0.0.1", int(port[1]))) != 0


@pytest.mark.slow
def test_not_as_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job with an unexpected outcome fails the command."""
    chosen = [replace(case, ends=Outcome.CANCELLED) for case in demo.demo_jobs(loaded())[:1]]
    monkeypatch.setattr(demo, "demo_jobs", lambda _: chosen)

    done = run()

    assert (done.exit_code, done.output.splitlines()[-1]) == (
        1,
        "Error: 1 of 1 did not go as planned",
    )


def test_port_taken() -> None:
    """A port in use is reported in one line."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        done = run("--port", str(taken.getsockname()[1]))

    assert done.exit_code == 1
    assert "cannot listen on" in done.output
