"""A sandbox: a world of its own, with its jobs, its clock and its ids."""

from __future__ import annotations

import random
import uuid
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from mockserver.errors import UnknownScenario
from mockserver.lifecycle import (
    Birth,
    Event,
    Life,
    Machine,
    Moment,
    PartBirth,
    Sample,
    Spawn,
    View,
    lay_out,
)
from mockserver.world.clock import Clock


class Job:
    """A job's record: its birth and the events since, with the life that follows from them."""

    __slots__ = ("birth", "children", "events", "life", "number")

    def __init__(self, birth: Birth, number: int) -> None:
        self.birth = birth
        self.number = number
        self.events: tuple[Event, ...] = ()
        self.children: tuple[Job, ...] = ()
        self.life: Life = lay_out(birth)

    @property
    def age(self) -> tuple[Moment, int]:
        """What jobs are ordered by: birth, then the order in which they were recorded."""
        return self.birth.at, self.number

    def record(self, event: Event) -> None:
        """Append an event; who calls has asked `View.allows`."""
        self.events = (*self.events, event)
        self.life = lay_out(self.birth, self.events)


class Sandbox:
    """The jobs of one world, by machine and id. Every method is one step: nothing interleaves."""

    def __init__(
        self, machines: Iterable[Machine], clock: Clock, *, seed: int = 0, empty: bool = False
    ) -> None:
        self.clock = clock
        self._seed = seed
        self._machines = tuple(machines)
        self._empty = empty
        self.reset()

    def reset(self) -> None:
        """Begin anew: no jobs but the samples, and ids from the start."""
        self._random = random.Random(self._seed)  # noqa: S311 - ids, repeatable on purpose
        self._request_ids = random.Random(f"requests of {self._seed}")  # noqa: S311 - same
        self._jobs: dict[Machine, dict[str | int, Job]] = {}
        self._ordered: dict[Machine, list[Job]] = {}
        self._next: dict[Machine, int] = {}
        self._count = 0
        now = self.clock.now()
        for machine in () if self._empty else self._machines:
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
        )

    # -- ids -------------------------------------------------------------------------------------

    def request_id(self) -> str:
        """A UUID for a request, the same for the same seed and requests."""
        return str(uuid.UUID(int=self._request_ids.getrandbits(128), version=4))

    def _new_id(self, machine: Machine) -> str | int:
        if not machine.integer_ids:
            return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        taken = self._jobs.get(machine, {})
        number = self._next.get(machine, machine.first_id)
        while number in taken:
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
    ) -> Job:
        """Record a new job, born now unless `at` says otherwise; UnknownScenario for a bad name."""
        if scenario is not None and scenario not in machine.scenarios:
            raise UnknownScenario(scenario, list(machine.scenarios))
        birth = Birth.of(
            machine,
            self._new_id(machine) if id is None else id,
            self.clock.now() if at is None else at,
            scenario=scenario,
            facts=facts or {},
            parts=parts,
            spawned_by=spawned_by,
        )
        self._count += 1
        job = Job(birth, self._count)
        self._jobs.setdefault(machine, {})[birth.id] = job
        insort(self._ordered.setdefault(machine, []), job, key=lambda job: job.age)
        self._spawn(job)
        return job

    def _spawn(self, parent: Job) -> None:
        planned = ((spawn, _moment_of(spawn, parent)) for spawn in parent.birth.scenario.spawns)
        parent.children = tuple(
            self.create(
                parent.birth.machine.sibling(spawn.job),
                at=at,
                scenario=spawn.scenario,
                facts=spawn.facts,
                parts=spawn.parts or None,
                spawned_by=parent.birth.id,
            )
            for spawn, at in planned
            if at is not None
        )

    def remove(self, job: Job) -> None:
        """Forget a job."""
        machine = job.birth.machine
        del self._jobs[machine][job.birth.id]
        self._ordered[machine].remove(job)

    def find(self, machine: Machine, id: str | int) -> Job | None:  # noqa: A002 - the field's name
        """The job of that id, if it has been born."""
        job = self._jobs.get(machine, {}).get(id)
        return job if job and job.birth.at <= self.clock.now() else None

    def newest_first(self, machine: Machine) -> Iterator[Job]:
        """The jobs that have been born, the latest first."""
        now = self.clock.now()
        return (job for job in reversed(self._ordered.get(machine, ())) if job.birth.at <= now)

    def tell(self, job: Job, event: str, data: Mapping[str, Any] | None = None) -> bool:
        """Make an event happen to a job, and to its unfinished children; False if it is illegal."""
        now = self.clock.now()
        if not View(job.life, now).allows(event):
            return False
        job.record(Event(now - job.birth.at, event, data or {}))
        for child in job.children:
            if child.birth.at <= now:
                self.tell(child, event, data)
        self._unspawn(job, lambda child: child.birth.at > now)
        return True

    def _unspawn(self, parent: Job, unborn: Callable[[Job], bool]) -> None:
        """Forget the children whose moment does not come any more."""
        spawned = {_moment_of(spawn, parent) for spawn in parent.birth.scenario.spawns}
        for child in parent.children:
            if unborn(child) and child.birth.at not in spawned:
                self.remove(child)
                parent.children = tuple(other for other in parent.children if other is not child)


def _moment_of(spawn: Spawn, parent: Job) -> Moment | None:
    """When the child is born: after its parent first entered the state, if the plan comes there."""
    for mark in parent.life.plan.marks:
        if mark.entered and mark.state.name == spawn.state:
            at = mark.at + spawn.after
            left = next((m.at for m in parent.life.plan.marks if m.at > mark.at and m.state.final), None)  # fmt: skip
            return None if left is not None and at > left else parent.birth.at + at
    return None
