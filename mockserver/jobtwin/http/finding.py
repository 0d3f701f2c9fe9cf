"""Finds the job of a request, the first step of every handler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jobtwin.errors import Refusal
from jobtwin.http.request import RequestData, extractor
from jobtwin.lifecycle import JobView, Machine
from jobtwin.openapi.operations import Command, Operation
from jobtwin.sandboxes import Sandbox, StoredJob

Handler = Callable[[RequestData, Sandbox], Any]
"""Carries out the request, and returns the source of the response's body."""


def machine_of(operation: Operation) -> Machine:
    """Returns the machine of an operation that is about jobs."""
    if operation.machine is None:
        raise TypeError(f"{operation.id} is not about jobs")
    return operation.machine


def finder(operation: Operation) -> Callable[[RequestData, Sandbox], tuple[StoredJob, JobView]]:
    """Returns a function that finds the job's current view by its ID, or refuses."""
    if operation.job_id is None:
        raise TypeError(f"{operation.id} does not say where the job's id stands")
    machine, job_id = machine_of(operation), extractor(operation.job_id)
    within = [(fact, extractor(place)) for fact, place in operation.within.items()]

    def find(request: RequestData, sandbox: Sandbox) -> tuple[StoredJob, JobView]:
        wanted, now = job_id(request), sandbox.clock.now()
        job = sandbox.find(machine, wanted, now=now)
        if job is None:
            raise Refusal("unknown_job", id=wanted)
        view = job.view(now)
        for fact, take in within:
            if not belongs(view, fact=fact, wanted=take(request)):
                raise Refusal("unknown_job", id=wanted)
        request.job, request.before = job, view
        return job, view

    return find


def belongs(view: JobView, *, fact: str, wanted: Any) -> bool:
    """Returns True if a job has this fact, or the fact is null."""
    return view.fact(fact) in (None, wanted)


def requested_event(command: Command | None, request: RequestData) -> str | None:
    """Returns the event of a request, or None."""
    if command is None or command.source is None:
        return command.events[None] if command else None
    return command.events.get(request.at(command.source))
