"""Checks limits: their operations must exist, and their headers must be declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jobtwin.errors import among
from jobtwin.lifecycle.limits import Limit
from jobtwin.openapi.document import Document
from jobtwin.openapi.limits import header_getter, limit_path
from jobtwin.openapi.operations import Operation
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.scopes import BadValue

Wrong = Iterator[tuple[str, str]]


def wrong_limits(
    document: Document, limits: Mapping[str, Limit], operations: Sequence[Operation]
) -> Wrong:
    """Yields the place and reason of every impossible limit."""
    for limit in limits.values():
        yield from impossible(limit, document, operations)
        if not document.is_vendors:
            yield from _undeclared(limit, operations)


def impossible(limit: Limit, document: Document, operations: Sequence[Operation]) -> Wrong:
    """Yields the place and reason why a limit cannot be counted or shown, whatever its origin."""
    known = {operation.id: operation for operation in operations}
    yield from _wrong(limit, known)
    yield from _wrong_headers(limit, document)


def _at(limit: Limit, *tokens: str | int) -> str:
    return pointer([*limit_path(limit.name), *tokens])


def _unknown(limit: Limit, known: Mapping[str, Operation]) -> Wrong:
    for number, name in enumerate(limit.operations):
        if name not in known:
            why = among(name, "the operations that are bound to jobs", known)
            yield _at(limit, "operations", number), why


def _wrong(limit: Limit, known: Mapping[str, Operation]) -> Wrong:
    if limit.every <= 0:
        yield _at(limit, "every"), "takes no time; write a duration such as 1m"
    yield from _unknown(limit, known)
    about_jobs = [o for o in known.values() if limit.covers(o.id) and o.job_id is not None]
    if "job" in limit.per and not about_jobs:
        yield _at(limit, "per"), "counts by job, but none of its operations is about one job"


def _wrong_headers(limit: Limit, document: Document) -> Wrong:
    for header, said in limit.headers.items():
        try:
            header_getter(said, document)
        except BadValue as bad:
            yield _at(limit, "headers", header), str(bad)


def _undeclared(limit: Limit, operations: Sequence[Operation]) -> Wrong:
    """Yields headers of a limit that the successes of its operations do not declare."""
    for operation in operations:
        if limit.covers(operation.id):
            for status in dict.fromkeys(answer.status for _, answer in operation.answers):
                yield from _undeclared_by(limit, operation, status)


def _undeclared_by(limit: Limit, operation: Operation, status: int) -> Wrong:
    response = operation.response(status)
    for header in limit.headers:
        if response and header.lower() not in response.header_names:
            why = f"{header} is not declared by the response {status} of {operation.id}; declare it"
            yield _at(limit, "headers", header), why
