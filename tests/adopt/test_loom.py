"""A made-up vendor's file with the peculiarities of many, adopted without corrections."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.adopt import overlay_text, try_draft
from jobtwin.openapi.document import read
from jobtwin.testing.host import in_process
from tests.vendors import scored

FILE = Path(__file__).with_name("loom-2.yaml")
JOBS = {"spinning", "dyeing", "weave", "operation"}


@pytest.mark.slow
def test_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation answers and is generated, every module imports, every job reaches its end."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    score = scored(FILE)

    assert score.notes == []
    assert (score.answered, score.generated, score.imported) == (score.operations,) * 2 + (True,)
    assert set(score.walked) == JOBS


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The overlay that `jobtwin adopt` writes."""
    document = read(FILE)
    path = tmp_path_factory.mktemp("loom") / "loom_2.overlay.yaml"
    text = overlay_text(try_draft(document).draft, str(FILE), "Loom", document.written)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def client(overlay: Path) -> Iterator[httpx.Client]:
    """A client of the overlay's twin."""
    with in_process([overlay]) as host, host.sandbox("loom") as twin:
        api = twin["loom_2"]
        yield httpx.Client(transport=host.transport, base_url=api.url, headers=api.headers)


@pytest.fixture(scope="module")
def declared() -> dict[str, Any]:
    return try_draft(read(FILE)).draft.declaration


def test_numbers(declared: dict[str, Any]) -> None:
    """A numeric state has the name given beside the enum."""
    assert list(declared["machines"]["dyeing"]["states"]) == [
        "QUEUED",
        "RUNNING",
        "SUCCESS",
        "ERROR",
    ]
    assert {"const": 10, "when": {"state": ["SUCCESS"]}} in declared["values"]["Dyeing.status"]["first_of"]  # fmt: skip


def test_flag(declared: dict[str, Any]) -> None:
    """A flag beside an error makes two final states, and the error has the reason."""
    machine = declared["machines"]["operation"]

    assert [s["kind"] for s in machine["states"].values()] == ["active", "success", "failure"]
    assert declared["values"]["GET /operations/{operation_id}.error.message"]["path"] == machine["reason"]  # fmt: skip


def test_polling(declared: dict[str, Any]) -> None:
    """Unknown state words get their meaning from the file's text on polling, like the pauses."""
    machine = declared["machines"]["weave"]

    assert machine["states"]["off_the_loom"] == {"kind": "success"}
    assert machine["states"]["snapped"] == {"kind": "failure"}
    assert machine["polling"].items() >= {"first": "3s", "at_most": "7s"}.items()


def test_form(client: httpx.Client) -> None:
    """The fields of a form have the types of their schema; an invalid field is refused."""
    made = client.post("/dyeings", data={"Colour": "red", "Tone": "7"})
    wrong = client.post("/dyeings", data={"Colour": "red", "Tone": "deep"})

    assert (made.status_code, made.json()["status"]) == (202, 1)
    assert (wrong.status_code, "/Tone" in wrong.text) == (400, True)


def test_query_in_path(client: httpx.Client) -> None:
    """A path with a query is a separate operation."""
    tried = client.post("/weaves?beta=true", json={"file": "f"})
    woven = client.post("/weaves", json={"pattern": "p"})

    assert tried.json() == {"tried": True}
    assert woven.json()["pattern"] == "p"
