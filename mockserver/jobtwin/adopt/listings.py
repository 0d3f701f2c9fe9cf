"""Drafts the paging and filters of lists, by the names of their parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jobtwin.adopt.operations import Candidate
from jobtwin.adopt.words import snake
from jobtwin.openapi.untyped import filled

_LIMIT = re.compile(r"^(limit|page_?size|per_page|page_limit|max_results|maximum_page_size|count)$")
_PLACES = {
    "cursor": re.compile(r"^(cursor|(next_)?page_token|next_token|continuation(_token)?)$"),
    "after": re.compile(r"^(after|starting_after|after_id)$"),
    "offset": re.compile(r"^(offset|skip)$"),
    "number": re.compile(r"^(page|page_number|page_no|page_index)$"),
}
_MOMENT = r"(created|creation)(_?(at|time|date|on))?"
_COMPARED = {
    "since": re.compile(rf"^({_MOMENT}_(after|since|from|gte|min)|since)$"),
    "before": re.compile(rf"^{_MOMENT}_(before|until|to|lt|lte|max)$"),
    "after": re.compile(rf"^{_MOMENT}_gt$"),
}


def listed(operation: Candidate) -> dict[str, Any]:
    """Returns a list's paging and filters, except those inferred by name."""
    page, filters = _page(operation), dict(_filters(operation))
    return {**({"page": page} if page else {}), **({"filters": filters} if filters else {})}


def _page(operation: Candidate) -> dict[str, str]:
    named = dict(_named(operation))
    limit = _first_named(named, _LIMIT)
    for place, pattern in _PLACES.items():
        at = _first_named(named, pattern)
        plain = (limit, at) == ("query.limit", "query.offset")  # they are inferred by name
        if at is not None and not plain and (limit or place in ("cursor", "after")):
            return {**filled(limit=limit), place: at}
    return {}


def _first_named(sources: Mapping[str, str], pattern: re.Pattern[str]) -> str | None:
    return next((source for name, source in sources.items() if pattern.match(name)), None)


def _filters(operation: Candidate) -> Iterator[tuple[str, Any]]:
    for parameter in operation.parameters:
        name = str(parameter.get("name"))
        for comparison, pattern in _COMPARED.items():
            if parameter.get("in") == "query" and pattern.match(snake(name)):
                yield name, {comparison: "created_at"}


def _named(operation: Candidate) -> Iterator[tuple[str, str]]:
    """Yields parameters and properties of the body that may page, by their normalised names."""
    for parameter in operation.parameters:
        if parameter.get("in") == "query":
            yield snake(str(parameter.get("name"))), f"query.{parameter.get('name')}"
    for name in operation.shapes.properties(operation.body) if operation.method == "post" else ():
        yield snake(name), f"body.{name}"
