"""A cache of responses to polls: made once, checked once, until their job changes."""

from __future__ import annotations

from collections import OrderedDict
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from jobtwin.http.journal_writer import seen
from jobtwin.http.repeated import RepeatedCache
from jobtwin.http.reply import Reply, judged, made
from jobtwin.lifecycle import Course, JobView, Moment, Timeline, course
from jobtwin.lifecycle.machine import NOTHING
from jobtwin.openapi.operations import Answer, Operation

if TYPE_CHECKING:
    from jobtwin.http.request import RequestData

CACHE_SIZE = 1024
"""The maximum number of cached replies per operation."""


class _Cached(NamedTuple):
    """A reply of one timeline, valid from one moment until before another."""

    timeline: Timeline
    since: Moment
    until: float
    answer: Answer
    reply: Reply


COURSES = 256
"""The maximum number of courses per operation whose common values are cached; the oldest is dropped."""


class _Shared(NamedTuple):
    """The values that jobs of a course have in common.

    The timeline of one of the jobs keeps its facts and scenarios, which the course names by identity.
    """

    timeline: Timeline
    values: dict[Any, Any]


class ResponseCache:
    """Makes the replies of one operation; those to repeated polls once for each change of a job.

    Values that jobs of the same course have in common are made once; each body is validated.

    Safe because a cacheable reply depends only on the timeline and the index of its last milestone:
    the compiler decides which responses are cacheable. Timelines are immutable, compared by identity,
    and referenced here, so their identities are not reused.
    """

    def __init__(self, name: str, operation: Operation) -> None:
        self._name = name
        self._reads = operation.does == "read"
        self._about_jobs = operation.machine is not None
        self._cached = RepeatedCache[int, _Cached](CACHE_SIZE)
        self._shared: OrderedDict[Course, _Shared] = OrderedDict()

    def reply(self, answer: Answer, result: Any, request: RequestData) -> Reply:
        """Returns the reply for a handler's result, without headers. Raises WrongAnswer if it does not conform to the spec."""
        if not self._reads or not (answer.steady or answer.share):
            return self._reply(answer, result, made(self._name, answer, result, request))
        view: JobView = result
        found = self._cached.get(id(view.timeline)) if request.is_repeated else None
        if (
            found is not None
            and found.timeline is view.timeline
            and found.since <= view.now < found.until
            and found.answer is answer
        ):
            return found.reply
        reply = self._reply(answer, view, self._body(answer, view, request))
        # Storing costs more than making most replies.
        if answer.steady and request.is_repeated:
            self._keep(view, answer, reply)
        return reply

    def _reply(self, answer: Answer, result: Any, body: bytes) -> Reply:
        shown = seen(result) if self._about_jobs else ()
        return Reply(answer.status, body, answer.media_type, NOTHING, None, shown)

    def _body(self, answer: Answer, view: JobView, request: RequestData) -> bytes:
        if answer.share is None:
            return made(self._name, answer, view, request)
        view.shared = self._common(view).values
        return judged(self._name, answer, answer.share(view, request))

    def _common(self, view: JobView) -> _Shared:
        """Returns what the job has in common with others of its course."""
        key = course(view)
        found = self._shared.get(key)
        if found is None:
            if len(self._shared) >= COURSES:
                self._shared.popitem(last=False)
            found = self._shared[key] = _Shared(view.timeline, {})
        return found

    def _keep(self, view: JobView, answer: Answer, reply: Reply) -> None:
        """Stores the reply of a repeated request, until its job changes."""
        timeline, due = view.timeline, view.due
        until = inf if due is None else due
        self._cached.put(id(timeline), _Cached(timeline, view.now, until, answer, reply))
