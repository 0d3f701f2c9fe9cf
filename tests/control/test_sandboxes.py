"""Sandboxes: isolated from each other, and selected by URL or header."""

import asyncio
from itertools import count, pairwise
from typing import Any

import httpx
import pytest

from jobclients import polaris
from jobclients.control import AuthenticatedClient, Client, models
from jobclients.control.api.sandboxes import (
    create_sandbox,
    delete_sandbox,
    list_sandboxes,
    reset_sandbox,
)
from jobclients.control.api.server import get_health
from jobclients.polaris.api.jobs import list_jobs
from jobtwin.http import Settings, create_app
from jobtwin.lifecycle import Machine
from jobtwin.sandboxes import (
    DEFAULT,
    ManualClock,
    RealClock,
    Sandbox,
    SandboxClock,
    Sandboxes,
    Setup,
)
from jobtwin.sandboxes.job_store import PIECE
from tests.loaded import loaded

SPECS = loaded()
MACHINES: list[Machine] = [machine for spec in SPECS for machine in spec.jobs.values()]
POLARIS = {"Authorization": "Basic pok_test"}
ID = "0b1e55ed-0000-4000-8000-000000000001"
STREAM = "efb35e3e-406e-4127-ad2e-280fede4f431"
PROBLEM = "application/problem+json"
FORMS = ["prefix", "header"]
TOKEN = "0pen-sesame"  # noqa: S105 - made up
_names = map("world-{}".format, count())


def usual() -> Sandbox:
    return Sandbox(MACHINES, Setup(ManualClock()))


class InProcessServer(httpx.BaseTransport):
    """The twins, in process."""

    def __init__(self, sandboxes: Sandboxes, token: str | None = None, *names: str) -> None:
        specs = [spec for spec in SPECS if not names or spec.name in names]
        self.sandboxes = sandboxes
        self.app = create_app(specs, sandboxes, Settings(control_token=token))
        self.http = httpx.Client(transport=self, base_url="http://twin")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def answered() -> httpx.Response:
            response = await httpx.ASGITransport(self.app).handle_async_request(request)
            content = await response.aread()
            return httpx.Response(response.status_code, headers=response.headers, content=content)

        return asyncio.run(answered())

    def client(self, sandbox: str = DEFAULT) -> Client:
        url = f"http://twin/sandboxes/{sandbox}/_control"
        return Client(base_url=url, httpx_args={"transport": self})

    def world(self, form: str, name: str | None = None) -> httpx.Client:
        """Returns a client that selects its sandbox in one of the two forms."""
        name = name or next(_names)
        if form == "prefix":
            return httpx.Client(transport=self, base_url=f"http://twin/sandboxes/{name}")
        headers = {"X-Sandbox": name}
        return httpx.Client(transport=self, base_url="http://twin", headers=headers)

    def names(self) -> list[str]:
        listed = self.http.get("_control/sandboxes?limit=1000").json()["sandboxes"]
        return [sandbox["name"] for sandbox in listed]


SERVER = InProcessServer(Sandboxes(usual))
GUARDED = InProcessServer(Sandboxes(usual), TOKEN, "control", "polaris")


@pytest.fixture(params=FORMS)
def two(request: pytest.FixtureRequest) -> tuple[httpx.Client, httpx.Client]:
    """Make two clients, each with a new sandbox."""
    return SERVER.world(request.param), SERVER.world(request.param)


@pytest.fixture
def server() -> InProcessServer:
    """Reset all sandboxes."""
    SERVER.http.delete("_control/sandboxes")
    return SERVER


def jobs(world: httpx.Client) -> list[str]:
    listed = world.get("_control/jobs", params={"api": "polaris"}).json()["jobs"]
    return [job["id"] for job in listed]


def make(world: httpx.Client, **body: Any) -> Any:
    made = world.post("_control/jobs", json={"api": "polaris", **body})
    assert made.status_code == 201, made.text
    return made.json()


def status(world: httpx.Client, job: str) -> httpx.Response:
    return world.get(f"polaris/v1/projects/p/jobs/{job}/status", headers=POLARIS)


def clock(world: httpx.Client) -> Any:
    return world.get("_control/clock").json()


def journal(world: httpx.Client) -> Any:
    return world.get("_control/journal").json()


# -- selection -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_made(form: str, server: InProcessServer) -> None:
    """Any request to a vendor's API creates its sandbox, and so does a change by control."""
    assert server.names() == [DEFAULT]

    status(server.world(form, "one"), STREAM)
    status(server.world(form, "three"), "nope")
    make(server.world(form, "two"))

    assert server.names() == [DEFAULT, "one", "three", "two"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "_control/clock"),
        ("HEAD", "_control/clock"),
        ("GET", "_control/jobs"),
        ("GET", "_control/journal"),
        ("GET", "_control/events"),
        ("GET", f"_control/jobs/polaris/job/{STREAM}"),
        ("GET", f"_control/jobs/polaris/job/{STREAM}/wait?until=seen-end"),
        ("DELETE", "_control/journal"),
        ("DELETE", f"_control/jobs/polaris/job/{STREAM}"),
    ],
)
def test_made__not(method: str, path: str, form: str, server: InProcessServer) -> None:
    """Reading or deleting by the control API creates no sandbox: it is a 404 that says so."""
    response = server.world(form, "defualt").request(method, path)

    assert (response.status_code, response.headers["Content-Type"]) == (404, PROBLEM)
    if method != "HEAD":
        detail = response.json()["detail"]
        assert "Unknown sandbox 'defualt'. Did you mean 'default'?" in detail
        assert "PUT /_control/sandboxes/defualt" in detail
    assert server.names() == [DEFAULT]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "polaris/v1/nowhere", 404),
        ("BREW", "polaris/v1/projects/p/jobs", 405),
        ("GET", "nobody/v1", 404),
        ("GET", "_control/nowhere", 404),
        ("GET", "_control/ui/", 200),
    ],
)
def test_made__unrouted(
    method: str, path: str, expected: int, form: str, server: InProcessServer
) -> None:
    """A request without an operation creates no sandbox, and has a body."""
    response = server.world(form, "one").request(method, path, headers=POLARIS)

    assert response.status_code == expected
    assert response.content
    assert server.names() == [DEFAULT]


@pytest.mark.parametrize("form", FORMS)
def test_made__full(form: str) -> None:
    """A full server creates no sandbox but answers 503 until one is deleted; the others work."""
    server = InProcessServer(Sandboxes(usual, most=2), None, "control", "polaris")
    make(server.http)
    assert status(server.world(form, "one"), STREAM).status_code == 200

    refused = [
        status(server.world(form, "two"), STREAM),
        server.http.put("_control/sandboxes/two"),
        server.world(form, "two").post("_control/jobs", json={"api": "polaris"}),
    ]

    assert {each.status_code for each in refused} == {503}
    assert {each.headers["Content-Type"] for each in refused} == {PROBLEM}
    assert "holds 2 sandboxes" in refused[0].json()["detail"]
    assert status(server.world(form, "one"), STREAM).status_code == 200
    assert server.http.put("_control/sandboxes/one").status_code == 200
    server.http.delete("_control/sandboxes/one")
    assert status(server.world(form, "two"), STREAM).status_code == 200


def test_prefix_wins() -> None:
    """A URL's prefix takes precedence over the header, and the header over the default."""
    one, other = next(_names), next(_names)
    make(SERVER.world("prefix", one), id=ID)
    path = f"polaris/v1/projects/p/jobs/{ID}/status"

    def asked(prefix: str, header: str) -> int:
        headers = POLARIS | ({"X-Sandbox": header} if header else {})
        return SERVER.http.get(prefix + path, headers=headers).status_code

    assert asked(f"sandboxes/{one}/", other) == asked("", one) == 200
    assert asked(f"sandboxes/{other}/", one) == asked("", other) == asked("", "") == 404


def test_default() -> None:
    """A request without a name uses `default`, which can also be named."""
    made = make(SERVER.http)["id"]

    for form in FORMS:
        assert status(SERVER.world(form, DEFAULT), made).status_code == 200


def test_another_base_url() -> None:
    """A vendor's client needs only another base URL."""
    name = next(_names)
    make(SERVER.world("prefix", name), id=ID)

    def listed(url: str) -> str:
        args = {"transport": SERVER}
        client = polaris.AuthenticatedClient(url, "pok_test", prefix="Basic", httpx_args=args)
        return str(list_jobs.sync("p", client=client))

    assert ID in listed(f"http://twin/sandboxes/{name}/polaris")
    assert ID not in listed("http://twin/polaris")


@pytest.mark.parametrize("name", ["a", "A-1", "_x", "-", "gw0.test_it", "a..", "9" * 100])
@pytest.mark.parametrize("form", FORMS)
def test_name(form: str, name: str, server: InProcessServer) -> None:
    """A name consists of letters, digits, dots, underscores and hyphens."""
    world = server.world(form, name)

    assert world.put(f"_control/sandboxes/{name}").json()["name"] == name
    assert clock(world)["now"] == "2026-01-01T00:00:00Z"
    assert name in server.names()


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "a%20b",
        "%2e%2e",
        "%2E",
        ".hidden",
        "é",
        "%C3%A9",
        "a:b",
        "a%2Fb",
        "%0A",
        "a%00",
        "%FF",
        "9" * 101,
        "{x}",
        "*",
    ],
)
def test_name__wrong(name: str, server: InProcessServer) -> None:
    """Invalid names are refused in the URL, in the header, and at creation."""
    header = name.encode()
    answers = [
        server.http.get(f"sandboxes/{name}/polaris/v1/projects/p/jobs", headers=POLARIS),
        server.http.get("polaris/v1/projects/p/jobs", headers=[(b"X-Sandbox", header)]),
        server.http.put(f"_control/sandboxes/{name}"),
        server.http.delete(f"_control/sandboxes/{name}"),
    ]

    assert [answer.status_code for answer in answers] == [400] * 4
    assert {answer.headers["Content-Type"] for answer in answers} == {PROBLEM}
    assert {answer.json()["status"] for answer in answers} == {400}
    assert server.names() == [DEFAULT]


@pytest.mark.parametrize(
    "path",
    [
        "sandboxes//_control/clock",
        "sandboxes/",
        "sandboxes",
        "sandboxes/a/sandboxes/b/_control/clock",
    ],
)
def test_name__nowhere(path: str) -> None:
    """A URL without a sandbox's name, or with two, is a 404."""
    assert SERVER.http.get(path).status_code == 404


def test_name__empty_header() -> None:
    """An empty header is refused, and does not select the default sandbox."""
    response = SERVER.http.get("_control/clock", headers={"X-Sandbox": ""})

    assert (response.status_code, response.headers["Content-Type"]) == (400, PROBLEM)


# -- isolation -------------------------------------------------------------------------------------


def test_own_jobs(two: tuple[httpx.Client, httpx.Client]) -> None:
    """Jobs and their events exist in one sandbox only."""
    one, other = two
    made = make(one, id=ID)["id"]
    one.post(f"_control/jobs/polaris/job/{STREAM}/events", json={"event": "cancel"})

    assert (status(one, made).status_code, status(other, made).status_code) == (200, 404)
    assert status(one, STREAM).json() == {"executionStatus": "canceled"}
    assert status(other, STREAM).json() == {"executionStatus": "pending"}
    assert len(jobs(one)) == len(jobs(other)) + 1


def test_own_clock(two: tuple[httpx.Client, httpx.Client]) -> None:
    """Each sandbox has its own time, speed and progression."""
    one, other = two
    make(other)
    before = clock(other)

    one.post("_control/clock/advance", json={"by": "PT1H"})
    one.patch("_control/clock", json={"speed": 60, "frozen": False, "progression": "polls"})

    assert clock(other) == before
    assert status(other, STREAM).json() == {"executionStatus": "pending"}


def test_own_journal(two: tuple[httpx.Client, httpx.Client]) -> None:
    """Each sandbox has its own journal."""
    one, other = two
    status(one, STREAM)
    status(one, STREAM)
    status(other, STREAM)

    assert (journal(one)["total"], journal(other)["total"]) == (2, 1)
    assert journal(one)["entries"][0]["path"] == journal(other)["entries"][0]["path"]
    one.delete("_control/journal")
    assert (journal(one)["total"], journal(other)["total"]) == (0, 1)


def test_own_defaults(two: tuple[httpx.Client, httpx.Client]) -> None:
    """Each sandbox has its own default scenarios."""
    one, other = two
    one.put("_control/machines/polaris/job/default", json={"scenario": "stays_pending"})

    assert make(one)["scenario"] == "stays_pending"
    assert make(other)["scenario"] == "batch_succeeds"


def test_own_ids(two: tuple[httpx.Client, httpx.Client]) -> None:
    """Ids do not depend on other sandboxes: the same requests get the same ids."""
    one, other = two
    machine = {"api": "lucidity", "machine": "agent_install"}

    first = [make(one)["id"], make(one, **machine)["id"], make(one, **machine)["id"]]
    second = [make(other)["id"], make(other, **machine)["id"], make(other, **machine)["id"]]

    assert first == second
    assert first[1:] == ["3", "4"]


def test_own_session(two: tuple[httpx.Client, httpx.Client]) -> None:
    """Signing out in one sandbox does not end the session in another."""
    one, other = two
    portal = "vectorcharts/api/portal/v1"
    headers = {"Authorization": "Bearer 3f9a6c0d1b7e42588c4e0d9a7b61f2e5"}

    one.post(f"{portal}/auth/logout", headers=headers)

    assert one.get(f"{portal}/jobs", headers=headers).status_code == 401
    assert other.get(f"{portal}/jobs", headers=headers).status_code == 200


@pytest.mark.slow
def test_two_hundred() -> None:
    """200 sandboxes used in parallel do not disturb each other."""
    SERVER.http.delete("_control/sandboxes")

    async def live(client: httpx.AsyncClient, number: int) -> list[Any]:
        world = {"X-Sandbox": f"w{number}"} if number % 2 else {}
        root = "" if number % 2 else f"/sandboxes/w{number}"
        seen: list[Any] = []

        async def ask(method: str, path: str, body: Any = None) -> Any:
            await asyncio.sleep(0)
            headers = POLARIS | world
            answer = await client.request(method, root + path, json=body, headers=headers)
            return answer.json()

        made = [await ask("POST", "/_control/jobs", {"api": "polaris"}) for _ in range(number % 5)]
        await ask("POST", "/_control/clock/advance", {"by": f"PT{number}S"})
        for job in made:
            url = f"/polaris/v1/projects/p/jobs/{job['id']}/status"
            seen.append((await ask("GET", url))["executionStatus"])
        listed = await ask("GET", "/_control/jobs?api=polaris")
        moment = await ask("GET", "/_control/clock")
        written = await ask("GET", "/_control/journal")
        return [seen, listed["total"], moment["now"], written["total"]]

    async def together() -> list[list[Any]]:
        transport = httpx.ASGITransport(SERVER.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            return await asyncio.gather(*(live(client, number) for number in range(200)))

    for number, told in enumerate(asyncio.run(together())):
        state = "pending" if number < 5 else "running" if number < 45 else "completed"
        now = f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z"
        assert told == [[state] * (number % 5), 3 + number % 5, now, number % 5]
    assert len(SERVER.names()) == 201


# -- create, list, delete --------------------------------------------------------------------------


def test_create(server: InProcessServer) -> None:
    """A sandbox is created with the given jobs, ids, clock and progression."""
    body = models.NewSandbox.from_dict(
        {
            "empty": True,
            "seed": 7,
            "clock": "manual",
            "start": "2030-05-01T12:00:00+02:00",
            "progression": "polls",
        }
    )

    made = create_sandbox.sync("one", client=server.client(), body=body)

    assert isinstance(made, models.Sandbox)
    assert (made.name, f"{made.now:%Y-%m-%d %H}", made.jobs) == ("one", "2030-05-01 10", 0)
    world = server.world("prefix", "one")
    assert jobs(world) == []
    assert clock(world)["progression"] == "polls"
    job = make(world)
    assert (job["progression"], job["created"]) == ("polls", "2030-05-01T10:00:00Z")
    assert job["id"] != make(server.world("prefix", "other"))["id"]


def test_create__seed(server: InProcessServer) -> None:
    """The same seed gives the same ids."""
    for name in ("one", "other"):
        server.http.put(f"_control/sandboxes/{name}", json={"seed": -9})

    one, other = (make(server.world("prefix", name))["id"] for name in ("one", "other"))
    assert one == other


@pytest.mark.parametrize("body", [None, {}])
def test_create__as_usual(body: Any, server: InProcessServer) -> None:
    """Omitted settings are the server's, regardless of changes in the requesting sandbox."""
    server.http.patch("_control/clock", json={"speed": 9, "frozen": False, "progression": "polls"})

    made = server.http.put("_control/sandboxes/one", json=body).json()

    assert made["jobs"] == sum(len(machine.samples) for machine in MACHINES)
    told = clock(server.world("prefix", "one"))
    assert told == {
        "now": "2026-01-01T00:00:00Z",
        "speed": 1,
        "frozen": True,
        "skips": False,
        "progression": "time",
    }


MAY = "2030-05-01T00:00:00Z"
STANDS, RUNS = ManualClock(), RealClock(60)


@pytest.mark.parametrize(
    ("usual", "body", "now", "speed"),
    [
        (STANDS, {}, "2026", 1),
        (RUNS, {}, "running", 60),
        (STANDS, {"clock": "real"}, "running", 1),
        (RUNS, {"clock": "manual"}, "2026", 60),
        (RUNS, {"start": MAY}, "2030", 60),
        (RUNS, {"speed": 2}, "running", 2),
        (STANDS, {"speed": 2}, "running", 2),
        (STANDS, {"clock": "real", "start": MAY, "speed": 2}, "running from 2030", 2),
        (RUNS, {"clock": "real", "start": MAY}, "running from 2030", 60),
        (RUNS, {"clock": "manual", "speed": 2}, "2026", 2),
        (STANDS, {"start": MAY, "speed": 2}, "running from 2030", 2),
    ],
)
def test_create__clock(usual: SandboxClock, body: Any, now: str, speed: float) -> None:
    """The clock runs or stands still, with the given start and speed."""
    server = InProcessServer(Sandboxes(lambda: Sandbox([], Setup(usual))), None, "control")

    server.http.put("_control/sandboxes/one", json=body)

    told = clock(server.world("prefix", "one"))
    running = "" if told["frozen"] else "running"
    given = f" from {told['now'][:4]}" if "start" in body else ""
    assert (running + given if running else told["now"][:4], told["speed"]) == (now, speed)


@pytest.mark.parametrize(
    "body",
    [
        {"seed": "x"},
        {"seed": 1.5},
        {"speed": 0},
        {"speed": -1},
        {"clock": "sun"},
        {"start": "now"},
        {"start": "9999-12-31T00:00:00Z"},
        {"start": "2016-12-31T23:59:60Z"},
        {"empty": "no"},
        {"x": 1},
        [],
    ],
    ids=str,
)
def test_create__refused(body: Any, server: InProcessServer) -> None:
    """Invalid settings are a 400, and leave an existing sandbox unchanged."""
    world = server.world("prefix", "one")
    made = make(world)["id"]

    response = server.http.put("_control/sandboxes/one", json=body)

    assert (response.status_code, response.headers["Content-Type"]) == (400, PROBLEM)
    assert made in jobs(world)


def test_create__again(server: InProcessServer) -> None:
    """Creating an existing sandbox replaces it."""
    world = server.world("prefix", "one")
    made = make(world)["id"]
    status(world, made)
    world.post("_control/clock/advance", json={"by": "PT1H"})

    world.put("_control/sandboxes/one")

    assert made not in jobs(world)
    assert (clock(world)["now"], journal(world)["total"]) == ("2026-01-01T00:00:00Z", 0)


def test_list(server: InProcessServer) -> None:
    """Sandboxes are listed by name, with their moments, jobs and requests."""
    world = server.world("prefix", "b")
    server.http.put("_control/sandboxes/a")
    samples = len(server.sandboxes["a"].jobs(MACHINES[0]))
    make(world)
    status(world, STREAM)
    world.post("_control/clock/advance", json={"by": "PT1H"})

    listed = list_sandboxes.sync(client=server.client())

    assert listed is not None
    assert [sandbox.name for sandbox in listed.sandboxes] == ["a", "b", DEFAULT]
    a, b, _ = listed.sandboxes
    assert (b.requests, a.requests) == (1, 0)
    assert b.jobs > a.jobs >= samples
    assert (b.now - a.now).total_seconds() == 3600


def test_delete(server: InProcessServer) -> None:
    """A deleted sandbox is gone with everything in it."""
    world = server.world("prefix", "one")
    made = make(world)["id"]

    deleted = delete_sandbox.sync_detailed("one", client=server.client())
    again = delete_sandbox.sync_detailed("one", client=server.client()).parsed

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert isinstance(again, models.Problem)
    assert again.status == 404
    assert again.detail.startswith("Unknown sandbox 'one'. ")
    assert server.names() == [DEFAULT]
    assert world.get("_control/jobs").status_code == 404
    assert status(world, made).status_code == 404


@pytest.mark.parametrize("form", FORMS)
def test_delete__own(form: str, server: InProcessServer) -> None:
    """A sandbox can be deleted from within, even the default one."""
    for name in ("one", DEFAULT):
        world = server.world(form, name)
        made = make(world)["id"]
        world.post("_control/clock/advance", json={"by": "PT1H"})

        assert world.delete(f"_control/sandboxes/{name}").status_code == 204
        assert status(world, made).status_code == 404
        assert made not in jobs(world)
        assert clock(world)["now"] == "2026-01-01T00:00:00Z"


# -- reset -----------------------------------------------------------------------------------------


def test_reset(server: InProcessServer) -> None:
    """A reset restores samples, defaults and ids and clears the journal; the clock is unchanged."""
    world, other = server.world("prefix", "one"), server.world("prefix", "other")
    server.http.put("_control/sandboxes/one")
    samples, drawn, kept = jobs(world), make(world)["id"], make(other)["id"]
    world.put("_control/machines/polaris/job/default", json={"scenario": "stays_pending"})
    world.delete(f"_control/jobs/polaris/job/{STREAM}")
    world.post("_control/clock/advance", json={"by": "PT1H"})
    status(world, STREAM)

    assert reset_sandbox.sync_detailed(client=server.client("one")).status_code == 204

    assert jobs(world) == samples
    assert status(world, STREAM).json() == {"executionStatus": "pending"}
    assert journal(world)["total"] == 1
    assert clock(world)["now"] == "2026-01-01T01:00:00Z"
    anew = make(world)
    assert (anew["id"], anew["scenario"]) == (drawn, "batch_succeeds")
    assert kept in jobs(other)


def test_reset__everything(server: InProcessServer) -> None:
    """Deleting all sandboxes leaves only a new default one."""
    for name in (DEFAULT, "one"):
        make(server.world("prefix", name), id=ID)
        server.world("prefix", name).post("_control/clock/advance", json={"by": "PT1H"})

    assert server.http.delete("_control/sandboxes").status_code == 204

    assert server.names() == [DEFAULT]
    assert ID not in jobs(server.http)
    assert clock(server.http)["now"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "reset"), ("DELETE", "sandboxes"), ("DELETE", f"sandboxes/{DEFAULT}")],
)
def test_reset__under_way(method: str, path: str, server: InProcessServer) -> None:
    """A request during a reset is answered as usual, and its job exists afterwards."""

    async def story() -> tuple[httpx.Response, httpx.Response]:
        half, rest = asyncio.Event(), asyncio.Event()

        async def slowly() -> Any:
            yield b'{"api": "polaris", '
            half.set()
            await rest.wait()
            yield b'"id": "%s"}' % ID.encode()

        transport = httpx.ASGITransport(server.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            slow = asyncio.create_task(
                client.post(
                    "/_control/jobs", content=slowly(), headers={"Content-Type": "application/json"}
                )
            )
            await half.wait()
            reset = await client.request(method, f"/_control/{path}")
            rest.set()
            return await slow, reset

    made, reset = asyncio.run(story())

    assert (made.status_code, reset.status_code) == (201, 204)
    assert made.json()["id"] == ID
    assert ID in jobs(server.http)


def test_idle() -> None:
    """A sandbox expires if it is not used for a while; one in use does not."""
    time = [0.0]
    sandboxes = Sandboxes(usual, idle=60, steady=lambda: time[0])
    server = InProcessServer(sandboxes, None, "control", "polaris")
    idle, busy = server.world("prefix", "idle"), server.world("prefix", "busy")
    forgotten, kept = make(idle)["id"], make(busy)["id"]

    for time[0] in (40.0, 80.0):
        assert kept in jobs(busy)

    assert server.names() == ["busy", DEFAULT]
    assert status(idle, forgotten).status_code == 404


def test_idle__large() -> None:
    """A large expired sandbox is freed in pieces, during the following requests."""
    time = [0.0]
    sandboxes = Sandboxes(usual, idle=60, steady=lambda: time[0])
    large = sandboxes["large"]
    for _ in range(2 * PIECE + 1):
        large.create(MACHINES[0])
    store = next(store for store in large.stores if len(store) > PIECE)
    size, left = len(store), list[int]()
    time[0] = 100.0
    for _ in range(50):
        assert "large" not in sandboxes.names()
        left.append(len(store))

    assert (left[0], left[-1]) == (size, 0)
    assert max(before - after for before, after in pairwise(left)) <= PIECE


def test_idle__default() -> None:
    """The default sandbox never expires."""
    time = [0.0]
    server = InProcessServer(
        Sandboxes(usual, idle=60, steady=lambda: time[0]), None, "control", "polaris"
    )
    made = make(server.http)["id"]

    time[0] = 1000.0

    assert made in jobs(server.http)
    assert server.names() == [DEFAULT]


def test_list__pages(server: InProcessServer) -> None:
    """A page of the list has at most `limit` sandboxes after `offset`; `total` counts all."""
    for name in "cab":
        server.http.put(f"_control/sandboxes/{name}")

    page = server.http.get("_control/sandboxes?limit=2&offset=1").json()
    beyond = server.http.get("_control/sandboxes?offset=9").json()

    assert [each["name"] for each in page["sandboxes"]] == ["b", "c"]
    assert page["total"] == 4
    assert beyond == {"sandboxes": [], "total": 4}
    assert server.http.get("_control/sandboxes?limit=1001").status_code == 400


# -- the server ------------------------------------------------------------------------------------


def test_health() -> None:
    """The server's health shows that it is ready, and its version."""
    health = get_health.sync(client=SERVER.client())

    assert health is not None
    assert health.status == "ok"
    assert health.version.count(".") == 2


@pytest.mark.parametrize("prefix", ["", "sandboxes/one/"])
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        ("Bearer", 401),
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
    ],
)
def test_token(sent: str, status: int, prefix: str) -> None:
    """A server with a control token requires it."""
    GUARDED.sandboxes.put("one", usual())
    response = GUARDED.http.get(f"{prefix}_control/clock", headers={"Authorization": sent})

    assert response.status_code == status
    if status == 401:
        assert response.headers["Content-Type"] == PROBLEM
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert TOKEN not in response.text


def test_token__client() -> None:
    """The generated client sends the token."""
    client = AuthenticatedClient(
        base_url="http://twin/_control", token=TOKEN, httpx_args={"transport": GUARDED}
    )

    assert reset_sandbox.sync_detailed(client=client).status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "_control/health", 200),
        ("GET", "sandboxes/one/_control/health", 200),
        ("GET", "polaris/v1/projects/p/jobs", 200),
        ("GET", "_control/nowhere", 401),
        ("GET", "_control/ui/", 401),
        ("GET", "%5Fcontrol/clock", 401),
        ("GET", "_control%2Fclock", 401),
        ("GET", "_control/health/../clock", 401),
        ("POST", "_control/reset", 401),
        ("DELETE", "_control/sandboxes", 401),
    ],
)
def test_token__where(method: str, path: str, status: int) -> None:
    """Vendors' APIs and health need no token; the rest of the control API requires it."""
    assert GUARDED.http.request(method, path, headers=POLARIS).status_code == status


@pytest.mark.parametrize("path", ["sandboxes", "sandboxes/one/export", "jobs"])
def test_fast_clock(path: str) -> None:
    """A request is answered even if jobs change faster than they can be brought up to date."""
    ticks = count(step=100_000_000_000_000)  # more than a day passes between two looks
    clock = SandboxClock(ManualClock.START, steady=lambda: next(ticks))
    sandboxes = Sandboxes.only(Sandbox(MACHINES, Setup(clock, empty=True)))

    async def story() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(SPECS, sandboxes))
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as asker:
            await asker.put("/_control/sandboxes/one", json={})
            for name in ("default", "one"):
                job = {"api": "polaris", "scenario": "streaming_idles"}
                await asker.post("/_control/jobs", json=job, headers={"X-Sandbox": name})
            return await asyncio.wait_for(asker.get(f"/_control/{path}"), 20)

    assert asyncio.run(story()).status_code == 200
