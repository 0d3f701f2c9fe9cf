"""`jobtwin adopt --har`: a recording completes the file of the made-up vendor."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from click.testing import CliRunner, Result

from jobtwin.cli.root import jobtwin
from jobtwin.testing.host import in_process

HERE = Path(__file__).parent
_BORN = datetime(2026, 5, 4, 12, tzinfo=UTC)
_ANSWERS = {"Content-Type": "application/json", "Retry-After": "3", "X-Press-Version": "7"}


def _entry(
    seconds: float,
    request: str,
    status: int,
    body: Any = None,
    headers: Mapping[str, str] = _ANSWERS,
) -> dict[str, Any]:
    method, path = request.split()
    text = "" if body is None else json.dumps(body)
    return {
        "startedDateTime": (_BORN + timedelta(seconds=seconds)).isoformat(),
        "time": 20,
        "request": {
            "method": method,
            "url": f"https://eu.press.example/api{path}",
            "headers": [{"name": "Authorization", "value": "Bearer pk_live_4242"}],
        },
        "response": {
            "status": status,
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
            "content": {"size": len(text), "mimeType": "application/json", "text": text},
        },
    }


def _proof(state: str, **more: Any) -> dict[str, Any]:
    return {"id": "pr_1", "status": state, "title": "Cover", "created_at": 1, **more}


RECORDED = [
    _entry(0, "POST /v2/proofs", 201, _proof("checking_files", inks=["cyan"])),
    _entry(10, "GET /v2/proofs/pr_1", 200, _proof("checking_files")),
    _entry(14, "GET /v2/proofs/pr_1", 200, _proof("drying")),
    _entry(40, "GET /v2/proofs/pr_1", 200, _proof("drying")),
    _entry(44, "GET /v2/proofs/pr_1", 200, _proof("completed"), {}),
    _entry(50, "GET /v2/proofs/pr_9", 404, {"error": {"message": "No proof pr_9", "hint": 1}}, {}),
    _entry(60, "DELETE /v2/proofs/pr_1", 422, {"error": {"message": "pr_1 is out of pk_live_4242"}}, {}),
]  # fmt: skip


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    return Path(shutil.copy(HERE / "press.yaml", tmp_path / "press.yaml"))


def _adopted(vendor: Path, entries: list[dict[str, Any]], *more: str) -> Result:
    har = vendor.with_name("session.har")
    har.write_text(json.dumps({"log": {"entries": entries}}), encoding="utf-8")
    return CliRunner().invoke(jobtwin, ["adopt", str(vendor), "--har", str(har), *more])


def _overlay(vendor: Path) -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(vendor.with_name("press.overlay.yaml").read_text())
    return made


@pytest.fixture
def said(vendor: Path) -> dict[str, Any]:
    """The `x-jobs` drafted from the file and the recording."""
    result = _adopted(vendor, RECORDED)
    assert result.exit_code == 0, result.output
    said: dict[str, Any] = _overlay(vendor)["actions"][0]["update"]["x-jobs"]
    return said


def test_states(said: dict[str, Any]) -> None:
    """A recorded state has the recorded successor and duration, and is not marked as a guess."""
    states = said["machines"]["proof"]["states"]
    drying = {"kind": "active", "lasts": "30s", "then": "completed"}

    assert states["checking_files"]["lasts"] == "12s"
    assert states["drying"].items() >= drying.items()
    assert states["drying"]["x-evidence"] == {"published": "recorded traffic"}


def test_states__unseen(said: dict[str, Any]) -> None:
    """A state absent from the recording is off the path, and marked."""
    states = said["machines"]["proof"]["states"]

    assert said["machines"]["proof"]["initial"] == "checking_files"
    assert states["drying"]["events"]["become_in_progress"] == "in_progress"


def test_states__short(vendor: Path) -> None:
    """A recording without working states is too coarse: the drafted states stay in between."""
    entries = [
        _entry(0, "POST /v2/proofs", 201, _proof("queued")),
        _entry(90, "GET /v2/proofs/pr_1", 200, _proof("completed")),
    ]

    _adopted(vendor, entries)

    proof = _overlay(vendor)["actions"][0]["update"]["x-jobs"]["machines"]["proof"]
    assert proof["initial"] == "queued"
    assert proof["states"]["finalizing"]["then"] == "completed"


def test_polling(said: dict[str, Any]) -> None:
    """The polling pauses are those of the recorded client."""
    assert said["machines"]["proof"]["polling"].items() >= {"first": "4s", "at_most": "4s"}.items()


def test_headers(said: dict[str, Any]) -> None:
    """Headers are sent in the states in which they were recorded."""
    assert said["operations"]["getProof"]["answers"] == {
        "recorded_1": {
            "when": {"state": ["checking_files", "drying"]},
            "headers": {"Retry-After": 3, "X-Press-Version": 7},
        }
    }


def test_headers__location(vendor: Path) -> None:
    """A URL with the job's id becomes the URL of the twin's job."""
    there = {"Location": "https://eu.press.example/api/v2/print-runs/run/41"}
    entries = [_entry(0, "POST /v2/print-runs/start", 200, {"print_run_id": 41}, there)]

    _adopted(vendor, entries)

    said = _overlay(vendor)["actions"][0]["update"]["x-jobs"]["operations"]["startPrintRun"]
    assert said["answers"]["recorded"]["headers"] == {"Location": "{base}/v2/print-runs/run/{id}"}


def test_errors(said: dict[str, Any], vendor: Path) -> None:
    """Errors have the recorded status, text and shape, except for a text with a secret."""
    shapes = [each["update"] for each in _overlay(vendor)["actions"][1:]]

    assert said["errors"] == {
        "schema": "RecordedError",
        "unknown_job": {"status": 404, "message": "No proof {id}"},
        "illegal_event": {"status": 422},
    }
    assert "message" in str([each for each in shapes if "RecordedError" in each])
    assert "pk_live" not in vendor.with_name("press.overlay.yaml").read_text(encoding="utf-8")


def test_forgotten(said: dict[str, Any], vendor: Path) -> None:
    """A recorded value missing from the file is added by a separate action."""
    actions = {each["target"]: each["update"] for each in _overlay(vendor)["actions"][1:]}

    assert "drying" in said["machines"]["proof"]["states"]
    assert actions["$.components.schemas.Proof.properties.status"] == {"enum": ["drying"]}
    inks = actions["$.components.schemas.Proof.properties"]["inks"]
    assert (inks["type"], inks["items"]) == ("array", {"type": "string"})


def test_walk(vendor: Path) -> None:
    """The twin responds like the recorded vendor."""
    _adopted(vendor, RECORDED)

    with (
        in_process([vendor.with_name("press.overlay.yaml")]) as host,
        host.sandbox("press") as twin,
        httpx.Client(transport=host.transport, base_url=twin["press"].url) as client,
    ):
        made = client.post("/v2/proofs", json={"title": "Cover"}).json()
        twin.clock.advance(seconds=20)
        begun = client.get(f"/v2/proofs/{made['id']}")
        missing = client.get("/v2/proofs/pr_9")

    assert (begun.json()["status"], begun.headers["Retry-After"]) == ("drying", "3")
    assert missing.json()["error"]["message"] == "No proof pr_9"


EVENTS = [
    _entry(0, "POST /v2/scans", 202, {"data": {"id": "s1", "status": "queued"}}),
    _entry(4, "GET /v2/scans/s1", 200, {"data": {"id": "s1", "status": "scanning"}}),
    _entry(5, "POST /v2/scans/s1:abort", 200),
    _entry(9, "GET /v2/scans/s1", 200, {"data": {"id": "s1", "status": "failed"}}),
]


def test_events(vendor: Path) -> None:
    """An event leads to the recorded state, even if the file alone did not explain it."""
    result = _adopted(vendor, EVENTS)

    said = _overlay(vendor)["actions"][0]["update"]["x-jobs"]
    assert "recorded: abort of scan leads to failed" in result.output
    assert said["operations"]["abortScan"] == {"does": "event", "machine": "scan", "event": "abort"}
    assert said["machines"]["scan"]["states"]["scanning"]["events"]["abort"] == "failed"


def test_failure(vendor: Path) -> None:
    """The recorded time before a failure is in the failing scenario."""
    failed = {"id": "s1", "status": "failed"}
    _adopted(vendor, [*EVENTS[:2], _entry(8, "GET /v2/scans/s1", 200, {"data": failed})])

    said = _overlay(vendor)["actions"][0]["update"]["x-jobs"]["machines"]["scan"]["scenarios"]
    assert said["failed"]["steps"] == {"scanning": {"after": "4s", "event": "fail"}}


def test_other_api(vendor: Path) -> None:
    """A recording of another API is refused, and nothing is written."""
    result = _adopted(vendor, [_entry(0, "GET /elsewhere", 200, {})])

    assert result.exit_code == 1
    assert "no request in session.har is to press.yaml" in result.output
    assert not vendor.with_name("press.overlay.yaml").exists()


def test_no_recording(vendor: Path) -> None:
    """The error for a file that is not a recording names the file."""
    result = CliRunner().invoke(jobtwin, ["adopt", str(vendor), "--har", str(vendor)])

    assert result.exit_code == 1
    assert "press.yaml" in result.output
