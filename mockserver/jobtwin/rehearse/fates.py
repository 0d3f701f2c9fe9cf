"""The fates of a vendor's job: every end of its machine, and the accidents on the way. Plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobtwin.lifecycle import JobRecord, Machine, Scenario, View, build_timeline
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from jobtwin.rehearse.performance import Expected

UNDESCRIBED = "STATE_THAT_NOBODY_DESCRIBED"
RETRY_AFTER = 30
SLOW = "20s"
FOREVER = "P36500D"


@dataclass(frozen=True, slots=True)
class Fate:
    """One thing that can become of a job of one machine.

    `scenario` is the job's, or None for the default. `faults` are as `POST /_control/faults` takes
    them. `expected` is how the job ends for whoever waits; None if the scenario says. An `accident`
    passes, and a job that meets it goes well all the same.
    """

    name: str
    summary: str
    api: str
    machine: str
    scenario: str | None = None
    faults: Sequence[Mapping[str, Any]] = ()
    expected: Expected | None = None
    accident: bool = False
    operations: frozenset[str] = field(default_factory=frozenset)


def fates_of(spec: Spec, machine: Machine) -> list[Fate]:
    """The fates of a job of this machine that its API can show, ends first."""
    return [*_ends(spec, machine), *_lives(spec, machine), *_accidents(spec, machine)]


def _ends(spec: Spec, machine: Machine) -> Iterator[Fate]:
    """One scenario for each end that the machine has, the default's first."""
    met = set[str]()
    default = machine.default_scenario
    for scenario in sorted(machine.scenarios.values(), key=lambda s: s is not default):
        end = _end(machine, scenario)
        if end is not None and end not in met:
            met.add(end)
            yield Fate(scenario.name, scenario.summary, spec.name, machine.name, scenario.name)


def _end(machine: Machine, scenario: Scenario) -> str | None:
    """The state in which a job of this scenario ends; None if it does not."""
    timeline = build_timeline(JobRecord.of(machine, 0, 0, scenario=scenario.name))
    ends = timeline.schedule.ends
    return None if ends is None else View(timeline, ends).state.name


def _lives(spec: Spec, machine: Machine) -> Iterator[Fate]:
    def fate(name: str, summary: str, expected: Expected | None, **fault: Any) -> Fate:
        faults = [{"api": spec.name, **fault}]
        return Fate(name, summary, spec.name, machine.name, faults=faults, expected=expected)

    yield fate("hangs", "The job never gets on", "never", fault={"stale": FOREVER})
    yield fate(
        "is_gone", "The job is forgotten while it works", "never", after=3, fault={"hide": True}
    )
    described = {"state": UNDESCRIBED}
    yield fate("undescribed_state", "A state that nobody has described, for ten polls", None, after=2, times=10, fault=described)  # fmt: skip


def _accidents(spec: Spec, machine: Machine) -> Iterator[Fate]:
    def accident(name: str, summary: str, operations: Sequence[Operation], expected: Expected | None = None, **more: Any) -> Fate:  # fmt: skip
        faults = [{"api": spec.name, "operation": o.id, "times": 1, **more} for o in operations]
        return Fate(
            name, summary, spec.name, machine.name, faults=faults, accident=True, expected=expected
        )

    reads = [o for o in spec.operations if o.machine is machine and o.does == "read"]
    creates = [o for o in spec.operations if o.machine is machine and o.does == "create"]
    yield accident("throttled", f"429 with Retry-After: {RETRY_AFTER}, once", reads, after=1, fault={"status": 429, "retryAfter": RETRY_AFTER})  # fmt: skip
    yield accident("gateway_page", "502 and a page of HTML, once", reads, after=1, fault={"status": 502, "body": "html"})  # fmt: skip
    yield accident("connection_lost", "A connection that is cut, once", reads, after=1, fault={"drop": "before"})  # fmt: skip
    yield accident("slow_answer", f"An answer that takes {SLOW}, once", reads, after=1, fault={"delay": SLOW})  # fmt: skip
    yield accident("stale_read", "An answer that is 10 s old, once", reads, after=2, fault={"stale": "10s"})  # fmt: skip
    yield accident("not_found_yet", "404 right after the creation, once", reads, after=0, fault={"hide": True})  # fmt: skip
    if creates:
        yield accident("reply_lost", "The job is made, and the reply to its creation lost", creates, "refused", fault={"drop": "headers"})  # fmt: skip
