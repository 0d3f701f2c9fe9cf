"""Explicit declarations about jobs in a file: annotations of long-running operations, polling, links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobtwin.adopt.operations import Candidate
from jobtwin.openapi.pointer import pointer

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
    for link in _links(start):
        if link.get("operationId") == read.node.get("operationId"):
            return True
        if str(link.get("operationRef", "")).endswith(place):
            return True
    return False


def _links(operation: Candidate) -> Iterator[Mapping[str, Any]]:
    responses = operation.node.get("responses")
    for status, response in responses.items() if isinstance(responses, Mapping) else ():
        links = operation.shapes.follow(response).get("links")
        if str(status)[:1] == "2" and isinstance(links, Mapping):
            yield from (operation.shapes.follow(link) for link in links.values())


def polling_note(read: Candidate) -> PollingNote | None:
    """Returns the first declaration about polling an operation, or None."""
    said = read.node.get(_POLLING)
    entries = [each for each in said if isinstance(each, Mapping)] if isinstance(said, list) else []
    if not entries:
        return None
    kinds = {
        value: kind
        for key, kind in (("successCriteria", "success"), ("failureCriteria", "failure"))
        for value in _values(entries[0].get(key))
    }
    delay, pause = (_seconds(entries[0].get(key)) for key in ("delaySeconds", "intervalSeconds"))
    return PollingNote(kinds, delay, pause)


def _values(criteria: Any) -> Iterator[str]:
    """Yields the strings that criteria compare with a field of the body."""
    listed: Sequence[Any] = criteria if isinstance(criteria, list) else []
    for each in listed:
        told = each.get("condition") if isinstance(each, Mapping) else each
        if found := _COMPARED.search(str(told)):
            yield found["value"]


def _seconds(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and value > 0 else None
