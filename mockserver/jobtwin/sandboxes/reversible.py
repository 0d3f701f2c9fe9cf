"""A sandbox whose latest changes can be reverted, at a cost proportional to these changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobtwin.lifecycle import Machine, Moment
from jobtwin.sandboxes.capture import JobImage
from jobtwin.sandboxes.changes import (
    CallbackRegistered,
    Change,
    ClockAdvanced,
    DeliveriesSet,
    DeliveryAttempted,
    DeliveryClaimed,
    EndpointChosen,
    JobCreated,
    JobFinished,
    JobStepped,
)
from jobtwin.sandboxes.clock import Setting
from jobtwin.sandboxes.faults import Faults
from jobtwin.sandboxes.job_store import JobStore, StoredJob
from jobtwin.sandboxes.limits import Limits
from jobtwin.sandboxes.outbox import Outbox
from jobtwin.sandboxes.sandbox import Sandbox, Setup

_ABOUT_OUTBOX = (
    CallbackRegistered,
    DeliveriesSet,
    DeliveryAttempted,
    DeliveryClaimed,
    EndpointChosen,
)


@dataclass(slots=True)
class _Memento:
    """The saved state of a sandbox, and the jobs changed since, in order.

    The image of a job that did not exist is None.
    """

    setup: Setup
    clock: Setting
    by_polls: bool
    moves_by_polls: bool
    count: int
    request_ids: int
    next: dict[Machine, int]
    defaults: dict[Machine, str]
    faults: Faults
    limits: Limits
    outbox: Outbox
    stores: dict[Machine, JobStore]
    jobs: list[tuple[JobStore, StoredJob, JobImage | None]] = field(default_factory=list)
    time_moved: bool = False


class ReversibleSandbox(Sandbox):
    """A sandbox that can be reverted to its state at the call of `begin`."""

    _memento: _Memento | None = None

    def begin(self) -> None:
        """Starts to record changes; earlier ones can no longer be reverted."""
        self._memento = None

    def take_back(self) -> bool:
        """Undoes the changes since `begin`.

        Returns False if the clock was moved by hand: jobs may have been removed then, so nothing can
        be undone. The journal and the feed are not changed.
        """
        memento, self._memento = self._memento, None
        if memento is None:
            return True
        if memento.time_moved:
            return False
        self.clock.undo(memento.clock)
        self._put_back(memento)
        return True

    def _put_back(self, was: _Memento) -> None:
        for store, job, image in reversed(was.jobs):
            if image is None:
                store.remove(job)
            else:
                image.put_back(job)
                store.put_back(job)
        self.setup, self.by_polls, self.moves_by_polls = (
            was.setup,
            was.by_polls,
            was.moves_by_polls,
        )
        self._count, self._request_ids = was.count, was.request_ids
        self._next, self.defaults = was.next, was.defaults
        self.faults, self.limits, self._stores = was.faults, was.limits, was.stores
        self.outbox = was.outbox

    def make(self, change: Change) -> Any:
        """Makes a change that can be undone."""
        memento = self._noted()
        memento.time_moved = memento.time_moved or isinstance(change, ClockAdvanced)
        if isinstance(change, _ABOUT_OUTBOX):
            self._part_outbox()
        return super().make(change)

    def _noted(self) -> _Memento:
        if self._memento is None:
            self._memento = _Memento(
                self.setup,
                self.clock.setting,
                self.by_polls,
                self.moves_by_polls,
                self._count,
                self._request_ids,
                {**self._next},
                {**self.defaults},
                self.faults.copy(),
                self.limits.copy(),
                self.outbox,
                self._stores,
            )
        return self._memento

    def _note(self, job: StoredJob) -> None:
        if self._memento is not None:
            store = self._store(job.record.machine)
            self._memento.jobs.append((store, job, JobImage.of(job)))
            if self.outbox.knows((self._names.of(job.record.machine), job.record.id)):
                self._part_outbox()

    def _part_outbox(self) -> None:
        """Continues with a copy of the outbox, so that the saved one stays unchanged."""
        if self._memento is not None and self.outbox is self._memento.outbox:
            self.outbox = self.outbox.copy()

    # -- where jobs change -----------------------------------------------------------------------

    def _job_created(self, change: JobCreated, spawned_by: str | int | None = None) -> StoredJob:
        store = self._store(self._names[change.machine])
        if (replaced := store.get(change.id)) is not None:
            self._note(replaced)
        job = super()._job_created(change, spawned_by)
        if self._memento is not None:
            self._memento.jobs.append((store, job, None))
        return job

    def _send(self, job: StoredJob, event: str, data: Mapping[str, Any], now: Moment) -> None:
        self._note(job)
        super()._send(job, event, data, now)

    def _job_finished(self, change: JobFinished) -> StoredJob:
        self._note(self._held(change.machine, change.id))
        return super()._job_finished(change)

    def _job_stepped(self, change: JobStepped) -> StoredJob:
        self._note(self._held(change.machine, change.id))
        return super()._job_stepped(change)

    def _remove(self, job: StoredJob, now: Moment) -> None:
        if self.holds(job):
            self._note(job)
        super()._remove(job, now)
