"""Jobs whose ids are credentials, such as sessions: handles are shown in place of tokens."""

import json

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from jobtwin.stores.world import export_world, import_world
from tests.control.world import Sandboxed
from tests.loaded import loaded

SPECS = loaded()
MACHINES = machines_by_name(SPECS)
APP = create_app(SPECS, Sandbox(MACHINES, Setup(ManualClock())))
PORTAL = "vectorcharts/api/portal/v1/auth"
SESSION = "jobs/vectorcharts/session"


class SessionSandbox(Sandboxed):
    """A sandbox with a session, whose token is known to its client only."""

    def __init__(self) -> None:
        super().__init__(APP, clock="manual", empty=True)
        account = {"username": "admin", "password": "admin"}
        signed_in = self.http.post(f"{PORTAL}/login", json=account).json()
        self.token = str(signed_in["token"]["id"])
        [job] = self.control("GET", "jobs?api=vectorcharts").json()["jobs"]
        self.handle = str(job["id"])

    def session(self) -> httpx.Response:
        return self.http.get(f"{PORTAL}/whoami", headers={"Authorization": f"Bearer {self.token}"})


@pytest.fixture
def world() -> SessionSandbox:
    return SessionSandbox()


@pytest.mark.parametrize(
    "path",
    [
        "jobs",
        f"{SESSION}/HANDLE",
        f"{SESSION}/HANDLE/timeline",
        f"{SESSION}/HANDLE/answers",
        "journal",
        "journal/report",
        "faults",
        "sandboxes/NAME/export",
    ],
)
def test_not_shown(world: SessionSandbox, path: str) -> None:
    """No response of the control API contains the token."""
    world.session()
    name = world.http.base_url.path.rpartition("/sandboxes/")[2].strip("/")
    answer = world.control("GET", path.replace("HANDLE", world.handle).replace("NAME", name))

    assert answer.status_code == 200
    assert world.token not in answer.text


def test_handle(world: SessionSandbox) -> None:
    """The handle identifies the session for reads and events."""
    event = world.control("GET", f"{SESSION}/{world.handle}").json()["events"][0]
    done = world.control("POST", f"{SESSION}/{world.handle}/events", {"event": event})

    assert (done.status_code, done.json()["id"]) == (200, world.handle)
    assert world.session().status_code == 401


def test_refusals(world: SessionSandbox) -> None:
    """Refusals do not contain existing tokens."""
    fault = {"api": "vectorcharts", "job": "nobody", "fault": {"status": 500}}
    refused = world.control("POST", "faults", fault)
    taken = world.control(
        "POST", "jobs", {"api": "vectorcharts", "machine": "session", "id": world.token}
    )

    assert (refused.status_code, taken.status_code) == (404, 409)
    assert world.token not in refused.text + taken.text


def test_export() -> None:
    """An exported sandbox contains handles, even after an import and another export."""
    sandbox = Sandbox(MACHINES, Setup(ManualClock(), empty=True))
    token = str(sandbox.create(MACHINES["vectorcharts/session"]).record.id)
    world = json.loads(json.dumps(export_world(sandbox, MACHINES)))
    other = Sandbox(MACHINES, Setup(ManualClock(), empty=True))
    import_world(world, other, MACHINES)

    assert token not in json.dumps(world)
    assert export_world(other, MACHINES)["jobs"] == world["jobs"]
