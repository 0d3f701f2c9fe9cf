"""Handlers: what each kind of operation does to the jobs of a sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockserver.errors import Refusal
from mockserver.http.request import Asked
from mockserver.lifecycle import Machine, View
from mockserver.spec import Page
from mockserver.spec.operations import Command, Filter, Operation
from mockserver.world import Job, Sandbox

Handler = Callable[[Asked, Sandbox], Any]
"""Does what was asked, and returns what the answer's body is made from."""


def handler(operation: Operation) -> Handler:
    """The handler of an operation, prepared."""
    return _KINDS[operation.does](operation)


def _machine(operation: Operation) -> Machine:
    if operation.machine is None:
        raise TypeError(f"{operation.id} is not about jobs")
    return operation.machine


def _finder(operation: Operation) -> Callable[[Asked, Sandbox], Job]:
    machine, source, within = _machine(operation), operation.job_id, operation.within
    if source is None:
        raise TypeError(f"{operation.id} does not say where the job's id stands")

    def find(asked: Asked, sandbox: Sandbox) -> Job:
        wanted = asked.at(source)
        job = sandbox.find(machine, wanted)
        if job is None or not all(
            _belongs(View(job.life, sandbox.clock.now()), fact, asked.at(place))
            for fact, place in within.items()
        ):
            raise Refusal("unknown_job", id=wanted)
        return job

    return find


def _belongs(view: View, fact: str, wanted: Any) -> bool:
    """Whether a job has this fact; one whose fact is null belongs everywhere."""
    return view.fact(fact) in (None, wanted)


def _read(operation: Operation) -> Handler:
    find = _finder(operation)
    return lambda asked, sandbox: View(find(asked, sandbox).life, sandbox.clock.now())


def _event(operation: Operation) -> Handler:
    find, command = _finder(operation), operation.command

    def tell(asked: Asked, sandbox: Sandbox) -> View:
        job = find(asked, sandbox)
        event = _asked_event(command, asked)
        if event is not None and not sandbox.tell(job, event):
            state = View(job.life, sandbox.clock.now()).state.name
            raise Refusal("illegal_event", id=job.birth.id, event=event, state=state)
        return View(job.life, sandbox.clock.now())

    return tell


def _asked_event(command: Command | None, asked: Asked) -> str | None:
    if command is None or command.source is None:
        return command.events[None] if command else None
    return command.events.get(asked.at(command.source))


def _list(operation: Operation) -> Handler:
    machine, paging = _machine(operation), operation.paging

    def page(asked: Asked, sandbox: Sandbox) -> Page:
        now = sandbox.clock.now()
        views = [View(job.life, now) for job in sandbox.newest_first(machine)]
        for fact, place in operation.within.items():
            views = [view for view in views if _belongs(view, fact, asked.at(place))]
        for chosen in operation.filters:
            views = _filtered(views, chosen, asked)
        for get, descending in reversed(operation.order):
            views.sort(key=lambda view: _sortable(get(view, asked)), reverse=descending)
        if paging is None:
            return Page(views, None, 0, len(views))
        limit, offset = asked.at(paging.limit), asked.at(paging.offset) or 0
        if limit is None or (paging.at_most is not None and limit > paging.at_most):
            limit = paging.at_most if limit is not None else len(views)
        return Page(views[offset : offset + limit], limit, offset, len(views))

    return page


def _filtered(views: list[View], chosen: Filter, asked: Asked) -> list[View]:
    wanted = asked.query.get(chosen.parameter)
    if wanted is None:
        return views
    if chosen.when is not None:
        return [v for v in views if chosen.get(v, asked)] if wanted == chosen.when else views
    values = wanted if isinstance(wanted, list) else [wanted]
    return [view for view in views if chosen.get(view, asked) in values]


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value)


_KINDS = {"read": _read, "list": _list, "event": _event}
