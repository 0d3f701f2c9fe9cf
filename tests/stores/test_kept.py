"""Tests of every store: confirmed changes are there after a restart, on any server."""

import asyncio
import time
from dataclasses import replace

import pytest

from jobtwin.errors import StoreRefused
from jobtwin.lifecycle import Machine
from jobtwin.sandboxes import DEFAULT, ManualClock, RealClock, Sandbox
from jobtwin.sandboxes.changes import SandboxSnapshot
from jobtwin.stores import replica
from jobtwin.stores.sandbox import Incomplete
from tests.dice import SECOND, live
from tests.stored import MACHINES, Stored, ask, setup, take

POLARIS = MACHINES["polaris/job"]
CREATE = ("POST", "/_control/jobs", {"api": "polaris"})
LIST = ("GET", "/polaris/v1/projects/p/jobs", None)


def snapshot(sandbox: Sandbox) -> SandboxSnapshot:
    return sandbox.snapshot()


def new_id(sandbox: Sandbox) -> str | int:
    return sandbox.create(POLARIS).record.id


@pytest.mark.parametrize("seed", range(3))
def test_restart(seed: int, store: Stored) -> None:
    """After a restart a sandbox is the same, with the same future and the same next ids."""
    before = store.server()
    take(before, lambda sandbox: live(sandbox, MACHINES, seed))
    state = take(before, snapshot)

    after = store.server()

    assert take(after, snapshot) == state
    twin = Sandbox(MACHINES, setup())
    twin.restore(state)
    assert take(after, new_id) == new_id(twin)


def test_restart__requests(store: Stored) -> None:
    """Jobs, the journal, settings, further sandboxes and a deletion survive a restart."""
    before = store.server()
    [job] = ask(before, CREATE)
    path = f"/polaris/v1/projects/p/jobs/{job.json()['id']}/status"
    [_, _, status] = ask(
        before,
        ("PUT", "/_control/sandboxes/one", {"seed": 7}),
        ("POST", "/_control/clock/advance", {"by": "PT20S"}),
        ("GET", path, None),
    )
    ask(before, ("PUT", "/_control/sandboxes/two", {}), ("DELETE", "/_control/sandboxes/two", None))
    shown = [("GET", "/_control/journal", None), ("GET", "/_control/clock", None)]
    [journal, clock] = ask(before, *shown)

    after = store.server()

    listed, *again = ask(after, ("GET", "/_control/sandboxes", None), *shown, ("GET", path, None))
    assert [each["name"] for each in listed.json()["sandboxes"]] == [DEFAULT, "one"]
    assert [each.json() for each in again] == [journal.json(), clock.json(), status.json()]
    assert take(after, lambda sandbox: sandbox.setup.seed, "one") == 7


def test_restart__faults(store: Stored) -> None:
    """A fault with one hit left hits once after a restart."""
    fault = {"api": "polaris", "times": 2, "fault": {"status": 503}}
    [_, first] = ask(store.server(), ("POST", "/_control/faults", fault), LIST)

    rest = ask(store.server(), LIST, LIST)

    assert [each.status_code for each in (first, *rest)] == [503, 503, 200]


def test_restart__journal_cleared(store: Stored) -> None:
    """A cleared journal stays cleared after a restart, by itself or with its sandbox."""
    journal = ("GET", "/_control/journal", None)
    ask(store.server(), LIST, ("DELETE", "/_control/journal", None), LIST)

    [cleared] = ask(store.server(), journal)
    [_, reset] = ask(store.server(), ("POST", "/_control/reset", None), journal)

    assert cleared.json()["total"] == 1
    assert reset.json()["total"] == 0


# -- bounded size ----------------------------------------------------------------------------------


def test_snapshots(store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store holds a bounded number of changes of a sandbox after any length of use."""
    monkeypatch.setattr(replica, "FEWEST_CHANGES", 20)
    sandboxes = store.server()

    async def used() -> tuple[SandboxSnapshot, int]:
        await sandboxes.turn(DEFAULT, new_id)
        for _ in range(100):
            await sandboxes.turn(DEFAULT, lambda sandbox: sandbox.advance_clock(1))
        state = await sandboxes.turn(DEFAULT, snapshot)
        length = sandboxes._replicas[DEFAULT]._length  # type: ignore[attr-defined]  # noqa: SLF001 - the length in the store
        await sandboxes.disconnect()
        return state, length

    state, length = asyncio.run(used())

    assert length <= 22
    assert len(state.state["jobs"]) == 1
    assert take(store.server(), snapshot) == state


def test_journal__bounded(store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store drops the entries that the journal drops, and their numbers continue."""
    for module in ("sqlite", "valkey"):
        monkeypatch.setattr(f"jobtwin.stores.{module}.CAPACITY", 20)
    monkeypatch.setattr("jobtwin.stores.sqlite.SPARE_ENTRIES", 10)

    ask(store.server(), *[LIST] * 75)
    [journal] = ask(store.server(), ("GET", "/_control/journal?limit=100", None))

    assert journal.json()["total"] == 75
    assert [each["number"] for each in journal.json()["entries"]] == [*range(75, 55, -1)]


# -- clocks ----------------------------------------------------------------------------------------


def test_clock__frozen(store: Stored) -> None:
    """A frozen clock shows the same time after a restart."""
    take(store.server(), lambda sandbox: sandbox.advance_clock(5))

    assert take(store.server(), lambda sandbox: sandbox.clock.now()) == ManualClock.START + 5


def test_clock__running(store: Stored) -> None:
    """A running clock continues while no server runs, at its set speed."""
    store.clock = RealClock
    before = store.server()
    took = time.monotonic_ns()
    start = take(before, lambda sandbox: (sandbox.set_clock(speed=1000), sandbox.clock.now())[1])

    later = take(store.server(), lambda sandbox: sandbox.clock.now())

    passed = (time.monotonic_ns() - took) // 1000
    assert abs(start - RealClock().now()) < 60 * SECOND
    assert 0 < later - start <= 1000 * passed


# -- refused ---------------------------------------------------------------------------------------


def _slower(machine: Machine) -> Machine:
    timed = next(each for each in machine.transitions if each.after)
    others = tuple(each for each in machine.transitions if each is not timed)
    slower = replace(timed, after=SECOND + (timed.after or 0))
    return replace(machine, transitions=(slower, *others))


def test_refused__other_specs(store: Stored) -> None:
    """A store is refused if the machines of its jobs have changed or are not served."""
    ask(store.server(), CREATE)
    others = {**MACHINES, "polaris/job": _slower(POLARIS)}
    fewer = {name: each for name, each in MACHINES.items() if not name.startswith("polaris")}

    for machines, why in ((others, "has other machines today"), (fewer, "is not served")):
        with pytest.raises(StoreRefused, match=f"the spec polaris, which {why}"):
            store.server(machines)


def test_refused__too_many_sandboxes(store: Stored) -> None:
    """A store with more sandboxes than allowed is refused, and none is lost."""
    ask(store.server(), *[("PUT", f"/_control/sandboxes/s{n}", {}) for n in range(3)])

    with pytest.raises(StoreRefused, match=r"more sandboxes than --max-sandboxes 2 allows"):
        store.server(most=2)

    [listed] = ask(store.server(), ("GET", "/_control/sandboxes", None))
    assert [each["name"] for each in listed.json()["sandboxes"]] == [DEFAULT, "s0", "s1", "s2"]


def test_full(store: Stored) -> None:
    """One sandbox too many gets a 503 with a reason, whether created by PUT or by first use."""
    answers = ask(
        store.server(most=2),
        ("PUT", "/_control/sandboxes/one", {}),
        ("PUT", "/_control/sandboxes/two", {}),
        ("POST", "/sandboxes/three/_control/jobs", {"api": "polaris"}),
    )

    assert [each.status_code for each in answers] == [200, 503, 503]
    assert "the server holds 2 sandboxes" in answers[1].json()["detail"]


def test_idle(store: Stored) -> None:
    """A sandbox unused for long is deleted, except the default one."""
    sandboxes = store.server(idle=0.05)
    ask(sandboxes, CREATE, ("PUT", "/_control/sandboxes/one", {}))

    time.sleep(0.1)  # a test cannot move the store's clock
    [listed, jobs] = ask(
        sandboxes, ("GET", "/_control/sandboxes", None), ("GET", "/_control/jobs", None)
    )

    assert [each["name"] for each in listed.json()["sandboxes"]] == [DEFAULT]
    assert jobs.json()["total"] == 1


# -- other sandboxes in the control API ------------------------------------------------------------


def test_sandboxes(store: Stored) -> None:
    """Sandboxes are created, exported, imported, listed and deleted as without a store."""
    sandboxes = store.server()
    ask(sandboxes, ("POST", "/sandboxes/one/_control/jobs", {"api": "polaris"}))
    [world] = ask(sandboxes, ("GET", "/_control/sandboxes/one/export", None))
    [made, listed, deleted, unknown, again] = ask(
        sandboxes,
        ("PUT", "/_control/sandboxes/two/import", world.json()),
        ("GET", "/_control/sandboxes", None),
        ("DELETE", "/_control/sandboxes/one", None),
        ("DELETE", "/_control/sandboxes/one", None),
        ("GET", "/sandboxes/one/_control/jobs", None),
    )
    [_, rest, default] = ask(
        sandboxes,
        ("DELETE", "/_control/sandboxes", None),
        ("GET", "/_control/sandboxes", None),
        ("DELETE", "/_control/sandboxes/default", None),
    )

    assert made.json()["jobs"] == 1
    counts = {each["name"]: each["jobs"] for each in listed.json()["sandboxes"]}
    assert counts == {DEFAULT: 0, "one": 1, "two": 1}
    assert [deleted.status_code, unknown.status_code, again.status_code] == [204, 404, 404]
    assert "Unknown sandbox 'one'" in again.json()["detail"]
    assert [each["name"] for each in rest.json()["sandboxes"]] == [DEFAULT]
    assert default.status_code == 204


def test_export(store: Stored) -> None:
    """Each sandbox is exported with its own requests, by a request to any sandbox, also after a restart."""
    path = "/_control/sandboxes/one/export"
    poll = ("GET", "/sandboxes/one/polaris/v1/projects/p/jobs", None)
    asked = [
        ("GET", path, None),
        ("GET", f"/sandboxes/one{path}", None),
        ("GET", f"/sandboxes/two{path}", None),
    ]
    [_, _, _, _, *shown, default] = ask(
        store.server(),
        ("PUT", "/_control/sandboxes/one", {}),
        ("PUT", "/_control/sandboxes/two", {}),
        poll,
        poll,
        *asked,
        ("GET", "/_control/sandboxes/default/export", None),
    )
    again = ask(store.server(), *asked)
    [unknown] = ask(store.server(), ("GET", "/_control/sandboxes/three/export", None))

    for answer in (*shown, *again):
        polls = [each for each in answer.json()["requests"] if each["api"] == "polaris"]
        assert len(polls) == 2
    assert not [each for each in default.json()["requests"] if each["api"] == "polaris"]
    assert unknown.status_code == 404


def test_never_complete(store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that needs more data again and again fails, and the sandbox goes on."""
    monkeypatch.setattr(replica, "MOST_COMPLETED", 5)
    sandboxes = store.server()

    def insatiable(_sandbox: Sandbox) -> None:
        raise Incomplete("")

    async def taken() -> int:
        with pytest.raises(RuntimeError, match="again and again"):
            await sandboxes.turn(DEFAULT, insatiable)
        count = await sandboxes.turn(DEFAULT, lambda sandbox: sandbox.count())
        await sandboxes.disconnect()
        return count

    assert asyncio.run(taken()) == 0


def test_secrets(store: Stored) -> None:
    """A client's secret is not stored."""
    sent = {"password": "hunter22", "type": "unheard of"}
    ask(store.server(), ("POST", "/polaris/v1/projects/p/jobs", sent))

    [entry] = take(store.server(), lambda sandbox: [*sandbox.journal])

    assert b"unheard of" in entry.request.raw
    assert b"hunter22" not in entry.request.raw
