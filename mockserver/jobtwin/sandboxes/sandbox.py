"""A sandbox: a world of its own, with its jobs, its clock and its ids."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jobtwin.errors import UnknownScenario
from jobtwin.lifecycle import Event, JobRecord, Machine, Moment, PartBirth, Sample, Spawn, quoted
from jobtwin.sandboxes.clock import Clock
from jobtwin.sandboxes.job_store import Job, JobStore
from jobtwin.sandboxes.journal import Journal


class Sandbox:
    """The jobs of one world, by machine and id. Every method is one step: nothing interleaves."""

    def __init__(
        self,
        machines: Iterable[Machine],
        clock: Clock,
        *,
        seed: int = 0,
        empty: bool = False,
        by_polls: bool = False,
    ) -> None:
        self.clock = clock
        self.by_polls = self._usually_by_polls = by_polls
        self.seed = seed
        self.empty = empty
        self._machines = tuple(machines)
        self.journal = Journal()
        self.reset()

    def sibling(self) -> Sandbox:
        """A new sandbox, set up as this one was when it was made, with a clock of its own."""
        return Sandbox(
            self._machines,
            self.clock.anew(),
            seed=self.seed,
            empty=self.empty,
            by_polls=self._usually_by_polls,
        )

    def reset(self) -> None:
        """Begin anew: no jobs but the samples, no journal, ids from the start; the clock goes on."""
        self.journal.clear()
        self.defaults: dict[Machine, str] = {}
        self._random = random.Random(self.seed)  # noqa: S311 - ids, repeatable on purpose
        self._request_ids = random.Random(f"requests of {self.seed}")  # noqa: S311 - same
        self._stores: dict[Machine, JobStore] = {}
        self._next: dict[Machine, int] = {}
        self._count = 0
        self.moves_by_polls = False
        now = self.clock.now()
        for machine in () if self.empty else self._machines:
            for sample in machine.samples:
                self._add_sample(machine, sample, now)

    def _add_sample(self, machine: Machine, sample: Sample, now: Moment) -> None:
        at = now - sample.age if sample.created is None else sample.created
        self.create(
            machine,
            id=sample.id,
            at=at,
            scenario=sample.scenario,
            facts=sample.facts,
            parts=sample.parts or None,
            lasting=True,
        )

    def _store(self, machine: Machine) -> JobStore:
        store = self._stores.get(machine)
        if store is None:
            store = self._stores[machine] = JobStore(machine)
        return store

    # -- ids -------------------------------------------------------------------------------------

    def request_id(self) -> str:
        """A UUID for a request, the same for the same seed and requests."""
        return str(uuid.UUID(int=self._request_ids.getrandbits(128), version=4))

    def _new_id(self, machine: Machine) -> str | int:
        if machine.integer_ids:
            return self._new_number(machine)
        while (drawn := self._drawn(machine)) in self._store(machine):
            pass
        return drawn

    def _drawn(self, machine: Machine) -> str:
        drawn = uuid.UUID(int=self._random.getrandbits(128), version=4)
        return drawn.hex if machine.hex_ids else str(drawn)

    def _new_number(self, machine: Machine) -> int:
        number = self._next.get(machine, machine.first_id)
        samples = () if self.empty else {sample.id for sample in machine.samples}
        while number in self._store(machine) or number in samples:
            number += 1
        self._next[machine] = number + 1
        return number

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
        spawned_by: str | int | None = None,
        lasting: bool = False,
        by_polls: bool | None = None,
    ) -> Job:
        """Record a new job, born now unless `at` says otherwise; a `lasting` one is always kept.

        UnknownScenario if there is no scenario of that name for a job with these facts.
        """
        able = [found.name for found in machine.scenarios_for(facts or {})]
        if not able or (scenario is not None and scenario not in able):
            raise UnknownScenario(scenario, able)
        if scenario is None:
            usual = self.defaults.get(machine)
            scenario = usual if usual in able else able[0]
        self._count += 1
        now = self.clock.now()
        record = JobRecord.of(
            machine,
            self._new_id(machine) if id is None else id,
            now if at is None else at,
            scenario=scenario,
            facts=facts or {},
            parts=parts,
            spawned_by=spawned_by,
            number=self._count,
        )
        by_polls = self.by_polls if by_polls is None else by_polls
        self.moves_by_polls = self.moves_by_polls or by_polls
        job = Job(record, lasting=lasting, by_polls=by_polls)
        self._store(machine).add(job, now)
        self._spawn(job)
        return job

    def clone(self, job: Job, **changes: Any) -> Job:
        """Record a new job like another: its facts and parts, where nothing else is said.

        Its scenario is chosen anew: who tries again hopes for another end.
        """
        record = job.record
        usual = {"facts": record.facts}
        parts = {name: [part.pattern() for part in parts] for name, parts in record.parts.items()}
        return self.create(record.machine, **{**usual, "parts": parts or None, **changes})

    def remove(self, job: Job) -> None:
        """Forget a job, and those that it would still have brought into the world."""
        self._store(job.record.machine).remove(job)
        for child in job.children.values():
            if child.record.at > self.clock.now():
                self.remove(child)

    def find(
        self,
        machine: Machine,
        id: str | int,  # noqa: A002 - the field's name
        *,
        unborn: bool = False,
        now: Moment | None = None,
    ) -> Job | None:
        """The job of that id, if it has been born, or may be unborn, and is still kept.

        `now` is the clock's, for who has asked it already.
        """
        now = self.clock.now() if now is None else now
        return self._store(machine).find(id, now, unborn=unborn)

    def jobs(self, machine: Machine, *, unfinished: bool = False) -> Sequence[Job]:
        """The jobs that there are, or those not in a final state, the oldest first."""
        store, now = self._store(machine), self.clock.now()
        return store.unfinished(now) if unfinished else store.born(now)

    def tell(self, job: Job, event: str, data: Mapping[str, Any] | None = None) -> bool:
        """Make an event happen to a job, and to its unfinished children; False if it is illegal."""
        now = self.clock.now()
        if job.record.at > now or not job.view(now).allows(event):
            return False
        job.add_event(Event(job.moment(now) - job.record.at, event, data or {}))
        self._store(job.record.machine).changed(job)
        for child in job.children.values():
            if child.record.at <= now and not child.view(now).state.final:
                self.tell(child, event, data)
        self._spawn(job)
        return True

    def finish(self, job: Job) -> bool:
        """Let a job come to its planned end at once; False where its schedule holds none.

        From then on the job's own time is not the clock's.
        """
        done = job.finish(self.clock.now())
        if done:
            self._store(job.record.machine).changed(job)
        return done

    def polled(self, job: Job) -> None:
        """Note that somebody has read a job: one that gets on by polls comes to its next change."""
        if job.reached is not None and job.step():
            self._store(job.record.machine).changed(job)

    def polled_by_id(self, machine: Machine, id: str | int) -> None:  # noqa: A002 - the field's name
        """Note that somebody has read a job in a list."""
        if self.moves_by_polls and (job := self.find(machine, id)):
            self.polled(job)

    def next_change(self) -> Moment | None:
        """The next moment at which some job changes; None if none will."""
        now = self.clock.now()
        jobs = (job for store in self._stores.values() for job in store.coming(now))
        dues = (job.record.at if job.record.at > now else job.view(now).due for job in jobs)
        return min((due for due in dues if due is not None), default=None)

    # -- children --------------------------------------------------------------------------------

    def _spawn(self, parent: Job) -> None:
        """Plan the births to which the parent's timeline leads now; who is born already stays."""
        now = self.clock.now()
        for number, spawn in enumerate(parent.record.scenario.spawns):
            child, at = parent.children.get(number), _moment_of(spawn, parent)
            if child and (child.record.at <= now or child.record.at == at):
                continue
            if child:
                self.remove(child)
                del parent.children[number]
            if at is not None:
                parent.children[number] = self.create(
                    parent.record.machine.sibling(spawn.job),
                    id=child.record.id if child else None,
                    at=at,
                    scenario=spawn.scenario,
                    facts={
                        name: quoted(value, parent.record) for name, value in spawn.facts.items()
                    },
                    parts=spawn.parts or None,
                    spawned_by=parent.record.id,
                )


def _moment_of(spawn: Spawn, parent: Job) -> Moment | None:
    """When the child is born, if its parent comes to that state and has not ended before."""
    schedule, state = parent.timeline.schedule, parent.record.machine.states[spawn.state]
    entered = schedule.first_entered.get(state.name)
    if entered is None:
        return None
    at = entered + spawn.after
    ended = schedule.ends is not None and schedule.ends < at and not state.final
    return None if ended else parent.record.at + at
