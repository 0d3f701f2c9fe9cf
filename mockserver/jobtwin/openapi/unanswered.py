"""Declarations without effect on the twin: statuses, headers, media types, parameters, callbacks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import chain
from typing import Any

from jobtwin.lifecycle import Machine
from jobtwin.openapi.extensions import machine_path, machine_sources
from jobtwin.openapi.operations import Answer, DeclaredResponse, Operation, RequestSource
from jobtwin.openapi.pointer import followed, pointer
from jobtwin.openapi.requests import uuid_of_any_spelling
from jobtwin.openapi.spec import Spec
from jobtwin.openapi.untyped import as_map

_DONE_BY = ("job_id", "within", "command", "creation", "sorting", "paging", "wait")
"""The fields of an operation that say where in a request something is."""

Found = tuple[str, str]
"""The pointer of a declaration, and the message that it has no effect."""


def unanswered(spec: Spec) -> Iterator[Found]:
    """Yields declared parts of a spec's operations on jobs that never occur."""
    for operation in spec.operations:
        if operation.machine is not None:
            yield from _statuses(operation)
            yield from _inside(operation)
            yield from _parameters(spec, operation)
    yield from _callbacks(spec)
    yield from _spellings(spec)
    for name in spec.document.data.get("webhooks", {}):
        place = f"/webhooks{pointer([name])}"
        if not any(each.place.startswith(f"{place}/") for each in spec.webhooks):
            how = f"`webhooks: {{{name}: {{machine: …}}}}`"
            yield place, f"is never sent; say of which jobs by {how}"


def _spellings(spec: Spec) -> Iterator[Found]:
    """Yields the spellings of IDs that no parameter has."""
    for name, said in machine_sources(spec.document).items():
        if "spelling" in as_map(said.get("id")) and not _reads_spellings(spec, spec.machines[name]):
            place = pointer((*machine_path(name), "id", "spelling"))
            yield place, "does nothing: no parameter with an ID has `format: uuid`; add it"


def _reads_spellings(spec: Spec, machine: Machine) -> bool:
    """Returns True if a parameter of the machine's operations is a UUID."""
    asking = (each for each in spec.operations if each.machine is machine)
    return any(p.read is uuid_of_any_spelling for each in asking for p in each.parameters)


def _callbacks(spec: Spec) -> Iterator[Found]:
    """Yields the callbacks that are never sent."""
    creating = {o.id: o for o in spec.operations if o.machine and o.does in ("create", "clone")}
    data = spec.document.data
    for id_, method, path in spec.routes:
        for name, node in data["paths"][path][method.lower()].get("callbacks", {}).items():
            place = pointer(["paths", path, method.lower(), "callbacks", name])
            at, _ = followed(data, place, node)
            if id_ not in creating:
                yield place, f"is never sent: {id_} makes no job"
            elif not any(each.place.startswith(f"{at}/") for each in creating[id_].callbacks):
                yield place, f"is never sent; say when by `callbacks: {{{name}: {{}}}}` of {id_}"


def _statuses(operation: Operation) -> Iterator[Found]:
    given = {answer.status for _, answer in operation.answers}
    known = " or ".join(map(str, sorted(given)))
    for status in operation.responses:
        if status.isdigit() and status[0] in "23" and int(status) not in given:
            place = f"{operation.place}/responses/{status}"
            yield place, f"is never answered, always {known}; say when by `answers`"


def _inside(operation: Operation) -> Iterator[Found]:
    """Yields the declared headers and media types that are never sent."""
    by_limits = [each.headers for each in operation.limits]
    by_status = defaultdict[int, list[Answer]](list)
    for _, answer in operation.answers:
        by_status[answer.status].append(answer)
    for status, answers in by_status.items():
        if response := operation.response(status):
            sent = chain(*by_limits, *(answer.headers for answer in answers))
            yield from _headers(response, set(map(str.lower, sent)))
            yield from _types(response, {answer.media_type for answer in answers})


def _headers(response: DeclaredResponse, sent: set[str]) -> Iterator[Found]:
    for name in sorted(response.headers):
        if name.lower() not in sent and name.lower() != "content-type":
            how = f"`answers: {{…: {{headers: {{{name}: …}}}}}}`"
            yield f"{response.place}/headers{pointer([name])}", f"is never sent; say what it holds by {how}"  # fmt: skip


def _types(response: DeclaredResponse, sent: set[str]) -> Iterator[Found]:
    for kind in response.schemas:
        if "*" not in kind and kind not in sent and response.schemas.keys() - {kind}:
            why = f"is never answered, always {', '.join(sorted(sent))}"
            yield f"{response.place}/content{pointer([kind])}", why


def _parameters(spec: Spec, operation: Operation) -> Iterator[Found]:
    """Yields the accepted query parameters without effect."""
    used = _used_queries(operation).union(spec.query_credentials)
    how = "say what it filters, or how it pages" if operation.does == "list" else "say what takes it"  # fmt: skip
    for each in operation.parameters:
        if each.place == "query" and each.name not in used:
            yield f"{operation.place}/parameters", f"the query parameter {each.name} is let in and does nothing; {how}"  # fmt: skip


def _used_queries(operation: Operation) -> set[str]:
    """Returns the query parameters that do something."""
    sources = chain.from_iterable(_sources(getattr(operation, key)) for key in _DONE_BY)
    filters = {each.parameter for each in operation.filters}
    return filters | {source.name for source in sources if source.place == "query"}


def _sources(value: Any) -> Iterator[RequestSource]:
    """Yields the sources in a part of an operation."""
    if isinstance(value, RequestSource):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            yield from _sources(getattr(value, each.name))
    elif isinstance(value, Mapping):
        yield from chain.from_iterable(map(_sources, value.values()))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from chain.from_iterable(map(_sources, value))
