"""Lists of jobs: filtered, sorted and cut into pages."""

from __future__ import annotations

import operator
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import chain
from typing import Any

from jobtwin.errors import Refusal
from jobtwin.http.finding import Handler, belongs, machine_of
from jobtwin.http.pieces import PIECE, in_turn, pieces, settled
from jobtwin.http.request import RequestData
from jobtwin.lifecycle import JobView, Machine, Moment
from jobtwin.openapi import JobPage
from jobtwin.openapi.emitting import Getter, holds, looked_up
from jobtwin.openapi.operations import Filter, Operation, Order, PageBy, Paging, cursor
from jobtwin.openapi.times import moment
from jobtwin.openapi.values import Path, needs_counts
from jobtwin.sandboxes import Sandbox, StoredJob

Test = Callable[[JobView], bool]
Tests = Callable[[Any, RequestData], Iterator[Test]]
"""Returns a job's condition, from the value of a filter's parameter and the request."""
Keys = Callable[[RequestData], Sequence[tuple[Getter, bool]]]
"""Returns a list's sort keys from the request, each with True if descending."""


def listing(operation: Operation) -> Handler:
    """Returns the handler of an operation that lists jobs, many of them in pieces."""
    machine, paging = machine_of(operation), operation.paging
    tests_of, unfinished = _tests(operation), _unfinished(operation, machine)
    keys_of, counts = _keys(operation.sorting), _shows_counts(operation)
    by: PageBy = "offset" if paging is None else paging.by

    def page(request: RequestData, sandbox: Sandbox) -> Any:
        now, generation = sandbox.clock.now(), sandbox.generation
        every, jobs = sandbox.jobs(machine), sandbox.jobs(machine, unfinished=unfinished(request))
        tests, keys = list(tests_of(request)), keys_of(request) if keys_of else None
        search = _PageSearch(paging, request, tests, keys)
        looked_at = 0 if search.is_direct else len(jobs)
        whole = max(looked_at, len(every) if counts else 0) <= PIECE
        if not whole:  # others may add or remove jobs between the pieces
            every, jobs = every.copy(), jobs.copy()
        counted = Counter[str]()
        work = chain(search.through(jobs, now), _count(counted, every, now) if counts else ())

        def found(request: RequestData, sandbox: Sandbox) -> Any:
            if sandbox.generation is not generation:  # reset meanwhile: its journal is another
                return begin(request, sandbox)
            shown, limit = search.shown(), search.limit
            if sandbox.moves_by_polls and not request.head:
                for view in shown:
                    sandbox.polled_by_id(machine, view.timeline.record.id)
            states = {state: counted[state] for state in machine.states}
            limit = search.total if limit is None else limit
            return JobPage(shown, limit, search.offset or 0, search.total, states, by)

        return in_turn(work, found, request, sandbox, at_once=whole)

    begin = settled(page)
    return begin


class _PageSearch:
    """Finds the jobs of a page among all jobs.

    `total` is how many pass the tests; `offset` how many of these are before the page, which is
    None while the job has not been found after which the page begins.
    """

    def __init__(
        self,
        paging: Paging | None,
        request: RequestData,
        tests: Sequence[Test],
        keys: Sequence[tuple[Getter, bool]] | None,
    ) -> None:
        self._paging = paging
        self._request = request
        self._tests = tests
        self._keys = keys
        self._at = None if paging is None else request.at(paging.at)
        self.limit = _limit(paging, request)
        self.offset = _offset(paging, self._at, self.limit)
        self.total = 0
        self._views: list[JobView] = []

    @property
    def is_direct(self) -> bool:
        """True if the page follows from the number of jobs, without a look at those before it."""
        return not self._tests and self._keys is None and self.offset is not None

    def through(self, jobs: Sequence[StoredJob], now: Moment) -> Iterator[None]:
        """Filters all jobs, the latest first, a piece at each step."""
        if self.is_direct and self.offset is not None:
            self.total = len(jobs)
            newest = _newest(jobs, self.offset, _end(self.offset, self.limit))
            self._views = [job.view(now) for job in newest]
            return
        for piece in pieces(jobs):
            views = (job.view(now) for job in piece)
            self._take([view for view in views if all(test(view) for test in self._tests)])
            yield

    def _take(self, views: list[JobView]) -> None:
        """Adds the matching jobs of one piece."""
        before, self.total = self.total, self.total + len(views)
        if self._keys is not None:
            self._views += views
            _sort(self._views, self._keys, self._request)
            if self.offset is not None and (end := _end(self.offset, self.limit)) is not None:
                del self._views[end:]
            return
        if self.offset is None:
            if (number := self._after(views)) is None:
                return
            self.offset = before + number
        missing = self.offset - before
        self._views += views[max(0, missing) :]
        if self.limit is not None:
            del self._views[self.limit :]

    def _is_before(self, view: JobView) -> bool:
        """Returns True if the page begins after this job."""
        id_, paging = view.timeline.record.id, self._paging
        return bool(paging and self._at == (cursor(id_) if paging.by == "cursor" else id_))

    def shown(self) -> Sequence[JobView]:
        """Returns the jobs of the page. Raises Refusal if it begins after an unknown job."""
        if self._keys is None:
            if self.offset is None:
                raise self._nameless()
            return self._views
        if self.offset is None:
            self.offset = self._after(self._views)
            if self.offset is None:
                raise self._nameless()
        return self._views[self.offset : _end(self.offset, self.limit)]

    def _after(self, views: Sequence[JobView]) -> int | None:
        """Returns the number of views before the page, or None if the previous job is unknown."""
        return next((n for n, view in enumerate(views, 1) if self._is_before(view)), None)

    def _nameless(self) -> Refusal:
        at = self._paging.at if self._paging else None
        name, place = (at.name, at.place) if at else ("", "")
        quotes = {"parameter": name, "target": name, "in": place}
        reason = f"{self._at!r} names no page"
        return Refusal("invalid_parameter", value=self._at, reason=reason, **quotes)


def _shows_counts(operation: Operation) -> bool:
    shown = (response.shown for response in operation.responses.values())
    return any(each is not None and needs_counts(each.value) for each in shown)


def _count(counted: Counter[str], jobs: Sequence[StoredJob], now: Moment) -> Iterator[None]:
    """Counts the jobs in each state, a piece at each step."""
    for piece in pieces(jobs):
        counted.update(job.view(now).state.name for job in piece)
        yield


def _end(offset: int, limit: int | None) -> int | None:
    """Returns the end of a page; slices accept no number above `sys.maxsize`."""
    return None if limit is None else min(offset + limit, sys.maxsize)


def _newest(jobs: Sequence[StoredJob], offset: int, end: int | None) -> Iterator[StoredJob]:
    """Returns the jobs from `offset` to before `end`, counted from the latest."""
    total = len(jobs)
    last = total if end is None else min(end, total)
    return reversed(jobs[total - last : total - min(offset, total)])


def _offset(paging: Paging | None, at: Any, limit: int | None) -> int | None:
    """Returns the number of jobs before the page, or None if it depends on the place of a job."""
    if paging is None or not at:
        return 0
    if paging.by == "offset":
        return int(at)
    if paging.by == "number":
        return (max(1, int(at)) - 1) * (limit or 0)
    return None


def _limit(paging: Paging | None, request: RequestData) -> int | None:
    """Returns the limit as applied: at most the paging's maximum."""
    if paging is None:
        return None
    wanted: int | None = None if paging.limit is None else request.at(paging.limit)
    if paging.at_most is None:
        return wanted
    return paging.at_most if wanted is None else min(wanted, paging.at_most)


def _conditions(
    filters: Iterable[Filter], machine: Machine, unfinished: AbstractSet[str]
) -> list[tuple[str, Any]]:
    """Returns the parameters that only select unfinished jobs, with the values by which they do."""
    able = [each for each in filters if each.where and each.where.possible(machine) <= unfinished]
    return [(each.parameter, each.when) for each in able]


def _unfinished(operation: Operation, machine: Machine) -> Callable[[RequestData], bool]:
    """Returns True if a request only selects unfinished jobs."""
    unfinished = {name for name, state in machine.states.items() if not state.final}
    if operation.where.possible(machine) <= unfinished:
        return lambda _: True
    states = {f.parameter for f in operation.filters if f.by and f.by.text == "state"}
    conditions = _conditions(operation.filters, machine, unfinished)

    def only(request: RequestData) -> bool:
        return any(
            unfinished.issuperset(_several(request.query[name]))
            for name in states
            if request.query.get(name) is not None
        ) or any(request.query.get(name) == when for name, when in conditions)

    return only


def _tests(operation: Operation) -> Callable[[RequestData], Iterator[Test]]:
    """Returns the conditions for a job to be in the list."""
    where = holds(operation.where) if operation.where else None
    filters = [(chosen.parameter, _filter(chosen)) for chosen in operation.filters]

    def tests(request: RequestData) -> Iterator[Test]:
        for fact, place in operation.within.items():
            yield partial(belongs, fact=fact, wanted=request.at(place))
        if where is not None:
            yield lambda view: where(view, request)
        for parameter, tests in filters:
            if (wanted := request.query.get(parameter)) is not None:
                yield from tests(wanted, request)

    return tests


def _filter(chosen: Filter) -> Tests:
    if chosen.by is not None:
        get = looked_up(chosen.by.text)
        return lambda wanted, request: iter([partial(_among, get, request, _several(wanted))])
    if chosen.contains:
        gets = [looked_up(path.text) for path in chosen.contains]
        return lambda wanted, request: iter(
            [partial(_contains, gets, request, str(wanted).casefold())]
        )
    if chosen.compared is not None:
        return _compared(chosen, looked_up(chosen.compared.text))
    fits = holds(chosen.where)
    return lambda wanted, request: iter(
        [lambda view: fits(view, request)] if wanted == chosen.when else ()
    )


def _compared(chosen: Filter, get: Getter) -> Tests:
    compare = _COMPARED[str(chosen.comparison)]
    measure = _moment if chosen.compared and chosen.compared.type == "moment" else _as_it_is

    def tests(wanted: Any, request: RequestData) -> Iterator[Test]:
        try:
            bound = measure(wanted)
        except ValueError as error:
            quotes = {"parameter": chosen.parameter, "target": chosen.parameter, "in": "query"}
            raise Refusal("invalid_parameter", value=wanted, reason=str(error), **quotes) from error

        def fits(view: JobView) -> bool:
            value = get(view, request)
            return value is not None and bool(compare(value, bound))

        yield fits

    return tests


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "since": operator.ge,
    "after": operator.gt,
    "until": operator.le,
    "before": operator.lt,
}
_FIRST_MILLISECONDS = 10**11
"""Numbers from here on are milliseconds since 1970, those below it seconds."""


def _moment(value: Any) -> Moment:
    """Parses a moment in a request: a date-time, or a number since 1970, also as text."""
    if isinstance(value, str) and not (value.isascii() and value.isdecimal()):
        return moment(value)
    value = int(value) if isinstance(value, str) else value
    return int(value * (1_000 if value >= _FIRST_MILLISECONDS else 1_000_000))


def _as_it_is(value: Any) -> Any:
    return value


def _several(wanted: Any) -> Sequence[Any]:
    return wanted if isinstance(wanted, list) else [wanted]


def _among(get: Getter, request: RequestData, values: Sequence[Any], view: JobView) -> bool:
    return get(view, request) in values


def _contains(gets: Sequence[Getter], request: RequestData, text: str, view: JobView) -> bool:
    return any(text in str(get(view, request) or "").casefold() for get in gets)


def _keys(order: Order | None) -> Keys | None:
    """Returns the sort keys, or None for the default order, the latest first."""
    if order is None or [(k.path.text, k.descending) for k in order.keys] == [("created_at", True)]:
        return None
    if order.source is None:
        keys = [(looked_up(key.path.text), key.descending) for key in order.keys]
        return lambda _: keys
    source, descending, when = order.source, order.descending, order.when
    choices = {value: _first([*map(_value, paths)]) for value, paths in order.choices.items()}

    def chosen(request: RequestData) -> Sequence[tuple[Getter, bool]]:
        get = choices.get(request.at(source))
        down = descending is not None and request.at(descending) == when
        return [(get, down)] if get else []

    return chosen


def _value(path: Path) -> Getter:
    return looked_up(path.text)


def _first(gets: Sequence[Getter]) -> Getter:
    """Returns the function that makes the first of several values that is not missing."""
    if len(gets) == 1:
        return gets[0]

    def first(view: Any, request: Any) -> Any:
        values = (get(view, request) for get in gets)
        return next((value for value in values if value is not None), None)

    return first


def _sort(views: list[JobView], keys: Sequence[tuple[Getter, bool]], request: RequestData) -> None:
    """Sorts in place; equal jobs keep their order, the latest first."""
    for get, down in reversed(keys):
        views.sort(key=partial(_sortable, get, request), reverse=down)


def _sortable(get: Getter, request: RequestData, view: JobView) -> tuple[bool, Any]:
    value = get(view, request)
    return (value is not None, value)
