"""`jobtwin rehearse` on the command line: verdicts, exit codes, JSON and JUnit XML."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from jobtwin.cli import jobtwin
from jobtwin.rehearse import Bounds
from jobtwin.testing import Host, serving
from tests.rehearse.proof import HERE, rehearse
from tests.sampling import fast_every

SHORT = Bounds(virtual=1800)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with serving(["osapi"]) as host:
        yield host


def run(*words: str) -> Result:
    return CliRunner().invoke(jobtwin, ["rehearse", *words])


BUGS = [
    ("dies_of_a_429", "throttled", "does-not-crash"),
    ("own_pace_on_429", "throttled", "heeds-retry-after"),
    ("submits_again", "reply_lost", "makes-one-job"),
    ("no_deadline", "hangs", "ends"),
    ("any_end_is_success", "unknown_operation", "tells-rightly"),
]


@pytest.mark.parametrize(("poller", "fate", "rule"), fast_every(2, BUGS))
def test_bug(host: Host, poller: str, fate: str, rule: str) -> None:
    """A bug is found in its fate."""
    found = rehearse(host, HERE / "buggy" / f"{poller}.py", fate, bounds=SHORT)

    assert rule in found.broken[fate]


def test_bounds() -> None:
    """The bound that a command has reached is reported."""
    bounds = Bounds(real=20, virtual=3600)

    assert bounds.reached(3601) == "1 hour of the job's time"
    assert bounds.reached(3600) == "20 real seconds"
    assert str(bounds) == "1 hour of the job's time, or 20 real seconds"


@pytest.mark.slow
def test_sound(host: Host) -> None:
    """A correct poller survives every fate."""
    assert rehearse(host, HERE / "sound" / "requests_loop.py").broken == {}


FORGETS = """
import sys, time, urllib.request
from osapi import *
body = __import__("json").dumps(JOB).encode()
headers = {**HEADERS, "Content-Type": "application/json"}
urllib.request.urlopen(urllib.request.Request(f"{URL}/job", body, headers))
time.sleep(86_000)
"""


def test_forgotten_job(host: Host, tmp_path: Path) -> None:
    """A command that runs longer than the record of its job exists has created a job."""
    (tmp_path / "forgets.py").write_text(FORGETS, encoding="utf-8")

    found = rehearse(host, tmp_path / "forgets.py", "unknown_operation", bounds=Bounds())

    assert found.broken == {"unknown_operation": ["tells-rightly", "notices-end"]}


@pytest.mark.slow
def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict is a table, JSON or JUnit XML; the exit code is 1 after a failed fate."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    command = (sys.executable, str(HERE / "buggy" / "dies_of_a_429.py"))
    flags = ("osapi", "--fate", "throttled", "--junit", str(tmp_path / "fates.xml"))
    kept = tmp_path / "kept"

    table = run(*flags, "--", *command)
    told = run(*flags, "--json", "--keep", str(kept), "--", *command)

    assert (table.exit_code, told.exit_code) == (1, 1)
    assert "survived 0 of 1 fates" in table.stdout
    [fate] = _fates(told.stdout)
    assert (fate["name"], fate["survived"]) == ("throttled", False)
    assert fate["broken"][0]["rule"] == "does-not-crash"
    assert fate["again"]["command"].startswith("jobtwin rehearse osapi --fate throttled --show -- ")
    assert fate["again"]["console"].startswith("http://127.0.0.1:8080/#/jobs/osapi/job/")
    assert fate["again"]["world"] == str(kept / "osapi-job-throttled.json")
    assert json.loads((kept / "osapi-job-throttled.json").read_text("utf-8"))["jobs"]
    assert ET.parse(tmp_path / "fates.xml").getroot().get("failures") == "1"  # noqa: S314 - our own file


def _fates(text: str) -> list[Any]:
    fates: list[Any] = json.loads(text)["fates"]
    return fates


WRONG = [
    (
        ("osapi", "--", sys.executable, "-c", "pass"),
        "created no job, and ended with exit code 0. It",
    ),
    (
        ("osapi", "--", sys.executable, "-c", "1/0"),
        'its last output: "ZeroDivisionError: division by zero"',
    ),
    (("osapi", "--", "./none"), "Error: [Errno 2] No such file or directory: './none'"),
    (("osapi",), "Give the command after --"),
]


@pytest.mark.parametrize(("words", "message"), WRONG)
def test_not_run(words: tuple[str, ...], message: str) -> None:
    """A command that cannot be rehearsed ends with exit code 2 and a reason in one line."""
    done = run(*words)

    assert done.exit_code == 2
    assert message in done.stderr


@pytest.mark.parametrize("spec", ["osapi", "none.yaml"])
def test_not_run__json(spec: str) -> None:
    """With --json the reason is JSON, for an unreadable spec and for a command."""
    done = run(spec, "--json", "--", "./none")

    assert done.exit_code == 2
    assert "error" in json.loads(done.stderr)


def test_list() -> None:
    """The fates of every job can be listed without a command."""
    done = run("polaris", "--list")

    assert done.exit_code == 0
    assert "polaris  job  throttled" in done.stdout
