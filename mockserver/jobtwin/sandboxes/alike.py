"""Writes jobs that only differ in ID, creation time and number as JSON, with their common parts written once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from jobtwin.lifecycle import JobRecord, Machine, Timeline, shared, timeline_like
from jobtwin.sandboxes.job_store import StoredJob

if TYPE_CHECKING:
    from jobtwin.sandboxes.capture import JobImage

_Job = TypeVar("_Job", "StoredJob", "StoredJob | JobImage")

AlikeJobs = Mapping[str, Any]
"""A machine's name, a scenario, facts, and of each job its ID, birth and number."""


def grouped(
    jobs: Iterable[_Job], name_of: Callable[[Machine], str]
) -> tuple[Sequence[AlikeJobs], Sequence[_Job]]:
    """Returns groups of jobs that were created alike, and the jobs with further changes."""
    groups: dict[tuple[int, int], dict[str, Any]] = {}
    others = list[_Job]()
    for job in jobs:
        if not _is_plain(job):
            others.append(job)
            continue
        record = job.record
        key = id(record.scenario), id(record.facts)
        if (group := groups.get(key)) is None:
            group = groups[key] = {
                "machine": name_of(record.machine),
                "scenario": record.scenario.name,
                "facts": dict(record.facts),
                "jobs": [],
            }
        group["jobs"].append([record.id, record.at, record.number])
    return [*groups.values()], others


def _is_plain(job: StoredJob | JobImage) -> bool:
    return not (
        job.events
        or job.key
        or job.lasting
        or job.children
        or job.reached is not None
        or job.record.parts
        or job.record.spawned_by is not None
    )


def ungrouped(shown: AlikeJobs, machine: Machine) -> Iterator[StoredJob]:
    """Yields the jobs of a group, which share their facts and, if it is equal, their schedule."""
    scenario, facts = machine.scenarios[shown["scenario"]], shared(shown["facts"])
    first: Timeline | None = None
    for id_, at, number in shown["jobs"]:
        record = JobRecord(machine, id_, at, scenario, facts, number=number)
        first = timeline_like(first, record)
        yield StoredJob(record, timeline=first)
