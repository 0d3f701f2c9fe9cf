"""What a console draws from: APIs, machines as graphs, timelines, answers that nobody asked for."""

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
    """A sandbox with its samples unless it is empty, on a clock that stands still."""

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
    """The answer to the request of an API that is shown to be pasted."""
    sample = api["sample"]
    headers = {c["field"]: c["value"] for c in api["credentials"] if c["place"] == "header"}
    return world.http.get(
        api["path"] + sample["path"],
        params=sample["query"],
        headers={**headers, **sample["headers"]},
    )


@pytest.mark.parametrize("spec", [s for s in SPECS if s.jobs], ids=lambda spec: spec.name)
def test_apis(spec: Spec, world: InspectedSandbox) -> None:
    """Every API has a request that is answered with 200 as it is pasted."""
    api = next(api for api in world.get("apis")["apis"] if api["name"] == spec.name)

    assert ask_sample(world, api).status_code == 200


def test_apis__empty() -> None:
    """A sandbox without sample jobs shows none of their ids: its requests list jobs."""
    world = InspectedSandbox(empty=True)

    shown = [api for api in world.get("apis")["apis"] if "sample" in api]

    assert {api["name"] for api in shown} == {"osapi", "polaris", "vectorcharts"}
    assert {ask_sample(world, api).status_code for api in shown} == {200}


def test_apis__guarded() -> None:
    """A server that lets chosen credentials in tells none of them."""
    world = InspectedSandbox(Settings(credentials=["s3cret-of-ours"]))

    text = world.control("GET", "apis").text

    assert "s3cret-of-ours" not in text
    assert "CREDENTIAL" in text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0].name}-{kind[1].name}")
def test_machine(kind: tuple[Spec, Machine], world: InspectedSandbox) -> None:
    """A graph has every state, transitions between states of its own, and a plan a scenario."""
    spec, machine = kind

    graph = world.get(f"machines/{spec.name}/{machine.name}")

    names = [state["name"] for state in graph["states"]]
    assert names == list(machine.states)
    assert all(t["from"] in names and t.get("to", t["from"]) in names for t in graph["transitions"])
    assert [plan["scenario"] for plan in graph["plans"]] == list(machine.scenarios)
    assert all(plan["milestones"][0]["after"] == 0 for plan in graph["plans"])


def test_machine__unknown(world: InspectedSandbox) -> None:
    """A machine that does not exist is a 404 that names those that do."""
    assert "job" in world.get("machines/osapi/nope", 404)["detail"]


def test_timeline(world: InspectedSandbox) -> None:
    """What is planned becomes past as the clock is advanced, to the same moments."""
    job = world.make("polaris")
    before = world.get(f"{job}/timeline")["lanes"][0]

    world.control("POST", "clock/advance", {"to": before["planned"][0]["at"]})
    after = world.get(f"{job}/timeline")["lanes"][0]

    assert after["past"] == [*before["past"], before["planned"][0]]
    assert after["planned"] == before["planned"][1:]
    assert before["planned"][-1]["kind"] == "final"


def test_timeline__parts(world: InspectedSandbox) -> None:
    """Each part has a lane below that of its job."""
    job = world.make("osapi", scenario="broadcast_succeeds")

    own, *parts = world.get(f"{job}/timeline")["lanes"]

    assert (own["depth"], "part" in own) == (0, False)
    assert [(lane["depth"], lane["part"]) for lane in parts] == [(1, "agents")] * 3


def test_timeline__endless(world: InspectedSandbox) -> None:
    """A job that goes round for ever has a plan with an end."""
    job = world.make("polaris", scenario="streaming_idles", facts={"type": "streaming"})
    world.control("POST", "clock/advance", {"by": "P365D"})

    [lane] = world.get(f"{job}/timeline")["lanes"]

    assert 0 < len(lane["planned"]) <= 100
    assert 0 < len(lane["past"]) <= 500


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0].name}-{kind[1].name}")
def test_answers(kind: tuple[Spec, Machine], world: InspectedSandbox) -> None:
    """Each operation that reads a job tells what it would answer; no poll is counted."""
    spec, machine = kind
    job = world.make(spec.name, machine=machine.name)
    world.control("DELETE", "journal")
    reading = [o.id for o in spec.operations if o.does == "read" and o.machine is machine]

    answers = world.get(f"{job}/answers")["answers"]

    assert [answer["operation"] for answer in answers] == reading
    assert {answer["status"] for answer in answers} <= {200}
    assert world.get("journal")["total"] == 0


def test_answers__as_polled(world: InspectedSandbox) -> None:
    """What is told is what a poll is answered then."""
    job = world.make("osapi")
    api = next(api for api in world.get("apis")["apis"] if api["name"] == "osapi")
    [answer] = world.get(f"{job}/answers")["answers"]

    polled = world.http.get(
        api["path"] + answer["path"],
        headers={c["field"]: c["value"] for c in api["credentials"]},
    )

    assert polled.json() == answer["body"]


def test_answers__by_polls(world: InspectedSandbox) -> None:
    """To look at a job that advances by polls does not advance it."""
    job = world.make("osapi", progression="polls")

    [first] = world.get(f"{job}/answers")["answers"]
    [second] = world.get(f"{job}/answers")["answers"]

    assert first["body"]["status"] == second["body"]["status"] == "submitted"


def test_answers__assumed(world: InspectedSandbox) -> None:
    """What no document of the vendor's describes is marked, and its pointer leads to a value."""
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
    """A job that is not born yet is answered by nobody."""
    made = world.control("POST", "jobs", {"api": "osapi", "at": "2030-01-01T00:00:00Z"}).json()

    world.get(f"jobs/osapi/{made['machine']}/{made['id']}/answers", 409)
