"""Explicit declarations about jobs in a file: annotations of long-running operations, polling, links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jobtwin.adopt.operations import Candidate
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.untyped import as_list, as_map, is_number, maps_in

_LONG_RUNNING = ("x-ms-long-running-operation", "x-aep-long-running-operation")
_POLLING = "x-speakeasy-polling"
_COMPARED = re.compile(r"\$response\.body#/(?P<at>\S+)\s*==\s*[\"']?(?P<value>[^\"']+?)[\"']?\s*$")


@dataclass(frozen=True)
class PollingNote:
    """A file's declaration about polling: the final states, and the pauses in seconds."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    """The kinds of the states at which polling ends."""
    first: float | None = None
    pause: float | None = None


def starts_long(operation: Candidate) -> bool:
    """Returns True if an operation is declared as long-running."""
    return any(operation.node.get(key) not in (None, False) for key in _LONG_RUNNING)


def links_to(start: Candidate, read: Candidate) -> bool:
    """Returns True if a successful response of one operation links to another."""
    place = pointer(["paths", read.path, read.method])
    return any(
        link.get("operationId") == read.node.get("operationId")
        or str(link.get("operationRef", "")).endswith(place)
        for link in _links(start)
    )


def _links(operation: Candidate) -> Iterator[Mapping[str, Any]]:
    for status, response in as_map(operation.node.get("responses")).items():
        if str(status)[:1] == "2":
            links = as_map(operation.shapes.follow(response).get("links"))
            yield from map(operation.shapes.follow, links.values())


def polling_note(read: Candidate) -> PollingNote | None:
    """Returns the first declaration about polling an operation, or None."""
    entry = next(iter(maps_in(read.node.get(_POLLING))), None)
    if entry is None:
        return None
    delay, pause = entry.get("delaySeconds"), entry.get("intervalSeconds")
    return PollingNote(_kinds(entry), _seconds(delay), _seconds(pause))


def _kinds(entry: Mapping[str, Any]) -> dict[str, str]:
    """Returns the kinds of states, by the criteria for success and failure."""
    kinds = dict.fromkeys(_values(entry.get("successCriteria")), "success")
    return kinds | dict.fromkeys(_values(entry.get("failureCriteria")), "failure")


def _values(criteria: Any) -> Iterator[str]:
    """Yields the strings that criteria compare with a field of the body."""
    for each in as_list(criteria):
        told = each.get("condition") if isinstance(each, Mapping) else each
        if found := _COMPARED.search(str(told)):
            yield found["value"]


def _seconds(value: Any) -> float | None:
    return float(value) if is_number(value) and value > 0 else None
