"""Machines and their scenarios by the control API, and the precedence of scenarios."""

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
    """A sandbox of the twins, in process, for plain httpx or the generated client."""

    def __init__(self) -> None:
        super().__init__(APP)

    def default(self, scenario: str, machine: str = "osapi/job") -> httpx.Response:
        """Choose a machine's default scenario."""
        return self.control("PUT", f"machines/{machine}/default", {"scenario": scenario})

    def submit(self, body: Any, prefer: str = "") -> str:
        """Submits a job by the vendor's own API and returns its scenario."""
        headers = {**OSAPI, "Prefer": prefer}
        made = self.http.post("osapi/job", json=body, headers=headers)
        assert made.status_code == 201, made.text
        return self.scenario(made.json()["job_id"])

    def scenario(self, job: str) -> str:
        return str(self.control("GET", f"jobs/osapi/job/{job}").json()["scenario"])


@pytest.fixture
def world() -> MachineSandbox:
    """Make a new sandbox."""
    return MachineSandbox()


# -- describe --------------------------------------------------------------------------------------


def test_list(world: MachineSandbox) -> None:
    """The list contains every machine of jobs, even several of an API, but not those of parts."""
    listed = list_machines.sync(client=world.client)

    assert isinstance(listed, models.MachineList)
    assert [(m.api, m.machine) for m in listed.machines] == [(a, m.name) for a, m in MACHINES]
    assert len([m for m in listed.machines if m.api == "lucidity"]) > 1
    assert ("osapi", "agent") not in [(m.api, m.machine) for m in listed.machines]


def test_list__api(world: MachineSandbox) -> None:
    """The list can be limited to one API."""
    listed = world.control("GET", "machines?api=vectorcharts").json()["machines"]

    assert {machine["machine"] for machine in listed} == {"job", "upload", "session"}
    assert {machine["api"] for machine in listed} == {"vectorcharts"}
    assert world.control("GET", "machines?api=nobody").json() == {"machines": []}


@pytest.mark.parametrize("place", range(len(MACHINES)), ids=lambda n: MACHINES[n][1].name)
def test_described(place: int, world: MachineSandbox) -> None:
    """A machine has a summary, states, events and scenarios, one of them the default."""
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
    """The sandbox's default scenario applies to jobs without a chosen scenario."""
    body = models.DefaultScenario("hangs")

    machine = set_default_scenario.sync("osapi", "job", client=world.client, body=body)

    assert isinstance(machine, models.Machine)
    assert [each.name for each in machine.scenarios if each.default] == ["hangs"]
    assert world.submit(QUERY) == "hangs"


def test_default__elsewhere(world: MachineSandbox) -> None:
    """A default applies neither to other sandboxes nor to other machines of the same API."""
    world.default("completes", "vectorcharts/job")
    world.default("fails", "vectorcharts/upload")
    other = MachineSandbox().control("GET", "machines?api=vectorcharts").json()["machines"]
    here = world.control("GET", "machines?api=vectorcharts").json()["machines"]

    def defaults(machines: Any) -> list[str]:
        return [s["name"] for m in machines for s in m["scenarios"] if s["default"]]

    assert set(defaults(here)) == {"completes", "fails", "lasts"}
    assert set(defaults(other)) == {"completes", "succeeds", "lasts"}


def test_default__does_not_fit(world: MachineSandbox) -> None:
    """If the default does not fit the request, the first fitting scenario is used."""
    world.default("modify_one_host")

    assert world.submit(CHANGE) == "modify_one_host"
    assert world.submit(QUERY) == "query_one_host"


def test_default__retry(world: MachineSandbox) -> None:
    """A retried job gets the default scenario."""
    job = world.control("POST", "jobs", {"api": "osapi", "scenario": "fails"}).json()["id"]
    world.default("redelivered")

    again = world.http.post(f"osapi/job/{job}/retry", headers=OSAPI).json()["job_id"]

    assert (world.scenario(job), world.scenario(again)) == ("fails", "redelivered")


def test_default__reset(world: MachineSandbox) -> None:
    """A reset restores the spec's default."""
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
    """An invalid default is refused with the valid ones, and changes nothing."""
    response = world.control("PUT", f"machines/{machine}/default", body)

    assert (response.status_code, response.json()["status"]) == (status, status)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert words in response.json()["detail"]
    assert world.submit(QUERY) == "query_one_host"


# -- precedence ------------------------------------------------------------------------------------


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
    """The request's `Prefer` overrides the sandbox's default, which overrides the spec's."""
    if default:
        world.default(default)

    assert world.submit(QUERY, prefer) == expected


def test_choice__named(world: MachineSandbox) -> None:
    """A scenario named in the control API's request overrides all others."""
    world.default("hangs")

    made = world.http.post(
        "_control/jobs",
        json={"api": "osapi", "scenario": "no_agent_answers"},
        headers={"Prefer": "scenario=redelivered"},
    )

    assert made.json()["scenario"] == "no_agent_answers"
    assert "Preference-Applied" not in made.headers


def test_choice__unnamed(world: MachineSandbox) -> None:
    """A job created by the control API without a scenario gets the sandbox's default."""
    world.default("hangs")

    made = world.control("POST", "jobs", {"api": "osapi"}).json()

    assert made["scenario"] == "hangs"
    assert "completed" not in {change["state"] for change in made["history"]}
