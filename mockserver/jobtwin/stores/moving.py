"""Moves a sandbox to edited machines: keeps the jobs that the new machines allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jobtwin.lifecycle import Machine, Moment
from jobtwin.sandboxes import Sandbox
from jobtwin.sandboxes.changes import SandboxSnapshot, event_from_json, record_from_json
from jobtwin.sandboxes.job_store import StoredJob
from jobtwin.sandboxes.limits import Counted

_Name = tuple[str, Any]
"""The machine and the id of a job."""


@dataclass(frozen=True)
class Moved:
    """The number of jobs kept, and the reasons for the others, a line each."""

    kept: int
    lost: tuple[str, ...]


def move(old: Sandbox, new: Sandbox, machines: Mapping[str, Machine]) -> Moved:
    """Copies the state of an old sandbox to a new one of these machines; its clock continues."""
    snapshot = old.snapshot()
    jobs: Sequence[Mapping[str, Any]] = snapshot.state["jobs"]
    lost = _lost(jobs, machines, snapshot.at)
    kept = [job for job in jobs if _name(job) not in lost]
    state = {**_fitting(snapshot, machines, kept), "limits": _limits(old, new)}
    new.restore(replace(snapshot, state=state))
    for entry in old.journal:
        new.journal.add(entry)
    new.journal.total = old.journal.total
    lines = (f"{machine} {id_}: {why}" for (machine, id_), why in lost.items())
    return Moved(len(kept), tuple(lines))


def _fitting(
    snapshot: SandboxSnapshot, machines: Mapping[str, Machine], kept: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Returns the state of a snapshot, without what the machines do not have."""
    state = snapshot.state
    defaults = {
        name: scenario
        for name, scenario in state["defaults"].items()
        if name in machines and scenario in machines[name].scenarios
    }
    numbers = {name: number for name, number in state["numbers"].items() if name in machines}
    return {**state, "jobs": kept, "defaults": defaults, "numbers": numbers}


def _limits(old: Sandbox, new: Sandbox) -> list[dict[str, Any]]:
    """Returns the limits of the new specs, and those set by hand, with their counts."""
    begun, edited = {each.id for each in old.setup.limits}, new.setup.limits
    kept = [c for c in old.limits if c.limit in edited or c.limit.id not in begun]
    known = {counted.limit.id for counted in kept}
    fresh = [Counted(limit) for limit in edited if limit.id not in known]
    return [counted.to_json() for counted in (*kept, *fresh)]


def _lost(
    jobs: Sequence[Mapping[str, Any]], machines: Mapping[str, Machine], now: Moment
) -> dict[_Name, str]:
    """Returns the jobs that the machines cannot have, and why; their parents are lost, too."""
    whys = {_name(job): _unknown(job, machines, now) for job in jobs}
    lost = {name: why for name, why in whys.items() if why}
    while orphaned := _orphaned(jobs, lost):
        lost |= dict.fromkeys(orphaned, "a job that it started is lost")
    return lost


def _orphaned(jobs: Sequence[Mapping[str, Any]], lost: Mapping[_Name, str]) -> list[_Name]:
    """Returns the other jobs of which a child is lost."""
    return [_name(job) for job in jobs if _name(job) not in lost and _children(job) & lost.keys()]


def _unknown(job: Mapping[str, Any], machines: Mapping[str, Machine], now: Moment) -> str | None:
    """Returns the reason why the machines cannot have a job, or None."""
    machine, record = machines.get(job["machine"]), job["record"]
    if machine is None:
        return "its machine is gone"
    if record["scenario"] not in machine.scenarios:
        return f"its scenario {record['scenario']} is gone"
    known = {each.event for each in machine.transitions}
    if not machine.rules and (gone := {event["name"] for event in job["events"]} - known):
        return f"its event {min(gone)} is gone"
    return _misfit(job, machine, now)


def _misfit(job: Mapping[str, Any], machine: Machine, now: Moment) -> str | None:
    """Returns the error when the machine makes a job, or None."""
    try:
        made = StoredJob(record_from_json(job["record"], machine), lasting=job["lasting"])
        for event in job["events"]:
            made.add_event(event_from_json(event))
        made.view(now)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return f"the machine does not fit it any more ({type(error).__name__}: {error})"
    return None


def _name(job: Mapping[str, Any]) -> _Name:
    return job["machine"], job["record"]["id"]


def _children(job: Mapping[str, Any]) -> set[_Name]:
    return {(machine, id_) for machine, id_ in job["children"].values()}
