"""Sample requests of a spec: an accepted credential, and a GET that finds a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from jobtwin.openapi.operations import Operation, Parameter
from jobtwin.openapi.spec import Credential, Spec


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """A GET without its credential; `path` is below the spec's base URL."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


def sample_credentials(
    spec: Spec, credential: str | None = None
) -> Iterator[tuple[Credential, str]]:
    """Yields the credentials that the first operation with security needs, with their values.

    `credential` is sent instead of the spec's examples.
    """
    for scheme in spec.usual_credentials:
        value = scheme.const or credential or scheme.usual
        words = {"bearer": f"Bearer {value}", "basic": f"Basic {value}"}
        yield scheme, words.get(scheme.kind, value)


def sample_request(spec: Spec, *, empty: bool = False) -> SampleRequest | None:
    """Returns a request that gets a sample job, or a list; None if there is no such GET.

    An `empty` server has no sample jobs.
    """
    for operation in sorted(spec.operations, key=_rank):
        without_job = empty and operation.does == "read"
        if operation.method == "GET" and operation.security and not without_job:
            known = _known_values(operation, empty=empty)
            if known is not None:
                return _request(operation.path, known)
    return None


def _known_values(operation: Operation, *, empty: bool) -> dict[Parameter, str] | None:
    """Returns values for the needed parameters; None if one of them has no value."""
    needed = filter(_needed, operation.parameters)
    given = {each: _value(operation, each, empty=empty) for each in needed}
    known = {each: text for each, text in given.items() if text is not None}
    return known if known.keys() == given.keys() else None


def _rank(operation: Operation) -> int:
    return {"read": 0, "list": 1}.get(operation.does or "", 2)


def _request(path: str, given: Mapping[Parameter, str]) -> SampleRequest:
    for parameter, value in given.items():
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
    return SampleRequest(path, _placed(given, "query"), _placed(given, "header"))


def _placed(given: Mapping[Parameter, str], place: str) -> dict[str, str]:
    return {each.name: value for each, value in given.items() if each.place == place}


def _needed(parameter: Parameter) -> bool:
    return parameter.required or parameter.place == "path"


def _value(operation: Operation, parameter: Parameter, *, empty: bool) -> str | None:
    source = operation.job_id
    samples = operation.machine.samples if operation.machine and not empty else ()
    if source and (source.place, source.name) == (parameter.place, parameter.name):
        return str(samples[0].id) if samples else None
    return None if parameter.example is None else str(parameter.example)
