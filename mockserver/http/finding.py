"""Finding the job that a request is about; what every handler starts from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockserver.errors import Refusal
from mockserver.http.request import Asked
from mockserver.lifecycle import Machine, View
from mockserver.spec.operations import Command, Operation
from mockserver.world import Job, Sandbox

Handler = Callable[[Asked, Sandbox], Any]
"""Does what was asked, and returns what the answer's body is made from."""


def machine_of(operation: Operation) -> Machine:
    """The machine of an operation that is about jobs."""
    if operation.machine is None:
        raise TypeError(f"{operation.id} is not about jobs")
    return operation.machine


def finder(operation: Operation) -> Callable[[Asked, Sandbox], tuple[Job, View]]:
    """A function that finds the job by its id, as it is now, or refuses."""
    machine, source, within = machine_of(operation), operation.job_id, operation.within
    if source is None:
        raise TypeError(f"{operation.id} does not say where the job's id stands")

    def find(asked: Asked, sandbox: Sandbox) -> tuple[Job, View]:
        wanted = asked.at(source)
        job = sandbox.find(machine, wanted)
        if job is None:
            raise Refusal("unknown_job", id=wanted)
        view = job.view(sandbox.clock.now())
        for fact, place in within.items():
            if not belongs(view, fact=fact, wanted=asked.at(place)):
                raise Refusal("unknown_job", id=wanted)
        asked.job, asked.before = job, view
        return job, view

    return find


def belongs(view: View, *, fact: str, wanted: Any) -> bool:
    """Whether a job has this fact; one whose fact is null belongs everywhere."""
    return view.fact(fact) in (None, wanted)


def asked_event(command: Command | None, asked: Asked) -> str | None:
    """The event that a request asks for; None where it asks for nothing."""
    if command is None or command.source is None:
        return command.events[None] if command else None
    return command.events.get(asked.at(command.source))
