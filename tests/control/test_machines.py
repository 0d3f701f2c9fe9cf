"""Machines and their scenarios by the control API, and who may choose a job's scenario."""

from typing import Any

import httpx
import pytest

from jobclients.control import models
from jobclients.control.api.machines import list_machines, set_default_scenario
from jobtwin.http import create_app
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.control.world import Sandboxed
from tests.loaded import loaded

SPECS = loaded()
MACHINES = [(spec.name, machine) for spec in SPECS for machine in spec.jobs.values()]
APP = create_app(SPECS, Sandbox([machine for _, machine in MACHINES], Setup(ManualClock())))
OSAPI = {"Authorization": "Bearer token"}
QUERY = {"operation": {"type": "node.hostname.get"}, "target_hostname": "_any"}
CHANGE = {"operation": {"type": "network.dns.update"}, "target_hostname": "_any"}


class MachineSandbox(Sandboxed):
    """A sandbox of the twins, in process: asked by plain httpx, or by the generated client."""

    def __init__(self) -> None:
        super().__init__(APP)

    def default(self, scenario: str, machine: str = "osapi/job") -> httpx.Response:
        """Choose a machine's default scenario."""
        return self.control("PUT", f"machines/{machine}/default", {"scenario": scenario})

    def submit(self, body: Any, prefer: str = "") -> str:
        """Submit a job by the vendor's own API; the scenario by which it lives."""
        headers = {**OSAPI, "Prefer": prefer}
        made = self.http.post("osapi/job", json=body, headers=headers)
        assert made.status_code == 201, made.text
        return self.scenario(made.json()["job_id"])

    def scenario(self, job: str) -> str:
        return str(self.control("GET", f"jobs/osapi/job/{job}").json()["scenario"])


@pytest.fixture
def world() -> MachineSandbox:
    """Make a sandbox that nobody else has used."""
    return MachineSandbox()


# -- describe --------------------------------------------------------------------------------------


def test_list(world: MachineSandbox) -> None:
    """Every machine of jobs is there, though an API have several; those of parts are not."""
    listed = list_machines.sync(client=world.client)

    assert isinstance(listed, models.MachineList)
    assert [(m.api, m.machine) for m in listed.machines] == [(a, m.name) for a, m in MACHINES]
    assert len([m for m in listed.machines if m.api == "lucidity"]) > 1
    assert ("osapi", "agent") not in [(m.api, m.machine) for m in listed.machines]


def test_list__api(world: MachineSandbox) -> None:
    """One asks for one API's alone."""
    listed = world.control("GET", "machines?api=vectorcharts").json()["machines"]

    assert {machine["machine"] for machine in listed} == {"job", "upload", "session"}
    assert {machine["api"] for machine in listed} == {"vectorcharts"}
    assert world.control("GET", "machines?api=nobody").json() == {"machines": []}


@pytest.mark.parametrize("place", range(len(MACHINES)), ids=lambda n: MACHINES[n][1].name)
def test_described(place: int, world: MachineSandbox) -> None:
    """A machine is described by what it is for, its states, events and scenarios, one of them the default."""
    api, machine = MACHINES[place]

    found = world.control("GET", f"machines?api={api}").json()["machines"]

    [told] = [each for each in found if each["machine"] == machine.name]
    assert told["summary"] == machine.summary
    assert told["states"] == list(machine.states)
    assert set(told["events"]) == {t.event for t in machine.transitions if t.event}
    assert {s["name"]: s["summary"] for s in told["scenarios"]} == {
        name: scenario.summary for name, scenario in machine.scenarios.items()
    }
    assert [s["name"] for s in told["scenarios"] if s["default"]] == [machine.default_scenario.name]


# -- choose ----------------------------------------------------------------------------------------


def test_default(world: MachineSandbox) -> None:
    """A sandbox's default is by what the jobs live for which nobody chooses."""
    body = models.DefaultScenario("hangs")

    machine = set_default_scenario.sync("osapi", "job", client=world.client, body=body)

    assert isinstance(machine, models.Machine)
    assert [each.name for each in machine.scenarios if each.default] == ["hangs"]
    assert world.submit(QUERY) == "hangs"


def test_default__elsewhere(world: MachineSandbox) -> None:
    """It is nobody else's: not another sandbox's, not another machine's of the same API."""
    world.default("completes", "vectorcharts/job")
    world.default("fails", "vectorcharts/upload")
    other = MachineSandbox().control("GET", "machines?api=vectorcharts").json()["machines"]
    here = world.control("GET", "machines?api=vectorcharts").json()["machines"]

    def defaults(machines: Any) -> list[str]:
        return [s["name"] for m in machines for s in m["scenarios"] if s["default"]]

    assert set(defaults(here)) == {"completes", "fails", "lasts"}
    assert set(defaults(other)) == {"completes", "succeeds", "lasts"}


def test_default__does_not_fit(world: MachineSandbox) -> None:
    """Where it does not fit what is asked for, the first that does takes its place."""
    world.default("modify_one_host")

    assert world.submit(CHANGE) == "modify_one_host"
    assert world.submit(QUERY) == "query_one_host"


def test_default__retry(world: MachineSandbox) -> None:
    """A job that is tried again is a job for which nobody chooses."""
    job = world.control("POST", "jobs", {"api": "osapi", "scenario": "fails"}).json()["id"]
    world.default("redelivered")

    again = world.http.post(f"osapi/job/{job}/retry", headers=OSAPI).json()["job_id"]

    assert (world.scenario(job), world.scenario(again)) == ("fails", "redelivered")


def test_default__reset(world: MachineSandbox) -> None:
    """A reset brings the spec's back."""
    world.default("hangs")

    world.control("POST", "reset")

    assert world.submit(QUERY) == "query_one_host"


@pytest.mark.parametrize(
    ("machine", "body", "status", "words"),
    [
        ("osapi/job", {"scenario": "nonsense"}, 400, "query_one_host"),
        ("osapi/job", {"scenario": 1}, 400, "/scenario"),
        ("osapi/job", {"scenario": "hangs", "x": 1}, 400, "'x'"),
        ("osapi/job", {}, 400, "scenario"),
        ("osapi/agent", {"scenario": "hangs"}, 404, "Available: job"),
        ("nobody/job", {"scenario": "hangs"}, 404, "osapi"),
        ("No/job", {"scenario": "hangs"}, 400, "api"),
    ],
)
def test_default__refused(
    machine: str, body: Any, status: int, words: str, world: MachineSandbox
) -> None:
    """What cannot be the default is refused with what could, and changes nothing."""
    response = world.control("PUT", f"machines/{machine}/default", body)

    assert (response.status_code, response.json()["status"]) == (status, status)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert words in response.json()["detail"]
    assert world.submit(QUERY) == "query_one_host"


# -- who decides -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("default", "prefer", "expected"),
    [
        ("", "", "query_one_host"),
        ("hangs", "", "hangs"),
        ("", "scenario=redelivered", "redelivered"),
        ("hangs", "scenario=redelivered", "redelivered"),
        ("hangs", "wait=10", "hangs"),
    ],
    ids=["the spec", "the sandbox", "the request", "the request, not the sandbox", "nobody"],
)
def test_choice(default: str, prefer: str, expected: str, world: MachineSandbox) -> None:
    """`Prefer` on the vendor's request is stronger than the sandbox's default, that than the spec's."""
    if default:
        world.default(default)

    assert world.submit(QUERY, prefer) == expected


def test_choice__named(world: MachineSandbox) -> None:
    """A scenario named at creation through the control API is stronger than all."""
    world.default("hangs")

    made = world.http.post(
        "_control/jobs",
        json={"api": "osapi", "scenario": "no_agent_answers"},
        headers={"Prefer": "scenario=redelivered"},
    )

    assert made.json()["scenario"] == "no_agent_answers"
    assert "Preference-Applied" not in made.headers


def test_choice__unnamed(world: MachineSandbox) -> None:
    """A job made through the control API without one lives by the sandbox's default."""
    world.default("hangs")

    made = world.control("POST", "jobs", {"api": "osapi"}).json()

    assert made["scenario"] == "hangs"
    assert "completed" not in {change["state"] for change in made["history"]}
