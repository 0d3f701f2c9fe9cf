"""Sandboxes on edited machines: which jobs are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from jobtwin.lifecycle.limits import Limit
from jobtwin.openapi import load
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from jobtwin.stores.moving import Moved, move

KILN: dict[str, Any] = {
    "version": 1,
    "machines": {
        "firing": {
            "initial": "heating",
            "states": {
                "heating": {"kind": "active", "lasts": "10s", "then": "fired"},
                "fired": {"kind": "success"},
                "cracked": {"kind": "failure"},
            },
            "events": {"crack": "cracked"},
            "scenarios": {
                "fires": {"default": True},
                "cracks": {"steps": {"heating": {"after": "5s", "event": "crack"}}},
            },
        }
    },
    "operations": {"fire": "create", "getFiring": "read"},
}


def _machines(folder: Path, jobs: dict[str, Any]) -> dict[str, Any]:
    one = {"description": "It", "content": {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "string"}, "state": {"type": "string"}}}}}}  # fmt: skip
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    file = folder / "kiln.yaml"
    tree = {
        "openapi": "3.0.3",
        "info": {"title": "Kiln", "version": "1"},
        "x-jobs": jobs,
        "paths": {
            "/firings": {"post": {"operationId": "fire", "responses": {"201": one, "400": {"description": "No"}, "409": {"description": "No"}}}},
            "/firings/{id}": {"get": {"operationId": "getFiring", "parameters": [parameter], "responses": {"200": one, "400": {"description": "No"}, "404": {"description": "No"}}}},
        },
    }  # fmt: skip
    file.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return machines_by_name([load(file)])


def _edited(change: Any) -> dict[str, Any]:
    jobs: dict[str, Any] = yaml.safe_load(yaml.safe_dump(KILN))
    change(jobs["machines"]["firing"])
    return jobs


def _moved(folder: Path, jobs: dict[str, Any]) -> tuple[Moved, Sandbox, Any]:
    """Edit the machine eight seconds after the creation of two jobs, and move them."""
    before = _machines(folder, KILN)
    old = Sandbox(before, Setup(ManualClock()))
    for scenario in ("fires", "cracks"):
        old.create(before["kiln/firing"], id=scenario, scenario=scenario)
    old.clock.advance(8_000_000)
    after = _machines(folder, jobs)
    new = Sandbox(after, Setup(ManualClock()))
    return move(old, new, after), new, after.get("kiln/firing")


def _state(sandbox: Sandbox, machine: Any, id_: str) -> str:
    job = sandbox.find(machine, id_)
    assert job is not None
    return job.view(sandbox.clock.now()).state.name


def test_move(tmp_path: Path) -> None:
    """Jobs continue with the new durations; the clock continues."""
    slower = _edited(lambda m: m["states"]["heating"].update(lasts="5s"))

    moved, new, machine = _moved(tmp_path, slower)

    assert moved == Moved(2, ())
    assert (_state(new, machine, "fires"), _state(new, machine, "cracks")) == ("fired", "cracked")


def test_move__scenario(tmp_path: Path) -> None:
    """A job whose scenario was removed is lost, and named; the others are kept."""
    moved, new, machine = _moved(tmp_path, _edited(lambda m: m["scenarios"].pop("cracks")))

    assert moved == Moved(1, ("kiln/firing cracks: its scenario cracks is gone",))
    assert _state(new, machine, "fires") == "heating"


def test_move__machine(tmp_path: Path) -> None:
    """If a machine is removed, all of its jobs are lost."""
    renamed = _edited(lambda _: None)
    renamed["machines"]["bake"] = renamed["machines"].pop("firing")

    moved, _, _ = _moved(tmp_path, renamed)

    assert (moved.kept, len(moved.lost)) == (0, 2)
    assert "its machine is gone" in moved.lost[0]


@pytest.mark.parametrize("state", ["fired", "cracked"])
def test_move__events(tmp_path: Path, state: str) -> None:
    """A job with an event is kept, unless its machine no longer has the event."""
    before = _machines(tmp_path, KILN)
    old = Sandbox(before, Setup(ManualClock()))
    job = old.create(before["kiln/firing"], id="f1", scenario="fires")
    old.send_event(job, "crack")
    gone = _edited(lambda m: (m.pop("events"), m["scenarios"].pop("cracks"), m["states"].pop("cracked")))  # fmt: skip
    after = _machines(tmp_path, KILN if state == "cracked" else gone)
    new = Sandbox(after, Setup(ManualClock()))

    moved = move(old, new, after)

    assert moved.kept == (1 if state == "cracked" else 0)


def test_limits(tmp_path: Path) -> None:
    """Limits set by hand and unchanged limits keep their counts; edited ones follow the new specs."""
    machines = _machines(tmp_path, KILN)

    def limit(name: str, requests: int) -> Limit:
        return Limit(api="kiln", name=name, requests=requests, every=60_000_000)

    begun = (limit("same", 1), limit("edited", 1), limit("gone", 1))
    old = Sandbox(machines, Setup(ManualClock(), limits=begun))
    old.set_limit(limit("mine", 1))
    old.count_request({each.limit.id: "" for each in old.limits})
    new = Sandbox(machines, Setup(ManualClock(), limits=(limit("same", 1), limit("edited", 2))))
    move(old, new, machines)

    left = {each.limit.name: each.allowance("", 0).remaining for each in new.limits}
    assert left == {"same": 0, "mine": 0, "edited": 2}
