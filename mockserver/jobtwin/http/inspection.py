"""Machines, timelines and answers as the control API shows them. Reads sandboxes, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from jobcall.secrets import MASK
from jobtwin.docs.walks import lived
from jobtwin.docs.words import guard
from jobtwin.errors import WrongAnswer
from jobtwin.http.reply import made
from jobtwin.http.request import RequestData
from jobtwin.lifecycle import (
    JobView,
    Machine,
    MachineState,
    Milestone,
    Moment,
    Scenario,
    Timeline,
    Transition,
)
from jobtwin.masking import mask_value
from jobtwin.openapi import Spec
from jobtwin.openapi.emitting import holds
from jobtwin.openapi.evidence import Path, Tree
from jobtwin.openapi.operations import Answer, Operation, Parameter
from jobtwin.openapi.pointer import pointer, tokens
from jobtwin.openapi.sample_requests import sample_credentials, sample_request
from jobtwin.openapi.servers import server_urls
from jobtwin.openapi.times import rfc3339
from jobtwin.sandboxes import StoredJob

LONGEST_PAST = 500
"""The number of latest changes of a job, or of a part, in a timeline."""

LONGEST_PLAN = 100
"""The number of planned changes in a timeline; a job that repeats has infinitely many."""

_NOT_SENT = str(UUID(int=0))
"""The request ID in previews, which have no request."""


# -- APIs ------------------------------------------------------------------------------------------


def described_api(
    spec: Spec, path: str, port: int | None, *, guarded: bool, empty: bool
) -> dict[str, Any]:
    """Returns an API with its credentials and a working sample request.

    The credentials of a `guarded` server are omitted. An `empty` sandbox has no sample job to
    request.
    """
    sample = sample_request(spec, empty=empty)
    shown: dict[str, Any] = {
        "name": spec.name,
        "title": spec.title,
        "path": path,
        "docs": f"{path}/ui/",
        "operations": [o.id for o in spec.operations if o.machine is not None],
        "credentials": [
            {"place": scheme.place, "field": scheme.field, "value": value}
            for scheme, value in sample_credentials(spec, "CREDENTIAL" if guarded else None)
        ],
        "servers": server_urls(spec.document.data),
        "environment": dict(spec.environment),
    }
    if port is not None:
        shown["port"] = port
    if sample is not None:
        shown["sample"] = {
            "path": sample.path,
            "query": dict(sample.query),
            "headers": dict(sample.headers),
        }
    return shown


def swagger_credentials(spec: Spec) -> list[dict[str, str]]:
    """Returns the credentials of the spec's examples, by the names of their schemes."""
    return [
        {
            "scheme": scheme.name,
            "kind": scheme.kind,
            "place": scheme.place,
            "field": scheme.field,
            "value": value,
        }
        for scheme, value in sample_credentials(spec)
    ]


# -- machines --------------------------------------------------------------------------------------


def graph(api: str, machine: Machine) -> dict[str, Any]:
    """Returns a machine's states and transitions, and the plan of each scenario."""
    return {
        "api": api,
        "machine": machine.name,
        "states": list(map(_state, machine.states.values())),
        "transitions": list(_transitions(machine)),
        "plans": [_plan(machine, scenario) for scenario in machine.scenarios.values()],
    }


def _state(state: MachineState) -> dict[str, Any]:
    shown = {"name": state.name, "kind": state.kind.value}
    return {**shown, "outcome": state.outcome.value} if state.outcome else shown


def _transitions(machine: Machine) -> Iterator[dict[str, Any]]:
    """Yields each transition once for each state that it leaves, in the order of the states."""
    for transition in machine.transitions:
        for state in machine.states:
            if state in transition.sources:
                yield _transition(state, transition)


def _transition(state: str, transition: Transition) -> dict[str, Any]:
    shown = {
        "from": state,
        "to": transition.to,
        "event": transition.event,
        "after": None if transition.after is None else transition.after / 1_000_000,
        "when": guard(transition.when) or None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _plan(machine: Machine, scenario: Scenario) -> dict[str, Any]:
    milestones = lived(machine, scenario).schedule.milestones[:LONGEST_PLAN]
    return {
        "scenario": scenario.name,
        "milestones": [
            {"after": m.at / 1_000_000, "state": m.state.name, **_tone(m.state)}
            for m in milestones
            if m.entered
        ],
    }


def _tone(state: MachineState) -> dict[str, str]:
    shown = {"kind": state.kind.value}
    return {**shown, "outcome": state.outcome.value} if state.outcome else shown


# -- jobs ------------------------------------------------------------------------------------------


def timeline(job: StoredJob, now: Moment) -> dict[str, Any]:
    """Returns a job's past and plan, and those of its parts: one lane each, the job's own first."""
    view = JobView(job.timeline, max(job.moment(now), job.record.at))
    return {"lanes": list(_lanes(view, None, 0))}


def _lanes(view: JobView, part: str | None, depth: int) -> Iterator[dict[str, Any]]:
    lane: dict[str, Any] = {
        "id": view.timeline.record.shown_id,
        "depth": depth,
        "past": [_change(view.timeline, m) for m in _past(view)],
        "planned": [_change(view.timeline, m) for m in _planned(view)],
    }
    yield lane if part is None else {**lane, "part": part}
    for name in view.timeline.parts:
        for inner in view.parts(name):
            yield from _lanes(inner, name, depth + 1)


def _past(view: JobView) -> Sequence[Milestone]:
    schedule, last = view.timeline.schedule, view.index
    first = max(0, last + 1 - LONGEST_PAST)
    found = [schedule[number] for number in range(first, last + 1)]
    return [milestone for milestone in found if milestone.entered or milestone is found[0]]


def _planned(view: JobView) -> Iterator[Milestone]:
    schedule, number = view.timeline.schedule, view.index + 1
    for following in range(number, number + LONGEST_PLAN):
        if schedule.due(following - 1) is None:
            return
        if (milestone := schedule[following]).entered:
            yield milestone


def _change(timeline: Timeline, milestone: Milestone) -> dict[str, Any]:
    shown = {
        "at": rfc3339(timeline.record.at + milestone.at),
        "state": milestone.state.name,
        **_tone(milestone.state),
    }
    return {**shown, "event": milestone.event.name} if milestone.event else shown


# -- answers ---------------------------------------------------------------------------------------


def answers(spec: Spec, job: StoredJob, now: Moment) -> list[dict[str, Any]]:
    """Returns the current responses of the operations that read this job. Nothing counts as a poll."""
    view = job.view(now)
    return [
        _answer(spec, operation, view)
        for operation in spec.operations
        if operation.does == "read" and operation.machine is job.record.machine
    ]


def _answer(spec: Spec, operation: Operation, view: JobView) -> dict[str, Any]:
    request = _request(operation, view)
    answer = next(a for condition, a in operation.answers if holds(condition)(view, request))
    shown: dict[str, Any] = {
        "operation": operation.id,
        "method": operation.method,
        "path": _filled(operation, request).replace(
            str(view.timeline.record.id), view.timeline.record.shown_id
        ),
        "status": answer.status,
        "assumed": [],
    }
    try:
        body = made(f"{spec.name} {operation.id}", answer, view, request)
    except WrongAnswer:
        return {**shown, "status": 500}
    if not body:
        return shown
    value = orjson.loads(body) if answer.is_json else body.decode(errors="replace")
    if view.timeline.machine.secret_ids:
        value = mask_value(
            value, mask=lambda text: text.replace(str(view.timeline.record.id), MASK)
        )
    return {**shown, "body": value, "assumed": _assumed(spec, operation, answer, value)}


def _example(parameter: Parameter) -> Any:
    """Returns the example of a needed parameter, or the default."""
    needed = parameter.required or parameter.place == "path"
    return parameter.example if needed and parameter.example is not None else parameter.default


def _request(operation: Operation, view: JobView) -> RequestData:
    """Returns the request that reads this job: its ID, and the facts that scope it."""
    request = RequestData(lambda: _NOT_SENT)
    given: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
    for parameter in operation.parameters:
        given.setdefault(parameter.place, {})[parameter.name] = _example(parameter)
    for fact, within in operation.within.items():
        if (value := view.fact(fact)) is not None:
            given[within.place][within.name] = value
    source = operation.job_id
    if source is not None and source.place == "credential":
        request.credential = str(view.timeline.record.id)
    elif source is not None:
        given[source.place][source.name] = view.timeline.record.id
    request.path, request.query, request.header = given["path"], given["query"], given["header"]
    return request


def _filled(operation: Operation, request: RequestData) -> str:
    path = operation.path
    for name, value in request.path.items():
        path = path.replace(f"{{{name}}}", str(value))
    return path


def _assumed(spec: Spec, operation: Operation, answer: Answer, body: Any) -> list[dict[str, str]]:
    """Returns the assumed places in a body, as JSON pointers, with their reasons."""
    response = operation.response(answer.status)
    place = None if response is None else response.json
    schema = None if response is None or place is None else response.schemas[place]
    if schema is None:
        return []
    tree, path = Tree(spec.document.data), tuple(tokens(schema))
    found = dict(_claims(tree, path, body, ""))
    return [{"pointer": place, "says": said} for place, said in found.items()]


def _claims(tree: Tree, path: Path, value: Any, place: str) -> Iterator[tuple[str, str]]:
    followed = tree.followed(path)
    said = next((at for at in (path, followed) if "x-evidence" in tree.at(at)), None)
    if said is not None and (evidence := tree.evidence(said)).kind == "assumed":
        yield place, evidence.text or "No document of the vendor tells"
        return
    for number in range(len(tree.at(followed).get("allOf", ()))):
        yield from _claims(tree, (*followed, "allOf", number), value, place)
    yield from _claims_inside(tree, followed, value, place)


def _claims_inside(tree: Tree, path: Path, value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yields the assumptions about the properties or items of a value."""
    schema = tree.at(path)
    if isinstance(value, Mapping):
        for name in filter(value.__contains__, schema.get("properties", {})):
            inner = place + pointer((name,))
            yield from _claims(tree, (*path, "properties", name), value[name], inner)
    elif isinstance(value, list) and value and "items" in schema:
        yield from _claims(tree, (*path, "items"), value[0], f"{place}/*")
