"""Drafts the `x-jobs` of a vendor's document: machines, operations, values. No text, no files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain
from typing import Any

from jobtwin.adopt.callbacks import CallbackGuess, guess_callbacks, guess_ids, guess_webhooks
from jobtwin.adopt.history import RECORDED, Addition, JobHistory, Recorded, span_text
from jobtwin.adopt.listings import listed
from jobtwin.adopt.machines import DraftedMachine, draft_machine
from jobtwin.adopt.operations import Candidate
from jobtwin.adopt.properties import PropertyGuess, guess_properties
from jobtwin.adopt.resources import (
    EventOperation,
    Resource,
    find_resources,
    id_names,
    orders_of,
    singular,
)
from jobtwin.adopt.several import WHY_EACH
from jobtwin.adopt.shapes import DocumentSchemas
from jobtwin.adopt.statuses import answers_by_status, started, why_by_status
from jobtwin.adopt.words import snake
from jobtwin.lifecycle.machine import nothing
from jobtwin.openapi.document import Document
from jobtwin.openapi.untyped import as_map, filled


@dataclass(frozen=True)
class DraftedJob:
    """A drafted kind of job: its resource in the file, and its machine."""

    name: str
    resource: Resource
    machine: DraftedMachine
    values: tuple[PropertyGuess, ...]
    operations: tuple[tuple[str, object], ...]
    left: tuple[str, ...] = ()
    ids: str | Mapping[str, str] | None = None
    history: JobHistory = field(default_factory=JobHistory)
    webhooks: tuple[CallbackGuess, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=nothing)
    """The reasons for the guesses of an operation, by its key."""


@dataclass(frozen=True)
class Draft:
    """All drafted jobs of a document, and possible jobs that were not drafted."""

    jobs: tuple[DraftedJob, ...]
    doubtful: tuple[Resource, ...]
    errors: Mapping[str, Any] = field(default_factory=nothing)
    additions: tuple[Addition, ...] = ()
    """Recorded additions to the vendor's file."""

    @property
    def declaration(self) -> dict[str, Any]:
        """The draft as the value of `x-jobs`."""
        machines = {job.name: _machine(job) for job in self.jobs}
        operations = dict(pair for job in self.jobs for pair in job.operations)
        values = dict(chain.from_iterable(map(_values, self.jobs)))
        webhooks = {hook.name: dict(hook.said) for job in self.jobs for hook in job.webhooks}
        return {
            "version": 1, "machines": machines, "operations": operations,
            **filled(webhooks=webhooks), "values": values, **filled(errors=dict(self.errors)),
        }  # fmt: skip


def draft(document: Document, recorded: Recorded | None = None) -> Draft:
    """Drafts every job for which the document and the recordings suffice."""
    recorded = recorded or Recorded()
    findings = find_resources(document)
    shapes = DocumentSchemas(document)
    able = [resource for resource in findings.jobs if _drafted(resource, None)]
    undrafted = [resource for resource in findings.jobs if resource not in able]
    doubtful = (*undrafted, *findings.doubtful)
    jobs = _with_webhooks(shapes, list(_jobs(shapes, able, recorded)))
    return Draft(jobs, doubtful, recorded.errors, recorded.additions)


def _jobs(
    shapes: DocumentSchemas, resources: Sequence[Resource], recorded: Recorded
) -> Iterator[DraftedJob]:
    alone = len(resources) == 1
    for name, resource in zip(_names(resources), resources, strict=True):
        history = recorded.jobs.get(name, JobHistory())
        if machine := _drafted(resource, history):
            yield _job(shapes, name, resource, machine, history, alone=alone)


def _with_webhooks(shapes: DocumentSchemas, jobs: list[DraftedJob]) -> tuple[DraftedJob, ...]:
    """Returns the jobs, each with the guessed webhooks about it."""
    hooks = list(guess_webhooks(shapes, [(job.name, job.resource, job.machine) for job in jobs]))
    return tuple(
        replace(job, webhooks=tuple(hook for name, hook in hooks if name == job.name))
        for job in jobs
    )


def _drafted(resource: Resource, history: JobHistory | None) -> DraftedMachine | None:
    verbs = [event.verb for event in resource.events]
    return draft_machine(resource.state, verbs, history)


def _names(resources: Sequence[Resource]) -> list[str]:
    """Returns a name for each machine; equal names are distinguished by the start of their paths."""
    counts = Counter(resource.name for resource in resources)
    names: list[str] = []
    for resource in resources:
        name = resource.name
        if counts[name] > 1:
            name = f"{_owner(resource)}_{name}"
        while name in names:
            name += "_2"
        names.append(name)
    return names


def _owner(resource: Resource) -> str:
    nouns = [part for part in resource.read.shape.split("/") if part and "{" not in part]
    return singular(snake(nouns[-2] if len(nouns) > 1 else nouns[0]))


def _job(  # noqa: PLR0913 - everything known about one job
    shapes: DocumentSchemas,
    name: str,
    resource: Resource,
    machine: DraftedMachine,
    history: JobHistory,
    *,
    alone: bool,
) -> DraftedJob:
    told = [
        guess for create in resource.creates for guess in guess_ids(shapes, create.node, resource)
    ]
    values = (*guess_properties(shapes, resource, machine), *dict.fromkeys(told))
    callbacks = {
        create.key: list(guess_callbacks(shapes, create.node, resource, machine))
        for create in resource.creates
    }
    unanswered = _operations(shapes, name, resource, machine, callbacks, alone=alone)
    bound = tuple((key, _answered(said, history.answers.get(key))) for key, said in unanswered)
    left = tuple(_left(resource, dict(bound)))
    ids, reasons = _ids(shapes, resource), _reasons(callbacks, bound)
    return DraftedJob(name, resource, machine, values, bound, left, ids, history, reasons=reasons)


def _left(resource: Resource, bound: Mapping[str, object]) -> Iterator[str]:
    """Yields the operations with a verb that is no event of the machine."""
    for event in resource.events:
        if event.operation.key not in bound:
            yield f"{event.operation.key} ({event.verb})"


def _reasons(
    callbacks: Mapping[str, Sequence[CallbackGuess]], bound: Iterable[tuple[str, object]]
) -> dict[str, str]:
    """Returns the reasons for the guesses of operations: lists of jobs, statuses, callbacks."""
    return dict(_assumed(bound)) | {
        key: f"when it sends {', '.join(f'{each.name}, {each.reason}' for each in found)}"
        for key, found in callbacks.items()
        if found
    }


def _assumed(bound: Iterable[tuple[str, object]]) -> Iterator[tuple[str, str]]:
    """Yields the reasons for lists of jobs and for the states of statuses, by operation."""
    for key, said in bound:
        if "x-evidence" in as_map(said):
            each = "each" in as_map(said)
            yield key, "whether each object becomes a job" if each else "the states of its statuses"


def _answered(said: object, answers: Mapping[str, Any] | None) -> object:
    """Returns an operation's declaration, with the recorded answers."""
    if not answers:
        return said
    long = said if isinstance(said, Mapping) else {"does": said}
    return {**long, "answers": answers}


def _ids(shapes: DocumentSchemas, resource: Resource) -> str | Mapping[str, str] | None:
    """Returns the form of IDs, from the parameter of the read operation, or None."""
    read, names = resource.read, {"id", *id_names(resource.read)}
    given = [p for p in read.parameters if snake(str(p.get("name"))) in names]
    schema = shapes.follow(given[-1].get("schema")) if given else {}
    if shapes.is_a(schema, "integer"):
        return "integer"
    whole = re.fullmatch(r"(?s)\^(.*)\$", str(schema.get("pattern", "")))
    return {"pattern": whole[1]} if whole else None


def summary(draft: Draft) -> Iterator[str]:
    """Yields a line for each recorded kind of job and each addition to the file."""
    for job in draft.jobs:
        yield from _recorded(job) if job.history.jobs else ()
    for situation, said in draft.errors.items():
        if isinstance(said, Mapping):
            yield f"recorded: {situation} is answered with {said['status']}"
    yield from (f"not in the file: {addition.place}" for addition in draft.additions)


def _recorded(job: DraftedJob) -> Iterator[str]:
    history = job.history
    walk = " → ".join(history.walk) or ", ".join(history.states)
    yield f"recorded: {history.jobs} of {job.name}: {walk or 'no state'}"
    for verb, changes in history.events.items():
        targets = ", ".join(dict.fromkeys(changes.values()))
        yield f"recorded: {verb} of {job.name} leads to {targets}"


# -- machines --------------------------------------------------------------------------------------


def _machine(job: DraftedJob) -> dict[str, Any]:
    machine = job.machine
    reason = {"type": "string", "nullable": True}
    facts = {"facts": {"reason": reason}, "reason": "facts.reason"} if _shows_reason(job) else {}
    scenarios = {name: _scenario(job, name, said) for name, said in machine.scenarios.items()}
    return {
        **filled(id=job.ids), "initial": machine.initial, "states": dict(machine.states),
        **filled(events=dict(machine.events)), **facts, **filled(polling=_polling(job)),
        "scenarios": scenarios,
    }  # fmt: skip


def _shows_reason(job: DraftedJob) -> bool:
    """Returns True if a response has a property for the reason of a failure."""
    values = [guess.value for guess in job.values if isinstance(guess.value, dict)]
    return any(value.get("path") == "facts.reason" for value in values)


def _polling(job: DraftedJob) -> dict[str, Any]:
    """Returns the pauses between reads: as recorded, or as declared in the file."""
    published = {"published": f"{job.resource.read.key} of the file"}
    if job.history.polls:
        return _pauses(*job.history.polls, RECORDED)
    if note := job.resource.note:
        first, pause = note.first or note.pause or 0, note.pause or note.first or 0
        return _pauses(timedelta(seconds=first), timedelta(seconds=pause), published)
    return {}


def _pauses(first: timedelta, last: timedelta, evidence: object) -> dict[str, Any]:
    """Returns the pauses as a declaration; an empty one if there are none."""
    longest = max(first, last)
    said = {"first": span_text(first), "at_most": span_text(longest), "x-evidence": evidence}
    return said if longest else {}


def _scenario(job: DraftedJob, name: str, scenario: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a scenario; a failing one sets the reason, if a response has a property for it."""
    ended = job.machine.by_text(name)
    kind = job.machine.states[ended]["kind"] if ended is not None else None
    if kind not in ("failure", "partial") or not _shows_reason(job):
        return dict(scenario)
    told = {"reason": f"The {job.name.replace('_', ' ')} ended as {name.replace('_', ' ')}"}
    steps = {state: {**step, "set": told} for state, step in scenario["steps"].items()}
    return dict(scenario) | {"steps": steps}


# -- operations ------------------------------------------------------------------------------------


def _operations(  # noqa: PLR0913 - everything known about one job
    shapes: DocumentSchemas,
    name: str,
    resource: Resource,
    machine: DraftedMachine,
    callbacks: Mapping[str, Sequence[CallbackGuess]],
    *,
    alone: bool,
) -> Iterator[tuple[str, object]]:
    def bound(does: str, **more: object) -> object:
        given = {"does": does, **({} if alone else {"machine": name}), **more}
        return does if len(given) == 1 else given

    for create in resource.creates:
        sent = {each.name: dict(each.said) for each in callbacks[create.key]}
        yield (
            create.key,
            bound(
                "create",
                **_given_id(create, resource),
                **_made(shapes, create, resource),
                **filled(callbacks=sent),
            ),
        )
    for read in resource.reads:
        yield read.key, bound("read", **_id(shapes, read, resource), **_answers(read, resource))
    if resource.result:
        yield resource.result.key, bound("read")
    for listing in resource.lists:
        yield listing.key, bound("list", **listed(listing))
    for event in _known_events(resource, machine):
        yield event.operation.key, bound("event", event=event.verb, **_id(shapes, event.operation, resource))  # fmt: skip
    for delete in resource.deletes:
        yield delete.key, bound("delete", **_id(shapes, delete, resource))


def _made(shapes: DocumentSchemas, create: Candidate, resource: Resource) -> dict[str, object]:
    """Returns whether a request makes several jobs, and the headers of its answer that lead to them."""
    if orders := orders_of(shapes, resource, create):
        return {"each": orders, "x-evidence": {"assumed": WHY_EACH}}
    return filled(answers=started(create, resource.read) if resource.state.statuses else {})


def _answers(read: Candidate, resource: Resource) -> dict[str, object]:
    """Returns the answers of a read whose status shows the state."""
    statuses = resource.state.statuses
    if not statuses or read is not resource.read:
        return {}
    said = answers_by_status(read, statuses, resource.result)
    return {"answers": said, "x-evidence": {"assumed": why_by_status(read.key, statuses)}}


def _known_events(resource: Resource, machine: DraftedMachine) -> Iterator[EventOperation]:
    """Yields the operations that send an event of the machine, or of one of its states."""
    known = {*machine.events}.union(*(as_map(s.get("events")) for s in machine.states.values()))
    yield from (event for event in resource.events if event.verb in known)


def _id(shapes: DocumentSchemas, operation: Candidate, resource: Resource) -> dict[str, object]:
    """Returns the source of the job's ID, unless it is the last path parameter."""
    names = dict.fromkeys(map(snake, ("id", *_names_of_ids(resource))))
    last = resource.read.shape.rsplit("/", 1)[-1]
    if "{}" in last and operation.shape.startswith(resource.read.shape):
        return {}
    sent = {snake(name): name for name in shapes.properties(operation.body)}
    in_body = (f"body.{sent[name]}" for name in names if name in sent)
    return filled(id=next(chain(_sent_ids(operation, names), in_body), None))


def _sent_ids(operation: Candidate, names: Collection[str]) -> Iterator[str]:
    """Yields the query and header parameters with such names."""
    for parameter in operation.parameters:
        place, name = parameter.get("in"), str(parameter.get("name"))
        if place in ("query", "header") and snake(name) in names:
            yield f"{place}.{name}"


def _given_id(create: Candidate, resource: Resource) -> dict[str, object]:
    """Returns the source of an ID chosen by the client: a create on the path of the read."""
    last = create.path.split("?")[0].rsplit("/", 1)[-1]
    if create.shape == resource.read.shape and last.startswith("{"):
        return {"id": f"path.{last.strip('{}')}"}
    return {}


def _names_of_ids(resource: Resource) -> list[str]:
    return [name for read in resource.reads for name in id_names(read)]


# -- values ----------------------------------------------------------------------------------------


def _values(job: DraftedJob) -> Iterator[tuple[str, object]]:
    yield from ((guess.key, guess.value) for guess in job.values)
