"""Jobs to be waited for as a service would, by the generated waiters; nothing is shown here."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from jobtwin.lifecycle import Machine, Outcome, Scenario
from jobtwin.openapi import Spec
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from jobtwin.testing.host import Host
from jobwait import JobEnded, Lifecycle, Snapshot, WaitError

SECONDS = 8.0
"""How long each job takes, whatever its vendor's takes."""

FASTEST = 3600.0
"""How many times as fast as the vendor a twin may be."""

SLACK = 20.0
"""Seconds beyond its end that a job may take, before the wait is given up."""


@dataclass(frozen=True)
class Act:
    """One job: whose, of which scenario, how long that lasts and how it ends."""

    spec: Spec
    machine: Machine
    scenario: Scenario
    lasts: float
    ends: Outcome
    waiters: ModuleType
    life: Lifecycle

    @property
    def speed(self) -> float:
        """How many of the twin's seconds pass in one."""
        return min(FASTEST, max(1.0, self.lasts / SECONDS))


@dataclass(frozen=True)
class Went:
    """How a wait went: in the twin's seconds, and in the error's words, if it ended in one."""

    act: Act
    state: str
    attempts: int
    elapsed: float
    reason: str = ""
    planned: bool = True


Shown = Callable[[Act, Snapshot[Any]], object]
"""Takes each snapshot of each job."""


def acts(specs: Sequence[Spec]) -> list[Act]:
    """A job that succeeds for each waiter there is, and one more that fails, in parts if it can."""
    found = [act for spec in specs if spec.jobs for act in _acts(spec)]
    good = {act.life.name: act for act in reversed(found) if act.ends is Outcome.SUCCESS}
    bad = [act for act in found if act.ends in (Outcome.FAILURE, Outcome.PARTIAL)]
    worst = max(bad, key=lambda act: len(act.machine.parts), default=None)
    return [*reversed(good.values()), *([worst] if worst else [])]


def _acts(spec: Spec) -> Iterator[Act]:
    """Every scenario that comes to an end, of the machines that can be waited for."""
    waiters = importlib.import_module(f"jobclients.{spec.name}.waiters")
    lives = {each.name: each for each in vars(waiters).values() if isinstance(each, Lifecycle)}
    for machine in spec.jobs.values():
        life = lives.get(f"{spec.name}.{machine.name}")
        usual = machine.default_scenario
        for scenario in sorted(machine.scenarios.values(), key=lambda each: each is not usual):
            ends = _ends(machine, scenario)
            if life and ends:
                yield Act(spec, machine, scenario, *ends, waiters, life)


def _ends(machine: Machine, scenario: Scenario) -> tuple[float, Outcome] | None:
    """After how many seconds a job of this scenario ends, and how; None if it never does."""
    job = Sandbox([machine], Setup(ManualClock(), empty=True)).create(
        machine, scenario=scenario.name, facts=_facts(scenario)
    )
    plan = job.timeline.schedule
    if plan.ends is None:
        return None
    outcome = next(mark.state.outcome for mark in plan.milestones if mark.state.final)
    return (plan.ends / 1e6, outcome) if outcome else None


def _facts(scenario: Scenario) -> dict[str, Any]:
    """What must be asked for, so that the scenario is one of the job's."""
    return {name: able[0] for name, able in scenario.when.items() if name not in scenario.facts}


async def play(host: Host, acts: Sequence[Act], shown: Shown) -> list[Went]:
    """Wait for all of them at once; each is in a sandbox of its own, whose clock goes as it says."""
    return await asyncio.gather(*(_play(host, act, shown) for act in acts))


async def _play(host: Host, act: Act, shown: Shown) -> Went:
    with host.sandbox(f"{act.life.name}-{act.scenario.name}", clock="real") as twin:
        api = twin[act.spec.name]
        job = api.create(act.scenario.name, machine=act.machine.name)
        twin.clock.run(speed=act.speed)
        async with api.client() as client:
            return await _waited(act, client, job.id, shown)


async def _waited(act: Act, client: Any, job: str, shown: Shown) -> Went:
    name = next(name for name, each in vars(act.waiters).items() if each is act.life)
    wait = getattr(act.waiters, f"wait_for_{name.lower()}_async")
    seen: list[Snapshot[Any]] = []

    def show(snapshot: Snapshot[Any]) -> None:
        seen.append(snapshot)
        shown(act, snapshot)

    error: WaitError | None = None
    try:
        await wait(
            client,
            **_ids(act, wait, job),
            timeout=act.lasts + SLACK * act.speed,
            on_progress=show,
            clock=_clock(act.speed),
            sleep=lambda seconds: asyncio.sleep(seconds / act.speed),
        )
    except WaitError as raised:
        error = raised
    return _went(act, seen, error)


def _went(act: Act, seen: Sequence[Snapshot[Any]], error: WaitError | None) -> Went:
    if not seen:
        return Went(act, "never seen", 0, 0.0, str(error), planned=False)
    last = seen[-1]
    told = (act, last.state, last.attempts, last.elapsed)
    if isinstance(error, JobEnded):
        reasons = [*([error.reason] if error.reason else []), *map(str, error.failures)]
        return Went(*told, "; ".join(reasons), planned=last.outcome == act.ends)
    return Went(*told, str(error or ""), planned=error is None and last.outcome == act.ends)


def _ids(act: Act, wait: Callable[..., Any], job: str) -> dict[str, Any]:
    """What says which job, of the types that the waiter asks for."""
    asked = inspect.signature(wait).parameters.values()
    return {
        each.name: each.annotation(job if each.name == act.life.key else "demo")
        for each in asked
        if each.default is each.empty and each.name != "client"
    }


def _clock(speed: float) -> Callable[[], float]:
    """Seconds since 1970, of which so many pass in one."""
    began, mark = time.time(), time.monotonic()
    return lambda: began + (time.monotonic() - mark) * speed
