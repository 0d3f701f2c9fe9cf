"""An index of jobs by some of their facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from jobtwin.lifecycle.machine import Facts
from jobtwin.sandboxes.job_list import JobList, Key

if TYPE_CHECKING:
    from jobtwin.sandboxes.job_store import StoredJob

_Values = tuple[Any, ...]
_OTHERS = object()

_PIECE = 250
"""The number of groups that are dropped at once."""


class JobGroups:
    """Jobs by the values of facts that do not change during the life of a job."""

    def __init__(self, facts: Sequence[str], by: Callable[[StoredJob], Key]) -> None:
        self._facts = facts
        self._by = by
        self._groups: dict[_Values, JobList[StoredJob]] = {}

    def like(self, facts: Facts) -> Sequence[StoredJob]:
        """Returns the jobs with the same values as these facts, and perhaps some others."""
        return self._groups.get(self._values(facts), ())

    def insert(self, job: StoredJob) -> None:
        """Adds a job."""
        values = self._values(job.record.facts)
        if values not in self._groups:
            self._groups[values] = JobList(self._by)
        self._groups[values].insert(job)

    def discard(self, jobs: Iterable[StoredJob]) -> None:
        """Removes jobs that were added."""
        gone: dict[_Values, list[StoredJob]] = defaultdict(list)
        for job in jobs:
            gone[self._values(job.record.facts)].append(job)
        for values, alike in gone.items():
            group = self._groups[values]
            group.discard(alike)
            if not group:
                del self._groups[values]

    def drop(self) -> bool:
        """Removes some groups. Returns False if there were none."""
        some = [*islice(self._groups, _PIECE)]
        for values in some:
            del self._groups[values]
        return bool(some)

    def _values(self, facts: Facts) -> _Values:
        return tuple([_scalar(facts.get(name)) for name in self._facts])


def _scalar(value: Any) -> Any:
    """Returns the value of a fact; all maps and lists are alike."""
    return value if value is None or isinstance(value, str | int | float) else _OTHERS
