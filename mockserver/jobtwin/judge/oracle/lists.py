"""What a page of jobs must be, whatever the jobs: its arithmetic, its filters, its order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from jobtwin.judge.matching import Call
from jobtwin.judge.oracle.beliefs import Complaint
from jobtwin.judge.oracle.sightings import Measure, Seen, Sighting, fitting
from jobtwin.lifecycle.machine import lookup


class Listing:
    """One answered list: which page was asked for, and what stands on it."""

    def __init__(self, call: Call, seen: Seen, does: Mapping[str, Any], *, alone: bool) -> None:
        self._call = call
        self._seen = seen
        self._does = does
        self._paging = call.operation.paging
        self._alone = alone
        self._usual = ["-created_at"] if alone else []  # of a vendor only what the spec says counts

    @property
    def whole(self) -> bool:
        """Whether every job that there is, and was not deleted, stands on this page."""
        if not self._seen.listed or "where" in self._does or self._filters():
            return False
        if self._paging is None:
            return True
        count, total = len(self._seen.jobs), self._seen.page.get("page.total")
        if self._offset:
            return False
        return total == count or (self._limit is not None and count < self._limit)

    def complaints(self) -> Iterator[Complaint]:
        """What is wrong with the page by itself."""
        if self._paging is not None and (self._alone or self._plain):
            yield from self._paged()
        if self._seen.listed:
            yield from self._twice()
            yield from self._filtered()
            yield from self._sorted()

    # -- arithmetic ------------------------------------------------------------------------------

    @property
    def _offset(self) -> int:
        asked = self._call.at(self._paging.offset) if self._paging else 0
        return asked if isinstance(asked, int) else 0

    @property
    def _limit(self) -> int | None:
        if self._paging is None:
            return None
        asked, most = self._call.at(self._paging.limit), self._paging.at_most
        known = [limit for limit in (asked, most) if isinstance(limit, int)]
        return min(known, default=None)

    @property
    def _plain(self) -> bool:
        """Whether the spec knows all that was asked for; else nobody can tell what page is due."""
        declared = {p.name: p for p in self._call.operation.parameters if p.place == "query"}
        return all(
            name in declared
            and (declared[name].many or len(values) == 1)
            and declared[name].validator.is_valid(self._call.parameter("query", name))
            for name, values in self._call.query.items()
        )

    def _paged(self) -> Iterator[Complaint]:
        page, offset, limit = self._seen.page, self._offset, self._limit
        for name, asked in (("offset", offset), ("limit", limit)):
            if asked is not None and page.get(f"page.{name}", asked) != asked:
                yield _miscounted(f"the {name} is {asked}, and told as {page[f'page.{name}']}")
        if not self._seen.listed:
            return
        count, total, more = len(self._seen.jobs), page.get("page.total"), page.get("page.more")
        if limit is not None and count > limit:
            yield _miscounted(f"there are {count} jobs on a page of at most {limit}")
        if isinstance(total, int):
            due = max(0, total - offset)
            due = due if limit is None else min(due, limit)
            if count != due:
                yield _miscounted(
                    f"of {total} jobs, from {offset} on, {due} belong here, and {count} are"
                )
            if more is not None and more != (offset + count < total):
                yield _miscounted(f"{offset + count} of {total} are told, and more: {more}")
        elif more and limit is not None and count < limit:
            yield _miscounted(f"more follow, though only {count} of {limit} stand here")

    # -- jobs ------------------------------------------------------------------------------------

    def _twice(self) -> Iterator[Complaint]:
        ids = [job.id for job in self._seen.jobs if job.id is not None]
        if doubled := len(ids) - len(set(ids)):
            why = f"{doubled} of the jobs on the page stand there twice"
            yield Complaint("listed-twice", why, self._call.exchange)

    def _filters(self) -> list[tuple[Any, Any]]:
        """The filters that the request uses, each with the value that it sends."""
        declared: Mapping[str, Any] = self._does.get("filters", {})
        sent = [(f, self._call.parameter("query", name)) for name, f in declared.items()]
        idle = [isinstance(f, Mapping) and "when" in f and value != f["when"] for f, value in sent]
        return [(f, v) for (f, v), off in zip(sent, idle, strict=True) if v is not None and not off]

    def _filtered(self) -> Iterator[Complaint]:
        where = self._does.get("where", {})
        conditions = [where] if where else []
        for chosen, value in self._filters():
            if isinstance(chosen, str):
                conditions.append({chosen: value})
            elif "where" in chosen:
                conditions.append(chosen["where"])
        for job in self._seen.jobs:
            for condition in conditions:
                if not _fits(condition, job):
                    why = f"a job on the page is none that fits {', '.join(condition)}"
                    yield Complaint("filter-ignored", why, self._call.exchange)

    def _sorted(self) -> Iterator[Complaint]:
        order = self._does.get("order", self._usual)
        if not isinstance(order, list) or not order:
            return
        path, down = order[0].removeprefix("-"), order[0].startswith("-")
        shown = [job.values.get(path) for job in self._seen.jobs]
        keys = [value for value in shown if isinstance(value, Measure)]
        if len(keys) < len(shown):
            return
        if any(one.before(two) if down else two.before(one) for one, two in pairwise(keys)):
            why = f"the jobs on the page are not in the order of {order[0]}"
            yield Complaint("list-unsorted", why, self._call.exchange)


def _miscounted(why: str) -> Complaint:
    return Complaint("page-miscounted", why)


def _fits(condition: Mapping[str, Any], job: Sighting) -> bool:
    """Whether a job can be one that fits, as far as it is shown."""
    if not fitting(job.machine, condition) & job.states:
        return False
    for path, wanted in condition.items():
        known, value = _shown(path, job.values)
        many: Sequence[Any] = wanted if isinstance(wanted, list) else [wanted]
        if known and value not in many:
            return False
    return True


def _shown(path: str, values: Mapping[str, Any]) -> tuple[bool, Any]:
    """A fact as a job shows it, by its own path or inside of another; and whether it does."""
    if not path.startswith("facts."):
        return False, None
    keys = path.split(".")
    for end in range(len(keys), 1, -1):
        if (head := ".".join(keys[:end])) in values:
            rest = ".".join(keys[end:])
            return True, lookup({"it": values[head]}, f"it.{rest}" if rest else "it")
    return False, None
