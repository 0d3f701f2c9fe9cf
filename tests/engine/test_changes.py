"""Changes survive a round trip through JSON, and replaying them makes the same sandbox."""

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtwin.lifecycle import Machine
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import Change, ManualClock, Sandbox, Setup, change_from_json
from jobtwin.sandboxes.changes import SandboxSnapshot
from tests.loaded import loaded

SPECS = loaded()
MACHINES = machines_by_name(SPECS)
SECOND = 1_000_000
DEEDS = (
    "create",
    "event",
    "finish",
    "poll",
    "remove",
    "scenario",
    "progression",
    "clock",
    "advance",
)


def replica(changes: list[Change], seed: int = 0) -> Sandbox:
    """Returns a sandbox with only these changes applied, each read from JSON."""
    made = Sandbox(MACHINES, Setup(ManualClock(), seed))
    for change in changes:
        made.apply(change_from_json(json.loads(json.dumps(change.to_json()))))
    return made


def recorded(sandbox: Sandbox) -> list[Change]:
    """Returns a list that collects every change of a sandbox from now on."""
    changes: list[Change] = []
    apply = sandbox.apply

    def note(change: Change) -> Any:
        changes.append(change)
        return apply(change)

    sandbox.apply = note  # type: ignore[method-assign]  # a test records every change
    return changes


def state(sandbox: Sandbox) -> Mapping[str, Any]:
    shown: Mapping[str, Any] = json.loads(json.dumps(sandbox.snapshot().to_json()))
    return shown


def act(sandbox: Sandbox, deed: str, machine: Machine, dice: random.Random) -> None:
    """Do one random action on a sandbox."""
    jobs = sandbox.jobs(machine)
    job = dice.choice(jobs) if jobs else None
    if deed == "create":
        scenario = dice.choice(machine.scenarios_for({})).name
        sandbox.create(machine, scenario=scenario, by_polls=dice.choice([None, True]))
    elif deed == "scenario":
        sandbox.choose_default_scenario(machine, dice.choice(list(machine.scenarios)))
    elif deed == "progression":
        sandbox.choose_progression(dice.choice(["time", "polls"]))
    elif deed == "clock":
        sandbox.set_clock(speed=dice.choice([0.5, 2.0]))
    elif deed == "advance":
        sandbox.advance_clock(dice.choice([1, SECOND, 61 * SECOND, 86_400 * SECOND]))
    elif job is not None:
        _act_on(sandbox, deed, job, dice)


def _act_on(sandbox: Sandbox, deed: str, job: Any, dice: random.Random) -> None:
    events = sorted({t.event for t in job.record.machine.transitions if t.event})
    if deed == "event" and events:
        sandbox.send_event(job, dice.choice(events), {"by": "dice"})
    elif deed == "finish":
        sandbox.finish(job)
    elif deed == "poll":
        sandbox.polled(job)
    elif deed == "remove":
        sandbox.remove(job)


@settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from(sorted(MACHINES))), max_size=40),
    st.integers(0, 2**32),
)
def test_replay(deeds: list[tuple[str, str]], seed: int) -> None:
    """The changes of any sequence of actions make the same sandbox elsewhere."""
    sandbox, dice = Sandbox(MACHINES, Setup(ManualClock(), seed)), random.Random(seed)  # noqa: S311 - a game of dice
    changes = recorded(sandbox)

    for deed, machine in deeds:
        act(sandbox, deed, MACHINES[machine], dice)

    other = replica(changes, seed)
    assert state(other) == state(sandbox)
    sandbox.advance_clock(90 * SECOND)
    other.advance_clock(90 * SECOND)
    assert shown(other) == shown(sandbox)


def packed_snapshot(sandbox: Sandbox) -> SandboxSnapshot:
    capture = sandbox.capture()
    lists: dict[str, list[Any]] = {"alike": [], "jobs": []}
    for name, piece in capture.packed():
        lists[name] += piece
    return replace(capture.without_jobs, state={**capture.settings, **lists})


def shown(sandbox: Sandbox) -> list[Any]:
    now = sandbox.clock.now()
    return [
        (job.record.id, (view := job.view(now)).state.name, view.facts(), view.progress, view.due)
        for machine in MACHINES.values()
        for job in sandbox.jobs(machine)
    ]


@settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from(sorted(MACHINES))), max_size=25),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_snapshot(deeds: list[tuple[str, str]], seed: int, packed: bool) -> None:  # noqa: FBT001 - hypothesis passes it by position
    """A snapshot makes any sandbox equal to its source, and later changes keep them equal."""
    sandbox, dice = Sandbox(MACHINES, Setup(ManualClock(), seed)), random.Random(seed)  # noqa: S311 - same
    for deed, machine in deeds:
        act(sandbox, deed, MACHINES[machine], dice)

    other = replica([packed_snapshot(sandbox) if packed else sandbox.snapshot()])

    assert state(other) == state(sandbox)
    changes = recorded(sandbox)
    for deed, machine in deeds:
        act(sandbox, deed, MACHINES[machine], dice)
    for change in changes:
        other.apply(change)
    assert state(other) == state(sandbox)


def test_snapshot__packed() -> None:
    """A packed snapshot holds the jobs' common parts once, and the feed omits its state."""
    sandbox = Sandbox(MACHINES, Setup(ManualClock(), empty=True))
    made = [
        sandbox.create(MACHINES["polaris/job"], facts={"project": "p"}).record for _ in range(3)
    ]
    snapshot = packed_snapshot(sandbox)

    [group] = snapshot.state["alike"]
    assert group["jobs"] == [[each.id, each.at, each.number] for each in made]
    assert group["facts"] == made[0].facts
    assert snapshot.state["jobs"] == []
    other = replica([snapshot])
    facts = {id(job.record.facts) for job in other.jobs(MACHINES["polaris/job"])}
    assert len(facts) == 1
    [told] = [item.what for item in other.feed.since(0)]
    assert told == SandboxSnapshot(at=snapshot.at, state={})


def test_unknown_kind() -> None:
    """A change of an unknown kind is refused, and the kind is named."""
    with pytest.raises(ValueError, match="'burned' is no kind of change"):
        change_from_json({"kind": "burned", "at": 0})


def test_ids__same_count() -> None:
    """Ids depend on the seed and the number of earlier jobs, not on requests in between."""
    one, other = (Sandbox(MACHINES, Setup(ManualClock(), 7)) for _ in range(2))
    other.request_id()

    made = [box.create(MACHINES["polaris/job"]).record.id for box in (one, other)]

    assert made[0] == made[1]
