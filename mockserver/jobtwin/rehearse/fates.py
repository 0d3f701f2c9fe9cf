"""The fates of a vendor's job: every final state of its machine, and accidents. Plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtwin.lifecycle import (
    JobRecord,
    JobView,
    Machine,
    MachineState,
    Outcome,
    Scenario,
    build_timeline,
)
from jobtwin.lifecycle.machine import PartBirth
from jobtwin.openapi import Spec
from jobtwin.rehearse.performance import Expected

UNDESCRIBED = "STATE_THAT_NOBODY_DESCRIBED"
RETRY_AFTER = 30
SLOW = "20s"
FOREVER = "P36500D"


@dataclass(frozen=True, slots=True)
class RehearsalFate:
    """A fate of a job of one machine.

    `scenario` is the job's, or None for the default. `faults` have the form of
    `POST /_control/faults`. `expected` is the outcome for the client, or None if it is the scenario's.
    An `accident` is temporary, and the job succeeds nevertheless.
    """

    name: str
    summary: str
    api: str
    machine: str
    scenario: str | None = None
    faults: Sequence[Mapping[str, Any]] = ()
    expected: Expected | None = None
    accident: bool = False

    @property
    def loses_reply(self) -> bool:
        """True if the job is created, but the response is lost."""
        return any(fault.get("fault") == _LOST for fault in self.faults)


def fates_of(spec: Spec, machine: Machine, like: JobRecord | None = None) -> list[RehearsalFate]:
    """Returns the fates of a job of this machine, final states first; only those possible for a job `like` an existing one."""
    ends = list(_ends(machine, like))
    good = next((scenario.name for scenario, end in ends if end.outcome is Outcome.SUCCESS), None)
    own = [RehearsalFate(s.name, s.summary, spec.name, machine.name, s.name) for s, _ in ends]
    others = (_lives, _expiry, _accidents)
    return [*own, *(fate for each in others for fate in each(spec, machine, good))]


def _ends(machine: Machine, like: JobRecord | None) -> Iterator[tuple[Scenario, MachineState]]:
    """Yields a scenario for each possible final state, that of the default scenario first."""
    met = set[str]()
    able = machine.scenarios_for(like.facts) if like else machine.scenarios.values()
    for scenario in sorted(
        able, key=lambda s: s is not (like.scenario if like else machine.default_scenario)
    ):
        end = _end(machine, scenario, like)
        if end is not None and end.name not in met:
            met.add(end.name)
            yield scenario, end


def _end(machine: Machine, scenario: Scenario, like: JobRecord | None) -> MachineState | None:
    """Returns the final state of a scenario, or None if it does not end."""
    facts, parts = (like.facts, _patterns(like)) if like else ({}, None)
    record = JobRecord.of(machine, 0, 0, scenario=scenario.name, facts=facts, parts=parts)
    timeline = build_timeline(record)
    ends = timeline.schedule.ends
    return None if ends is None else JobView(timeline, ends).state


def _patterns(like: JobRecord) -> dict[str, list[PartBirth]] | None:
    """Returns the patterns of a job's parts, or None if it has none."""
    return {name: [part.pattern() for part in each] for name, each in like.parts.items()} or None


def outcome_of(fate: RehearsalFate, machine: Machine) -> Expected:
    """Returns the outcome of a fate for the client."""
    if fate.expected is not None:
        return fate.expected
    scenario = machine.scenarios[fate.scenario] if fate.scenario else machine.default_scenario
    end = _end(machine, scenario, None)
    return "never" if end is None or end.outcome is None else OUTCOMES[end.outcome]


OUTCOMES: Mapping[Outcome, Expected] = {
    Outcome.SUCCESS: "success",
    Outcome.FAILURE: "failure",
    Outcome.PARTIAL: "partial",
    Outcome.CANCELLED: "cancelled",
}


def _lives(spec: Spec, machine: Machine, good: str | None) -> Iterator[RehearsalFate]:
    """Yields fates in which a successful job makes its client wait, or has unexpected states."""
    reads = spec.operations_of(machine, "read")

    def fate(name: str, summary: str, expected: Expected | None, **more: Any) -> RehearsalFate:
        faults = [{"api": spec.name, "operation": read.id, **more} for read in reads]
        return RehearsalFate(name, summary, spec.name, machine.name, good, faults, expected)

    gone, unknown = {"hide": True}, {"state": UNDESCRIBED}
    yield fate("hangs", "The job never progresses", "never", fault={"stale": FOREVER})
    yield fate("is_gone", "The job is deleted while it is active", "never", after=1, fault=gone)
    yield fate(
        "undescribed_state",
        "An undocumented state, for ten polls",
        None,
        after=1,
        times=10,
        fault=unknown,
    )


def _expiry(spec: Spec, machine: Machine, good: str | None) -> Iterator[RehearsalFate]:
    """Yields the fate in which the credential expires while the job is active; a client that can renew it continues."""
    reads = [read for read in spec.operations_of(machine, "read") if any(read.security)]
    renewable = any(credential.session for credential in spec.credentials.values())
    times, how, expected = _RENEWABLE if renewable else _LASTING
    faults = [
        {"api": spec.name, "operation": read.id, "after": 1, **times, "fault": {"status": 401}}
        for read in reads
    ]
    summary = f"401 while the job is active, {how}"
    if faults:
        yield RehearsalFate(
            "credential_expired", summary, spec.name, machine.name, good, faults, expected
        )


_Expiry = tuple[dict[str, int], str, Expected]

_RENEWABLE: _Expiry = ({"times": 1}, "once", "refused")
_LASTING: _Expiry = ({}, "from the second poll on", "never")


def _accidents(spec: Spec, machine: Machine, good: str | None) -> Iterator[RehearsalFate]:
    """Yields temporary accidents of a successful job."""
    reads = spec.operations_of(machine, "read")
    for name, summary, after, fault in _ACCIDENTS:
        faults = [
            {"api": spec.name, "operation": read.id, "after": after, "times": 1, "fault": fault}
            for read in reads
        ]
        yield RehearsalFate(name, summary, spec.name, machine.name, good, faults, accident=True)
    yield from _lost_replies(spec, machine, good)


def _lost_replies(spec: Spec, machine: Machine, good: str | None) -> Iterator[RehearsalFate]:
    """Yields the accident in which the response to the creation is lost."""
    lost = [
        {"api": spec.name, "operation": create.id, "times": 1, "fault": _LOST}
        for create in spec.operations_of(machine, "create")
    ]
    if lost:
        summary = "The job is created, but the response is lost"
        yield RehearsalFate(
            "reply_lost", summary, spec.name, machine.name, good, lost, "refused", accident=True
        )


_ACCIDENTS: Sequence[tuple[str, str, int, Mapping[str, Any]]] = (
    (
        "throttled",
        f"429 with Retry-After: {RETRY_AFTER}, once",
        1,
        {"status": 429, "retryAfter": RETRY_AFTER},
    ),
    ("gateway_page", "502 with a page of HTML, once", 1, {"status": 502, "body": "html"}),
    ("connection_lost", "A cut connection, once", 1, {"drop": "before"}),
    ("slow_answer", f"A response that takes {SLOW}, once", 1, {"delay": SLOW}),
    ("stale_read", "A response that is 10 s old, once", 2, {"stale": "10s"}),
    ("not_found_yet", "404 right after the creation, once", 0, {"hide": True}),
)
"""Name, summary, number of reads before it, and the fault."""

_LOST: Mapping[str, Any] = {"drop": "before", "handled": True}
