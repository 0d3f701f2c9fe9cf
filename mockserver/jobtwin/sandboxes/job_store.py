"""The jobs of one machine, indexed by their times of creation, change and removal.

Every index is derived from the jobs' schedules. It stays correct, since only
an event changes a schedule, and `changed` is called for each. Lists are updated to a moment when
they are requested, or before that in pieces, without visible effects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType

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
from jobtwin.sandboxes.job_groups import JobGroups
from jobtwin.sandboxes.job_list import JobList, Key

PIECE = 1_000
"""Jobs of a piece: a few milliseconds of work."""


_NO_CHILDREN: Mapping[int, StoredJob] = MappingProxyType({})


class StoredJob:
    """A job: its record and events, with the timeline derived from them.

    A `lasting` job is never removed by its machine's `keep`. A job that progresses by polls has
    `reached` a point in its schedule, which the clock does not move. `key` is the idempotency key of
    its request, with the request's digest.

    `due`, `leaves`, `is_listed` and `is_unfinished` belong to the store: when it looks at the job
    again, when it removes the job, and in which of its lists the job is.
    """

    __slots__ = (
        "children",
        "due",
        "events",
        "is_listed",
        "is_unfinished",
        "key",
        "lasting",
        "leaves",
        "reached",
        "record",
        "timeline",
    )

    def __init__(
        self,
        record: JobRecord,
        *,
        lasting: bool = False,
        by_polls: bool = False,
        timeline: Timeline | None = None,
    ) -> None:
        self.record = record
        self.key: tuple[str, str] | None = None
        self.lasting = lasting
        self.reached: Span | None = 0 if by_polls else None
        self.events: Sequence[Event] = ()
        self.children: Mapping[int, StoredJob] = _NO_CHILDREN  # by their place among the `spawns`
        self.timeline: Timeline = timeline or build_timeline(record)
        self.due: Moment | None = None
        self.leaves: Moment | None = None
        self.is_listed = self.is_unfinished = False

    @property
    def age(self) -> tuple[Moment, int]:
        """The sort key of jobs: creation time, then the order of recording."""
        return self.record.at, self.record.number

    @property
    def ends_at(self) -> Moment | None:
        """The time of the planned or reached end, or None if none is planned."""
        ends = self.timeline.schedule.ends
        if ends is None or self.reached is None:
            return None if ends is None else self.record.at + ends
        return self.record.at if ends <= self.reached else None

    @property
    def last_facts(self) -> Facts:
        """Its facts when all that is planned has happened."""
        return {**self.record.facts, **self.timeline.schedule.last.facts}

    def moment(self, now: Moment) -> Moment:
        """Returns the current time for this job."""
        return now if self.reached is None else self.record.at + self.reached

    def view(self, now: Moment) -> JobView:
        """Returns the job at a moment."""
        reached = self.reached
        return JobView(self.timeline, now if reached is None else self.record.at + reached)

    def finish(self, now: Moment) -> bool:
        """Moves the job to the last planned state. Returns False if the schedule has no end."""
        if self.timeline.schedule.ends is None:
            return False
        self.reached = max(self.moment(now) - self.record.at, self.timeline.arrives)
        return True

    def at_birth(self) -> JobView:
        """Returns the job as of its creation."""
        return JobView(build_timeline(self.record), self.record.at)

    def can_step(self) -> bool:
        """Returns True if the job progresses by polls and a change is planned."""
        return self.reached is not None and self.view(self.record.at).due is not None

    def step(self) -> None:
        """Moves the job to its next planned change."""
        due = self.view(self.record.at).due
        if due is not None:
            self.reached = due - self.record.at

    def add_event(self, event: Event) -> None:
        """Appends an event. The caller has checked `View.allows`."""
        self.timeline = self.timeline.after(event)
        if isinstance(self.events, list):
            self.events.append(event)
        else:  # most jobs have none
            self.events = [event]

    def adopt(self, number: int, child: StoredJob) -> None:
        """Adds a child, by the place of its spawn."""
        self.children = {**self.children, number: child}

    def leave(self, number: int) -> None:
        """Removes the child of a spawn."""
        self.children = {n: child for n, child in self.children.items() if n != number}


class JobStore:
    """The jobs of one machine. `now` never goes back from one call to the next.

    Jobs that are added, changed or removed are noted in each of the `watchers`.
    """

    def __init__(self, machine: Machine, watchers: Collection[set[StoredJob]] = ()) -> None:
        self._keep = machine.keep
        self._jobs: dict[str | int, StoredJob] = {}
        self._handles: dict[str, list[str | int]] | None = {} if machine.secret_ids else None
        """The IDs of jobs by the handles that are shown instead."""
        self._born = JobList(_age)
        self._unfinished = JobList(_age)
        fixed = [fact for fact in machine.excluding if fact not in machine.set_facts]
        self._groups = JobGroups(fixed, _age) if fixed else None
        """Unfinished jobs by the facts by which a new one is compared with them."""
        self._agenda = JobList(_due)
        """Jobs to update: created, changed by time, or changed by an event."""
        self._leaving = JobList(_leaves)
        self._watchers = watchers

    def __len__(self) -> int:
        return len(self._jobs)

    def __getitem__(self, id: str | int) -> StoredJob:  # noqa: A002 - the field's name
        """Returns the job with an id, or None; its creation may be in the future."""
        return self._jobs[id]

    def get(self, id: str | int) -> StoredJob | None:  # noqa: A002 - the field's name
        """Returns the job with that ID, even before its creation time, or None."""
        return self._jobs.get(id)

    def all(self, now: Moment) -> Sequence[StoredJob]:
        """Returns all jobs, including those with a later creation time."""
        self.settle(now)
        return list(self._jobs.values())

    def sort(self) -> None:
        """Sorts all jobs by their numbers: a snapshot has those first that are alike."""
        jobs = sorted(self._jobs.items(), key=lambda item: item[1].record.number)
        self._jobs = dict(jobs)

    def add(self, job: StoredJob, now: Moment) -> None:
        """Adds a new job, and removes an expired job with the same ID."""
        if left := self._leaving.take(
            now
        ):  # otherwise they would only be removed by a list request
            self._forget(left)
        if taken := self._jobs.get(job.record.id):
            self.remove(taken)
        self._hold(job)
        self.changed(job)

    def changed(self, job: StoredJob) -> None:
        """Marks a new or changed job to be updated before its lists are read."""
        self._plan(job, job.record.at)
        leaves = self._leaves_at(job)
        if leaves != job.leaves:
            self._leave(job, leaves)
        self._tell(job)

    def remove(self, job: StoredJob) -> None:
        """Removes a job; does nothing if it was removed before."""
        if self.holds(job):
            self._leave(job, None)
            self._forget([job])

    def put_back(self, job: StoredJob) -> None:
        """Adds a job after its fields were reverted, even if it is still in the store."""
        self.remove(job)
        self._hold(job)
        self.changed(job)

    def find(
        self,
        id: str | int,  # noqa: A002 - the field's name
        now: Moment,
        *,
        unborn: bool = False,
    ) -> StoredJob | None:
        """Returns the job with that ID, if it exists at this moment, or may be `unborn`."""
        job = self._jobs.get(id)
        if job is None or (job.record.at > now and not unborn):
            return None
        return None if job.leaves is not None and job.leaves <= now else job

    def find_by_handle(self, handle: str, now: Moment) -> StoredJob | None:
        """Returns the oldest job that is shown with this handle, or None."""
        found = [self.find(id_, now) for id_ in (self._handles or {}).get(handle, ())]
        return min((job for job in found if job is not None), key=_age, default=None)

    def _hold(self, job: StoredJob) -> None:
        id_ = job.record.id
        self._jobs[id_] = job
        if self._handles is not None and id_ not in (
            ids := self._handles.setdefault(job.record.shown_id, [])
        ):
            ids.append(id_)

    def _release(self, record: JobRecord) -> None:
        del self._jobs[record.id]
        if self._handles is not None:
            ids = self._handles[record.shown_id]
            ids.remove(record.id)
            if not ids:
                del self._handles[record.shown_id]

    def born(self, now: Moment) -> JobList[StoredJob]:
        """Returns all jobs, the oldest first. Do not modify the list."""
        self.settle(now)
        return self._born

    def unfinished(self, now: Moment) -> JobList[StoredJob]:
        """Returns the jobs that are not in a final state. Do not modify the list."""
        self.settle(now)
        return self._unfinished

    def rivals(self, facts: Facts, now: Moment) -> Sequence[StoredJob]:
        """Returns the unfinished jobs that may exclude a new job with these facts, the oldest first."""
        unfinished = self.unfinished(now)
        return unfinished if self._groups is None else self._groups.like(facts)

    def next_change(self, now: Moment) -> Moment | None:
        """Returns the next time of a creation or a change by time, or None."""
        self.settle(now)
        return self._agenda[0].due if self._agenda else None

    def holds(self, job: StoredJob) -> bool:
        """Returns True if this job object is in the store."""
        return self._jobs.get(job.record.id) is job

    # -- bringing the lists up to a moment -------------------------------------------------------

    def settle(self, now: Moment) -> None:
        """Updates the lists to a moment."""
        for _ in self.settling(now):
            pass

    def settling(self, now: Moment) -> Iterator[None]:
        """Updates the lists to a moment, a few hundred jobs at each step."""
        while due := self._agenda.take(now):
            self._look_at(due, now)
            yield
        while left := self._leaving.take(now):
            self._forget(left)
            yield

    def _look_at(self, jobs: Sequence[StoredJob], now: Moment) -> None:
        """Adds created jobs to the lists that they belong to, and plans the next look."""
        ended = []
        for job in jobs:
            is_final = job.timeline.schedule.state(job.moment(now) - job.record.at).final
            if not job.is_listed:
                self._born.insert(job)
                job.is_listed = True
            if is_final and job.is_unfinished:
                ended.append(job)
            elif not is_final and not job.is_unfinished:
                self._unfinished.insert(job)
                job.is_unfinished = True
                if self._groups is not None:
                    self._groups.insert(job)
            job.due = None
            if job.reached is None and (due := job.timeline.due(now)) is not None:
                self._plan(job, due)
            self._tell(job)
        self._finish(ended)

    def _finish(self, jobs: Sequence[StoredJob]) -> None:
        self._unfinished.discard(jobs)
        if self._groups is not None:
            self._groups.discard(jobs)
        for job in jobs:
            job.is_unfinished = False

    def _plan(self, job: StoredJob, at: Moment | None) -> None:
        """Plans the next look at a job."""
        if job.due is not None:
            self._agenda.discard([job])
        job.due = at
        if at is not None:
            self._agenda.insert(job)

    def _leave(self, job: StoredJob, at: Moment | None) -> None:
        """Plans the removal of a job at a moment; None cancels it."""
        if job.leaves is not None:
            self._leaving.discard([job])
        job.leaves = at
        if at is not None:
            self._leaving.insert(job)

    def _forget(self, jobs: Sequence[StoredJob]) -> None:
        """Removes jobs from the store; they were removed from `_leaving` before."""
        for job in jobs:
            self._release(job.record)
            self._plan(job, None)
            self._tell(job)
        self._finish([job for job in jobs if job.is_unfinished])
        self._born.discard(job for job in jobs if job.is_listed)
        for job in jobs:
            job.is_listed, job.leaves = False, None

    def _tell(self, job: StoredJob) -> None:
        for changed in self._watchers:
            changed.add(job)

    def drop(self) -> Iterator[None]:
        """Removes everything, a piece at each step, since the store is no longer used."""
        for jobs in (self._agenda, self._leaving, self._unfinished, self._born, self._groups):
            while jobs is not None and jobs.drop():
                yield
        while self._jobs:
            for job in [*islice(self._jobs.values(), PIECE)]:
                self._release(job.record)
            yield

    def _leaves_at(self, job: StoredJob) -> Moment | None:
        if self._keep is None or job.lasting:
            return None
        if self._keep.when and not fits(self._keep.when, job.last_facts):
            return None
        if self._keep.since == "created_at":
            return job.record.at + self._keep.span
        ends = job.ends_at
        return None if ends is None else ends + self._keep.span


def _age(job: StoredJob) -> Key:
    return job.record.at, job.record.number


def _due(job: StoredJob) -> Key:
    return job.due or 0, job.record.number


def _leaves(job: StoredJob) -> Key:
    return job.leaves or 0, job.record.number
