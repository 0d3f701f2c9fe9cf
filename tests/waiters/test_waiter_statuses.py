"""Waiters of jobs whose state is the status of the response, with results that may not be JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import mypy.api
import pytest

import jobclients
from jobtwin.cli.notes import notes
from jobtwin.openapi import Spec, load
from jobwait import (
    JobCancelled,
    JobFailed,
    JobNotFound,
    ProtocolViolated,
    TransportFailed,
    WaitTimeout,
)
from tests.waiters import stage, torture
from tests.waiters.stage import WaiterStage

FILE = Path(__file__).with_name("assays.yaml")
MACHINES = ("assay", "table", "image", "vial")
GROUPS = ("Ends", "Retry-After", "Server errors", "Refusals", "Not found", "Network", "Time")
"""Groups of the torture suite that do not depend on a state in the body."""


@pytest.fixture(scope="module")
def spec() -> Iterator[Spec]:
    """Yields the spec and makes its client importable."""
    with stage.fifth([FILE]):
        yield load(FILE)


def _stage(spec: Spec, machine: str, way: str) -> WaiterStage:
    return WaiterStage(spec, spec.jobs[machine], way)


@pytest.mark.parametrize("way", stage.WAYS)
@pytest.mark.parametrize(
    ("machine", "result"),
    [
        ("assay", {"purity": 0.97}),
        ("table", "purity\n0.97é\n"),
        ("image", b"PNG"),
        ("vial", {"purity": 0.97}),
    ],
    ids=MACHINES,
)
def test_succeeds(machine: str, result: Any, way: str, spec: Spec) -> None:
    """The result is JSON, a text, or bytes behind a redirect."""
    laboratory = _stage(spec, machine, way)

    got = laboratory.wait(laboratory.born())

    assert (got.to_dict() if isinstance(result, dict) else got) == result
    assert sum(laboratory.slept) >= 60


@pytest.mark.parametrize("way", stage.WAYS)
@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("error", "scenario"), [(JobFailed, "fails"), (JobCancelled, "is_withdrawn")]
)
def test_ends(error: type[JobFailed], scenario: str, machine: str, way: str, spec: Spec) -> None:
    """A failure or a cancellation has its own status, or a body with the state."""
    laboratory = _stage(spec, machine, way)
    job = laboratory.born(scenario)

    with pytest.raises(error) as raised:
        laboratory.wait(job)

    assert raised.value.last is not None
    assert raised.value.last.state in {"spoiled", "withdrawn"}
    assert raised.value.last.job is None


@pytest.mark.parametrize("machine", MACHINES)
def test_reason(machine: str, spec: Spec) -> None:
    """The reason of a failure is the error's message, or in the body."""
    laboratory = _stage(spec, machine, "sync")
    job = laboratory.born("fails")

    with pytest.raises(JobFailed, match="The sample is wet"):
        laboratory.wait(job)


def test_progress(spec: Spec) -> None:
    """The body of a running job may show its progress."""
    laboratory = _stage(spec, "assay", "sync")

    *early, last = laboratory.watch(laboratory.born())

    assert list(dict.fromkeys(snapshot.state for snapshot in early)) == ["queued", "running"]
    running = [each.fraction for each in early if each.state == "running"]
    assert running
    assert None not in running
    assert last.state == "done"


def test_several_states(spec: Spec) -> None:
    """If a status can mean several states, the first of them is shown."""
    laboratory = _stage(spec, "table", "sync")

    *early, last = laboratory.watch(laboratory.born())

    assert {snapshot.state for snapshot in early} == {"queued"}
    assert last.state == "done"


def test_until(spec: Spec) -> None:
    """A state without a result cannot be waited for."""
    laboratory = _stage(spec, "table", "sync")
    job = laboratory.born()

    with pytest.raises(ValueError, match="'running' has no result; wait for one of done"):
        laboratory.wait(job, until="running")


def test_unknown(spec: Spec) -> None:
    """A job that does not exist is not found, since 404 has that meaning in every state."""
    laboratory = _stage(spec, "image", "sync")
    job = laboratory.born()
    laboratory.sandbox.remove(job)

    with pytest.raises(JobNotFound):
        laboratory.wait(job)


@pytest.mark.parametrize("way", stage.WAYS)
def test_elsewhere(way: str, spec: Spec) -> None:
    """A redirect to another server is refused, and receives no credential."""
    laboratory = _stage(spec, "image", way)
    job = laboratory.born(ended=True)
    laboratory.then = lambda *_: httpx.Response(
        303, headers={"Location": "https://elsewhere.example/7"}
    )

    with pytest.raises(TransportFailed, match="a redirect that does not stay on this server"):
        laboratory.wait(job)

    assert {request.url.host for request in laboratory.requests} == {"twin"}


def test_target_fails(spec: Spec) -> None:
    """If the target of a redirect fails for a while, no state is shown, and the wait continues."""
    laboratory = _stage(spec, "image", "sync")
    laboratory.script = [lambda _s, _r, answer: answer, lambda *_: httpx.Response(503)]

    assert laboratory.wait(laboratory.born(ended=True)) == b"PNG"
    assert len(laboratory.requests) == 4


@pytest.mark.parametrize("way", stage.WAYS)
def test_resumed(way: str, spec: Spec) -> None:
    """A wait that began at a `Location` keeps its query when resumed in another process."""
    laboratory = _stage(spec, "assay", way)
    job = laboratory.born()
    path = f"/assays/v1/assays/{job.record.id}"
    led = httpx.Response(202, headers={"Location": f"{path}?v=2"})
    # `_called` can call any function of the module by name.
    with pytest.raises(WaitTimeout) as raised:
        laboratory._called("wait_for_assay_at", {"response": led}, {"timeout": 5})  # noqa: SLF001
    before = len(laboratory.requests)

    laboratory.resume(raised.value.to_json(), timeout=600)

    assert json.loads(raised.value.to_json())["query"] == {"v": "2"}
    assert {request.url.params.get("v") for request in laboratory.requests[before:]} == {"2"}


@pytest.mark.parametrize("way", stage.WAYS)
@pytest.mark.parametrize("group", GROUPS)
def test_torture(group: str, way: str, spec: Spec) -> None:
    """The torture suite ends as its table says."""
    went = {
        case.name: torture.run(case, _stage(spec, "assay", way)) for case in torture.TABLE[group]
    }

    assert {n: how for n, how in went.items() if how not in (torture.FINE, torture.NEVER)} == {}


@pytest.mark.parametrize(
    "wrong",
    [
        httpx.Response(201, json={"purity": 0.5}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"impurity": 0.5}),
        httpx.Response(200, json=[]),
    ],
    ids=["another-status", "html", "another-shape", "a-list"],
)
def test_wrong(wrong: httpx.Response, spec: Spec) -> None:
    """An undocumented response is retried, and finally refused."""
    laboratory = _stage(spec, "assay", "sync")
    job = laboratory.born(ended=True)
    laboratory.script = [lambda *_: wrong]
    once = laboratory.wait(job)
    laboratory.then = lambda *_: wrong
    with pytest.raises(ProtocolViolated):
        laboratory.wait(job)

    assert once.purity == 0.97


@pytest.mark.slow
def test_typed(spec: Spec, mypy_cache: Path) -> None:
    """The type of each result matches its body."""
    folder = Path(jobclients.__path__[-1]) / spec.name
    caller = folder / "caller.py"
    caller.write_text(
        "from .client import AuthenticatedClient\n"
        "from .models import Assay\n"
        "from .waiters import wait_for_assay, wait_for_image, wait_for_table\n"
        'client = AuthenticatedClient("http://x", "t")\n'
        'assay: Assay = wait_for_assay(client, id="1")\n'
        'table: str = wait_for_table(client, id="1")\n'
        'image: bytes = wait_for_image(client, id="1")\n',
        encoding="utf-8",
    )

    said, _, code = mypy.api.run(["--strict", "--cache-dir", str(mypy_cache), str(caller)])

    assert code == 0, said


@pytest.mark.parametrize("code", [{"code": "LOST"}, {}], ids=["unknown", "none"])
def test_code__unclear(code: dict[str, str], spec: Spec) -> None:
    """If two ends share a status and the body has the code of neither, no end is reported."""
    laboratory = _stage(spec, "vial", "sync")
    job = laboratory.born("fails")
    problem = {"title": "Conflict", "status": 409, "detail": "Lost", **code}
    laboratory.then = lambda *_: httpx.Response(409, json=problem)

    with pytest.raises(ProtocolViolated):
        laboratory.wait(job, timeout=600)


def test_alike(tmp_path: Path) -> None:
    """Two ends with one status and no codes get no waiter, and `check` says why."""
    file = tmp_path / "assays.yaml"
    text = FILE.read_text(encoding="utf-8")
    file.write_text(text.replace("code: WITHDRAWN, ", ""), encoding="utf-8")

    said = [
        [each.why for each in notes(load(each)) if "waiter" in each.why] for each in (FILE, file)
    ]

    assert said[0] == []
    [why] = said[1]
    assert why == (
        "clients get no waiter: getVial answers 409 for spoiled and withdrawn alike: in its "
        "`answers`, give each a status of its own, or a `code` that the body shows"
    )
