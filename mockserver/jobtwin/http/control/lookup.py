"""Looks up the names in control requests: twins, machines, jobs, moments; refuses unknown ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from jobtwin.errors import Refusal, unknown
from jobtwin.http.request import RequestData
from jobtwin.lifecycle import Machine, Moment, Span
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Parameter
from jobtwin.openapi.schema import reason
from jobtwin.openapi.spec import machines_by_name
from jobtwin.openapi.times import moment, rfc3339, span
from jobtwin.sandboxes import Sandbox, StoredJob

_INTEGER = re.compile(r"-?[0-9]{1,18}")


class ServedTwins:
    """The twins of a server, their machines and jobs, by name."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        self.specs = {spec.name: spec for spec in specs if spec.jobs}
        self.apis = {m: spec.name for spec in specs for m in spec.jobs.values()}
        self.machines = machines_by_name(specs)

    def spec(self, name: str) -> Spec:
        """Returns the twin of that name."""
        if name not in self.specs:
            raise Refusal("not_there", why=unknown("twin", name, self.specs))
        return self.specs[name]

    def machine(self, api: str, name: str | None) -> Machine:
        """Returns the machine of that name; without a name, the only one of the twin."""
        jobs = self.spec(api).jobs
        if name is None and len(jobs) == 1:
            return next(iter(jobs.values()))
        if name is None:
            able = ", ".join(jobs)
            raise Refusal("not_understood", why=f"{api} has several machines; name one of {able}")
        if name not in jobs:
            raise Refusal("not_there", why=unknown("machine", name, jobs, api))
        return jobs[name]

    def job(self, request: RequestData, sandbox: Sandbox) -> StoredJob:
        """Returns the job that a request's path names, even before its birth."""
        machine, text = (
            self.machine(request.path["api"], request.path["machine"]),
            request.path["id"],
        )
        try:
            job = sandbox.find(machine, _id(machine, text), unborn=True)
        except ValueError as error:
            raise Refusal("not_there", why=f"there is no job {text}: {error}") from error
        job = job or sandbox.find_by_handle(machine, text)
        if job is None:
            raise Refusal("not_there", why=f"there is no job {text}")
        return job


def shows(machine: Machine, text: str, sandbox: Sandbox) -> bool:
    """Returns True if a job of the machine is shown with this ID."""
    try:
        job = sandbox.find(machine, _id(machine, text))
    except ValueError:
        return False
    if job is None:
        return sandbox.find_by_handle(machine, text) is not None
    return job.record.shown_id == text


def new_id(spec: Spec, machine: Machine, text: str) -> str | int:
    """Parses the ID of a new job as the vendor's operations do. Raises Refusal if it is invalid."""
    try:
        given = _id(machine, text)
        for parameter in _id_parameters(spec, machine):
            given = _read(parameter, text)
    except ValueError as error:
        why = f"no {machine.name} of {spec.name} can have that id: {error}"
        raise Refusal("not_understood", why=why) from error
    return given


def _id(machine: Machine, text: str) -> str | int:
    """Returns the id in a text. Raises ValueError if no job of the machine can have it."""
    if not machine.integer_ids:
        return text
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text!r} is not an integer of at most 18 digits, as its ids are")
    return int(text)


def _read(parameter: Parameter, text: str) -> Any:
    value = parameter.read(text)
    if wrong := next(parameter.validator.iter_errors(value), None):
        raise ValueError(reason(wrong))
    return value


def _id_parameters(spec: Spec, machine: Machine) -> Iterator[Parameter]:
    for operation in spec.operations:
        source = operation.job_id
        if operation.machine is machine and source is not None:
            place = source.place, source.name
            yield from (p for p in operation.parameters if (p.place, p.name) == place)


def refuse_unborn(job: StoredJob, sandbox: Sandbox) -> None:
    """Refuses actions on a job before its creation time."""
    if job.record.at > sandbox.clock.now():
        raise Refusal("not_now", why=f"the job is not born before {rfc3339(job.record.at)}")


def read_moment(text: str) -> Moment:
    """Parses a moment, or refuses it."""
    try:
        return moment(text)
    except ValueError as error:
        raise Refusal("not_understood", why=str(error)) from error


def read_span(text: str) -> Span:
    """Parses a duration, or refuses it."""
    try:
        return span(text)
    except ValueError as error:
        raise Refusal("not_understood", why=str(error)) from error
