"""Checks a page of jobs: its counts, filters and order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import Any

from jobtwin.judge.matching import MatchedExchange
from jobtwin.judge.oracle.beliefs import RuleViolation
from jobtwin.judge.oracle.graph import known_value
from jobtwin.judge.oracle.observations import Measure, Observation, ResponseContents
from jobtwin.openapi.operations import Filter, SortKey
from jobtwin.openapi.values import Condition, Path


class ListChecker:
    """A list response: the requested page, and the jobs on it."""

    def __init__(self, call: MatchedExchange, seen: ResponseContents, *, alone: bool) -> None:
        self._call = call
        self._operation = call.operation
        self._seen = seen
        paging = call.operation.paging
        self._paging = paging if paging and paging.by == "offset" else None
        self._elsewhere = paging is not None and self._paging is None
        self._alone = alone

    @property
    def whole(self) -> bool:
        """True if the page holds all jobs that were not deleted."""
        if self._elsewhere or not self._seen.listed or self._operation.where or self._filters():
            return False
        return self._paging is None or self._is_only_page()

    def _is_only_page(self) -> bool:
        count, total = len(self._seen.jobs), self._seen.page.get("page.total")
        if self._offset:
            return False
        return total == count or (self._limit is not None and count < self._limit)

    def violations(self) -> Iterator[RuleViolation]:
        """Yields the violations of the page by itself."""
        if self._paging is not None and (self._alone or self._plain):
            yield from self._paged()
        if self._seen.listed:
            yield from self._twice()
            yield from self._filtered()
            yield from self._sorted()

    # -- counts ----------------------------------------------------------------------------------

    @property
    def _offset(self) -> int:
        asked = self._call.at(self._paging.at) if self._paging else 0
        return asked if isinstance(asked, int) else 0

    @property
    def _limit(self) -> int | None:
        if self._paging is None:
            return None
        limit, most = self._paging.limit, self._paging.at_most
        asked = None if limit is None else self._call.at(limit)
        known = [limit for limit in (asked, most) if isinstance(limit, int)]
        return min(known, default=None)

    @property
    def _plain(self) -> bool:
        """True if all query parameters are documented; else the expected page is unknown."""
        declared = {p.name: p for p in self._call.operation.parameters if p.place == "query"}
        return declared.keys() >= self._call.query.keys() and all(
            (declared[name].many or len(values) == 1)
            and declared[name].validator.is_valid(self._call.parameter("query", name))
            for name, values in self._call.query.items()
        )

    def _paged(self) -> Iterator[RuleViolation]:
        yield from self._echoed()
        if not self._seen.listed:
            return
        count, limit = len(self._seen.jobs), self._limit
        if limit is not None and count > limit:
            yield _miscounted(f"there are {count} jobs on a page of at most {limit}")
        total, more = self._seen.page.get("page.total"), self._seen.page.get("page.more")
        if isinstance(total, int):
            yield from self._counted(total, more)
        elif more and limit is not None and count < limit:
            yield _miscounted(f"more follow, though only {count} of {limit} are here")

    def _echoed(self) -> Iterator[RuleViolation]:
        """Checks the offset and limit that the page shows."""
        for name, asked in (("offset", self._offset), ("limit", self._limit)):
            shown = self._seen.page.get(f"page.{name}", asked)
            if asked is not None and shown != asked:
                yield _miscounted(f"the {name} is {asked}, and shown as {shown}")

    def _counted(self, total: int, more: Any) -> Iterator[RuleViolation]:
        """Checks the number of jobs against the total that the page shows."""
        count, offset, limit = len(self._seen.jobs), self._offset, self._limit
        due = max(0, total - offset)
        due = due if limit is None else min(due, limit)
        if count != due:
            yield _miscounted(
                f"of {total} jobs, from {offset} on, {due} belong here, and {count} are"
            )
        if more is not None and more != (offset + count < total):
            yield _miscounted(f"{offset + count} of {total} are shown, and more: {more}")

    # -- jobs ------------------------------------------------------------------------------------

    def _twice(self) -> Iterator[RuleViolation]:
        ids = [job.id for job in self._seen.jobs if job.id is not None]
        if doubled := len(ids) - len(set(ids)):
            why = f"{doubled} of the jobs on the page stand there twice"
            yield RuleViolation("listed-twice", why, self._call.exchange)

    def _filters(self) -> list[tuple[Filter, Any]]:
        """Returns the filters of the request, with their values."""
        sent = [(f, self._call.parameter("query", f.parameter)) for f in self._operation.filters]
        return [(f, v) for f, v in sent if v is not None and (not f.where or v == f.when)]

    def _filtered(self) -> Iterator[RuleViolation]:
        for job, condition in product(self._seen.jobs, list(self._conditions())):
            if not _fits(condition, job):
                why = f"a job on the page is none that fits {condition}"
                yield RuleViolation("filter-ignored", why, self._call.exchange)

    def _conditions(self) -> Iterator[Condition]:
        """Yields the conditions that the jobs of the list meet."""
        if self._operation.where:
            yield self._operation.where
        for chosen, value in self._filters():
            if chosen.by is not None:
                allowed = tuple(value) if isinstance(value, list) else (value,)
                yield Condition(((chosen.by, allowed),))
            elif chosen.where:
                yield chosen.where

    def _sorted(self) -> Iterator[RuleViolation]:
        key = self._key
        if key is None:
            return
        shown = [job.values.get(key.path.text) for job in self._seen.jobs]
        keys = [value for value in shown if isinstance(value, Measure)]
        if len(keys) == len(shown) and not _is_sorted(keys, descending=key.descending):
            order = f"{'-' * key.descending}{key.path.text}"
            why = f"the jobs on the page are not in the order of {order}"
            yield RuleViolation("list-unsorted", why, self._call.exchange)

    @property
    def _key(self) -> SortKey | None:
        """The first sort key; None if it is unknown, or depends on the request."""
        order = self._operation.sorting
        if order is None:  # a vendor may use any order that the spec does not declare
            return SortKey(Path("created_at"), descending=True) if self._alone else None
        return order.keys[0] if order.keys else None


def _miscounted(why: str) -> RuleViolation:
    return RuleViolation("page-miscounted", why)


def _fits(condition: Condition, job: Observation) -> bool:
    """Returns True if a job can meet a condition, by the values that it shows."""
    if not condition.possible(job.machine) & job.states:
        return False
    for path, allowed in condition.tests:
        shown, value = known_value(path.text, job.values)
        if shown and path.text.startswith("facts.") and value not in allowed:
            return False
    return True


def _is_sorted(keys: Sequence[Measure], *, descending: bool) -> bool:
    pairs = pairwise(reversed(keys) if descending else keys)
    return not any(two.before(one) for one, two in pairs)
