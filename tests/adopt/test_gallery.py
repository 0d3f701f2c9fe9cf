"""The overlays in `gallery/` are well-formed; the files that they extend are not needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from jobtwin.openapi.document import grammar
from jobtwin.openapi.loader.origins import Origins
from jobtwin.openapi.loader.overlay import check_overlay

GALLERY = Path(__file__).parents[2] / "gallery"
OVERLAYS = sorted(GALLERY.glob("*.overlay.yaml"))
_LARGEST = 300
"""Lines; a person must be able to read and correct an overlay."""


@pytest.fixture(params=OVERLAYS, ids=[each.name.partition(".")[0] for each in OVERLAYS])
def overlay(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def tree(overlay: Path) -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load(overlay.read_text(encoding="utf-8"))
    return tree


def test_form(overlay: Path, tree: dict[str, Any]) -> None:
    """An overlay is valid by OpenAPI's specification, and extends a file beside it."""
    place = Origins().add_file(overlay.name, overlay)

    assert list(check_overlay(tree, place)) == []
    assert Path(tree["extends"]).name == tree["extends"]
    assert len(overlay.read_text(encoding="utf-8").splitlines()) < _LARGEST


def test_grammar(tree: dict[str, Any]) -> None:
    """The overlay's `x-jobs` fits the grammar's schema."""
    law = jsonschema_rs.Draft202012Validator(json.loads(grammar()))
    said = [a["update"] for a in tree["actions"] if a["target"] == "$"]

    assert [error.message for each in [tree, *said] for error in law.iter_errors(each)] == []
    assert said[0]["x-jobs"]["machines"]


def test_walks(tree: dict[str, Any]) -> None:
    """Each machine has one default scenario, and its initial state is one of its states."""
    [said] = [a["update"]["x-jobs"] for a in tree["actions"] if a["target"] == "$"]

    for machine in said["machines"].values():
        defaults = [each for each in machine["scenarios"].values() if each.get("default")]
        assert len(defaults) == 1
        assert machine["initial"] in machine["states"]


def test_page(overlay: Path) -> None:
    """The gallery's page has a row for each overlay."""
    page = (GALLERY / "README.md").read_text(encoding="utf-8")

    assert f"\n| {overlay.name.removesuffix('.overlay.yaml')} |" in page
