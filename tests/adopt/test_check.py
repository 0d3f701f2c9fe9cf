"""`jobtwin check` plays a spec, and reports unused declarations."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from jobtwin.cli.root import jobtwin
from jobtwin.openapi import load
from jobtwin.testing.playing import play

HERE = Path(__file__).parent


def _check(*arguments: object) -> Result:
    return CliRunner().invoke(jobtwin, ["check", *map(str, arguments)])


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    """The drafted overlay of the file with every peculiarity."""
    vendor = Path(shutil.copy(HERE / "loom-2.yaml", tmp_path))
    CliRunner().invoke(jobtwin, ["adopt", str(vendor)])
    return vendor.with_name("loom-2.overlay.yaml")


def _changed(overlay: Path, change: Mapping[str, Any]) -> None:
    """Adds an action that changes the vendor's document."""
    tree = yaml.safe_load(overlay.read_text(encoding="utf-8"))
    tree["actions"].append({"target": "$", "update": change})
    overlay.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")


NOTES = [
    "/paths/~1weaves/post/responses/202: is never answered, always 201; say when by `answers`",
    "/responses/202/headers/Operation-Location: is never sent; say what it holds by",
    "/content/text~1csv: is never answered, always application/json",
    "/paths/~1weaves/get/parameters: the query parameter loom is let in and does nothing",
    "/x-jobs/machines/spinning: clients get no waiter: no operation reads or lists its jobs",
    "/paths/~1weaves/post/callbacks/woven: is never sent; say when by `callbacks: {woven: {}}`",
    "/paths/~1weaves/get/callbacks/listed: is never sent: ",
    "/webhooks/torn: is never sent; say of which jobs by `webhooks: {torn: {machine: …}}`",
]


@pytest.fixture
def incomplete(overlay: Path) -> Path:
    """The overlay, with many declarations that it does not use."""
    shape = {
        "description": "Later",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    event = {
        "requestBody": {"content": shape["content"]},
        "responses": {"200": {"description": "Taken"}},
    }
    sent = {"{$request.body#/url}": {"post": event}}
    csv = {"content": {"text/csv": {"schema": {"type": "string"}}}}
    paths = {
        "/weaves": {
            "post": {"responses": {"202": shape}, "callbacks": {"woven": sent}},
            "get": {
                "callbacks": {"listed": sent},
                "parameters": [{"name": "loom", "in": "query", "schema": {"type": "string"}}],
                "responses": {"200": csv},
            },
        },
    }
    tree = yaml.safe_load(overlay.read_text(encoding="utf-8"))
    operations = tree["actions"][0]["update"]["x-jobs"]["operations"]
    del operations["GET /yarns/{yarn.name}/spinnings/{spinning.spinning_id}"]
    tree["actions"][0]["update"]["x-jobs"]["values"] = {
        key: value
        for key, value in tree["actions"][0]["update"]["x-jobs"]["values"].items()
        if not key.startswith("GET /yarns")
    }
    overlay.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    _changed(overlay, {"paths": paths, "webhooks": {"torn": {"post": event}}})
    return overlay


def test_notes(incomplete: Path) -> None:
    """An unused declaration is a note; with --strict it is a mistake."""
    lenient, strict = _check(incomplete), _check(incomplete, "--strict")

    assert lenient.exit_code == 0, lenient.output
    assert strict.exit_code == 1
    for note in NOTES:
        assert note in lenient.output
        assert note in strict.output
    assert re.search(r"fine, with \d+ warnings and \d+ notes\n$", lenient.output)


def test_notes__json(incomplete: Path) -> None:
    """With --strict, the JSON contains the notes, each with its line."""
    found = json.loads(_check(incomplete, "--strict", "--json").output)

    [headers] = [each for each in found if each["pointer"].endswith("/Operation-Location")]
    assert headers["file"] == "loom-2.yaml"
    assert headers["line"] > 1


PARTS = HERE.parent / "specs" / "good-parts.yaml"


def test_note__progress_of_parts(tmp_path: Path) -> None:
    """A property named progress is noted if the job takes its state from its parts."""
    text = PARTS.read_text(encoding="utf-8")
    state = "        state: {type: string, enum: [open, done]}\n"
    file = tmp_path / "parts.yaml"
    file.write_text(text.replace(state, f"{state}        progress: {{type: integer}}\n"), "utf-8")

    result = _check(file)

    assert "/schemas/Order/properties/progress: is never shown: a job that takes" in result.stderr
    assert "give it its own machine (`initial`, `lasts`, `progress`)" in result.stderr
    assert result.stdout.endswith(": fine, with 1 note\n")


def test_note__shared_schema(tmp_path: Path) -> None:
    """In a vendor's own file, a value that also holds in other properties is noted."""
    text = (PARTS.parent / "mistakes" / "value-of-a-shared-schema.yaml").read_text(encoding="utf-8")
    tree = yaml.safe_load(text)
    vendor, jobs = tmp_path / "printer.yaml", tree.pop("x-jobs")
    vendor.write_text(yaml.safe_dump(tree), encoding="utf-8")
    overlay = tmp_path / "printer.overlay.yaml"
    action = {"target": "$", "update": {"x-jobs": jobs}}
    head = {"overlay": "1.0.0", "info": {"title": "Jobs", "version": "1"}}
    overlay.write_text(yaml.safe_dump({**head, "actions": [action]}), encoding="utf-8")

    result = _check(vendor, "--overlay", overlay)

    assert (
        "Side is one schema: this value also holds in Print.back; give Print.front" in result.stderr
    )
    assert result.exit_code == 0


def test_play(overlay: Path) -> None:
    """A draft that passes can answer every operation in every state of every scenario."""
    assert list(play(load(overlay))) == []


def test_play__fails(overlay: Path) -> None:
    """An operation without a possible answer in a state is a mistake, with the state and reason."""
    _changed(overlay, {"components": {"schemas": {"Weave": {"maxProperties": 1}}}})

    result = _check(overlay)

    assert result.exit_code == 1
    assert (
        "~1weaves~1{weave_id}/get: cannot be answered in the state threading and " in result.output
    )
    assert "maxProperties" in result.output
