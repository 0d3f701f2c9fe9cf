"""`jobtwin rehearse` from its command line: verdicts, exit codes, JSON and JUnit XML."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.rehearse.proof import HERE, rehearse


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobtwin", "rehearse", *words]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


BUGS = [
    ("dies_of_a_429", "throttled", "does-not-crash"),
    ("own_pace_on_429", "throttled", "heeds-retry-after"),
    ("submits_again", "reply_lost", "makes-one-job"),
    ("no_deadline", "hangs", "ends"),
    ("any_end_is_success", "unknown_operation", "tells-rightly"),
]


@pytest.mark.parametrize(("poller", "fate", "rule"), BUGS)
def test_bug(poller: str, fate: str, rule: str) -> None:
    """A bug is found in the fate that shows it."""
    found = rehearse(
        HERE / "buggy" / f"{poller}.py", "--fate", fate, "--limit", "10", "--hours", "0.5"
    )

    assert rule in found.broken[fate]


def test_sound() -> None:
    """A sound poller survives every fate."""
    assert rehearse(HERE / "sound" / "requests_loop.py").broken == {}


def test_files(tmp_path: Path) -> None:
    """The verdict is a table, JSON or JUnit XML; the exit code is 1 where a fate is not survived."""
    poller = HERE / "buggy" / "dies_of_a_429.py"
    (tmp_path / "osapi.py").write_text((HERE / "osapi.py").read_text("utf-8"), encoding="utf-8")
    (tmp_path / "poller.py").write_text(poller.read_text("utf-8"), encoding="utf-8")
    flags = ("osapi", "--fate", "throttled", "--junit", "fates.xml")

    table = run(*flags, "--", sys.executable, "poller.py", cwd=tmp_path)
    told = run(*flags, "--json", "--", sys.executable, "poller.py", cwd=tmp_path)

    assert (table.returncode, told.returncode) == (1, 1)
    assert "survived 0 of 1 fates" in table.stdout
    [fate] = _fates(told.stdout)
    assert (fate["name"], fate["survived"]) == ("throttled", False)
    assert fate["broken"][0]["rule"] == "does-not-crash"
    assert ET.parse(tmp_path / "fates.xml").getroot().get("failures") == "1"  # noqa: S314 - our own file


def _fates(text: str) -> list[Any]:
    fates: list[Any] = json.loads(text)["fates"]
    return fates


WRONG = [
    (("osapi", "--", sys.executable, "-c", "pass"), "Error: the command made no job; it finds"),
    (("osapi", "--", "./none"), "Error: [Errno 2] No such file or directory: './none'"),
    (("osapi",), "Give the command after --"),
]


@pytest.mark.parametrize(("words", "message"), WRONG)
def test_not_run(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    """Where a command could not be rehearsed, a line says why; the exit code is 2."""
    done = run(*words, cwd=tmp_path)

    assert done.returncode == 2
    assert message in done.stderr


def test_list(tmp_path: Path) -> None:
    """The fates of every job can be listed without a command."""
    done = run("polaris", "--list", cwd=tmp_path)

    assert done.returncode == 0
    assert "polaris  job  throttled" in done.stdout
