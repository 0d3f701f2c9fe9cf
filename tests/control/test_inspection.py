"""Data for the console: APIs, machines as graphs, timelines, and previews of answers."""

from typing import Any

import httpx
import pytest

from jobtwin.http import Settings, create_app
from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.control.world import Sandboxed
from tests.loaded import loaded

SPECS = loaded()
MACHINES = [m for s in SPECS for m in s.jobs.values()]


def app(settings: Settings | None = None, *, empty: bool = False) -> Any:
    return create_app(SPECS, Sandbox(MACHINES, Setup(ManualClock(), empty=empty)), settings)


class InspectedSandbox(Sandboxed):
    """A sandbox on a clock that stands still, with its samples unless `empty`."""

    def __init__(self, settings: Settings | None = None, *, empty: bool = False) -> None:
        super().__init__(app(settings, empty=empty))

    def get(self, path: str, status: int = 200) -> Any:
        response = self.control("GET", path)
        assert response.status_code == status, response.text
        return response.json()

    def make(self, api: str, **body: Any) -> str:
        made = self.control("POST", "jobs", {"api": api, **body}).json()
        return f"jobs/{api}/{made['machine']}/{made['id']}"


@pytest.fixture
def world() -> InspectedSandbox:
    return InspectedSandbox()


KINDS = [(spec, machine) for spec in SPECS for machine in spec.jobs.values()]


def ask_sample(world: InspectedSandbox, api: Any) -> httpx.Response:
    """Sends an API's sample request and returns the response."""
    sample = api["sample"]
    headers = {c["field"]: c["value"] for c in api["credentials"] if c["place"] == "header"}
    return world.http.get(
        api["path"] + sample["path"],
        params=sample["query"],
        headers={**headers, **sample["headers"]},
    )


@pytest.mark.parametrize("spec", [s for s in SPECS if s.jobs], ids=lambda spec: spec.name)
def test_apis(spec: Spec, world: InspectedSandbox) -> None:
    """Every API has a sample request that succeeds unchanged."""
    api = next(api for api in world.get("apis")["apis"] if api["name"] == spec.name)

    assert ask_sample(world, api).status_code == 200


def test_apis__empty() -> None:
    """In a sandbox without sample jobs, the sample requests list jobs."""
    world = InspectedSandbox(empty=True)

    shown = [api for api in world.get("apis")["apis"] if "sample" in api]

    assert {api["name"] for api in shown} == {"osapi", "polaris", "vectorcharts"}
    assert {ask_sample(world, api).status_code for api in shown} == {200}


def test_apis__guarded() -> None:
    """A server with configured credentials does not show them."""
    world = InspectedSandbox(Settings(credentials=["s3cret-of-ours"]))

    text = world.control("GET", "apis").text

    assert "s3cret-of-ours" not in text
    assert "CREDENTIAL" in text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0].name}-{kind[1].name}")
def test_machine(kind: tuple[Spec, Machine], world: InspectedSandbox) -> None:
    """A graph has every state, transitions between its own states, and a plan for each scenario."""
    spec, machine = kind

    graph = world.get(f"machines/{spec.name}/{machine.name}")

    names = [state["name"] for state in graph["states"]]
    assert names == list(machine.states)
    assert all(t["from"] in names and t.get("to", t["from"]) in names for t in graph["transitions"])
    assert [plan["scenario"] for plan in graph["plans"]] == list(machine.scenarios)
    assert all(plan["milestones"][0]["after"] == 0 for plan in graph["plans"])


def test_machine__unknown(world: InspectedSandbox) -> None:
    """An unknown machine is a 404 that names the existing ones."""
    assert "job" in world.get("machines/osapi/nope", 404)["detail"]


def test_timeline(world: InspectedSandbox) -> None:
    """Planned changes become past changes at the same moments as the clock advances."""
    job = world.make("polaris")
    before = world.get(f"{job}/timeline")["lanes"][0]

    world.control("POST", "clock/advance", {"to": before["planned"][0]["at"]})
    after = world.get(f"{job}/timeline")["lanes"][0]

    assert after["past"] == [*before["past"], before["planned"][0]]
    assert after["planned"] == before["planned"][1:]
    assert before["planned"][-1]["kind"] == "final"


def test_timeline__parts(world: InspectedSandbox) -> None:
    """Each part has a lane below its job's."""
    job = world.make("osapi", scenario="broadcast_succeeds")

    own, *parts = world.get(f"{job}/timeline")["lanes"]

    assert (own["depth"], "part" in own) == (0, False)
    assert [(lane["depth"], lane["part"]) for lane in parts] == [(1, "agents")] * 3


def test_timeline__endless(world: InspectedSandbox) -> None:
    """An endless job has a plan of limited length."""
    job = world.make("polaris", scenario="streaming_idles", facts={"type": "streaming"})
    world.control("POST", "clock/advance", {"by": "P365D"})

    [lane] = world.get(f"{job}/timeline")["lanes"]

    assert 0 < len(lane["planned"]) <= 100
    assert 0 < len(lane["past"]) <= 500


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0].name}-{kind[1].name}")
def test_answers(kind: tuple[Spec, Machine], world: InspectedSandbox) -> None:
    """Each operation that reads a job shows its answer without counting as a poll."""
    spec, machine = kind
    job = world.make(spec.name, machine=machine.name)
    world.control("DELETE", "journal")
    reading = [o.id for o in spec.operations if o.does == "read" and o.machine is machine]

    answers = world.get(f"{job}/answers")["answers"]

    assert [answer["operation"] for answer in answers] == reading
    assert {answer["status"] for answer in answers} <= {200}
    assert world.get("journal")["total"] == 0


def test_answers__as_polled(world: InspectedSandbox) -> None:
    """The preview equals the response to a poll."""
    job = world.make("osapi")
    api = next(api for api in world.get("apis")["apis"] if api["name"] == "osapi")
    [answer] = world.get(f"{job}/answers")["answers"]

    polled = world.http.get(
        api["path"] + answer["path"],
        headers={c["field"]: c["value"] for c in api["credentials"]},
    )

    assert polled.json() == answer["body"]


def test_answers__by_polls(world: InspectedSandbox) -> None:
    """A preview does not advance a job that advances by polls."""
    job = world.make("osapi", progression="polls")

    [first] = world.get(f"{job}/answers")["answers"]
    [second] = world.get(f"{job}/answers")["answers"]

    assert first["body"]["status"] == second["body"]["status"] == "submitted"


def test_answers__assumed(world: InspectedSandbox) -> None:
    """Assumptions without a vendor's document are marked, with a pointer to an existing value."""
    found = []
    for spec, machine in KINDS:
        job = world.make(spec.name, machine=machine.name)
        for answer in world.get(f"{job}/answers")["answers"]:
            found += [(answer, claim) for claim in answer["assumed"]]

    assert found
    for answer, claim in found:
        value = answer["body"]
        for step in claim["pointer"].split("/")[1:]:
            value = value[0] if step == "*" else value[step]
        assert claim["says"]


def test_answers__unborn(world: InspectedSandbox) -> None:
    """A job before its birth has no answers."""
    made = world.control("POST", "jobs", {"api": "osapi", "at": "2030-01-01T00:00:00Z"}).json()

    world.get(f"jobs/osapi/{made['machine']}/{made['id']}/answers", 409)
