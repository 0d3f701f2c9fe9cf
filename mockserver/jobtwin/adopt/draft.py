"""Drafts the `x-jobs` of a vendor's document: machines, operations, values. No text, no files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from jobtwin.adopt.callbacks import CallbackGuess, guess_callbacks, guess_ids, guess_webhooks
from jobtwin.adopt.history import RECORDED, Addition, JobHistory, Recorded, span_text
from jobtwin.adopt.listings import listed
from jobtwin.adopt.machines import DraftedMachine, draft_machine
from jobtwin.adopt.operations import Candidate
from jobtwin.adopt.properties import PropertyGuess, guess_properties
from jobtwin.adopt.resources import Resource, find_resources, id_names, singular
from jobtwin.adopt.shapes import DocumentSchemas
from jobtwin.adopt.words import snake
from jobtwin.lifecycle.machine import nothing
from jobtwin.openapi.document import Document


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
    """How the callbacks of operations were guessed, by operation."""


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
        values = {key: value for job in self.jobs for key, value in _values(job)}
        webhooks = {hook.name: dict(hook.said) for job in self.jobs for hook in job.webhooks}
        made = {"version": 1, "machines": machines, "operations": operations}
        made |= {"webhooks": webhooks} if webhooks else {}
        made["values"] = values
        return {**made, "errors": dict(self.errors)} if self.errors else made


def draft(document: Document, recorded: Recorded | None = None) -> Draft:
    """Drafts every job for which the document and the recordings suffice."""
    recorded = recorded or Recorded()
    findings = find_resources(document)
    shapes = DocumentSchemas(document)
    able = [resource for resource in findings.jobs if _drafted(resource, None)]
    alone, jobs = len(able) == 1, list[DraftedJob]()
    for name, resource in zip(_names(able), able, strict=True):
        history = recorded.jobs.get(name, JobHistory())
        if machine := _drafted(resource, history):
            jobs.append(_job(shapes, name, resource, machine, history, alone=alone))
    undrafted = [resource for resource in findings.jobs if resource not in able]
    doubtful = (*undrafted, *findings.doubtful)
    hooks = list(guess_webhooks(shapes, [(job.name, job.resource, job.machine) for job in jobs]))
    jobs = [replace(job, webhooks=tuple(h for n, h in hooks if n == job.name)) for job in jobs]
    return Draft(tuple(jobs), doubtful, recorded.errors, recorded.additions)


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
    keys = {key for key, _ in bound}
    left = [
        f"{event.operation.key} ({event.verb})"
        for event in resource.events
        if event.operation.key not in keys
    ]
    ids = _ids(shapes, resource)
    reasons = {
        key: f"when it sends {', '.join(f'{each.name}, {each.reason}' for each in found)}"
        for key, found in callbacks.items()
        if found
    }
    return DraftedJob(
        name, resource, machine, values, bound, tuple(left), ids, history, reasons=reasons
    )


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
    pattern = schema.get("pattern")
    whole = isinstance(pattern, str) and pattern.startswith("^") and pattern.endswith("$")
    return {"pattern": pattern[1:-1]} if isinstance(pattern, str) and whole else None


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
    drafted: dict[str, Any] = {"id": job.ids} if job.ids else {}
    drafted |= {"initial": machine.initial, "states": dict(machine.states)}
    if machine.events:
        drafted["events"] = dict(machine.events)
    if _shows_reason(job):
        drafted["facts"] = {"reason": {"type": "string", "nullable": True}}
        drafted["reason"] = "facts.reason"
    if polling := _polling(job):
        drafted["polling"] = polling
    drafted["scenarios"] = {
        name: _scenario(job, name, steps) for name, steps in machine.scenarios.items()
    }
    return drafted


def _shows_reason(job: DraftedJob) -> bool:
    """Whether an answer has room for the reason of a failure."""
    values = [guess.value for guess in job.values if isinstance(guess.value, dict)]
    return any(value.get("path") == "facts.reason" for value in values)


def _polling(job: DraftedJob) -> dict[str, Any]:
    """Returns the pauses between reads: as recorded, or as declared in the file."""
    note = job.resource.note
    if job.history.polls:
        first, last = job.history.polls
        pauses = {"first": span_text(first), "at_most": span_text(max(first, last))}
        return {**pauses, "x-evidence": RECORDED}
    if note is None or not (note.first or note.pause):
        return {}
    first, pause = (timedelta(seconds=s or 0) for s in (note.first or note.pause, note.pause or note.first))  # fmt: skip
    published = {"published": f"{job.resource.read.key} of the file"}
    return {"first": span_text(first), "at_most": span_text(max(first, pause)), "x-evidence": published}  # fmt: skip


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
        more = {"callbacks": sent} if sent else {}
        yield create.key, bound("create", **_given_id(create, resource), **more)
    for read in resource.reads:
        yield read.key, bound("read", **_id(shapes, read, resource))
    for listing in resource.lists:
        yield listing.key, bound("list", **listed(listing))
    known = {*machine.events, *(e for s in machine.states.values() for e in _events_of(s))}
    for event in resource.events:
        if event.verb in known:
            yield event.operation.key, bound("event", event=event.verb, **_id(shapes, event.operation, resource))  # fmt: skip
    for delete in resource.deletes:
        yield delete.key, bound("delete", **_id(shapes, delete, resource))


def _events_of(state: Mapping[str, object]) -> Iterator[str]:
    events = state.get("events")
    yield from events if isinstance(events, Mapping) else ()


def _id(shapes: DocumentSchemas, operation: Candidate, resource: Resource) -> dict[str, object]:
    """Returns the source of the job's ID, unless it is the last path parameter."""
    names = {snake(name): name for name in ("id", *_names_of_ids(resource))}
    in_path = (
        operation.shape.startswith(resource.read.shape)
        and "{}" in resource.read.shape.rsplit("/", 1)[-1]
    )
    if in_path:
        return {}
    for parameter in operation.parameters:
        sent_there = parameter.get("in") in ("query", "header")
        if sent_there and snake(str(parameter.get("name"))) in names:
            return {"id": f"{parameter['in']}.{parameter['name']}"}
    sent = {snake(name): name for name in shapes.properties(operation.body)}
    return next(({"id": f"body.{sent[name]}"} for name in names if name in sent), {})


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
