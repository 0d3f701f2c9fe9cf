"""A cache of responses to polls: made once, checked once, until their job changes."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from jobtwin.http.journal_writer import seen
from jobtwin.http.reply import Reply, made
from jobtwin.lifecycle import JobView, Moment, Timeline
from jobtwin.lifecycle.machine import NOTHING
from jobtwin.openapi.operations import Answer, Operation

if TYPE_CHECKING:
    from jobtwin.http.request import RequestData

CACHE_SIZE = 1024
"""The maximum number of cached replies per operation; the oldest is dropped."""


class _Cached(NamedTuple):
    """A reply of one timeline, valid from one moment until before another."""

    timeline: Timeline
    since: Moment
    until: float
    answer: Answer
    reply: Reply


class ResponseCache:
    """Makes the replies of one operation; those to polls once for each change of a job.

    Safe because a cacheable reply depends only on the timeline and the index of its last milestone:
    the compiler decides which responses are cacheable. Timelines are immutable, compared by identity,
    and referenced here, so their identities are not reused.
    """

    def __init__(self, name: str, operation: Operation) -> None:
        self._name = name
        self._reads = operation.does == "read"
        self._about_jobs = operation.machine is not None
        self._cached: dict[int, _Cached] = {}

    def reply(self, answer: Answer, result: Any, request: RequestData) -> Reply:
        """Returns the reply for a handler's result, without headers. Raises WrongAnswer if it does not conform to the spec."""
        if not (answer.steady and self._reads):
            return self._made(answer, result, request)
        view: JobView = result
        found = self._cached.get(id(view.timeline))
        if (
            found is not None
            and found.timeline is view.timeline
            and found.since <= view.now < found.until
            and found.answer is answer
        ):
            return found.reply
        reply = self._made(answer, view, request)
        self._keep(view, answer, reply)
        return reply

    def _made(self, answer: Answer, result: Any, request: RequestData) -> Reply:
        body = made(self._name, answer, result, request)
        shown = seen(result) if self._about_jobs else ()
        return Reply(answer.status, body, answer.media_type, NOTHING, None, shown)

    def _keep(self, view: JobView, answer: Answer, reply: Reply) -> None:
        timeline, due = view.timeline, view.due
        self._cached.pop(id(timeline), None)
        if len(self._cached) >= CACHE_SIZE:
            del self._cached[next(iter(self._cached))]
        self._cached[id(timeline)] = _Cached(
            timeline, view.now, inf if due is None else due, answer, reply
        )
