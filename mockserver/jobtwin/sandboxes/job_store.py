"""The jobs of one machine, indexed by when they are born, end, and are forgotten.

Every index is kept by moments that follow from the jobs' schedules, so that it cannot be wrong: only
an event changes a schedule, and `changed` is called for each.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

from jobtwin.lifecycle import (
    Event,
    JobRecord,
    JobView,
    Machine,
    Moment,
    Span,
    Timeline,
    build_timeline,
)
from jobtwin.lifecycle.machine import Facts, fits

_FEW = 8
"""To take out more than these, a list is gone through once."""

_MANY = 64
"""So many forgotten jobs more than there are jobs may be waiting in the indexes."""


class StoredJob:
    """A job: its record and the events since, with the timeline that follows from them.

    A `lasting` one is kept whatever its machine says of that. One that gets on by polls has
    `reached` a point in its schedule, which the clock does not move. `key` is the idempotency key of
    its request, with the digest of that.
    """

    __slots__ = ("children", "events", "key", "lasting", "reached", "record", "timeline")

    def __init__(self, record: JobRecord, *, lasting: bool = False, by_polls: bool = False) -> None:
        self.record = record
        self.key: tuple[str, str] | None = None
        self.lasting = lasting
        self.reached: Span | None = 0 if by_polls else None
        self.events: list[Event] = []
        self.children: dict[int, StoredJob] = {}  # by their place among the scenario's `spawns`
        self.timeline: Timeline = build_timeline(record)

    def __lt__(self, other: StoredJob) -> bool:
        """Any order: one whose creation was taken back may wait in an index with its successor."""
        return id(self) < id(other)

    @property
    def age(self) -> tuple[Moment, int]:
        """What jobs are ordered by: birth, then the order in which they were recorded."""
        return self.record.at, self.record.number

    @property
    def ends_at(self) -> Moment | None:
        """When a final state is, or was, entered; None while none is planned."""
        ends = self.timeline.schedule.ends
        if ends is None or self.reached is None:
            return None if ends is None else self.record.at + ends
        return self.record.at if ends <= self.reached else None

    @property
    def last_facts(self) -> Facts:
        """Its facts when all that is planned has happened."""
        return {**self.record.facts, **self.timeline.schedule.last.facts}

    def moment(self, now: Moment) -> Moment:
        """How late it is for this job."""
        return now if self.reached is None else self.record.at + self.reached

    def view(self, now: Moment) -> JobView:
        """The job at a moment."""
        return JobView(self.timeline, self.moment(now))

    def finish(self, now: Moment) -> bool:
        """Come to the last state that is planned, at once; False where the schedule holds no end."""
        if self.timeline.schedule.ends is None:
            return False
        self.reached = max(self.moment(now) - self.record.at, self.timeline.arrives)
        return True

    def at_birth(self) -> JobView:
        """The job as it was when it was born, whatever has happened since."""
        return JobView(build_timeline(self.record), self.record.at)

    def can_step(self) -> bool:
        """Whether the job progresses by polls and a change is planned."""
        return self.reached is not None and self.view(self.record.at).due is not None

    def step(self) -> None:
        """Come to the next planned change."""
        due = self.view(self.record.at).due
        if due is not None:
            self.reached = due - self.record.at

    def add_event(self, event: Event) -> None:
        """Append an event; who calls has asked `View.allows`."""
        self.timeline = self.timeline.after(event)
        self.events.append(event)


class JobStore:
    """The jobs of one machine. `now` never goes back from one call to the next."""

    def __init__(self, machine: Machine) -> None:
        self._keep = machine.keep
        self._jobs: dict[str | int, StoredJob] = {}
        self._born: list[StoredJob] = []
        self._unfinished: list[StoredJob] = []
        self._unborn: list[tuple[tuple[Moment, int], StoredJob]] = []
        self._endings: list[tuple[Moment, int, StoredJob]] = []
        self._leavings: list[tuple[Moment, int, StoredJob]] = []
        self._removed = 0

    def __contains__(self, id: object) -> bool:  # noqa: A002 - the field's name
        return id in self._jobs

    def __getitem__(self, id: str | int) -> StoredJob:  # noqa: A002 - the field's name
        """The job of that id, whether it is born or not."""
        return self._jobs[id]

    def get(self, id: str | int) -> StoredJob | None:  # noqa: A002 - the field's name
        """The job of that id, whether it is born or not; None if there is none."""
        return self._jobs.get(id)

    def all(self, now: Moment) -> Sequence[StoredJob]:
        """Every job, unborn ones as well."""
        self.settle(now)
        return list(self._jobs.values())

    def add(self, job: StoredJob, now: Moment) -> None:
        """Take in a new job; one of the same id, which may be no longer kept, makes room."""
        if self._leavings and self._leavings[0][0] <= now:
            self.settle(now)  # otherwise jobs that are never listed would be kept for good
        if taken := self._jobs.get(job.record.id):
            self.remove(taken)
        self._jobs[job.record.id] = job
        heappush(self._unborn, (job.age, job))
        self.changed(job)

    def changed(self, job: StoredJob) -> None:
        """Note when the job ends now, after its schedule has changed."""
        if (ends := job.ends_at) is not None:
            heappush(self._endings, (ends, job.record.number, job))
        if (leaves := self._leaves_at(job)) is not None:
            heappush(self._leavings, (leaves, job.record.number, job))

    def remove(self, job: StoredJob) -> None:
        """Forget a job; nothing happens if it is forgotten already."""
        if self.holds(job):
            del self._jobs[job.record.id]
            _discard(self._born, (job,))
            _discard(self._unfinished, (job,))
            self._removed += 1
            if self._removed > len(self._jobs) + _MANY:
                self._sweep()

    def put_back(self, job: StoredJob, now: Moment) -> None:
        """Take a job in whose fields were put back, whether it is in the store or not."""
        self.settle(now)
        self.remove(job)
        self._jobs[job.record.id] = job
        if job.record.at <= now:
            _insert(self._born, job)
            _insert(self._unfinished, job)
        elif not any(one is job for _, one in self._unborn):
            heappush(self._unborn, (job.age, job))
        self.changed(job)
        self.settle(now)

    def find(
        self,
        id: str | int,  # noqa: A002 - the field's name
        now: Moment,
        *,
        unborn: bool = False,
    ) -> StoredJob | None:
        """The job of that id, if it has been born, or may be unborn, and is still kept."""
        job = self._jobs.get(id)
        if job is None or (job.record.at > now and not unborn):
            return None
        if self._keep and (leaves := self._leaves_at(job)) is not None and leaves <= now:
            return None
        return job

    def born(self, now: Moment) -> Sequence[StoredJob]:
        """Every job that there is, the oldest first. Not to be changed."""
        self.settle(now)
        return self._born

    def unfinished(self, now: Moment) -> Sequence[StoredJob]:
        """Those among them that are not in a final state. Not to be changed."""
        self.settle(now)
        return self._unfinished

    def coming(self, now: Moment) -> Iterator[StoredJob]:
        """The jobs whose schedules hold something that is still to come by the clock."""
        self.settle(now)
        yield from (job for job in self._born if job.reached is None)
        yield from (job for _, job in self._unborn if self.holds(job))

    def settle(self, now: Moment) -> None:
        """Bring the indexes up to a moment; jobs that are no longer kept are forgotten."""
        while self._unborn and self._unborn[0][0][0] <= now:
            _, job = heappop(self._unborn)
            if self.holds(job):
                _insert(self._born, job)
                _insert(self._unfinished, job)
        ended = []
        while self._endings and self._endings[0][0] <= now:
            ends, _, job = heappop(self._endings)
            if job.ends_at == ends:
                ended.append(job)
        _discard(self._unfinished, ended)
        left = []
        while self._leavings and self._leavings[0][0] <= now:
            leaves, _, job = heappop(self._leavings)
            if self._leaves_at(job) == leaves and self.holds(job):
                left.append(job)
                del self._jobs[job.record.id]
        _discard(self._unfinished, left)
        _discard(self._born, left)

    def _sweep(self) -> None:
        """Let go of removed jobs, whose moments may be far, or never asked for."""
        self._removed = 0
        self._unborn = [one for one in self._unborn if self.holds(one[-1])]
        self._endings = [one for one in self._endings if self.holds(one[-1])]
        self._leavings = [one for one in self._leavings if self.holds(one[-1])]
        heapify(self._unborn)
        heapify(self._endings)
        heapify(self._leavings)

    def holds(self, job: StoredJob) -> bool:
        """Whether this very job is in the store."""
        return self._jobs.get(job.record.id) is job

    def _leaves_at(self, job: StoredJob) -> Moment | None:
        if self._keep is None or job.lasting:
            return None
        if self._keep.when and not fits(self._keep.when, job.last_facts):
            return None
        if self._keep.since == "created_at":
            return job.record.at + self._keep.span
        ends = job.ends_at
        return None if ends is None else ends + self._keep.span


def _age(job: StoredJob) -> tuple[Moment, int]:
    return job.record.at, job.record.number


def _insert(jobs: list[StoredJob], job: StoredJob) -> None:
    """Put in by age: mostly the youngest, at the end."""
    if not jobs or _age(jobs[-1]) < _age(job):
        jobs.append(job)
    else:
        insort(jobs, job, key=_age)


def _discard(jobs: list[StoredJob], gone: Sequence[StoredJob]) -> None:
    """Take out, in place, those that are in; of many at once not one by one."""
    if len(gone) > _FEW:
        out = set(gone)
        jobs[:] = [job for job in jobs if job not in out]
        return
    for job in gone:
        place = bisect_left(jobs, _age(job), key=_age)
        if place < len(jobs) and jobs[place] is job:
            del jobs[place]
