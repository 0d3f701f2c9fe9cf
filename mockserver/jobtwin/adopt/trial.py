"""Tries a draft on its document, and removes the parts that the checks refuse."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jobtwin.adopt.draft import Draft, DraftedJob, draft
from jobtwin.adopt.history import Recorded
from jobtwin.openapi import Spec
from jobtwin.openapi.document import Document
from jobtwin.openapi.pointer import tokens
from jobtwin.openapi.spec import values_by_name, with_jobs

_TRIES = 6
"""Maximum number of attempts. Each removes something; after the last, nothing is drafted."""


@dataclass(frozen=True)
class Trial:
    """A draft that passes the checks, its spec, and the removed parts with their reasons."""

    spec: Spec
    draft: Draft
    refused: tuple[str, ...] = ()


def try_draft(document: Document, recorded: Recorded | None = None) -> Trial:
    """Drafts those jobs of a document and its recordings that pass the checks."""
    drafted, refused = draft(document, recorded), list[str]()
    for _ in range(_TRIES):
        spec, found = with_jobs(document, drafted.declaration)
        if not found:
            return Trial(spec, drafted, tuple(refused))
        refused += [f"{where}: {why}" for where, why in found]
        drafted = _without(drafted, document, [where for where, _ in found])
    nothing = replace(drafted, jobs=())
    return Trial(with_jobs(document, nothing.declaration)[0], nothing, tuple(refused))


def shorten(document: Document, drafted: Draft) -> Draft:
    """Returns the draft without the values that are inferred from names."""
    known = values_by_name(document, drafted.declaration)
    jobs = tuple(
        replace(job, values=tuple(v for v in job.values if known.get(v.key) != v.value))
        for job in drafted.jobs
    )
    return replace(drafted, jobs=jobs)


def _without(drafted: Draft, document: Document, places: Iterable[str]) -> Draft:
    """Returns the draft without the machines, operations and values that contain a mistake."""
    blamed = {found for place in places for found in _blamed(document, tokens(place))}
    jobs = (_spared(job, blamed) for job in drafted.jobs if ("machines", job.name) not in blamed)
    return replace(drafted, jobs=tuple(job for job in jobs if job.operations))


def _spared(job: DraftedJob, blamed: Collection[tuple[str, str]]) -> DraftedJob:
    return replace(
        job,
        operations=tuple(_spared_operations(job, blamed)),
        values=tuple(
            value
            for value in job.values
            if not {("values", value.key), ("schemas", value.owner)} & set(blamed)
        ),
        webhooks=tuple(each for each in job.webhooks if ("webhooks", each.name) not in blamed),
    )


def _spared_operations(
    job: DraftedJob, blamed: Collection[tuple[str, str]]
) -> Iterator[tuple[str, object]]:
    for key, said in job.operations:
        left = _left(said) if ("operations", key) in blamed else said
        if left is not None:
            yield key, left


_EXTRAS = ("page", "filters", "answers", "callbacks", "each", "x-evidence")
"""The optional parts of an operation."""


def _left(said: object) -> object | None:
    """Returns a refused operation without its optional parts, or None if it had none."""
    if not isinstance(said, Mapping) or not said.keys() & {*_EXTRAS}:
        return None
    left = {key: value for key, value in said.items() if key not in _EXTRAS}
    return left["does"] if len(left) == 1 else left


def _blamed(document: Document, place: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yields the section and the name of the entry with a mistake."""
    root, *rest = place
    if root == "paths":
        path, method = rest[:2]
        yield "operations", document.data["paths"][path][method]["operationId"]
        yield "operations", f"{method.upper()} {path}"
    elif root == "webhooks":
        yield root, rest[0]
    elif len(rest) > 1:
        yield rest[0], rest[1]
