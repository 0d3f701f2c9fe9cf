"""The due times of each job's next delivery, cached until the job changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from jobtwin.deliveries.plan import CallbackTarget, DeliveryCandidate, is_endless, of_target
from jobtwin.lifecycle import Moment, Span, Timeline
from jobtwin.sandboxes import Sandbox

_Key = tuple[str, str | int, str]


class _Known(NamedTuple):
    """The due time for an unchanged job with these attempts."""

    target: CallbackTarget
    source: object
    timeline: Timeline
    reached: Span | None
    attempts: Any
    due: Moment | None


class Dues:
    """The cached due times of one sandbox."""

    def __init__(self) -> None:
        self._known: dict[_Key, _Known] = {}

    def of(
        self, candidates: Iterable[DeliveryCandidate], sandbox: Sandbox
    ) -> list[tuple[Moment, CallbackTarget]]:
        """Returns the candidates with a pending delivery, with their due times."""
        before, self._known = self._known, {}
        found = []
        for each in candidates:
            known = before.get(each.key)
            if known is None or not _still(known, each, sandbox):
                known = _looked_for(each, sandbox)
            if known is not None:
                self._known[each.key] = known
                if known.due is not None:
                    found.append((known.due, known.target))
        return found


def _still(known: _Known, candidate: DeliveryCandidate, sandbox: Sandbox) -> bool:
    """Returns True if a job has not changed since the last calculation."""
    job = known.target.job
    return (
        known.source is candidate.source
        and known.timeline is job.timeline
        and known.reached == job.reached
        and known.attempts is sandbox.outbox.of_job(candidate.key[:2])
        and sandbox.holds(job)
        and not (known.due is None and is_endless(job))  # something may fit later
    )


def _looked_for(candidate: DeliveryCandidate, sandbox: Sandbox) -> _Known | None:
    target = candidate.target()
    if target is None:
        return None
    dues = (each.due for each in of_target(target, sandbox))
    due = min((each for each in dues if each is not None), default=None)
    job, attempts = target.job, sandbox.outbox.of_job(candidate.key[:2])
    return _Known(target, candidate.source, job.timeline, job.reached, attempts, due)
