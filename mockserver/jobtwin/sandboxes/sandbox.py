"""A sandbox: its jobs, its clock and its ids. Every mutation is a method that makes one Change."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal
from weakref import WeakSet

from jobtwin.errors import UnknownScenario
from jobtwin.lifecycle import (
    Event,
    JobRecord,
    Machine,
    Moment,
    PartBirth,
    Sample,
    Span,
    Spawn,
    quoted,
    scenarios_for,
)
from jobtwin.lifecycle.limits import Limit
from jobtwin.lifecycle.machine import Facts
from jobtwin.sandboxes.alike import ungrouped
from jobtwin.sandboxes.capture import SandboxCapture
from jobtwin.sandboxes.changes import (
    CallbackRegistered,
    Change,
    ClockAdvanced,
    ClockSet,
    DefaultScenarioChosen,
    DeliveriesSet,
    DeliveryAttempted,
    DeliveryClaimed,
    EndpointChosen,
    EventSent,
    FaultAdded,
    FaultRemoved,
    FaultsMatched,
    JobCreated,
    JobFinished,
    JobRemoved,
    JobStepped,
    LimitRemoved,
    LimitSet,
    ProgressionChosen,
    RequestCounted,
    RequestIdDrawn,
    SandboxReset,
    SandboxSnapshot,
    event_from_json,
    record_from_json,
)
from jobtwin.sandboxes.clock import SandboxClock
from jobtwin.sandboxes.faults import FaultId, FaultRule, Faults
from jobtwin.sandboxes.feed import DueTimer, Feed, JobChanged
from jobtwin.sandboxes.job_list import JobList
from jobtwin.sandboxes.job_store import JobStore, StoredJob
from jobtwin.sandboxes.journal import JournalEntry, SandboxJournal
from jobtwin.sandboxes.limits import (
    Key,
    LimitId,
    Limits,
    limit_from_json,
    limit_to_json,
)
from jobtwin.sandboxes.outbox import (
    Attempt,
    Outbox,
    Receiver,
    Registration,
    Timestamps,
    WebhookEndpoint,
)
from jobtwin.sandboxes.tasks import Steps, at_once
from jobtwin.sandboxes.waits import Waits

Progression = Literal["time", "polls"]
"""The progression of jobs: with time, or by one milestone with each poll."""

RESTORED_AT_ONCE = 100
"""The number of jobs that are restored at once: a few milliseconds of work."""

MOST_DUE = 100
"""The maximum number of milestones reported per job at a time; a job that repeats has infinitely many."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The initial settings of a sandbox; an `empty` one has no samples. The `limits` are active.

    The clock of a sandbox that `skips` is frozen until every client waits, and then jumps to the end
    of the next wait.
    """

    clock: SandboxClock
    seed: int = 0
    empty: bool = False
    progression: Progression = "time"
    skips: bool = False
    limits: tuple[Limit, ...] = ()

    def anew(self) -> Setup:
        """Returns the same setup with a separate clock."""
        return replace(self, clock=self.clock.anew())


class Sandbox:
    """The jobs of one sandbox, by machine and id.

    Every method is one step, during which nothing else happens. Changes that are replayed on a
    sandbox of the same setup make the same sandbox: `apply`.
    """

    def __init__(self, machines: Iterable[Machine] | Mapping[str, Machine], setup: Setup) -> None:
        self.setup = setup
        self.clock = setup.clock
        self.by_polls = setup.progression == "polls"
        self.journal = SandboxJournal()
        self.feed = Feed()
        self.sleeper = DueTimer(self)
        self.waits = Waits(self)
        self.receivers: dict[str, Receiver] = {}
        """Receives the deliveries of an API in place of the network, in this process only."""
        self._names = _Names(machines)
        self._watchers: list[set[StoredJob]] = []
        self._captures = WeakSet[SandboxCapture]()
        self._reset(SandboxReset(at=self.clock.now()))

    def sibling(self) -> Sandbox:
        """Returns a new sandbox with the same setup and a separate clock."""
        return Sandbox(self._names.machines, self.setup.anew())

    # -- changes ---------------------------------------------------------------------------------

    def apply(self, change: Change) -> Any:
        """Applies a change and adds it to the feed; returns the created object, if any."""
        made = self.make(change)
        self.feed.add(change)
        return made

    def make(self, change: Change) -> Any:
        """Applies a change without adding it to the feed."""
        return getattr(self, self._APPLY[type(change)])(change)

    def snapshot(self) -> SandboxSnapshot:
        """Returns the whole state as a change."""
        capture = self.capture()
        found = capture.without_jobs
        jobs = sorted(capture.jobs(), key=lambda job: job["record"].get("number", 0))
        return replace(found, state={**found.state, "jobs": jobs})

    def capture(self) -> SandboxCapture:
        """Returns the whole current state; its jobs can be read later, in pieces."""
        now = self.clock.now()
        jobs = {machine: store.all(now) for machine, store in self._stores.items()}
        made = SandboxCapture(self._settings(now), jobs, self._names.of)
        self._captures.add(made)
        return made

    def _about_to_change(self, job: StoredJob) -> None:
        for capture in self._captures:
            capture.keep(job)

    def _settings(self, now: Moment) -> dict[str, Any]:
        """Returns the state without the jobs."""
        return {
            "seed": self.setup.seed,
            "empty": self.setup.empty,
            "skips": self.setup.skips,
            "clock": {"now": now, "speed": self.clock.speed, "frozen": self.clock.frozen},
            "by_polls": self.by_polls,
            "jobs_made": self._count,
            "faults": self.faults.to_json(),
            "outbox": self.outbox.to_json(),
            "limits": self.limits.to_json(),
            "request_ids": self._request_ids,
            "numbers": {self._names.of(m): number for m, number in self._next.items()},
            "defaults": {self._names.of(m): name for m, name in self.defaults.items()},
        }

    def restore(self, snapshot: SandboxSnapshot) -> None:
        """Replaces the whole state with that of a snapshot; the clock continues from the snapshot's."""
        self.apply(snapshot)

    def restoring(self, snapshot: SandboxSnapshot) -> Steps[None]:
        """Restores a snapshot in pieces. The sandbox must not be used until the last piece is done.

        The jobs of the snapshot may be an iterator.
        """
        yield from self._restoring(snapshot)
        self.feed.add(snapshot)

    def answered(self, entry: JournalEntry) -> None:
        """Adds a request and its response to the journal and the feed."""
        self.journal.add(entry)
        self.feed.add(entry)

    def clear_journal(self) -> None:
        """Deletes all requests."""
        self.journal.clear()

    @property
    def generation(self) -> object:
        """Stands for all that was created since the sandbox began, was reset or restored."""
        return self._stores

    @property
    def stores(self) -> Sequence[JobStore]:
        """The stores of its jobs."""
        return [*self._stores.values()]

    def reset(self) -> None:
        """Resets the sandbox to its samples, an empty journal and IDs from the start; the clock continues."""
        self.apply(SandboxReset(at=self.clock.now()))

    def _reset(self, change: SandboxReset) -> None:
        self._forget()
        for name, machine in () if self.setup.empty else self._names.items():
            for sample in machine.samples:
                self._add_sample(name, sample, change.at)

    def _forget(self) -> None:
        self.journal.clear()
        self.defaults: dict[Machine, str] = {}
        self._stores: dict[Machine, JobStore] = {}
        self._keys: dict[tuple[Machine, str], str | int] = {}
        self._next: dict[Machine, int] = {}
        self._count = 0
        self._request_ids = 0
        self.moves_by_polls = False
        self.faults = Faults()
        self.outbox = Outbox()
        self.limits = Limits(self.setup.limits)

    def _add_sample(self, name: str, sample: Sample, now: Moment) -> None:
        scenario = self._scenario(self._names[name], sample.scenario, sample.facts)
        change = JobCreated(
            at=now,
            machine=name,
            id=sample.id,
            born=now - sample.age if sample.created is None else sample.created,
            scenario=scenario,
            facts=sample.facts,
            parts=sample.parts or None,
            lasting=True,
            by_polls=self.by_polls,
        )
        self._job_created(change)

    # -- ids -------------------------------------------------------------------------------------

    def request_id(self) -> str:
        """Returns a UUID for a request, derived from the seed and the count of earlier requests."""
        made: str = self.apply(RequestIdDrawn(at=self.clock.now()))
        return made

    def _request_id_drawn(self, _change: RequestIdDrawn) -> str:
        self._request_ids += 1
        return str(_uuid(f"{self.setup.seed}/request/{self._request_ids}"))

    def _new_id(self, machine: Machine, now: Moment) -> str | int:
        """Returns the ID of the next job, derived from the seed and the number of earlier jobs."""
        if machine.integer_ids:
            return self._new_number(machine, now)
        tries = 0
        while self._is_taken(machine, drawn := self._drawn(machine, tries), now):
            tries += 1
        return drawn

    def _is_taken(self, machine: Machine, id_: str | int, now: Moment) -> bool:
        """Returns True if a job has this ID; an expired job has lost it."""
        return self._store(machine).find(id_, now, unborn=True) is not None

    def _drawn(self, machine: Machine, tries: int) -> str:
        again = f"/{tries}" if tries else ""
        seed = f"{self.setup.seed}/job/{self._count + 1}{again}"
        if machine.id_pattern is not None:
            return machine.id_pattern.drawn(seed)
        drawn = _uuid(seed)
        return drawn.hex if machine.hex_ids else str(drawn)

    def _new_number(self, machine: Machine, now: Moment) -> int:
        number = self._next.get(machine, machine.first_id)
        samples = () if self.setup.empty else {sample.id for sample in machine.samples}
        while number in samples or self._is_taken(machine, number, now):
            number += 1
        return number

    def _store(self, machine: Machine) -> JobStore:
        store = self._stores.get(machine)
        if store is None:
            store = self._stores[machine] = JobStore(machine, self._watchers)
        return store

    def state_after(self, change: Change) -> str | None:
        """Returns the job's state right after a change, or None if the change is about no job."""
        machine: str | None = getattr(change, "machine", None)
        id_: str | int | None = getattr(change, "id", None)
        if machine is None or id_ is None:
            return None
        job = self._store(self._names[machine]).find(id_, change.at)
        return None if job is None else job.view(change.at).state.name

    def holds(self, job: StoredJob) -> bool:
        """Returns True if this job object is in the sandbox."""
        return self._store(job.record.machine).holds(job)

    def _held(self, machine: str, id: str | int) -> StoredJob:  # noqa: A002 - the field's name
        return self._store(self._names[machine])[id]

    # -- jobs ------------------------------------------------------------------------------------

    def create(  # noqa: PLR0913 - a job is born with that much
        self,
        machine: Machine,
        *,
        id: str | int | None = None,  # noqa: A002 - the field's name
        at: Moment | None = None,
        scenario: str | None = None,
        facts: Mapping[str, Any] | None = None,
        parts: Mapping[str, Sequence[PartBirth]] | None = None,
        lasting: bool = False,
        by_polls: bool | None = None,
        key: str | None = None,
        digest: str | None = None,
    ) -> StoredJob:
        """Creates a job, now or `at` a given time; a `lasting` one is never removed.

        `find_by_key` finds it by its idempotency key, stored with the digest of its request.

        Raises UnknownScenario if a job with these facts has no scenario of that name.
        """
        now = self.clock.now()
        change = JobCreated(
            at=now,
            machine=self._names.of(machine),
            id=self._new_id(machine, now) if id is None else id,
            born=now if at is None else at,
            scenario=self._scenario(machine, scenario, facts or {}),
            facts=facts or {},
            parts=parts,
            lasting=lasting,
            by_polls=self.by_polls if by_polls is None else by_polls,
            key=key,
            digest=digest,
        )
        made: StoredJob = self.apply(change)
        return made

    def _scenario(self, machine: Machine, wanted: str | None, facts: Mapping[str, Any]) -> str:
        able = [found.name for found in scenarios_for(machine, facts)]
        if not able or (wanted is not None and wanted not in able):
            raise UnknownScenario(wanted, able)
        if wanted is not None:
            return wanted
        usual = self.defaults.get(machine)
        return usual if usual in able else able[0]

    def _job_created(self, change: JobCreated, spawned_by: str | int | None = None) -> StoredJob:
        machine, now = self._names[change.machine], change.at
        if machine.integer_ids and change.id == self._new_id(machine, now):
            self._next[machine] = int(change.id) + 1
        self._count += 1
        record = JobRecord.of(
            machine,
            change.id,
            change.born,
            scenario=change.scenario,
            facts=change.facts,
            parts=change.parts,
            spawned_by=spawned_by,
            number=self._count,
        )
        self.moves_by_polls = self.moves_by_polls or change.by_polls
        self.outbox.forget((change.machine, change.id))
        job = StoredJob(record, lasting=change.lasting, by_polls=change.by_polls)
        if change.key is not None:
            self._remember_key(job, change.key, change.digest or "")
        self._store(machine).add(job, now)
        self._add_faults(change.machine, job)
        self._spawn(job, now)
        return job

    def _add_faults(self, machine: str, job: StoredJob) -> None:
        """Adds the faults of a new job's scenario; they only apply to this job."""
        api, group = machine.partition("/")[0], self.faults.new_id()
        for number, each in enumerate(job.record.scenario.faults, 1):
            rule = FaultRule(
                id=f"{group}.{number}",
                api=api,
                job=job.record.shown_id,
                fault=each.fault,
                operation=each.operation,
                after=each.after,
                times=each.times,
                chance=each.chance,
            )
            self.faults.add(rule)

    def clone(self, job: StoredJob, **changes: Any) -> StoredJob:
        """Creates a copy of a job, with its facts and parts unless others are given.

        Its scenario is chosen again, so a retry may have another outcome.
        """
        record = job.record
        usual = {"facts": record.facts}
        parts = {name: [part.pattern() for part in parts] for name, parts in record.parts.items()}
        return self.create(record.machine, **{**usual, "parts": parts or None, **changes})

    def remove(self, job: StoredJob) -> None:
        """Removes a job, and its children that are not born yet."""
        if self.holds(job):
            self.apply(
                JobRemoved(
                    at=self.clock.now(),
                    machine=self._names.of(job.record.machine),
                    id=job.record.id,
                )
            )

    def _job_removed(self, change: JobRemoved) -> None:
        self._remove(self._held(change.machine, change.id), change.at)

    def _remove(self, job: StoredJob, now: Moment) -> None:
        self._store(job.record.machine).remove(job)
        self.outbox.forget((self._names.of(job.record.machine), job.record.id))
        for child in job.children.values():
            if child.record.at > now:
                self._remove(child, now)

    def find(
        self,
        machine: Machine,
        id: str | int,  # noqa: A002 - the field's name
        *,
        unborn: bool = False,
        now: Moment | None = None,
    ) -> StoredJob | None:
        """Returns the job with that ID, if it exists at this moment, or may be `unborn`.

        `now` is the clock's time, if the caller already has it.
        """
        now = self.clock.now() if now is None else now
        store = self._stores.get(machine)
        return None if store is None else store.find(id, now, unborn=unborn)

    def find_by_handle(self, machine: Machine, handle: str) -> StoredJob | None:
        """Returns the oldest job that is shown with this handle, since its ID is a credential, or None."""
        return self._store(machine).find_by_handle(handle, self.clock.now())

    def find_by_key(self, machine: Machine, key: str) -> StoredJob | None:
        """Returns the job created with this idempotency key, if it still exists."""
        known = self._keys.get((machine, key))
        job = None if known is None else self.find(machine, known)
        return job if job and job.key and job.key[0] == key else None

    def _remember_key(self, job: StoredJob, key: str, digest: str) -> None:
        job.key = key, digest
        self._keys[job.record.machine, key] = job.record.id

    def jobs(self, machine: Machine, *, unfinished: bool = False) -> JobList[StoredJob]:
        """Returns the jobs of a machine, or those not in a final state, the oldest first."""
        store, now = self._store(machine), self.clock.now()
        return store.unfinished(now) if unfinished else store.born(now)

    def rivals(self, machine: Machine, facts: Facts) -> Sequence[StoredJob]:
        """Returns the unfinished jobs that may exclude a new job with these facts, the oldest first."""
        return self._store(machine).rivals(facts, self.clock.now())

    def recorded(self, machine: Machine) -> Sequence[StoredJob]:
        """Returns the jobs of a machine, including those that are not born yet."""
        return self._store(machine).all(self.clock.now())

    def count(self) -> int:
        """Returns the number of jobs of all machines."""
        now = self.clock.now()
        return sum(len(store.born(now)) for store in self._stores.values())

    def send_event(self, job: StoredJob, event: str, data: Mapping[str, Any] | None = None) -> bool:
        """Sends an event to a job and its unfinished children. Returns False if it is illegal."""
        now = self.clock.now()
        if job.record.at > now or not job.view(now).allows(event) or not self.holds(job):
            return False
        name = self._names.of(job.record.machine)
        self.apply(EventSent(at=now, machine=name, id=job.record.id, event=event, data=data or {}))
        return True

    def _event_sent(self, change: EventSent) -> StoredJob:
        job = self._held(change.machine, change.id)
        self._send(job, change.event, change.data, change.at)
        return job

    def _send(self, job: StoredJob, event: str, data: Mapping[str, Any], now: Moment) -> None:
        self._about_to_change(job)
        job.add_event(Event(job.moment(now) - job.record.at, event, data))
        self._store(job.record.machine).changed(job)
        for child in job.children.values():
            if child.record.at > now or (view := child.view(now)).state.final:
                continue
            if view.allows(event):
                self._send(child, event, data, now)
        self._spawn(job, now)

    def finish(self, job: StoredJob) -> bool:
        """Moves a job to its planned end. Returns False if none is planned.

        The clock does not change the job after that.
        """
        if job.timeline.schedule.ends is None or not self.holds(job):
            return False
        name = self._names.of(job.record.machine)
        self.apply(JobFinished(at=self.clock.now(), machine=name, id=job.record.id))
        return True

    def _job_finished(self, change: JobFinished) -> StoredJob:
        job = self._held(change.machine, change.id)
        self._about_to_change(job)
        job.finish(change.at)
        self._store(job.record.machine).changed(job)
        return job

    def polled(self, job: StoredJob) -> None:
        """Records a read of a job; in `polls` progression, it advances to its next change."""
        if job.can_step() and self.holds(job):
            name = self._names.of(job.record.machine)
            self.apply(JobStepped(at=self.clock.now(), machine=name, id=job.record.id))

    def _job_stepped(self, change: JobStepped) -> StoredJob:
        job = self._held(change.machine, change.id)
        self._about_to_change(job)
        job.step()
        self._store(job.record.machine).changed(job)
        return job

    def polled_by_id(self, machine: Machine, id: str | int) -> None:  # noqa: A002 - the field's name
        """Notes that a client has read a job in a list."""
        if self.moves_by_polls and (job := self.find(machine, id)):
            self.polled(job)

    def choose_default_scenario(self, machine: Machine, scenario: str) -> None:
        """Sets the scenario of jobs that are created without one."""
        self.apply(
            DefaultScenarioChosen(
                at=self.clock.now(), machine=self._names.of(machine), scenario=scenario
            )
        )

    def _default_scenario_chosen(self, change: DefaultScenarioChosen) -> None:
        self.defaults[self._names[change.machine]] = change.scenario

    def choose_progression(self, progression: Progression) -> None:
        """Lets new jobs progress by time or by polls."""
        self.apply(ProgressionChosen(at=self.clock.now(), by_polls=progression == "polls"))

    def _progression_chosen(self, change: ProgressionChosen) -> None:
        self.by_polls = change.by_polls

    # -- faults ----------------------------------------------------------------------------------

    def add_fault(self, rule: FaultRule) -> None:
        """Adds a fault; `faults.new_id` returns its id."""
        self.apply(FaultAdded(at=self.clock.now(), rule=rule.to_json()))

    def _fault_added(self, change: FaultAdded) -> None:
        self.faults.add(FaultRule.from_json(change.rule))

    def remove_fault(self, id: FaultId) -> None:  # noqa: A002 - the field's name
        """Removes a fault, or all faults of a group."""
        self.apply(FaultRemoved(at=self.clock.now(), fault=id))

    def _fault_removed(self, change: FaultRemoved) -> None:
        self.faults.remove(change.fault)

    def use_faults(self, matched: Sequence[FaultId]) -> FaultRule | None:
        """Counts a request that matched these faults. Returns the first due one, which hits it."""
        seed = self.setup.seed
        hit = next((each for each in matched if self.faults[each].is_due(seed)), None)
        self.apply(FaultsMatched(at=self.clock.now(), matched=list(matched), hit=hit))
        return None if hit is None else self.faults[hit].rule

    def _faults_matched(self, change: FaultsMatched) -> None:
        self.faults.use(change.matched, change.hit)

    # -- deliveries ------------------------------------------------------------------------------

    def name_of(self, machine: Machine) -> str:
        """Returns the sandbox's name for a machine."""
        return self._names.of(machine)

    def machine(self, name: str) -> Machine | None:
        """Returns the machine of that name, or None if an edit of the specs has removed it."""
        return self._names.machines.get(name)

    def register_callback(
        self, job: StoredJob, callback: str, url: str, secret: str | None, base: str
    ) -> None:
        """Registers a callback of a job's request."""
        self.apply(
            CallbackRegistered(
                at=self.clock.now(),
                machine=self._names.of(job.record.machine),
                id=job.record.id,
                callback=callback,
                url=url,
                secret=secret,
                base=base,
            )
        )

    def _callback_registered(self, change: CallbackRegistered) -> None:
        self.outbox.register(
            Registration(
                machine=change.machine,
                id=change.id,
                callback=change.callback,
                url=change.url,
                secret=change.secret,
                base=change.base,
            )
        )

    def choose_endpoint(
        self, api: str, url: str = "", secret: str | None = None, base: str = ""
    ) -> None:
        """Sets an API's webhook endpoint from now on; without a URL, removes it."""
        now = self.clock.now()
        self.apply(EndpointChosen(at=now, api=api, url=url, secret=secret, base=base))

    def _endpoint_chosen(self, change: EndpointChosen) -> None:
        self.outbox.choose(
            WebhookEndpoint(
                api=change.api,
                url=change.url,
                secret=change.secret,
                base=change.base,
                since=change.at,
            )
        )

    def set_deliveries(
        self, *, held: bool | None = None, timestamps: Timestamps | None = None
    ) -> None:
        """Holds or releases deliveries, and chooses the clock of their timestamps."""
        outbox = self.outbox
        self.apply(
            DeliveriesSet(
                at=self.clock.now(),
                held=outbox.held if held is None else held,
                timestamps=outbox.timestamps if timestamps is None else timestamps,
            )
        )

    def _deliveries_set(self, change: DeliveriesSet) -> None:
        self.outbox.held, self.outbox.timestamps = change.held, change.timestamps

    def claim_delivery(self, job: StoredJob, callback: str, key: str, until: int) -> None:
        """Reserves a delivery for this server, until a date in microseconds."""
        self.apply(
            DeliveryClaimed(
                at=self.clock.now(),
                machine=self._names.of(job.record.machine),
                id=job.record.id,
                callback=callback,
                key=key,
                until=until,
            )
        )

    def _delivery_claimed(self, change: DeliveryClaimed) -> None:
        job = change.machine, change.id
        self.outbox.claim(job, change.callback, change.key, change.until)

    def record_attempt(  # noqa: PLR0913 - an attempt has that many fields
        self,
        job: StoredJob,
        callback: str,
        key: str,
        *,
        status: int | None,
        error: str | None,
        final: bool,
        by_hand: bool,
    ) -> None:
        """Records an attempt of a delivery, unless its job has been removed."""
        if self.holds(job):
            self.apply(
                DeliveryAttempted(
                    at=self.clock.now(),
                    machine=self._names.of(job.record.machine),
                    id=job.record.id,
                    callback=callback,
                    key=key,
                    status=status,
                    error=error,
                    final=final,
                    by_hand=by_hand,
                )
            )

    def _delivery_attempted(self, change: DeliveryAttempted) -> None:
        attempt = Attempt(change.at, change.status, change.error, change.final, change.by_hand)
        self.outbox.attempted((change.machine, change.id), change.callback, change.key, attempt)

    # -- limits ----------------------------------------------------------------------------------

    def set_limit(self, limit: Limit) -> None:
        """Adds a limit, or replaces the one of its name."""
        self.apply(LimitSet(at=self.clock.now(), limit=limit_to_json(limit)))

    def _limit_set(self, change: LimitSet) -> None:
        self.limits.set(limit_from_json(change.limit))

    def remove_limit(self, id: LimitId) -> None:  # noqa: A002 - the field's name
        """Removes a limit."""
        self.apply(LimitRemoved(at=self.clock.now(), limit=id))

    def _limit_removed(self, change: LimitRemoved) -> None:
        self.limits.remove(change.limit)

    def count_request(self, keys: Mapping[LimitId, Key]) -> None:
        """Counts a request against its limits, or as refused against those with nothing left."""
        self.apply(RequestCounted(at=self.clock.now(), keys=keys))

    def _request_counted(self, change: RequestCounted) -> None:
        self.limits.count(change.keys, change.at)

    # -- time ------------------------------------------------------------------------------------

    def set_clock(self, *, speed: float | None = None, frozen: bool | None = None) -> None:
        """Sets the clock's speed, and freezes or unfreezes it."""
        clock = self.clock
        self.apply(
            ClockSet(
                at=clock.now(),
                speed=clock.speed if speed is None else speed,
                frozen=clock.frozen if frozen is None else frozen,
            )
        )

    def _clock_set(self, change: ClockSet) -> None:
        self.clock.speed, self.clock.frozen = change.speed, change.frozen

    def advance_clock(self, span: Span) -> None:
        """Moves the clock forward."""
        self.apply(ClockAdvanced(at=self.clock.now(), by=span))

    def skip(self, span: Span) -> None:
        """Moves the clock forward over a span in which every client waits, and records that."""
        self.journal.skipped(self.clock.now(), span)
        self.advance_clock(span)

    def _clock_advanced(self, change: ClockAdvanced) -> None:
        self.clock.advance(change.by)

    def next_change(self, machine: Machine | None = None) -> Moment | None:
        """Returns the next moment at which a job changes, of a machine or of all; None if there is none."""
        now = self.clock.now()
        stores = self._stores.values() if machine is None else [self._store(machine)]
        dues = (store.next_change(now) for store in stores)
        return min((due for due in dues if due is not None), default=None)

    def settling(self, now: Moment) -> Iterator[None]:
        """Updates the lists of jobs to a moment, in pieces.

        A list request would do the same; this takes the work out of its turn.
        """
        for store in [*self._stores.values()]:
            yield from store.settling(now)

    def watch(self) -> set[StoredJob]:
        """Returns a set to which jobs are added when they are found to have changed."""
        changed = set[StoredJob]()
        self._watchers.append(changed)
        return changed

    def unwatch(self, changed: set[StoredJob]) -> None:
        """Stops adding changed jobs to a set."""
        self._watchers[:] = [each for each in self._watchers if each is not changed]

    def changes_of(self, job: StoredJob, after: Moment, until: Moment) -> Iterator[JobChanged]:
        """Yields the milestones that a job reaches by time between two moments."""
        if job.reached is None and job.record.at <= until and self.holds(job):
            yield from _due(self._names.of(job.record.machine), job, after, until)

    # -- children --------------------------------------------------------------------------------

    def _spawn(self, parent: StoredJob, now: Moment) -> None:
        """Plans the births of children by the parent's timeline; born ones stay."""
        for number, spawn in enumerate(parent.record.scenario.spawns):
            child, at = parent.children.get(number), _moment_of(spawn, parent)
            if child and (child.record.at <= now or child.record.at == at):
                continue
            if child:
                self._remove(child, now)
                parent.leave(number)
            if at is not None:
                id_ = child.record.id if child else None
                parent.adopt(number, self._add_child(parent, spawn, id_, at, now))

    def _add_child(
        self, parent: StoredJob, spawn: Spawn, id_: str | int | None, born: Moment, now: Moment
    ) -> StoredJob:
        machine = parent.record.machine.sibling(spawn.job)
        facts = {name: quoted(value, parent.record) for name, value in spawn.facts.items()}
        change = JobCreated(
            at=now,
            machine=self._names.of(machine),
            id=self._new_id(machine, now) if id_ is None else id_,
            born=born,
            scenario=self._scenario(machine, spawn.scenario, facts),
            facts=facts,
            parts=spawn.parts or None,
            by_polls=self.by_polls,
        )
        return self._job_created(change, parent.record.id)

    # -- state as JSON ---------------------------------------------------------------------------

    def _restored(self, change: SandboxSnapshot) -> None:
        at_once(self._restoring(change))

    def _restoring(self, change: SandboxSnapshot) -> Steps[None]:
        state = change.state
        self._forget()
        self.setup = replace(
            self.setup, seed=state["seed"], empty=state["empty"], skips=state["skips"]
        )
        self.clock.restore(**state["clock"])
        self.by_polls = state["by_polls"]
        self.faults = Faults.from_json(state["faults"])
        outbox = Outbox.from_json(state.get("outbox", {}))
        if "limits" in state:  # states that were written before there were any keep the server's
            self.limits = Limits.from_json(state["limits"])
        self._count, self._request_ids = state["jobs_made"], state["request_ids"]
        self._next = {self._names[name]: number for name, number in state["numbers"].items()}
        self.defaults = {self._names[name]: chosen for name, chosen in state["defaults"].items()}
        yield from self._restoring_alike(state.get("alike", ()), change.at)
        parents = []
        for number, shown in enumerate(state["jobs"], start=1):
            job = self._restored_job(shown, change.at)
            if shown["children"]:
                parents.append((job, shown["children"]))
            if number % RESTORED_AT_ONCE == 0:
                yield
        if "alike" in state:
            for store in self._stores.values():
                store.sort()
        self.outbox = outbox
        for job, children in parents:
            for place, (machine, id_) in children.items():
                job.adopt(int(place), self._held(machine, id_))

    def _restoring_alike(self, groups: Iterable[Mapping[str, Any]], at: Moment) -> Steps[None]:
        number = 0
        for group in groups:
            machine = self._names[group["machine"]]
            for job in ungrouped(group, machine):
                self._store(machine).add(job, at)
                number += 1
                if number % RESTORED_AT_ONCE == 0:
                    yield

    def _restored_job(self, shown: Mapping[str, Any], now: Moment) -> StoredJob:
        machine = self._names[shown["machine"]]
        job = StoredJob(record_from_json(shown["record"], machine), lasting=shown["lasting"])
        job.reached = shown["reached"]
        if key := shown.get("key"):
            self._remember_key(job, *key)
        for event in shown["events"]:
            job.add_event(event_from_json(event))
        self.moves_by_polls = self.moves_by_polls or job.reached is not None
        self._store(machine).add(job, now)
        return job

    _APPLY: ClassVar[Mapping[type[Change], str]] = {
        CallbackRegistered: "_callback_registered",
        ClockAdvanced: "_clock_advanced",
        ClockSet: "_clock_set",
        DefaultScenarioChosen: "_default_scenario_chosen",
        DeliveriesSet: "_deliveries_set",
        DeliveryAttempted: "_delivery_attempted",
        DeliveryClaimed: "_delivery_claimed",
        EndpointChosen: "_endpoint_chosen",
        EventSent: "_event_sent",
        FaultAdded: "_fault_added",
        FaultRemoved: "_fault_removed",
        FaultsMatched: "_faults_matched",
        JobCreated: "_job_created",
        JobFinished: "_job_finished",
        JobRemoved: "_job_removed",
        JobStepped: "_job_stepped",
        LimitRemoved: "_limit_removed",
        LimitSet: "_limit_set",
        ProgressionChosen: "_progression_chosen",
        RequestCounted: "_request_counted",
        RequestIdDrawn: "_request_id_drawn",
        SandboxReset: "_reset",
        SandboxSnapshot: "_restored",
    }
    """Names of methods. With bound methods, a removed sandbox would be freed by garbage collection only."""


class _Names:
    """The machines of a sandbox by name, and their names."""

    def __init__(self, machines: Iterable[Machine] | Mapping[str, Machine]) -> None:
        self.machines: dict[str, Machine] = {}
        self._of: dict[Machine, str] = {}
        if isinstance(machines, Mapping):
            self.machines = dict(machines)
            self._of = {machine: name for name, machine in machines.items()}
        else:
            for machine in machines:
                self.of(machine)

    def __getitem__(self, name: str) -> Machine:
        return self.machines[name]

    def items(self) -> Iterator[tuple[str, Machine]]:
        return iter(self.machines.items())

    def of(self, machine: Machine) -> str:
        """Returns the name of a machine; a new one gets its own, with a number if it is taken."""
        name = self._of.get(machine)
        if name is None:
            name, number = machine.name, 1
            while name in self.machines:
                number += 1
                name = f"{machine.name}-{number}"
            self.machines[name], self._of[machine] = machine, name
        return name


def _uuid(text: str) -> uuid.UUID:
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return uuid.UUID(bytes=digest, version=4)


def _due(machine: str, job: StoredJob, after: Moment, until: Moment) -> Iterator[JobChanged]:
    schedule, born = job.timeline.schedule, job.record.at
    first = 0 if born > after else schedule.index(after - born) + 1
    last = schedule.index(until - born)
    for number in range(max(first, last + 1 - MOST_DUE), last + 1):
        milestone = schedule[number]
        yield JobChanged(born + milestone.at, machine, job.record.id, milestone.state.name)


def _moment_of(spawn: Spawn, parent: StoredJob) -> Moment | None:
    """Returns the creation time of a child, if its parent enters that state before it ends."""
    schedule, state = parent.timeline.schedule, parent.record.machine.states[spawn.state]
    entered = schedule.first_entered.get(state.name)
    if entered is None:
        return None
    at = entered + spawn.after
    ended = schedule.ends is not None and schedule.ends < at and not state.final
    return None if ended else parent.record.at + at
