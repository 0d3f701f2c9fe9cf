"""The GET requests that poll one job, ready to be sent. No other requests can be made here."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import quote, urlencode

import httpx

from jobtwin.errors import JobtwinError
from jobtwin.lifecycle.machine import Machine, nothing
from jobtwin.openapi import Credential, Spec
from jobtwin.openapi.operations import Operation, Parameter

_READS = ("read", "list")


class PollError(JobtwinError):
    """A job cannot be polled: what is missing or unknown, in a sentence."""


@dataclass(frozen=True, slots=True)
class JobRef:
    """A job by its id, with the parameters and the token that its requests need."""

    id: str
    machine: str | None = None
    parameters: Mapping[str, str] = field(default_factory=nothing)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class PollRequest:
    """A GET request that reads or lists jobs; `url` is relative to the API's base URL."""

    operation: Operation
    machine: Machine
    url: str
    headers: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str] = field(repr=False)

    @property
    def of_one(self) -> bool:
        """True if it reads the one job, and not a list."""
        return self.operation.does == "read"

    def request(self, client: httpx.Client, base: str) -> httpx.Request:
        """Builds the request for a client."""
        url = httpx.URL(base + self.url)
        if self.params:
            url = url.copy_merge_params(dict(self.params))
        return client.build_request(
            "GET", url, headers={"Accept": "application/json", **self.headers}
        )


def poll_requests(spec: Spec, subject: JobRef) -> list[PollRequest]:
    """Returns the requests for a job, reads before lists. Raises PollError if there are none."""
    machine = _machine(spec, subject.machine)
    reads = [o for o in spec.operations if _reads(o) and o.machine is machine]
    reads.sort(key=lambda operation: operation.does != "read")
    _refuse_unknown(reads, subject)
    able = [operation for operation in reads if not _lacking(operation, subject)]
    if not able or able[0].does != "read":
        _refuse_lacking(reads[0], subject)
    return [_poll_request(spec, operation, machine, subject) for operation in able]


def _refuse_unknown(reads: Sequence[Operation], subject: JobRef) -> None:
    """Refuses parameters that no operation has."""
    known = {parameter.name for operation in reads for parameter in operation.parameters}
    if unknown := subject.parameters.keys() - known:
        among = ", ".join(sorted(known)) or "there are none"
        _refuse(f"{min(unknown)!r} is not a parameter of these reads ({among})")


def _refuse_lacking(read: Operation, subject: JobRef) -> NoReturn:
    missing = _lacking(read, subject)[0]
    where = f"{missing.place} parameter {missing.name}"
    _refuse(f"{read.id} needs the {where}; give it with --param {missing.name}=VALUE")


def _refuse(why: str) -> NoReturn:
    raise PollError(why)


def _reads(operation: Operation) -> bool:
    if operation.method != "GET" or operation.does not in _READS:
        return False
    source = operation.job_id
    return operation.does == "list" or (source is not None and source.place in ("path", "query"))


def _machine(spec: Spec, name: str | None) -> Machine:
    able = _readable_machines(spec)
    known = ", ".join(able) or "there are none"
    if name is not None and name not in able:
        _refuse(f"{name!r} is not a machine whose jobs can be read ({known})")
    if not able:
        _refuse("the spec has no GET that reads a job by its id")
    if name is None and len(able) > 1:
        _refuse(f"jobs of several machines can be read ({known}); choose with --machine")
    return able[name or next(iter(able))]


def _readable_machines(spec: Spec) -> dict[str, Machine]:
    reads = [each for each in spec.operations if each.does == "read" and _reads(each)]
    return {each.machine.name: each.machine for each in reads if each.machine}


def _value(operation: Operation, parameter: Parameter, subject: JobRef) -> str | None:
    source = operation.job_id
    if source and (source.place, source.name) == (parameter.place, parameter.name):
        return subject.id
    return subject.parameters.get(parameter.name)


def _values(operation: Operation, place: str, subject: JobRef) -> dict[str, str]:
    """Returns the known parameters at one place of a request, by name."""
    at_place = [parameter for parameter in operation.parameters if parameter.place == place]
    values = {each.name: _value(operation, each, subject) for each in at_place}
    return {name: value for name, value in values.items() if value is not None}


def _lacking(operation: Operation, subject: JobRef) -> list[Parameter]:
    return [
        parameter
        for parameter in operation.parameters
        if (parameter.required or parameter.place == "path")
        and _value(operation, parameter, subject) is None
    ]


def _poll_request(
    spec: Spec, operation: Operation, machine: Machine, subject: JobRef
) -> PollRequest:
    path = operation.path
    for name, value in _values(operation, "path", subject).items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    query = _values(operation, "query", subject)
    headers = _values(operation, "header", subject)
    params = dict[str, str]()
    for scheme, value in _credentials(spec, operation.security, subject.token):
        if scheme.place == "cookie":
            headers["Cookie"] = f"{scheme.field}={value}"
        else:
            (params if scheme.place == "query" else headers)[scheme.field] = value
    url = path + (f"?{urlencode(query)}" if query else "")
    return PollRequest(operation, machine, url, headers, params)


def _credentials(
    spec: Spec, security: Sequence[Mapping[str, object]], token: str | None
) -> Iterator[tuple[Credential, str]]:
    """Yields the credentials of the operation's first security requirement, as they are sent."""
    for name in security[0] if security else ():
        scheme = spec.credentials[name]
        if scheme.const is not None:
            yield scheme, scheme.const
        elif token is None:
            _refuse("the API requires a credential")
        else:
            yield scheme, _header_value(scheme, token)


def _header_value(scheme: Credential, token: str) -> str:
    if scheme.kind == "bearer":
        return f"Bearer {token}"
    if scheme.kind != "basic":
        return token
    if not scheme.raw:
        pair = token if ":" in token else f"{token}:"
        token = base64.b64encode(pair.encode()).decode()
    return f"Basic {token}"
