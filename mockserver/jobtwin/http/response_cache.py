"""A cache of responses to polls: made once, checked once, until their job changes."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from jobtwin.http.reply import made
from jobtwin.lifecycle import JobView, Moment, Timeline
from jobtwin.openapi.operations import Answer, Operation

if TYPE_CHECKING:
    from jobtwin.http.request import RequestData

CACHE_SIZE = 1024
"""Bodies that one operation keeps; the oldest makes room."""


class _Cached(NamedTuple):
    """A body of one timeline, valid from one moment until before another."""

    timeline: Timeline
    since: Moment
    until: float
    answer: Answer
    body: bytes


class ResponseCache:
    """Makes the bodies of one operation; those of polls once for each change of a job.

    Safe because a cacheable body depends only on the timeline and the index of its last milestone:
    the compiler says which answers are cacheable. Timelines are immutable, compared by identity,
    and held here, so that no other takes the place of one in memory.
    """

    def __init__(self, name: str, operation: Operation) -> None:
        self._name = name
        self._reads = operation.does == "read"
        self._cached: dict[int, _Cached] = {}

    def body(self, answer: Answer, result: Any, request: RequestData) -> bytes:
        """The body for what a handler returned; WrongAnswer if the spec does not allow it."""
        if not (answer.steady and self._reads):
            return made(self._name, answer, result, request)
        view: JobView = result
        found = self._cached.get(id(view.timeline))
        if found and found.answer is answer and _holds(found, view):
            return found.body
        body = made(self._name, answer, view, request)
        self._keep(view, answer, body)
        return body

    def _keep(self, view: JobView, answer: Answer, body: bytes) -> None:
        timeline, due = view.timeline, view.due
        self._cached.pop(id(timeline), None)
        if len(self._cached) >= CACHE_SIZE:
            del self._cached[next(iter(self._cached))]
        self._cached[id(timeline)] = _Cached(
            timeline, view.now, inf if due is None else due, answer, body
        )


def _holds(found: _Cached, view: JobView) -> bool:
    """Whether a cached body is still that of a view."""
    return found.timeline is view.timeline and found.since <= view.now < found.until
