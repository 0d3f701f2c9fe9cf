"""Lists of jobs: filtered, sorted and cut into pages."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from jobtwin.http.finding import Handler, belongs, machine_of
from jobtwin.http.request import Asked
from jobtwin.lifecycle import Machine, Moment, View
from jobtwin.openapi import Page
from jobtwin.openapi.operations import Filter, Operation, Order, Paging
from jobtwin.openapi.values import Getter
from jobtwin.sandboxes import Job, Sandbox

Test = Callable[[View], bool]


def listing(operation: Operation) -> Handler:
    """The handler of an operation that lists jobs."""
    machine, paging = machine_of(operation), operation.paging

    def page(asked: Asked, sandbox: Sandbox) -> Page:
        now = sandbox.clock.now()
        tests = list(_tests(operation, asked))
        jobs = sandbox.jobs(machine, unfinished=_unfinished(operation, asked))
        offset, limit = 0, None
        if paging is not None:
            offset, limit = asked.at(paging.offset) or 0, _limit(paging, asked.at(paging.limit))
        order = operation.sorting
        sorts = order is not None and not order.newest
        if tests or sorts:
            views = [job.view(now) for job in reversed(jobs)]
            views = [view for view in views if all(test(view) for test in tests)]
            _sort(views, order if sorts else None, asked)
            total, shown = len(views), views[offset : _end(offset, limit)]
        else:
            total, chosen = len(jobs), _newest(jobs, offset, _end(offset, limit))
            shown = [job.view(now) for job in chosen]
        counted = partial(_counts, machine, now, sandbox.jobs(machine))
        if sandbox.moves_by_polls and not asked.head:
            counted = partial(dict, counted())  # as it was before this very poll moved them
            for view in shown:
                sandbox.polled_by_id(machine, view.timeline.record.id)
        return Page(shown, total if limit is None else limit, offset, total, counted)

    return page


def _end(offset: int, limit: int | None) -> int | None:
    """Where a page ends; slices take no number above `sys.maxsize`."""
    return None if limit is None else min(offset + limit, sys.maxsize)


def _newest(jobs: Sequence[Job], offset: int, end: int | None) -> Iterator[Job]:
    """Those from `offset` to before `end`, counted from the latest on."""
    total = len(jobs)
    last = total if end is None else min(end, total)
    return reversed(jobs[total - last : total - min(offset, total)])


def _limit(paging: Paging, asked: int | None) -> int | None:
    """The limit as applied: never above the one that is never passed."""
    if paging.at_most is None:
        return asked
    return paging.at_most if asked is None else min(asked, paging.at_most)


def _counts(machine: Machine, now: Moment, jobs: Sequence[Job]) -> dict[str, int]:
    found = Counter(job.view(now).state.name for job in jobs)
    return {state: found[state] for state in machine.states}


def _unfinished(operation: Operation, asked: Asked) -> bool:
    """Whether what was asked for lets unfinished jobs alone through."""
    return operation.unfinished or any(
        _open(chosen, wanted)
        for chosen in operation.filters
        if (wanted := asked.query.get(chosen.parameter)) is not None
    )


def _open(chosen: Filter, wanted: Any) -> bool:
    """Whether this filter, with this value, lets unfinished jobs alone through."""
    if chosen.open:
        return chosen.open.issuperset(wanted if isinstance(wanted, list) else [wanted])
    return chosen.unfinished and bool(wanted == chosen.when)


def _tests(operation: Operation, asked: Asked) -> Iterator[Test]:
    """What a job must meet to be in the list."""
    for fact, place in operation.within.items():
        yield partial(belongs, fact=fact, wanted=asked.at(place))
    if (where := operation.where) is not None:
        yield lambda view: where(view, asked)
    for chosen in operation.filters:
        if (wanted := asked.query.get(chosen.parameter)) is not None:
            yield from _filter(chosen, wanted, asked)


def _filter(chosen: Filter, wanted: Any, asked: Asked) -> Iterator[Test]:
    values = wanted if isinstance(wanted, list) else [wanted]
    for get in chosen.by:
        yield partial(_among, get, asked, values)
    if chosen.texts:
        text = str(wanted).casefold()
        yield lambda view: any(
            text in str(get(view, asked) or "").casefold() for get in chosen.texts
        )
    if (condition := chosen.condition) is not None and wanted == chosen.when:
        yield lambda view: condition(view, asked)


def _among(get: Getter, asked: Asked, values: Sequence[Any], view: View) -> bool:
    return get(view, asked) in values


def _sort(views: list[View], order: Order | None, asked: Asked) -> None:
    """Sort in place; what is equal keeps its order, the latest first."""
    keys = list(order.keys) if order else []
    if order and order.source:
        chosen = order.choices.get(asked.at(order.source))
        down = order.descending is not None and asked.at(order.descending) == order.when
        keys = [(chosen, down)] if chosen else []
    for get, down in reversed(keys):
        views.sort(key=partial(_sortable, get, asked), reverse=down)


def _sortable(get: Getter, asked: Asked, view: View) -> tuple[bool, Any]:
    value = get(view, asked)
    return (value is not None, value)
