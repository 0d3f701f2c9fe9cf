"""Creates jobs from a request, or as copies; refuses conflicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import orjson

from jobtwin.errors import Refusal, UnknownScenario
from jobtwin.http.credentials import REFUSED
from jobtwin.http.finding import Handler, finder, machine_of, requested_event
from jobtwin.http.request import RequestData
from jobtwin.lifecycle import JobView, Machine, PartBirth
from jobtwin.lifecycle.machine import lookup
from jobtwin.openapi.emitting import holds
from jobtwin.openapi.operations import (
    Creation,
    DeclaredCallback,
    Exclusive,
    GivenParts,
    JobPage,
    Operation,
    PartTarget,
    RequestSource,
)
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.schema import reason
from jobtwin.openapi.values import Const
from jobtwin.sandboxes import Sandbox, StoredJob

MOST_ITEMS = 1000
"""The maximum number of jobs that one request creates."""


def create(operation: Operation) -> Handler:
    """Returns the handler of an operation that creates a job, or several."""
    if (each := _creation(operation).each) is not None:
        return _create_each(operation, each)
    machine, creation = machine_of(operation), _creation(operation)
    register, repeats = _registrar(operation), _repeated(operation)
    make_way = _way_maker(machine, creation.exclusive)

    def handle(request: RequestData, sandbox: Sandbox) -> JobView:
        _admit(creation, request)
        if (job := repeats(request, sandbox)) is not None:
            return job.at_birth()
        facts = _facts(creation, request)
        parts = _parts(machine, creation, request)
        replaced = make_way(facts, sandbox, request)
        given_id = _given_id(machine, creation, request, sandbox)
        make = partial(sandbox.create, machine, id=given_id, **_key(operation, request))
        made = _born(request, sandbox, make, register, facts=facts, parts=parts)
        for job, event in replaced:
            sandbox.send_event(job, event, {"id": made.timeline.record.id})
        return made

    return handle


def _create_each(operation: Operation, each: RequestSource) -> Handler:
    """Returns the handler of an operation that creates a job from each item, all or none."""
    machine, creation, register = machine_of(operation), _creation(operation), _registrar(operation)

    def handle(request: RequestData, sandbox: Sandbox) -> JobPage:
        _admit(creation, request)
        given = [_of_item(creation, request, item) for item in _items(request, each)]
        make, made = partial(sandbox.create, machine), list[JobView]()
        try:
            for item, facts in given:
                request.item = item
                made.append(_born(request, sandbox, make, register, facts=facts))
        except Refusal:
            _take_back(sandbox, machine, made)
            raise
        return JobPage(made, limit=None, offset=0, total=len(made))

    return handle


def _items(request: RequestData, each: RequestSource) -> Sequence[Any]:
    """Returns the items from which jobs are created. Raises Refusal if there are too many."""
    items = request.at(each) or ()
    if len(items) > MOST_ITEMS:
        where = pointer(each.name.split(".")) if each.name else "/"
        why = f"{len(items)} items are more than {MOST_ITEMS}"
        raise Refusal("invalid_body", pointer=where, reason=why, target=where)
    return items


def _of_item(creation: Creation, request: RequestData, item: Any) -> tuple[Any, dict[str, Any]]:
    """Returns an item, and the facts that the request and the item give its job."""
    request.item = item
    return item, _facts(creation, request)


def _take_back(sandbox: Sandbox, machine: Machine, made: Sequence[JobView]) -> None:
    for view in made:
        if job := sandbox.find(machine, view.timeline.record.id):
            sandbox.remove(job)


def clone(operation: Operation) -> Handler:
    """Returns the handler of an operation that clones a job."""
    machine, creation, find = machine_of(operation), _creation(operation), finder(operation)
    register, repeats = _registrar(operation), _repeated(operation)

    def make(request: RequestData, sandbox: Sandbox) -> JobView:
        if (made_before := repeats(request, sandbox)) is not None:
            return made_before.at_birth()
        job, view = find(request, sandbox)
        event = requested_event(operation.command, request)
        if event is not None and not view.allows(event):
            raise Refusal("illegal_event", id=job.record.id, event=event, state=view.state.name)
        changes: dict[str, Any] = {"facts": {**job.record.facts, **_facts(creation, request)}}
        if parts := _parts(machine, creation, request):
            changes["parts"] = parts
        changes |= _key(operation, request)
        made = _born(request, sandbox, partial(sandbox.clone, job), register, **changes)
        if event is not None:
            sandbox.send_event(job, event, {"id": made.timeline.record.id})
        return made

    return make


def _creation(operation: Operation) -> Creation:
    if operation.creation is None:
        raise TypeError(f"{operation.id} makes no jobs")
    return operation.creation


# -- requests that are sent again ------------------------------------------------------------------


def _repeated(operation: Operation) -> Callable[[RequestData, Sandbox], StoredJob | None]:
    """Returns a function that finds an identical request's job, and refuses a reused key."""
    machine, idempotency = machine_of(operation), _creation(operation).idempotency

    def find(request: RequestData, sandbox: Sandbox) -> StoredJob | None:
        key = _key(operation, request)
        if idempotency is None or not key:
            return None
        job, span = sandbox.find_by_key(machine, key["key"]), idempotency.known_for
        if job is None or job.key is None:
            return None
        if span is not None and job.record.at + span <= sandbox.clock.now():
            return None
        if job.key[1] != key["digest"]:
            raise Refusal("reused_key", key=request.at(idempotency.key))
        return job

    return find


def _key(operation: Operation, request: RequestData) -> dict[str, Any]:
    """Returns the idempotency key of a request, with the digest of the request; {} without a key."""
    idempotency = _creation(operation).idempotency
    key = None if idempotency is None else request.at(idempotency.key)
    if key is None:
        return {}
    sent = orjson.dumps([dict(request.path), request.body], option=orjson.OPT_SORT_KEYS)
    return {"key": f"{operation.id} {key}", "digest": sha256(sent).hexdigest()}


_Registrar = Callable[[RequestData, Sandbox, StoredJob], None]


def _registrar(operation: Operation) -> _Registrar:
    """Returns a function that registers the callbacks with a URL in the request."""
    callbacks = operation.callbacks

    def register(request: RequestData, sandbox: Sandbox, job: StoredJob) -> None:
        for each in callbacks:
            url, secret = _url(each, request), _given(each.secret, request)
            if url:
                text = secret if isinstance(secret, str) and secret else None
                sandbox.register_callback(job, each.name, url, text, request.base)

    return register


def _url(callback: DeclaredCallback, request: RequestData) -> str | None:
    """Returns the URL of a callback, or None if the request lacks one of its parts."""
    words = [p if isinstance(p, str) else request.at(p) for p in callback.url]
    return None if None in words else "".join(map(str, words))


def _given(source: RequestSource | Const | None, request: RequestData) -> Any:
    return source.value if isinstance(source, Const) else source and request.at(source)


def _born(
    request: RequestData,
    sandbox: Sandbox,
    make: Callable[..., StoredJob],
    register: _Registrar,
    **given: Any,
) -> JobView:
    """Creates a job, with the scenario that the request prefers, if any."""
    preferred = request.preferred_scenario
    if preferred is not None:
        given["scenario"] = preferred
    try:
        job = make(**given)
    except UnknownScenario as error:
        names = ", ".join(error.known) or "none"
        raise Refusal("unknown_scenario", scenario=error.name, names=names) from error
    request.made += (job,)
    register(request, sandbox, job)
    if preferred is not None:
        request.reply_headers["Preference-Applied"] = f"scenario={preferred}"
    return job.view(max(sandbox.clock.now(), job.record.at))


def _given_id(
    machine: Machine, creation: Creation, request: RequestData, sandbox: Sandbox
) -> str | int | None:
    """Returns the id from the client, or None. Raises Refusal for an id that is in use."""
    given: str | int | None = request.at(creation.id) if creation.id else None
    now = sandbox.clock.now()
    taken = None if given is None else sandbox.find(machine, given, now=now)
    if taken is not None:
        raise Refusal("conflict", id=given, state=taken.view(now).state.name)
    return given


def _admit(creation: Creation, request: RequestData) -> None:
    if any(request.at(source) != value for source, value in creation.accept):
        raise Refusal("wrong_credential")
    if creation.credential and request.at(creation.credential) in REFUSED:
        raise Refusal("wrong_credential")


def _facts(creation: Creation, request: RequestData) -> dict[str, Any]:
    """Returns the facts in the request."""
    given = {}
    for fact, source in creation.facts.items():
        value = source.value if isinstance(source, Const) else request.at(source)
        if value is None:
            continue
        judge = creation.judges.get(fact)
        if judge is not None and isinstance(source, RequestSource) and not judge.is_valid(value):
            where, why = f"/{source.name}", reason(next(judge.iter_errors(value)))
            raise Refusal("invalid_body", pointer=where, reason=why, target=where)
        given[fact] = value
    return given


_WayMaker = Callable[[Mapping[str, Any], Sandbox, RequestData], Sequence[tuple[StoredJob, str]]]


def _way_maker(machine: Machine, exclusive: Exclusive | None) -> _WayMaker:
    """Returns a function that refuses a new job with a conflict, or returns the conflicting jobs to change."""
    if exclusive is None:
        return lambda _facts, _sandbox, _request: ()
    fits, same, unless = holds(exclusive.where), exclusive.same, exclusive.unless
    possible = exclusive.where.possible(machine)
    unfinished = not any(machine.states[name].final for name in possible)
    event = exclusive.event

    def make_way(
        facts: Mapping[str, Any], sandbox: Sandbox, request: RequestData
    ) -> Sequence[tuple[StoredJob, str]]:
        let_through = bool(unless and request.at(unless))
        if let_through and not event:
            return ()
        now, replaced = sandbox.clock.now(), []
        wanted = {fact: facts.get(fact, machine.facts.get(fact)) for fact in same}
        jobs = sandbox.rivals(machine, wanted) if unfinished else sandbox.jobs(machine)
        for job in jobs:
            view = job.view(now)
            alike = all(view.fact(fact) == value for fact, value in wanted.items())
            if alike and fits(view, request):
                if not (let_through and view.allows(event)):
                    raise Refusal("conflict", id=job.record.id, state=view.state.name)
                replaced.append((job, event))
        return replaced

    return make_way


def _parts(
    machine: Machine, creation: Creation, request: RequestData
) -> dict[str, Sequence[PartBirth]] | None:
    """Returns the parts in the request, or None."""
    parts: dict[str, Sequence[PartBirth]] = {}
    for name, given in creation.parts.items():
        if isinstance(given, PartTarget):
            target = request.at(given.source)
            parts |= {} if target is None else {name: _targeted(machine.parts[name], given, target)}
        else:
            items = lookup(request.body or {}, given.each)
            parts |= {} if items is None else {name: _each(given, items)}
    return parts or None


def _each(given: GivenParts, items: Sequence[Any]) -> tuple[PartBirth, ...]:
    return tuple(
        PartBirth(
            facts=_part_facts(given, i),
            parts={n: _each(p, lookup(i, p.each) or ()) for n, p in given.parts.items()},
        )
        for i in items
    )


def _part_facts(given: GivenParts, item: Any) -> dict[str, Any]:
    """Returns the facts that an item gives its part; a missing or null one has its default."""
    named = {f: item if k == "." else lookup(item, k) for f, k in given.facts.items()}
    return {fact: value for fact, value in named.items() if value is not None}


def _targeted(machine: Machine, given: PartTarget, target: str) -> list[PartBirth]:
    """Returns the parts of a fleet that match a target. Raises Refusal if there is none."""
    fleet = machine.fleet
    if target == given.all:
        named = fleet
    elif target == given.any:
        named = fleet[:1]
    else:
        named = tuple(facts for facts in fleet if _named(given, facts, target))
    if not named:
        raise Refusal("unknown_target", target=target, names=_target_names(fleet, given))
    return [PartBirth(facts=facts) for facts in named]


def _target_names(fleet: Sequence[Mapping[str, Any]], given: PartTarget) -> str:
    words = filter(None, (given.any, given.all))
    return ", ".join([*words, *(str(facts[given.name]) for facts in fleet)])


def _named(given: PartTarget, facts: Mapping[str, Any], target: str) -> bool:
    if facts.get(given.name) == target:
        return True
    key, colon, value = target.partition(":")
    label = (facts.get(given.labels) or {}).get(key) if colon and given.labels else None
    return label is not None and (label == value or label.startswith(f"{value}."))
