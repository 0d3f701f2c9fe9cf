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
"""The maximum number of cached bodies per operation; the oldest is dropped."""


class _Cached(NamedTuple):
    """A body of one timeline, valid from one moment until before another."""

    timeline: Timeline
    since: Moment
    until: float
    answer: Answer
    body: bytes


class ResponseCache:
    """Creates the bodies of one operation; caches those of polls until the job changes.

    Safe because a cacheable body depends only on the timeline and the index of its last milestone:
    the compiler decides which responses are cacheable. Timelines are immutable, compared by identity,
    and referenced here, so their identities are not reused.
    """

    def __init__(self, name: str, operation: Operation) -> None:
        self._name = name
        self._reads = operation.does == "read"
        self._cached: dict[int, _Cached] = {}

    def body(self, answer: Answer, result: Any, request: RequestData) -> bytes:
        """Returns the body for a handler's result. Raises WrongAnswer if it does not conform to the spec."""
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
    """Returns True if a cached body is still valid for a view."""
    return found.timeline is view.timeline and found.since <= view.now < found.until
