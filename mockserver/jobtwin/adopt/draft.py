"""Drafts the `x-jobs` of a vendor's document: machines, operations, values. No text, no files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtwin.adopt.machines import DraftedMachine, draft_machine
from jobtwin.adopt.operations import Candidate
from jobtwin.adopt.properties import PropertyGuess, guess_properties
from jobtwin.adopt.resources import Resource, find_resources, id_names, singular
from jobtwin.adopt.shapes import Shapes
from jobtwin.adopt.words import snake
from jobtwin.openapi.document import Document


@dataclass(frozen=True)
class Job:
    """One drafted kind of job: what the file says of it, and the machine made of that."""

    name: str
    resource: Resource
    machine: DraftedMachine
    values: tuple[PropertyGuess, ...]
    operations: tuple[tuple[str, object], ...]
    left: tuple[str, ...] = ()
    ids: str | Mapping[str, str] | None = None


@dataclass(frozen=True)
class Draft:
    """All drafted jobs of a document, and what may be a job but was not drafted."""

    jobs: tuple[Job, ...]
    doubtful: tuple[Resource, ...]

    @property
    def declaration(self) -> dict[str, Any]:
        """The draft as the value of `x-jobs`."""
        machines = {job.name: _machine(job) for job in self.jobs}
        operations = dict(pair for job in self.jobs for pair in job.operations)
        values = {key: value for job in self.jobs for key, value in _values(job)}
        return {"version": 1, "machines": machines, "operations": operations, "values": values}


def draft(document: Document) -> Draft:
    """Drafts every job that the document tells plainly enough."""
    findings = find_resources(document)
    shapes = Shapes(document)
    drafted = [(job, machine) for job in findings.jobs if (machine := _drafted(job))]
    names = _names([job for job, _ in drafted])
    alone = len(drafted) == 1
    jobs = [_job(shapes, name, job, machine, alone=alone) for name, (job, machine) in zip(names, drafted, strict=True)]  # fmt: skip
    undrafted = [job for job in findings.jobs if not _drafted(job)]
    return Draft(tuple(jobs), (*undrafted, *findings.doubtful))


def _drafted(resource: Resource) -> DraftedMachine | None:
    verbs = [event.verb for event in resource.events]
    return draft_machine(resource.state, verbs)


def _names(resources: Sequence[Resource]) -> list[str]:
    """A name for each machine; two alike are told apart by what their paths begin with."""
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


def _job(
    shapes: Shapes, name: str, resource: Resource, machine: DraftedMachine, *, alone: bool
) -> Job:
    values = tuple(guess_properties(shapes, resource, machine))
    bound = tuple(_operations(shapes, name, resource, machine, alone=alone))
    keys = {key for key, _ in bound}
    left = [
        f"{event.operation.key} ({event.verb})"
        for event in resource.events
        if event.operation.key not in keys
    ]
    return Job(name, resource, machine, values, bound, tuple(left), _ids(shapes, resource))


def _ids(shapes: Shapes, resource: Resource) -> str | Mapping[str, str] | None:
    """How the jobs' ids look, by the parameter with which one is read; None if it does not say."""
    read, names = resource.read, {"id", *id_names(resource.read)}
    given = [p for p in read.parameters if snake(str(p.get("name"))) in names]
    schema = shapes.follow(given[-1].get("schema")) if given else {}
    if shapes.is_a(schema, "integer"):
        return "integer"
    pattern = schema.get("pattern")
    whole = isinstance(pattern, str) and pattern.startswith("^") and pattern.endswith("$")
    return {"pattern": pattern[1:-1]} if isinstance(pattern, str) and whole else None


# -- machines --------------------------------------------------------------------------------------


def _machine(job: Job) -> dict[str, Any]:
    machine = job.machine
    drafted: dict[str, Any] = {"id": job.ids} if job.ids else {}
    drafted |= {"initial": machine.initial, "states": dict(machine.states)}
    if machine.events:
        drafted["events"] = dict(machine.events)
    if any(
        isinstance(guess.value, dict) and guess.value.get("path") == "facts.reason"
        for guess in job.values
    ):
        drafted["facts"] = {"reason": {"type": "string", "nullable": True}}
        drafted["reason"] = "facts.reason"
    drafted["scenarios"] = {
        name: _scenario(job, name, steps) for name, steps in machine.scenarios.items()
    }
    return drafted


def _scenario(job: Job, name: str, scenario: Mapping[str, Any]) -> dict[str, Any]:
    """A scenario; one that fails says why, where an answer has room for it."""
    reasons = [guess for guess in job.values if isinstance(guess.value, dict) and guess.value.get("path") == "facts.reason"]  # fmt: skip
    ended = job.machine.by_text(name)
    if (
        not reasons
        or ended is None
        or job.machine.states[ended]["kind"] not in ("failure", "partial")
    ):
        return dict(scenario)
    reason = f"The {job.name.replace('_', ' ')} ended as {name.replace('_', ' ')}"
    return dict(scenario) | {
        "steps": {
            state: {**step, "set": {"reason": reason}} for state, step in scenario["steps"].items()
        }
    }


# -- operations ------------------------------------------------------------------------------------


def _operations(
    shapes: Shapes, name: str, resource: Resource, machine: DraftedMachine, *, alone: bool
) -> Iterator[tuple[str, object]]:
    def bound(does: str, **more: object) -> object:
        given = {"does": does, **({} if alone else {"machine": name}), **more}
        return does if len(given) == 1 else given

    for create in resource.creates:
        yield create.key, bound("create", **_given_id(create, resource))
    for read in resource.reads:
        yield read.key, bound("read", **_id(shapes, read, resource))
    for listing in resource.lists:
        yield listing.key, bound("list")
    known = {*machine.events, *(e for s in machine.states.values() for e in _events_of(s))}
    for event in resource.events:
        if event.verb in known:
            yield event.operation.key, bound("event", event=event.verb, **_id(shapes, event.operation, resource))  # fmt: skip
    for delete in resource.deletes:
        yield delete.key, bound("delete", **_id(shapes, delete, resource))


def _events_of(state: Mapping[str, object]) -> Iterator[str]:
    events = state.get("events")
    yield from events if isinstance(events, Mapping) else ()


def _id(shapes: Shapes, operation: Candidate, resource: Resource) -> dict[str, object]:
    """Where an operation has the job's id, unless that is the path's last parameter."""
    names = {snake(name): name for name in ("id", *_names_of_ids(resource))}
    in_path = (
        operation.shape.startswith(resource.read.shape)
        and "{}" in resource.read.shape.rsplit("/", 1)[-1]
    )
    if in_path:
        return {}
    for parameter in operation.parameters:
        if snake(str(parameter.get("name"))) in names and parameter.get("in") in (
            "query",
            "header",
        ):
            return {"id": f"{parameter['in']}.{parameter['name']}"}
    sent = {snake(name): name for name in shapes.properties(operation.body)}
    return next(({"id": f"body.{sent[name]}"} for name in names if name in sent), {})


def _given_id(create: Candidate, resource: Resource) -> dict[str, object]:
    """Where the client chooses the new job's id: a create on the path of the read."""
    last = create.path.split("?")[0].rsplit("/", 1)[-1]
    if create.shape == resource.read.shape and last.startswith("{"):
        return {"id": f"path.{last.strip('{}')}"}
    return {}


def _names_of_ids(resource: Resource) -> list[str]:
    return [name for read in resource.reads for name in id_names(read)]


# -- values ----------------------------------------------------------------------------------------


def _values(job: Job) -> Iterator[tuple[str, object]]:
    yield from ((guess.key, guess.value) for guess in job.values)
