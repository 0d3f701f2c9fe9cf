"""Faults of a scenario: they affect answers about its own jobs only."""

from pathlib import Path

import pytest

from jobtwin.http import create_app
from jobtwin.openapi import load
from jobtwin.openapi.loader import find_source
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.control.world import Sandboxed
from tests.loaded import loaded

PRINTER = Path(__file__).parents[1] / "specs/good-faults.yaml"
CONTROL = next(spec for spec in loaded() if spec.name == "control")
SPECS = [load(find_source(f"printer={PRINTER}")), CONTROL]
APP = create_app(SPECS, Sandbox(machines_by_name(SPECS), Setup(ManualClock())))


@pytest.fixture
def world() -> Sandboxed:
    """Make a sandbox of the printer's twin."""
    return Sandboxed(APP, clock="manual", empty=True)


def _statuses(world: Sandboxed, scenario: str) -> list[int]:
    made = world.control("POST", "jobs", {"api": "printer", "scenario": scenario}).json()
    return [world.http.get(f"printer/prints/{made['id']}").status_code for _ in range(3)]


def test_scenario(world: Sandboxed) -> None:
    """A throttled job's answers are throttled; another job's are not."""
    assert _statuses(world, "throttled") == [429, 429, 200]
    assert _statuses(world, "prints") == [200, 200, 200]


def test_listed(world: Sandboxed) -> None:
    """The faults of a job are listed with the sandbox's."""
    _statuses(world, "throttled")

    [fault] = world.control("GET", "faults").json()["faults"]

    assert (fault["operation"], fault["times"], fault["hits"]) == ("getPrint", 2, 2)
    assert fault["fault"] == {"status": 429, "retryAfter": 5}
