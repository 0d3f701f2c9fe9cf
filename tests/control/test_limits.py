"""Rate limits of a spec or added on demand: counted, shown, enforced and expired."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.openapi import spec_folder
from jobtwin.openapi.spec import machines_by_name, usual_limits
from jobtwin.sandboxes import Change, ManualClock, Sandbox, Setup, change_from_json
from tests.control.world import Sandboxed
from tests.loaded import loaded

PRINTER = Path(__file__).parents[1] / "specs" / "good-limits.yaml"
SPECS = loaded(
    [
        f"printer={PRINTER}",
        spec_folder() / "polaris.yaml",
        spec_folder() / "osapi.yaml",
        spec_folder() / "control.yaml",
    ]
)
SETUP = Setup(ManualClock(), limits=usual_limits(SPECS))
APP = create_app(SPECS, Sandbox(machines_by_name(SPECS), SETUP))
JOBS = "polaris/v1/projects/p/jobs"
KEY = {"Authorization": "Bearer key-1"}
POLARIS = {"Authorization": "Basic pok_test"}


class LimitedSandbox(Sandboxed):
    """A sandbox with a print, on a clock that stands still."""

    def __init__(self) -> None:
        super().__init__(APP, clock="manual", empty=True)
        self.id = self.create().json()["id"]

    def create(self, key: str = "key-1") -> httpx.Response:
        return self.http.post("printer/prints", headers={"Authorization": f"Bearer {key}"})

    def poll(self, id_: int | None = None, key: str = "key-1", **headers: str) -> httpx.Response:
        given = {"Authorization": f"Bearer {key}", **headers}
        return self.http.get(f"printer/prints/{self.id if id_ is None else id_}", headers=given)

    def jobs(self, **headers: str) -> httpx.Response:
        return self.http.get(JOBS, headers={**POLARIS, **headers})

    def limit(self, api: str, name: str, **said: Any) -> httpx.Response:
        return self.control("PUT", f"limits/{api}/{name}", said)

    def limits(self) -> dict[str, Any]:
        return {each["name"]: each for each in self.control("GET", "limits").json()["limits"]}

    def advance(self, by: str) -> None:
        self.control("POST", "clock/advance", {"by": by})


@pytest.fixture
def world() -> LimitedSandbox:
    return LimitedSandbox()


def test_refused(world: LimitedSandbox) -> None:
    """A request over the limit gets 429 in the vendor's error body, with the seconds to wait."""
    statuses = [world.poll().status_code for _ in range(2)]
    world.advance("PT20.5S")
    refused = world.poll()

    assert statuses == [200, 200]
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
    assert refused.json() == {
        "why": "Too many requests: 2 are allowed every 60 s; try again in 40 s"
    }


def test_headers(world: LimitedSandbox) -> None:
    """Each answer, including a refusal, shows the remaining requests and the end of the window."""
    shown = [world.poll().headers for _ in range(3)]

    assert [each["X-RateLimit-Remaining"] for each in shown] == ["1", "0", "0"]
    assert {each["X-RateLimit-Limit"] for each in shown} == {"2"}
    assert {each["X-RateLimit-Reset"] for each in shown} == {"1767225660"}
    assert shown[0]["RateLimit"] == "r=1;t=60"


def test_over(world: LimitedSandbox) -> None:
    """After the window ends on the sandbox's clock, requests succeed again."""
    for _ in range(3):
        world.poll()
    world.advance("PT59S")
    early = world.poll()
    world.advance("PT1S")
    answer = world.poll()

    assert (early.status_code, early.headers["Retry-After"]) == (429, "1")
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (200, "1")


def test_polite(world: LimitedSandbox) -> None:
    """A client that waits as instructed is never refused."""
    statuses = []
    for _ in range(10):
        answer = world.poll()
        statuses.append(answer.status_code)
        if answer.headers["X-RateLimit-Remaining"] == "0":
            world.advance("PT60S")

    assert statuses == [200] * 10


def test_per_job(world: LimitedSandbox) -> None:
    """A limit per job does not affect other jobs; other operations are not counted."""
    other = world.create().json()["id"]
    for _ in range(3):
        world.poll()
    answer = world.poll(other)

    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (200, "1")
    assert "X-RateLimit-Remaining" not in world.create().headers


def test_wrong_credential(world: LimitedSandbox) -> None:
    """A request with an invalid credential does not count towards a limit."""
    answers = [world.poll(key="expired") for _ in range(3)]

    assert {(a.status_code, "X-RateLimit-Remaining" in a.headers) for a in answers} == {
        (401, False)
    }
    assert world.poll().headers["X-RateLimit-Remaining"] == "1"


def test_assumed(world: LimitedSandbox) -> None:
    """A limit without a vendor's document is off until it is enabled by name."""
    before = world.limits()["everything"]
    statuses = [world.create().status_code for _ in range(6)]
    world.limit("printer", "everything")
    answers = [world.create() for _ in range(6)]

    assert before["inForce"] is False
    assert statuses == [201] * 6
    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert "Retry-After" not in answers[-1].headers
    assert world.limits()["everything"]["refused"] == 1


def test_per_credential(world: LimitedSandbox) -> None:
    """A limit per credential refuses one client only."""
    world.limit("printer", "everything")
    mine = [world.create().status_code for _ in range(6)]
    theirs = world.create(key="key-2").status_code

    assert (mine[-1], theirs) == (429, 201)


def test_on_demand(world: LimitedSandbox) -> None:
    """A limit can be added to any vendor: it refuses the client with the vendor's error body."""
    said = {"requests": 1, "every": "10s", "headers": {"X-Left": "{limit.remaining}"}}
    made = world.limit("polaris", "mine", **said)
    first, second = world.jobs(), world.jobs()

    assert (made.status_code, made.json()["inForce"]) == (200, True)
    assert (first.status_code, first.headers["X-Left"]) == (200, "0")
    assert (second.status_code, second.headers["Retry-After"]) == (429, "10")
    assert second.json().keys() == {"code", "message"}


def test_on_demand__per_operation(world: LimitedSandbox) -> None:
    """A limit per operation refuses one operation only."""
    world.limit("polaris", "mine", requests=1, every="10s", per=["operation"])
    job = world.control("POST", "jobs", {"api": "polaris"}).json()["id"]
    statuses = [world.jobs().status_code for _ in range(2)]
    other = world.http.get(f"{JOBS}/{job}", headers=POLARIS)

    assert (statuses, other.status_code) == ([200, 429], 200)


def test_removed(world: LimitedSandbox) -> None:
    """A removed limit does not count requests, and cannot be removed again."""
    removed = world.control("DELETE", "limits/printer/polls")
    statuses = [world.poll().status_code for _ in range(3)]
    again = world.control("DELETE", "limits/printer/polls")

    assert (removed.status_code, statuses) == (204, [200] * 3)
    assert (again.status_code, again.json()["detail"]) == (
        404,
        "Unknown limit 'polls' for printer. Available: none",
    )


@pytest.mark.parametrize(
    ("api", "name", "said", "why"),
    [
        ("polaris", "mine", {}, "mine is none of the limits of polaris (there are none)"),
        ("printer", "pols", {"every": "1m"}, "pols is none of the limits of printer (polls, "),
        ("polaris", "mine", {"requests": 1, "every": "3x"}, "'3x' is not a duration such as 3s"),
        ("polaris", "mine", {"requests": 1, "every": "0s"}, "every: takes no time"),
        ("printer", "polls", {"operations": ["getPrin"]}, "operations/0: 'getPrin' is not"),
        ("printer", "polls", {"operations": ["createPrint"]}, "about one job"),
        (
            "printer",
            "polls",
            {"headers": {"X-Left": "{limit.lef}"}},
            "headers/X-Left: 'limit.lef' is not one of",
        ),
        ("printr", "polls", {}, "Did you mean 'printer'?"),
    ],
)
def test_impossible(world: LimitedSandbox, api: str, name: str, said: Any, why: str) -> None:
    """An invalid limit is refused with a hint."""
    answer = world.limit(api, name, **said)

    assert answer.status_code in {400, 404}
    assert why in answer.json()["detail"]


def test_blame(world: LimitedSandbox) -> None:
    """The polling report blames a client refused by any limit, the spec's or one on demand."""
    world.limit("polaris", "mine", requests=1, every="10s")
    job = world.control("POST", "jobs", {"api": "polaris"}).json()["id"]
    for _ in range(2):
        world.http.get(f"{JOBS}/{job}/status", headers=POLARIS)
        world.poll()
        world.poll()
    report = world.control("GET", "journal/report").json()["jobs"]
    kept = {each["api"]: {r["rule"]: r["kept"] for r in each["rules"]} for each in report}

    assert (kept["printer"]["heeds"], kept["polaris"]["heeds"]) == (False, False)


def test_injected(world: LimitedSandbox) -> None:
    """The journal marks refusals by limits that are not in the spec as injected."""
    world.limit("polaris", "mine", requests=1, every="10s")
    for _ in range(2):
        world.jobs()
    for _ in range(3):
        world.poll()
    refused = world.control("GET", "journal?status=429").json()["entries"]

    assert {each["api"]: each.get("injected", False) for each in refused} == {
        "polaris": True,
        "printer": False,
    }


def test_wait(world: LimitedSandbox) -> None:
    """A request that waits for its job counts once, though the job is read twice."""
    answers = [world.http.get(f"printer/prints/{world.id}?timeout=0.05", headers=KEY)]
    answers.append(world.poll())

    assert [each.headers["X-RateLimit-Remaining"] for each in answers] == ["1", "0"]


def test_credentials_are_not_kept() -> None:
    """A limit per credential does not store or show the credential."""
    sandbox = Sandbox(machines_by_name(SPECS), SETUP)
    app, key = create_app(SPECS, sandbox), "a-long-and-secret-key"

    async def asked() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as http:
            await http.put("_control/limits/printer/everything", json={})
            headers = {"Authorization": f"Bearer {key}"}
            assert (await http.post("printer/prints", headers=headers)).status_code == 201

    asyncio.run(asked())
    told = [item.what for item in sandbox.feed.since(0)]

    assert any(isinstance(each, Change) and each.kind == "request_counted" for each in told)
    assert key not in repr(told)
    assert key not in json.dumps(sandbox.snapshot().to_json())


def test_replayed() -> None:
    """The same changes produce the same counts, and a snapshot contains them."""
    sandbox = Sandbox(machines_by_name(SPECS), SETUP)
    limit = SPECS[0].limits["everything"]
    sandbox.set_limit(limit)
    for _ in range(7):
        sandbox.count_request({limit.id: "key"})
    replayed = Sandbox(machines_by_name(SPECS), SETUP)
    shown = json.loads(json.dumps(sandbox.snapshot().to_json()))
    replayed.apply(change_from_json(shown))

    assert replayed.limits.to_json() == sandbox.limits.to_json()
    assert (replayed.limits[limit.id].refused, len(replayed.limits[limit.id].windows)) == (2, 1)


def test_windows_are_forgotten() -> None:
    """A limit stores only the requests of its last window, for any number of jobs."""
    clock = ManualClock()
    sandbox = Sandbox(machines_by_name(SPECS), Setup(clock))
    limit = SPECS[0].limits["polls"]
    sandbox.set_limit(limit)
    for number in range(500):
        sandbox.count_request({limit.id: str(number)})
        clock.advance(1_000_000)

    assert len(sandbox.limits[limit.id].windows) == 60
