"""The jobs of the demo, awaited by the generated waiters as a service would; prints nothing."""

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
from jobtwin.lifecycle.machine import example_of
from jobtwin.openapi import Spec
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from jobtwin.testing.host import Host
from jobwait import JobEnded, Lifecycle, Snapshot, WaitError

SECONDS = 8.0
"""Seconds that each job takes, however long its scenario is."""

FASTEST = 3600.0
"""The maximum speed of a clock, as a multiple of real time."""

SLACK = 20.0
"""Seconds after a job's planned end at which its wait times out."""


@dataclass(frozen=True)
class DemoJob:
    """A job of the demo: its API, machine and scenario, how long that lasts and how it ends."""

    spec: Spec
    machine: Machine
    scenario: Scenario
    lasts: float
    ends: Outcome
    waiters: ModuleType
    lifecycle: Lifecycle

    @property
    def speed(self) -> float:
        """The speed of its clock, as a multiple of real time."""
        return min(FASTEST, max(1.0, self.lasts / SECONDS))


@dataclass(frozen=True)
class WaitResult:
    """The result of a wait, in seconds of the sandbox's clock; `reason` is of its error, if any."""

    case: DemoJob
    state: str
    attempts: int
    elapsed: float
    reason: str = ""
    planned: bool = True


Observer = Callable[[DemoJob, Snapshot[Any]], object]
"""Called with each snapshot of each job."""


def demo_jobs(specs: Sequence[Spec]) -> list[DemoJob]:
    """Returns a job that succeeds for each waiter, and one that fails, with parts if possible."""
    found = [case for spec in specs if spec.jobs for case in _candidates(spec)]
    good = {case.lifecycle.name: case for case in reversed(found) if case.ends is Outcome.SUCCESS}
    bad = [case for case in found if case.ends in (Outcome.FAILURE, Outcome.PARTIAL)]
    bad.sort(key=lambda case: -len(case.machine.parts))
    return [*reversed(good.values()), *bad[:1]]


def _candidates(spec: Spec) -> Iterator[DemoJob]:
    """Yields every scenario that ends, of the machines that have a waiter."""
    waiters = importlib.import_module(f"jobclients.{spec.name}.waiters")
    lives = {each.name: each for each in vars(waiters).values() if isinstance(each, Lifecycle)}
    for machine in spec.jobs.values():
        if life := lives.get(f"{spec.name}.{machine.name}"):
            for scenario in _usual_first(machine):
                if ends := _ends(machine, scenario):
                    yield DemoJob(spec, machine, scenario, *ends, waiters, life)


def _usual_first(machine: Machine) -> list[Scenario]:
    return sorted(machine.scenarios.values(), key=lambda each: each is not machine.default_scenario)


def _ends(machine: Machine, scenario: Scenario) -> tuple[float, Outcome] | None:
    """Returns a job's seconds to its end in this scenario, and its outcome; None without an end."""
    job = Sandbox([machine], Setup(ManualClock(), empty=True)).create(
        machine, scenario=scenario.name, facts=_facts(scenario)
    )
    plan = job.timeline.schedule
    if plan.ends is None:
        return None
    outcome = next(mark.state.outcome for mark in plan.milestones if mark.state.final)
    return (plan.ends / 1e6, outcome) if outcome else None


def _facts(scenario: Scenario) -> dict[str, Any]:
    """Returns the facts that a job needs to be able to follow the scenario."""
    return {
        name: example_of(able) for name, able in scenario.when.items() if name not in scenario.facts
    }


async def run(host: Host, cases: Sequence[DemoJob], observe: Observer) -> list[WaitResult]:
    """Waits for all jobs at the same time; each has its own sandbox and clock."""
    return await asyncio.gather(*(_run(host, case, observe) for case in cases))


async def _run(host: Host, case: DemoJob, observe: Observer) -> WaitResult:
    with host.sandbox(f"{case.lifecycle.name}-{case.scenario.name}", clock="real") as twin:
        api = twin[case.spec.name]
        job = api.create(case.scenario.name, machine=case.machine.name)
        twin.clock.run(speed=case.speed)
        async with api.client() as client:
            return await _wait(case, client, job.id, observe)


async def _wait(case: DemoJob, client: Any, job: str, observe: Observer) -> WaitResult:
    name = next(name for name, each in vars(case.waiters).items() if each is case.lifecycle)
    wait = getattr(case.waiters, f"wait_for_{name.lower()}_async")
    seen: list[Snapshot[Any]] = []

    def show(snapshot: Snapshot[Any]) -> None:
        seen.append(snapshot)
        observe(case, snapshot)

    error: WaitError | None = None
    try:
        await wait(
            client,
            **_ids(case, wait, job),
            timeout=case.lasts + SLACK * case.speed,
            on_progress=show,
            clock=_clock(case.speed),
            sleep=lambda seconds: asyncio.sleep(seconds / case.speed),
        )
    except WaitError as raised:
        error = raised
    return _result(case, seen, error)


def _result(case: DemoJob, seen: Sequence[Snapshot[Any]], error: WaitError | None) -> WaitResult:
    if not seen:
        return WaitResult(case, "never seen", 0, 0.0, str(error), planned=False)
    last = seen[-1]
    common = (case, last.state, last.attempts, last.elapsed)
    if isinstance(error, JobEnded):
        reasons = [*([error.reason] if error.reason else []), *map(str, error.failures)]
        return WaitResult(*common, "; ".join(reasons), planned=last.outcome == case.ends)
    return WaitResult(
        *common, str(error or ""), planned=error is None and last.outcome == case.ends
    )


def _ids(case: DemoJob, wait: Callable[..., Any], job: str) -> dict[str, Any]:
    """Returns the arguments that name the job, of the types that the waiter has."""
    asked = inspect.signature(wait).parameters.values()
    return {
        each.name: each.annotation(job if each.name == case.lifecycle.key else "demo")
        for each in asked
        if each.kind is each.KEYWORD_ONLY
    }


def _clock(speed: float) -> Callable[[], float]:
    """Returns a clock that runs `speed` times as fast as real time, in seconds since 1970."""
    began, mark = time.time(), time.monotonic()
    return lambda: began + (time.monotonic() - mark) * speed
