"""Finds jobs whose state is the status of a response: 202 while they run. No machines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from jobtwin.adopt.operations import Candidate
from jobtwin.adopt.shapes import DocumentSchemas
from jobtwin.adopt.states import StateField
from jobtwin.adopt.words import meanings, snake
from jobtwin.openapi.untyped import filled

RUNNING, DONE = "running", "done"
_AT_WORK = str(int(HTTPStatus.ACCEPTED))
_REDIRECTS = ("303", "302")
_POLLED_AGAIN = 5
"""The drafted seconds of a `Retry-After`."""

_ENDS = {
    "cancelled": ("cancelled", re.compile(r"\b(cancel|withdrawn|aborted|revoked)")),
    "expired": ("failure", re.compile(r"\b(expire|no longer|gone\b)")),
    "failed": ("failure", re.compile(r"\b(fail|crash|ended (in|with) an? error|unsuccessful)")),
}
"""The kind of each end, and the words for it in the description of a status."""
_END_STATUSES = ("409", "410", "422", "424")
_ABOUT_THE_REQUEST = re.compile(r"\b(valid|malformed|parameter|request|cannot be cancel)")
"""Words of a refusal, such as "Validation failed"; the end of a job is described without them."""

_LOCATIONS = ("Location", "Operation-Location", "Content-Location")


def state_by_status(read: Candidate, operations: Sequence[Candidate]) -> StateField | None:
    """Returns the state shown by the status of a read: 202 while the job runs, then 200 or 303.

    Returns None unless both are documented.
    """
    done = _done(read, result_of(read, operations))
    if read.method != "get" or _AT_WORK not in read.statuses or done is None:
        return None
    ends = {end: kind for end, kind, _ in _ends(read)}
    running = _running(read.shapes, read.json_of(_AT_WORK))
    statuses = {running: 202, DONE: int(done), **{end: int(s) for end, _, s in _ends(read)}}
    kinds = {running: "active", DONE: "success", **ends}
    return StateField((), tuple(kinds), None, kinds=kinds, statuses=statuses)


def _done(read: Candidate, result: Candidate | None) -> str | None:
    """Returns the status of a finished job: a redirect to its result, or a success, or None."""
    redirects = [each for each in _REDIRECTS if each in read.statuses]
    if redirects and result:
        return redirects[0]
    return "200" if "200" in read.statuses else None


def result_of(read: Candidate, operations: Iterable[Candidate]) -> Candidate | None:
    """Returns the operation to which a read redirects: the only GET right below its path, or None."""
    if not any(each in read.statuses for each in _REDIRECTS):
        return None
    below = [each for each in operations if _is_right_below(read, each)]
    return below[0] if len(below) == 1 and _url(below[0]) else None


def _is_right_below(read: Candidate, other: Candidate) -> bool:
    right_below = re.escape(read.shape) + r"/[^/{}]+"
    return other.method == "get" and re.fullmatch(right_below, other.shape) is not None


def _running(shapes: DocumentSchemas, answer: Any) -> str:
    """Returns the name of work in the body of a 202, if it has a state of its own."""
    for name, schema in shapes.properties(answer).items():
        words = meanings(shapes.words(schema)) if snake(name) in ("state", "status") else {}
        for value, word in words.items():
            if word.known and word.kind == "active":
                return value
    return RUNNING


def _ends(read: Candidate) -> Iterator[tuple[str, str, str]]:
    """Yields the ends that a status describes: their names, kinds and statuses."""
    named = set[str]()
    for status in (each for each in _END_STATUSES if each in read.statuses):
        text = read.described(status).lower()
        found = [] if _ABOUT_THE_REQUEST.search(text) else _ends_in(text)
        for end in (each for each in found[:1] if each not in named):
            named.add(end)
            yield end, _ENDS[end][0], status


def _ends_in(text: str) -> list[str]:
    return [end for end, (_, words) in _ENDS.items() if words.search(text)]


# -- the draft -------------------------------------------------------------------------------------


def answers_by_status(
    read: Candidate, statuses: Mapping[str, int], result: Candidate | None
) -> dict[str, Any]:
    """Returns the answers of a read by the job's state; the success is the last."""
    *others, (done, status) = sorted(statuses.items(), key=lambda each: each[0] == DONE)
    answers = {state: _answer(read, state, said) for state, said in others}
    return answers | {done: {"status": status, **_leading(result)}}


def _answer(read: Candidate, state: str, status: int) -> dict[str, Any]:
    declared = {name.lower(): name for name in read.headers_of(str(status))}
    again = {declared["retry-after"]: _POLLED_AGAIN} if "retry-after" in declared else {}
    return {"when": {"state": state}, "status": status, **filled(headers=again)}


def _leading(result: Candidate | None) -> dict[str, Any]:
    """Returns the header of a redirect to the result."""
    return {"headers": {"Location": _url(result)}} if result else {}


def started(create: Candidate, read: Candidate) -> dict[str, Any]:
    """Returns the answer to a create whose headers lead to the job, or an empty one."""
    urls = {name: _url(read) for name in _success_headers(create) if name.title() in _LOCATIONS}
    return {"begun": {"headers": urls}} if all(urls.values()) and urls else {}


def _success_headers(create: Candidate) -> Iterable[str]:
    """Returns the names of the headers of the first successful status."""
    good = [status for status in create.statuses if status.startswith("2")]
    return create.headers_of(good[0]) if good else ()


def _url(operation: Candidate) -> str | None:
    """Returns the text for the URL of an operation about one job, if only its ID is unknown."""
    path, ids = re.subn(r"\{[^}]*\}", "{id}", operation.path)
    return f"{{base}}{path}" if ids == 1 else None


def why_by_status(key: str, statuses: Mapping[str, int]) -> str:
    """Returns the reason for a machine whose states are statuses."""
    told = ", ".join(f"{status} is {state}" for state, status in statuses.items())
    return f"The status of {key} is the state: {told}"
