"""When the next delivery of each job is due: looked for again only when something has happened to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from jobtwin.deliveries.plan import Target, is_endless, of_target
from jobtwin.lifecycle import Moment, Span, Timeline
from jobtwin.sandboxes import Sandbox

_Key = tuple[str, str | int, str]


class _Known(NamedTuple):
    """When something is due, as long as the job and its attempts are these."""

    timeline: Timeline
    reached: Span | None
    since: Moment | None
    attempts: Any
    due: Moment | None

    def holds_for(self, target: Target, attempts: Any) -> bool:
        job = target.job
        return (
            self.timeline is job.timeline
            and self.attempts is attempts
            and (self.reached, self.since) == (job.reached, target.since)
        )


class Dues:
    """What is known of one sandbox."""

    def __init__(self) -> None:
        self._known: dict[_Key, _Known] = {}

    def of(self, targets: Iterator[Target], sandbox: Sandbox) -> list[tuple[Moment, Target]]:
        """Those of the targets that have something to tell, each with when that is due."""
        before, self._known = self._known, {}
        found = []
        for target in targets:
            due = self._due(target, sandbox, before)
            if due is not None:
                found.append((due, target))
        return found

    def _due(self, target: Target, sandbox: Sandbox, before: dict[_Key, _Known]) -> Moment | None:
        id_ = target.job.record.id
        key, attempts = (
            (target.machine, id_, target.name),
            sandbox.outbox.of_job((target.machine, id_)),
        )
        known = before.get(key)
        if known is None or not known.holds_for(target, attempts):
            dues = (each.due for each in of_target(target, sandbox))
            due = min((each for each in dues if each is not None), default=None)
            if due is None and is_endless(target.job):
                return None  # something may fit later
            job = target.job
            known = _Known(job.timeline, job.reached, target.since, attempts, due)
        self._known[key] = known
        return known.due
