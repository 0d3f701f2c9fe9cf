"""A snapshot of a sandbox's jobs, read later: jobs that change meanwhile are saved first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import chain
from typing import Any

from jobtwin.lifecycle import Event, JobRecord, Machine, Span, Timeline
from jobtwin.sandboxes.alike import grouped
from jobtwin.sandboxes.changes import SandboxSnapshot, event_to_json, record_to_json
from jobtwin.sandboxes.job_store import PIECE, StoredJob
from jobtwin.sandboxes.tasks import in_pieces

NameOf = Callable[[Machine], str]


@dataclass(frozen=True, slots=True)
class JobImage:
    """A job as it was."""

    record: JobRecord
    key: tuple[str, str] | None
    lasting: bool
    events: Sequence[Event]
    timeline: Timeline
    reached: Span | None
    children: Mapping[int, StoredJob]

    @classmethod
    def of(cls, job: StoredJob) -> JobImage:
        """Returns an independent copy of a job."""
        return cls(
            job.record,
            job.key,
            job.lasting,
            (*job.events,),
            job.timeline,
            job.reached,
            job.children,
        )

    def put_back(self, job: StoredJob) -> None:
        """Restores a job."""
        job.events, job.timeline = self.events and [*self.events], self.timeline
        job.reached, job.children = self.reached, self.children


def job_to_json(
    job: StoredJob | JobImage, name_of: NameOf, holds: Callable[[StoredJob], bool]
) -> dict[str, Any]:
    """Returns a job as JSON, with its remaining children."""
    keyed = {"key": list(job.key)} if job.key else {}
    return {
        **keyed,
        "machine": name_of(job.record.machine),
        "record": record_to_json(job.record),
        "events": list(map(event_to_json, job.events)),
        "lasting": job.lasting,
        "reached": job.reached,
        "children": {
            str(number): [name_of(child.record.machine), child.record.id]
            for number, child in job.children.items()
            if holds(child)
        },
    }


class SandboxCapture:
    """A snapshot of a sandbox: its `settings`, and its jobs, which can be read later in pieces."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        jobs: Mapping[Machine, Sequence[StoredJob]],
        name_of: NameOf,
    ) -> None:
        self.settings = settings
        self._jobs = jobs
        self._name_of = name_of
        self._before: dict[StoredJob, JobImage] = {}

    def keep(self, job: StoredJob) -> None:
        """Saves a job before it changes."""
        if job not in self._before:
            self._before[job] = JobImage.of(job)

    @property
    def machines(self) -> Sequence[str]:
        """The names of the machines of which there are jobs."""
        return [self._name_of(machine) for machine, jobs in self._jobs.items() if jobs]

    @property
    def without_jobs(self) -> SandboxSnapshot:
        """The snapshot, with an empty list of jobs."""
        return SandboxSnapshot(
            at=self.settings["clock"]["now"], state={**self.settings, "jobs": []}
        )

    def jobs(self) -> Iterator[dict[str, Any]]:
        """Yields the jobs as JSON, by their numbers."""
        return map(self._to_json, merge(*self._jobs.values(), key=_number))

    def packed(self) -> Iterator[tuple[str, Sequence[Any]]]:
        """Yields the jobs as JSON in pieces, each with its name in a snapshot.

        The first ones are of jobs that are `alike`; the others are of `jobs`, by their numbers.
        """
        others = list[StoredJob | JobImage]()
        for jobs in self._jobs.values():
            for first in range(0, len(jobs), PIECE):
                alike, different = grouped(
                    map(self._as_it_was, jobs[first : first + PIECE]), self._name_of
                )
                others += different
                yield "alike", alike
        others.sort(key=_number)
        for piece in in_pieces(map(self._to_json, others)):
            yield "jobs", piece

    def _to_json(self, job: StoredJob | JobImage) -> dict[str, Any]:
        return job_to_json(self._as_it_was(job), self._name_of, self._held)

    def _as_it_was(self, job: StoredJob | JobImage) -> StoredJob | JobImage:
        return self._before.get(job, job) if isinstance(job, StoredJob) else job

    def _held(self, job: StoredJob) -> bool:
        return job in self._all

    @cached_property
    def _all(self) -> frozenset[StoredJob]:
        return frozenset(chain.from_iterable(self._jobs.values()))


def _number(job: StoredJob | JobImage) -> int:
    return job.record.number
