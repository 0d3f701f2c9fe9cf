"""Jobs found in a made-up vendor's file, and their draft."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from jobtwin.adopt import Draft, Trial, marks_in, overlay_text, shorten, try_draft
from jobtwin.openapi import load
from jobtwin.openapi.document import Document, read

FILE = Path(__file__).with_name("press.yaml")


@pytest.fixture(scope="module")
def document() -> Document:
    return read(FILE)


@pytest.fixture(scope="module")
def trial(document: Document) -> Trial:
    return try_draft(document)


@pytest.fixture(scope="module")
def press(trial: Trial) -> Draft:
    return trial.draft


@pytest.fixture(scope="module")
def declared(press: Draft) -> dict[str, Any]:
    return press.declaration


def test_jobs(press: Draft) -> None:
    """Jobs are found by the words of their states; invitations and shops are not jobs."""
    assert sorted(job.name for job in press.jobs) == ["plate", "print_run", "proof", "scan"]
    assert not {"invitation", "shop"} & {job.name for job in press.jobs}


BOUND = [
    ("createProof", {"does": "create", "machine": "proof"}),
    ("dropProof", {"does": "event", "machine": "proof", "event": "cancel"}),
    ("getPrintRun", {"does": "read", "machine": "print_run", "id": "query.print_run_id"}),
    ("startPrintRun", {"does": "create", "machine": "print_run"}),
    ("listScans", {"does": "list", "machine": "scan"}),
    ("StartPlate", {"does": "create", "machine": "plate", "id": "path.plateName"}),
    ("GET /v1/{shop}/plates/{plateName}", {"does": "read", "machine": "plate"}),
    ("PausePlate", {"does": "event", "machine": "plate", "event": "pause"}),
]


@pytest.mark.parametrize(("operation", "binding"), BOUND, ids=[key for key, _ in BOUND])
def test_operations(declared: dict[str, Any], operation: str, binding: object) -> None:
    """An operation is bound by its effect on a job; one without an operationId by its path."""
    assert declared["operations"][operation] == binding


VALUES = [
    ("Proof.status", "state"),
    ("Proof.in_progress_at", "entered_at.in_progress"),
    ("Proof.completed_at", "entered_at.completed"),
    ("Proof.percent_complete", "progress"),
    ("PlateInfo.plateName", "id"),
    ("PlateInfo.closeTime", "ended_at"),
    ("getPrintRun.state.result_state", {"path": "state", "when": {"kind": "final"}}),
]


@pytest.mark.parametrize(("name", "value"), VALUES, ids=[key for key, _ in VALUES])
def test_values(declared: dict[str, Any], name: str, value: object) -> None:
    """A property's value follows from its name, type and siblings."""
    assert declared["values"][name] == value


def test_two_fields(declared: dict[str, Any]) -> None:
    """If another property shows the outcome, its words are the final states."""
    states = declared["machines"]["print_run"]["states"]

    assert [name for name, state in states.items() if "then" not in state] == [
        "SUCCESS",
        "FAILED",
        "CANCELED",
    ]
    assert states["TERMINATING"]["then"] == "CANCELED"


def test_reason(declared: dict[str, Any]) -> None:
    """A failing scenario has a reason if the response has a field for it."""
    proof = declared["machines"]["proof"]

    assert proof["reason"] == "facts.reason"
    assert proof["scenarios"]["failed"]["steps"]["in_progress"]["set"] == {
        "reason": "The proof ended as failed"
    }


def test_left(press: Draft) -> None:
    """An event without a target state in the file is named, and not drafted."""
    left = {job.name: job.left for job in press.jobs}

    assert left["scan"] == ("abortScan (abort)",)


def test_checked(trial: Trial) -> None:
    """A draft passes the checks, so it can be served unchanged."""
    assert trial.refused == ()
    assert set(trial.spec.jobs) == {job.name for job in trial.draft.jobs}


def test_overlay(document: Document, press: Draft) -> None:
    """The overlay contains the draft, marks each guess, and names the parts not drafted."""
    text = overlay_text(press, "press.yaml", "Press", document.written)
    overlay = yaml.safe_load(text)

    assert overlay["extends"] == "press.yaml"
    assert overlay["actions"] == [{"target": "$", "update": {"x-jobs": press.declaration}}]
    assert f"{marks_in(text)} of them" in text
    assert "# - abortScan (abort): what it does to a scan" in text


def test_overlay__short(document: Document, press: Draft, tmp_path: Path) -> None:
    """Values that follow from names are not written, and the overlay makes the same twin."""
    short = shorten(document, press)
    overlay = tmp_path / "press.overlay.yaml"
    overlay.write_text(overlay_text(short, str(FILE), "Press", document.written), encoding="utf-8")

    assert "Proof.status" not in short.declaration["values"]
    assert "Proof.status" in press.declaration["values"]
    assert set(load(overlay).jobs) == {job.name for job in press.jobs}


def test_ids(tmp_path: Path) -> None:
    """Ids match the pattern of the parameter that reads a job."""
    file = tmp_path / "press.yaml"
    text = FILE.read_text(encoding="utf-8")
    plain = "{name: proof_id, in: path, required: true, schema: {type: string}}"
    file.write_text(
        text.replace(plain, plain.replace("string}", "string, pattern: '^pr_[0-9a-f]{8}$'}"))
    )

    machines = try_draft(read(file)).draft.declaration["machines"]

    assert machines["proof"]["id"] == {"pattern": "pr_[0-9a-f]{8}"}
    assert machines["print_run"]["id"] == "integer"
