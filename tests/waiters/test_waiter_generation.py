"""Waiters generated from an unusual spec, and their types."""

import datetime as dt
import importlib
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import mypy.api
import pytest

import jobclients
from jobtwin.codegen.output import replace
from jobwait import JobFailed, JobNotFound, State, TransportFailed, WaitOptions

SPEC = Path(__file__).with_name("oddjobs.yaml")
CALLER = """\
import jobwait
from .client import Client
from .models import ParcelSlip
from .waiters import resume_parcel, wait_for_parcel, watch_parcel
def show(snapshot: jobwait.Snapshot[ParcelSlip]) -> None: ...
def other(snapshot: jobwait.Snapshot[str]) -> None: ...
client = Client("http://x")
slip: ParcelSlip = wait_for_parcel(client, parcel_id=2, timeout=5, on_progress=show)
wait_for_parcel(client, parcel_id=2, timeuot=5)  # wrong
wait_for_parcel(client, parcel_id=2, timeout="5")  # wrong
wait_for_parcel(client, parcel_id=2, on_progress=other)  # wrong
watch_parcel(client, parcel_id=2, on_progress=show)  # wrong
resume_parcel(client, "{}", until=5)  # wrong
"""
NO_JOBS = """\
openapi: 3.0.3
info: {title: Small, version: "1"}
paths: {/a: {get: {operationId: getA, responses: {'204': {description: Done}}}}}
"""


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate oddjobs.yaml."""
    output = tmp_path_factory.mktemp("odd") / "generated"
    replace([SPEC], output, print)
    return output


@pytest.fixture(scope="module")
def waiters(output: Path) -> Iterator[ModuleType]:
    """Import its waiters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobclients, "__path__", [*jobclients.__path__, str(output / "jobclients")])
        yield importlib.import_module("jobclients.oddjobs.waiters")
    for name in [name for name in sys.modules if name.startswith("jobclients.oddjobs")]:
        del sys.modules[name]


Answering = Callable[[httpx.Request], httpx.Response]


def client(answer: Answering) -> Any:
    package = importlib.import_module("jobclients.oddjobs")
    return package.Client("http://x", httpx_args={"transport": httpx.MockTransport(answer)})


def run(name: str, **more: Any) -> httpx.Response:
    told = {"key": "7", "status": {"name": name, "done": 0.5}, "paper": "A4", **more}
    return httpx.Response(200, json={"wrapped": told})


def wait_for_run(waiters: ModuleType, answer: Answering) -> Any:
    colour = importlib.import_module("jobclients.oddjobs.models").Colour.CYAN
    return waiters.wait_for_print_run(
        client(answer), until_=dt.date(2026, 1, 1), timeout_="7", colour=colour
    )


def test_names(waiters: ModuleType) -> None:
    """Jobs have waiters, except sessions and jobs without a state."""
    made = {name for name in vars(waiters) if name.startswith(("wait_", "watch_", "resume_"))}

    assert made == {
        f"{does}_{job}{way}"
        for does in ("wait_for", "watch", "resume")
        for job in ("print_run", "parcel")
        for way in ("", "_async")
    }


def test_parameters(waiters: ModuleType) -> None:
    """A vendor's parameter with the name of a waiter's own parameter gets an underscore."""
    parameters = inspect.signature(waiters.wait_for_print_run).parameters

    assert list(parameters) == ["client", "until_", "timeout_", "colour", "options"]


def test_options__help(waiters: ModuleType) -> None:
    """The docstring of a waiter explains each of its options."""
    said = str(inspect.getdoc(waiters.wait_for_print_run))

    explained = re.findall(r"^    (\w+): ", said, re.MULTILINE)

    assert sorted(explained) == sorted(WaitOptions.__annotations__)


@pytest.mark.parametrize("name", ["wait_for_parcel", "watch_parcel", "watch_parcel_async"])
def test_options__misspelt(waiters: ModuleType, name: str) -> None:
    """A misspelt option is refused, not ignored."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'timeuot'"):
        getattr(waiters, name)(client(lambda _: httpx.Response(410)), parcel_id=2, timeuot=3)


def test_options__watch(waiters: ModuleType) -> None:
    """A watcher has no `on_progress`, as it yields each snapshot."""
    with pytest.raises(TypeError, match="on_progress: not an option of a watch"):
        waiters.watch_parcel(
            client(lambda _: httpx.Response(410)), parcel_id=2, on_progress=lambda _: None
        )


def test_policy(waiters: ModuleType) -> None:
    """The policy follows the spec's advice, where given, and names its source."""
    runs, parcels = waiters.PRINT_RUN, waiters.PARCEL

    assert (runs.policy.first, runs.policy.at_most, runs.policy.factor) == (90061.5, 172800, 3)
    assert runs.advice == "documented: Odd 'jobs' / API"
    assert (parcels.policy.first, parcels.policy.at_most) == (1, 1)
    assert parcels.advice == "published: A talk"
    assert "Pauses are 1 s or longer" in str(waiters.wait_for_parcel.__doc__)


def test_lifecycle(waiters: ModuleType) -> None:
    """The states, the status of a missing job and the error's message follow the spec."""
    assert waiters.PRINT_RUN.states["smudged"] == State("final", "failure")
    assert waiters.PRINT_RUN.absent == {404}
    assert waiters.PARCEL.absent == {410}
    assert waiters.PARCEL.messages == (("complaint",),)


def test_run(waiters: ModuleType) -> None:
    """State and progress may be nested, and the job in an envelope; a reason may be an object."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/runs/2026-01-01/7"
        assert dict(request.url.params) == {"colour": "cyan"}
        return run("smudged", trouble={"word": "Wet ink", "page": 3, "seen": None})

    with pytest.raises(JobFailed) as raised:
        wait_for_run(waiters, answer)

    assert raised.value.reason == "word: Wet ink, page: 3"
    assert raised.value.last is not None
    assert raised.value.last.fraction == 0.5
    assert type(raised.value.last.job).__name__ == "Run"


def test_run__refused(waiters: ModuleType) -> None:
    """An error's message is read from the place given in the spec."""

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"complaint": "no such colour"})

    with pytest.raises(TransportFailed, match="answered 400: no such colour"):
        wait_for_run(waiters, answer)


def test_resume(waiters: ModuleType) -> None:
    """Dates and enums are restored from the document; an invalid date is refused."""
    document = _given_up(waiters)
    colour = json.loads(document)["ids"]["colour"]

    job = waiters.resume_print_run(client(lambda _: run("printed")), document, timeout=5)

    assert (job.key, colour) == ("7", "cyan")
    with pytest.raises(waiters.jobwait.ResumeRefused, match="/ids: month must be in"):
        waiters.resume_print_run(
            client(lambda _: run("printed")), document.replace('01-01"', '13-13"')
        )


def _given_up(waiters: ModuleType) -> str:
    with pytest.raises(JobFailed) as raised:
        wait_for_run(waiters, lambda _: run("smudged"))
    return str(raised.value.to_json())


def test_parcel(waiters: ModuleType) -> None:
    """A list may be a bare array without pages, with each item in an envelope."""
    parcels = [{"slip": {"number": n, "state": "delivered"}} for n in (1, 2)]

    got = waiters.wait_for_parcel(client(lambda _: httpx.Response(200, json=parcels)), parcel_id=2)

    assert type(got).__name__ == "ParcelSlip"
    assert got.number == 2


def test_parcel__gone(waiters: ModuleType) -> None:
    """410 means an unknown job if the spec says so."""
    gone = client(lambda _: httpx.Response(410))

    with pytest.raises(JobNotFound):
        waiters.wait_for_parcel(gone, parcel_id=2, sleep=lambda _: None)


def test_no_jobs(tmp_path: Path) -> None:
    """A spec without jobs has no waiters."""
    spec = tmp_path / "small.yaml"
    spec.write_text(NO_JOBS)

    replace([spec], tmp_path / "generated", print)

    assert not (tmp_path / "generated/jobclients/small/waiters.py").exists()


@pytest.mark.slow
def test_types(output: Path, mypy_cache: Path) -> None:
    """Generated code passes mypy --strict."""
    said, _, code = mypy.api.run(
        ["--strict", f"--cache-dir={mypy_cache}", "--config-file=", str(output)]
    )

    assert code == 0, said


@pytest.mark.slow
def test_types__options(output: Path, mypy_cache: Path) -> None:
    """A type checker knows a waiter's options and its callback's argument."""
    caller = output / "jobclients" / "oddjobs" / "caller.py"
    caller.write_text(CALLER)

    said, _, _ = mypy.api.run(
        ["--strict", f"--cache-dir={mypy_cache}", "--config-file=", str(caller)]
    )

    caller.unlink()
    refused = [int(number) for number in re.findall(r"caller.py:(\d+): error", said)]
    assert refused == [n for n, line in enumerate(CALLER.splitlines(), 1) if "# wrong" in line]


@pytest.mark.slow
def test_again(output: Path, tmp_path: Path) -> None:
    """The output does not depend on the hash seed."""
    command = [
        sys.executable,
        "-m",
        "jobtwin.codegen",
        "generate",
        str(SPEC),
        "--output",
        str(tmp_path),
    ]

    subprocess.run(command, env={"PYTHONHASHSEED": "7"}, check=True, capture_output=True)

    again = (tmp_path / "jobclients/oddjobs/waiters.py").read_text()
    assert again == (output / "jobclients/oddjobs/waiters.py").read_text()
