"""Jobs whose state is the status of a response, and requests that create several jobs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from jobtwin.adopt import Trial, marks_in, overlay_text, try_draft
from jobtwin.openapi.document import read
from jobtwin.testing.host import in_process
from tests.vendors import scored

FILE = Path(__file__).with_name("darkroom-2.yaml")
CONTENT = "          content: {application/json: {schema: {"


@pytest.fixture(scope="module")
def trial() -> Trial:
    return try_draft(read(FILE))


@pytest.fixture(scope="module")
def operations(trial: Trial) -> dict[str, Any]:
    found: dict[str, Any] = trial.draft.declaration["operations"]
    return found


@pytest.fixture(scope="module")
def overlay(trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The overlay that `jobtwin adopt` writes."""
    path = tmp_path_factory.mktemp("darkroom") / "darkroom_2.overlay.yaml"
    path.write_text(overlay_text(trial.draft, str(FILE), "Darkroom", read(FILE).written))
    return path


@pytest.fixture
def client(overlay: Path) -> Iterator[tuple[httpx.Client, Callable[[int], Any]]]:
    """A client of the overlay's twin, and its clock."""
    with in_process([overlay]) as host, host.sandbox("darkroom") as twin:
        api = twin["darkroom_2"]
        made = httpx.Client(transport=host.transport, base_url=api.url, headers=api.headers)
        yield made, lambda seconds: twin.clock.advance(seconds=seconds)


@pytest.mark.slow
def test_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation answers and is generated; waiters follow each kind of job to its end."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    score = scored(FILE)

    assert score.notes == []
    assert (score.answered, score.generated, score.imported) == (score.operations,) * 2 + (True,)
    assert score.walked == score.jobs == ["enlargement", "print", "scan", "contact_sheet"]


def test_answers(operations: dict[str, Any]) -> None:
    """A read that documents 202 answers by the job's state; an end has the status that names it."""
    answers = operations["getEnlargement"]["answers"]

    assert answers == {
        "running": {"when": {"state": "running"}, "status": 202, "headers": {"Retry-After": 5}},
        "cancelled": {"when": {"state": "cancelled"}, "status": 410},
        "failed": {"when": {"state": "failed"}, "status": 422},
        "done": {"status": 200},
    }


def test_answers__redirect(operations: dict[str, Any]) -> None:
    """A redirect leads to the result below the job; "Validation failed" is not the job's end."""
    answers = operations["getContactSheet"]["answers"]

    assert answers["done"] == {
        "status": 303,
        "headers": {"Location": "{base}/contact-sheets/{id}/image"},
    }
    assert answers["failed"]["status"] == 409
    assert list(answers) == ["processing", "failed", "done"]


def test_each(operations: dict[str, Any]) -> None:
    """A request with a list of objects, answered by a list of jobs, makes a job of each."""
    made = {key: said.get("each") for key, said in operations.items() if said["does"] == "create"}

    assert made == {
        "enlarge": None,
        "makeContactSheet": None,
        "makePrint": None,
        "makePrints": "body.prints",
        "scan": "body",
    }
    assert operations["searchPrints"]["does"] == "list"


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ("makePrints", "Its body has a list of objects, and its response a list of jobs"),
        (
            "getContactSheet",
            "The status of getContactSheet is the state: 202 is processing, 303 is done, 409 is failed",
        ),
    ],
)
def test_assumed(operation: str, reason: str, operations: dict[str, Any], overlay: Path) -> None:
    """A draft from the shapes of responses alone is assumed, with the reason, and marked as a guess."""
    [line] = [each for each in overlay.read_text().splitlines() if f" {operation}: {{does" in each]

    assert operations[operation]["x-evidence"] == {"assumed": reason}
    assert marks_in(line) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("        '202':\n          description: At work\n", "        '206':\n          description: A part\n"),
        ("'303': {description: It is there, ", "'204': {description: It is there, "),
        (f"Begun\n{CONTENT}type: object, required: [id], properties: {{id: {{type: string}}}}", f"Begun\n{CONTENT}type: object"),
    ],
    ids=["no-202", "no-result", "no-id"],
)  # fmt: skip
def test_guarded(before: str, after: str, tmp_path: Path) -> None:
    """Without a 202, a result, or a way to the job's ID, no job is drafted."""
    text = FILE.read_text(encoding="utf-8")
    file = tmp_path / "darkroom.yaml"
    file.write_text(text.replace(before, after), encoding="utf-8")

    assert text.count(before) == 1
    assert "contact_sheet" not in try_draft(read(file)).draft.declaration["machines"]


def test_darkrooms(trial: Trial) -> None:
    """A resource without an operation that creates it is no job, whatever its statuses."""
    assert "darkroom" not in {job.name for job in trial.draft.jobs}
    assert "# - getDarkroom may read a job (running, done, …)" in overlay_text(
        trial.draft, "darkroom-2.yaml", "Darkroom", {}
    )


def test_poll(client: tuple[httpx.Client, Callable[[int], Any]]) -> None:
    """The twin's create leads to the job, which is 202 while it runs, and then its result."""
    http, advance = client
    made = http.post("/enlargements", json={})
    running = http.get(made.headers["location"])
    advance(10)
    done = http.get(made.headers["location"])

    assert [each.status_code for each in (made, running, done)] == [202, 202, 200]
    assert running.headers["retry-after"] == "5"
    assert list(done.json()) == ["url"]


def test_poll__several(client: tuple[httpx.Client, Callable[[int], Any]]) -> None:
    """The twin makes a job of each object."""
    http, _ = client
    made = http.post("/prints/batch", json={"prints": [{"paper": "a"}, {"paper": "b"}]})
    shown = [http.get(f"/prints/{each['id']}").json() for each in made.json()["prints"]]

    assert [each["status"] for each in shown] == ["queued", "queued"]
    assert shown == made.json()["prints"]


def test_overlay(overlay: Path, trial: Trial) -> None:
    """The overlay has the whole draft."""
    [action] = yaml.safe_load(overlay.read_text())["actions"]

    assert action["update"] == {"x-jobs": trial.draft.declaration}
