"""Worlds: a sandbox exported as a file is the same when imported elsewhere."""

import asyncio
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobcall.secrets import MASK
from jobtwin.errors import WorldRefused
from jobtwin.http import create_app
from jobtwin.openapi import load
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import ManualClock, Sandbox, SandboxClock, Setup, tasks
from jobtwin.sandboxes.sandbox import RESTORED_AT_ONCE
from jobtwin.stores.files import read_world, write_world
from jobtwin.stores.fingerprint import fingerprint
from jobtwin.stores.world import export_in_pieces, export_world, import_world
from jobtwin.testing import Host, in_process
from tests.asgi import responded
from tests.dice import SECOND, live
from tests.loaded import loaded

SPECS = loaded()
MACHINES = machines_by_name(SPECS)
POLARIS = {"Authorization": "Basic pok_test"}


@pytest.fixture(scope="module")
def host() -> Any:
    """Make a server without a socket."""
    with in_process() as host:
        yield host


def new(**setup: Any) -> Sandbox:
    return Sandbox(MACHINES, Setup(ManualClock(), **setup))


def busy(seed: int) -> Sandbox:
    sandbox = new(seed=seed, empty=bool(seed % 2))
    live(sandbox, MACHINES, seed)
    return sandbox


def through_a_file(world: dict[str, Any], folder: Path) -> Any:
    write_world(folder / "world.json", world)
    return read_world(folder / "world.json")


def masked(sandbox: Sandbox) -> dict[str, Any]:
    """Returns the whole state, with handles in place of ids that are credentials, as in exports."""
    state = {**sandbox.snapshot().state}
    jobs = [{**job, "record": {**job["record"]}} for job in state["jobs"]]
    for job in jobs:
        machine = MACHINES[job["machine"]]
        if machine.secret_ids:
            job["record"]["id"] = machine.shown_id(job["record"]["id"])
    return {**state, "jobs": jobs}


def shown(sandbox: Sandbox) -> list[Any]:
    now = sandbox.clock.now()
    return [
        (name, job.record.shown_id, (view := job.view(now)).state.name, view.facts(), view.due)
        for name, machine in MACHINES.items()
        for job in sandbox.jobs(machine)
    ]


@pytest.mark.parametrize("seed", range(6))
def test_round_trip(seed: int, tmp_path: Path) -> None:
    """An imported sandbox has the same jobs, the same future and the same next ids."""
    sandbox, other = busy(seed), new()

    import_world(through_a_file(export_world(sandbox, MACHINES), tmp_path), other, MACHINES)

    assert masked(other) == masked(sandbox)
    for each in (sandbox, other):
        each.create(MACHINES["polaris/job"])
        each.advance_clock(90 * SECOND)
    assert shown(other) == shown(sandbox)


def test_clock() -> None:
    """A running clock continues from the time of the export, at the same speed."""
    ticks = [0]
    clock = SandboxClock(5 * SECOND, speed=3, steady=lambda: ticks[0])
    world = export_world(Sandbox(MACHINES, Setup(clock)), MACHINES)
    other = Sandbox(MACHINES, Setup(SandboxClock(0, steady=lambda: ticks[0])))

    ticks[0] += 10**12
    import_world(world, other, MACHINES)
    ticks[0] += 10**9

    assert other.clock.now() == 8 * SECOND


def test_specs__only_those_of_jobs(tmp_path: Path) -> None:
    """A world can be imported if the twins of its jobs are served; other twins are not needed."""
    sandbox = new(empty=True)
    sandbox.create(MACHINES["polaris/job"])
    polaris = machines_by_name([load("polaris")])
    other = Sandbox(polaris, Setup(ManualClock()))

    world = through_a_file(export_world(sandbox, MACHINES), tmp_path)
    import_world(world, other, polaris)

    assert list(world["specs"]) == ["polaris"]
    assert len(other.jobs(polaris["polaris/job"])) == 1


# -- refused ---------------------------------------------------------------------------------------


def _changed(change: Callable[[dict[str, Any]], object]) -> Any:
    sandbox = new(empty=True)
    sandbox.create(MACHINES["polaris/job"])
    world = copy.deepcopy(export_world(sandbox, MACHINES))
    change(world)
    return world


REFUSED: list[tuple[str, Callable[[], Any], str]] = [
    ("a list", list, "It is no world; make one with: jobtwin sandboxes export NAME"),
    ("another file", lambda: {"log": {}}, "It is no world"),
    (
        "another version",
        lambda: _changed(lambda w: w.update(world=2)),
        "a world of version 2; this jobtwin reads version 1",
    ),
    (
        "another spec",
        lambda: _changed(lambda w: w["specs"].update(polaris="0123456789abcdef")),
        "made by another version of the spec polaris: .* fingerprint 0123456789abcdef",
    ),
    (
        "a twin not served",
        lambda: _changed(lambda w: w["specs"].update(polar=w["specs"]["polaris"])),
        "twin that is not served. Unknown twin 'polar'. Did you mean 'polaris'",
    ),
    ("no specs", lambda: _changed(lambda w: w.pop("specs")), "at /specs: it is no object"),
    ("no clock", lambda: _changed(lambda w: w.pop("clock")), "at /clock: 'clock' is missing"),
    (
        "no moment",
        lambda: _changed(lambda w: w["clock"].update(now="noon")),
        "at /clock: 'noon' is not a date-time",
    ),
    (
        "a job without an id",
        lambda: _changed(lambda w: w["jobs"][0].pop("id")),
        "at /jobs/0: 'id' is missing",
    ),
    (
        "an unknown scenario",
        lambda: _changed(lambda w: w["jobs"][0].update(scenario="burns")),
        "at /jobs/0: Unknown scenario 'burns'",
    ),
    (
        "a request of another form",
        lambda: _changed(lambda w: w["requests"].append({"at": "2026-01-01T00:00:00Z"})),
        "at /requests/0: ",
    ),
]


@pytest.mark.parametrize(
    ("made", "why"),
    [pytest.param(made, why, id=name) for name, made, why in REFUSED],
)
def test_refused(made: Callable[[], Any], why: str) -> None:
    """A file that would be misread is refused with the reason."""
    with pytest.raises(WorldRefused, match=why):
        import_world(made(), new(), MACHINES)


# -- fingerprints ----------------------------------------------------------------------------------


def test_fingerprint() -> None:
    """A fingerprint changes with a machine's behaviour, and not with its texts or a reload."""
    machine = replace(MACHINES["polaris/job"], siblings={})
    timed = next(each for each in machine.transitions if each.after)
    others = tuple(each for each in machine.transitions if each is not timed)
    slower = replace(timed, after=SECOND + (timed.after or 0))
    usual = fingerprint({"job": machine})

    assert fingerprint({"job": replace(load("polaris").jobs["job"], siblings={})}) == usual
    assert fingerprint({"job": replace(machine, summary="In short")}) == usual
    assert fingerprint({"job": replace(machine, transitions=(slower, *others))}) != usual


def test_fingerprint__each_its_own() -> None:
    """No two specs have the same fingerprint."""
    assert len({fingerprint(spec.jobs) for spec in SPECS if spec.jobs}) == 4


# -- the control API -------------------------------------------------------------------------------


def test_control(host: Host) -> None:
    """The control API exports a sandbox and imports it under another name, with its requests."""
    with host.sandbox("one") as one, httpx.Client(transport=host.transport) as client:
        job = one.polaris.create(scenario="fails_parsing")
        one.clock.advance(seconds=20)
        url = f"{one.polaris.url}/v1/projects/p/jobs/{job.id}/status"
        before = client.get(url, headers=POLARIS).json()
        control = f"{host.url}/_control/sandboxes"

        world = client.get(f"{control}/one/export").json()
        made = client.put(f"{control}/two/import", json=world)

        there = url.replace("/sandboxes/one/", "/sandboxes/two/")
        assert made.json()["name"] == "two"
        assert client.get(there, headers=POLARIS).json() == before
        entries = client.get(f"{host.url}/sandboxes/two/_control/journal").json()["entries"]
        assert [(each["number"], each["job"]) for each in entries] == [(2, job.id), (1, job.id)]
        client.delete(f"{control}/two")


def test_control__faults(host: Host) -> None:
    """A world includes faults, with their numbers of hits."""
    with host.sandbox("one") as one, httpx.Client(transport=host.transport) as client:
        control = f"{one.url}/_control"
        fault = {"api": "polaris", "times": 2, "fault": {"status": 503}}
        client.post(f"{control}/faults", json=fault)
        url = f"{one.polaris.url}/v1/projects/p/jobs"
        hit = client.get(url, headers=POLARIS)

        world = client.get(f"{control}/sandboxes/one/export").json()
        client.put(f"{control}/sandboxes/one/import", json=world)

        rest = [client.get(url, headers=POLARIS).status_code for _ in range(2)]
        assert [hit.status_code, *rest] == [503, 503, 200]


def test_control__secrets(host: Host) -> None:
    """A client's secrets are not in the requests of a world."""
    with host.sandbox("one") as one, httpx.Client(transport=host.transport) as client:
        body = {"password": "hunter22", "type": "unheard of"}
        client.post(f"{one.polaris.url}/v1/projects/p/jobs", json=body, headers=POLARIS)

        world = client.get(f"{host.url}/_control/sandboxes/one/export")

        assert world.json()["requests"][0]["request"]["json"]["password"] == MASK
        assert "hunter22" not in world.text
        assert "pok_test" not in world.text


def test_control__refused(host: Host) -> None:
    """A refused world changes nothing, and the export of an unknown sandbox is a 404."""
    with host.sandbox("one") as one, httpx.Client(transport=host.transport) as client:
        job = one.polaris.create()
        control = f"{host.url}/_control/sandboxes"

        refused = client.put(f"{control}/one/import", json={"world": 7})

        assert refused.status_code == 409
        assert "version 7" in refused.json()["detail"]
        assert one.polaris.job(job.id).state == "pending"
        assert client.get(f"{control}/nowhere/export").status_code == 404


def test_control__many_jobs__refused(host: Host) -> None:
    """A mistake in one of many jobs refuses their world, and changes nothing."""
    with host.sandbox("one") as one, httpx.Client(transport=host.transport) as client:
        job = one.polaris.create()
        made = _of_many_jobs()
        made["jobs"][-1]["scenario"] = "unheard_of"

        refused = client.put(f"{host.url}/_control/sandboxes/one/import", json=made)

        assert refused.status_code == 409
        assert f"/jobs/{len(made['jobs']) - 1}: Unknown scenario" in refused.json()["detail"]
        assert one.polaris.job(job.id).state == "pending"


@pytest.mark.parametrize("copies", [1, 2 * RESTORED_AT_ONCE])
def test_control__no_facts(copies: int, host: Host) -> None:
    """Facts that are no object are refused with their place, among few jobs or many."""
    sandbox = new(empty=True)
    for _ in range(copies):
        sandbox.create(MACHINES["polaris/job"])
    made = export_world(sandbox, MACHINES)
    made["jobs"][-1]["facts"] = "none"

    with httpx.Client(transport=host.transport) as client:
        refused = client.put(f"{host.url}/_control/sandboxes/one/import", json=made)

    assert refused.status_code == 409
    assert f"at /jobs/{copies - 1}: `facts` is no object" in refused.json()["detail"]


def test_control__many_jobs__failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of ours while many jobs are loaded is answered as one in a single turn."""
    monkeypatch.setattr(Sandbox, "settling", _fail)
    put = httpx.Request("PUT", "http://twin/_control/sandboxes/one/import", json=_of_many_jobs())

    failed = asyncio.run(responded(create_app(SPECS, new()), put))

    assert (failed.status_code, failed.json()["title"]) == (500, "Internal Server Error")


def _fail(_sandbox: Sandbox, _now: int) -> Iterator[None]:
    raise ZeroDivisionError
    yield


def test_control__many_jobs__in_turns() -> None:
    """Other requests are answered while the jobs of a world are loaded."""
    app, made = create_app(SPECS, new()), _of_many_jobs()
    put = httpx.Request("PUT", "http://twin/_control/sandboxes/many/import", json=made)
    get = httpx.Request("GET", "http://twin/_control/sandboxes")

    async def story() -> tuple[list[Any], httpx.Response]:
        importing, listed = asyncio.create_task(responded(app, put)), []
        while not importing.done():
            listed.append((await responded(app, get)).json()["sandboxes"])
            await asyncio.sleep(0)
        return listed, await importing

    listed, imported = asyncio.run(story())

    assert imported.json()["jobs"] == len(made["jobs"])
    assert len(listed) > 3
    assert {len(each) for each in listed[:-1]} == {1}  # it is not there before it is complete


def _of_many_jobs() -> dict[str, Any]:
    """Returns a world whose jobs are not loaded at once."""
    sandbox = new(empty=True)
    for _ in range(10 * RESTORED_AT_ONCE + 1):
        sandbox.create(MACHINES["polaris/job"])
    return export_world(sandbox, MACHINES)


@pytest.mark.slow
def test_control__many_jobs(host: Host) -> None:
    """A world may be larger than the limit for other request bodies."""
    sandbox = new(empty=True)
    for _ in range(6_000):
        sandbox.create(MACHINES["polaris/job"])
    text = json.dumps(export_world(sandbox, MACHINES))
    assert len(text) > 1024 * 1024

    with httpx.Client(transport=host.transport, timeout=120) as client:
        kind = {"content-type": "application/json"}
        url = f"{host.url}/_control/sandboxes/many"
        made = client.put(f"{url}/import", content=text, headers=kind)
        exported = client.get(f"{url}/export")
        client.delete(url)

    assert made.json()["jobs"] == 6_000
    assert exported.headers["content-type"] == "application/json"
    assert exported.json()["jobs"] == json.loads(text)["jobs"]


def test_file__owner_alone(tmp_path: Path) -> None:
    """Only its owner can read the file of a world, even if it existed before."""
    file = tmp_path / "world.json"
    file.write_text("{}", encoding="utf-8")
    file.chmod(0o644)

    write_world(file, {"world": 1})

    assert file.stat().st_mode & 0o777 == 0o600
    assert read_world(file) == {"world": 1}


@pytest.mark.parametrize("lose", [Sandbox.reset, Sandbox.clear_journal, None])
@pytest.mark.parametrize("seed", range(3))
def test_pieces(
    seed: int, lose: Callable[[Sandbox], None] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A world in pieces is the sandbox at the time of the first piece, despite later changes."""
    monkeypatch.setattr(tasks, "STEP", 0)
    sandbox = busy(seed)
    before = export_world(sandbox, MACHINES)

    pieces = export_in_pieces(sandbox, MACHINES)
    read = next(pieces)
    live(sandbox, MACHINES, seed + 1, 40)
    if lose:
        lose(sandbox)
    read += next(pieces)
    live(sandbox, MACHINES, seed + 2, 40)
    for piece in pieces:
        read += piece

    assert json.loads(read) == json.loads(json.dumps(before))


def test_pieces__nothing() -> None:
    """A world without jobs is the same when exported in pieces."""
    sandbox = new(empty=True)

    assert json.loads(b"".join(export_in_pieces(sandbox, MACHINES))) == export_world(
        sandbox, MACHINES
    )
