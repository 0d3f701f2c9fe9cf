"""Operations as plain data: parameters, what a request does to jobs, every answer. All compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jsonschema_rs

from jobtwin.lifecycle import Machine
from jobtwin.openapi.values import Getter


class Situation(NamedTuple):
    """How a situation is answered unless the spec says otherwise, and what its message may quote."""

    status: int
    message: str
    quotes: tuple[str, ...] = ()


_PARAMETER = ("parameter", "in", "value", "reason")

SITUATIONS: Mapping[str, Situation] = {
    "missing_credential": Situation(401, "No credential was sent"),
    "wrong_credential": Situation(401, "The credential is not valid"),
    "forbidden": Situation(403, "The credential does not allow this"),
    "missing_parameter": Situation(
        400, "The {in} parameter {parameter} is required", ("parameter", "in")
    ),
    "malformed_parameter": Situation(
        400, "The {in} parameter {parameter} cannot be read: {reason}", _PARAMETER
    ),
    "invalid_parameter": Situation(
        400, "The {in} parameter {parameter} is not allowed: {reason}", _PARAMETER
    ),
    "unknown_parameter": Situation(
        400,
        "There is no query parameter {parameter}; there are: {names}",
        ("parameter", "names"),
    ),
    "repeated_parameter": Situation(
        400, "The query parameter {parameter} may be given once only", ("parameter", "in")
    ),
    "missing_body": Situation(400, "The request needs a body"),
    "malformed_body": Situation(400, "The body cannot be read: {reason}", ("reason",)),
    "invalid_body": Situation(
        400, "The body is not allowed at {pointer}: {reason}", ("pointer", "reason")
    ),
    "body_too_large": Situation(413, "The body is larger than {limit} bytes", ("limit",)),
    "unsupported_media_type": Situation(
        415, "The body cannot be of type {type}; it can be: {names}", ("type", "names")
    ),
    "unknown_job": Situation(404, "There is no job {id}", ("id",)),
    "illegal_event": Situation(
        409, "The job {id} is {state}, which does not allow {event}", ("id", "state", "event")
    ),
    "conflict": Situation(409, "The job {id} is in the way: it is {state}", ("id", "state")),
    "unknown_scenario": Situation(
        400,
        "{scenario} is no scenario for such a job; there are: {names}",
        ("scenario", "names"),
    ),
    "unknown_target": Situation(
        400, "The target {target} names nobody; there are: {names}", ("target", "names")
    ),
    "unknown_path": Situation(404, "There is nothing at {path}", ("path",)),
    "wrong_method": Situation(
        405, "{method} is not allowed here; allowed are: {names}", ("method", "names")
    ),
    "internal": Situation(500, "The twin failed; its log says why"),
}

CONTROL_SITUATIONS: Mapping[str, Situation] = {
    "not_understood": Situation(400, "{why}", ("why",)),
    "not_there": Situation(404, "{why}", ("why",)),
    "not_now": Situation(409, "{why}", ("why",)),
}
"""Those of the server's own API."""

JSON = "application/json"


# -- requests --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A declared parameter: how its text is read, and what is allowed."""

    name: str
    place: str
    required: bool
    read: Callable[[str], Any]
    many: bool
    exploded: bool
    default: Any
    example: Any
    validator: jsonschema_rs.Draft202012Validator


@dataclass(frozen=True, slots=True)
class Body:
    """A declared request body: its media types, each with its validator; which fields are files."""

    required: bool
    types: Mapping[str, jsonschema_rs.Draft202012Validator]
    files: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Source:
    """Where in a request something stands: `path`, `query`, `header`, `body` or `credential`.

    `default` is what a property of the body is where nothing is sent.
    """

    place: str
    name: str
    default: Any = None


@dataclass(frozen=True, slots=True)
class Const:
    """What a new job is given whatever the request says."""

    value: Any


@dataclass(frozen=True, slots=True)
class GivenParts:
    """Parts of a new job: one for each item of the list at `each`, by dotted name."""

    each: str
    facts: Mapping[str, str]
    parts: Mapping[str, GivenParts]


@dataclass(frozen=True, slots=True)
class Target:
    """Parts of a new job: those of the part's fleet that a target names."""

    source: Source
    name: str
    labels: str | None
    any: str | None
    all: str | None


@dataclass(frozen=True, slots=True)
class Creation:
    """What a new job is made of; which jobs are in its way; who may make it.

    `judges` hold the facts that a request gives to their schemas.
    """

    facts: Mapping[str, Source | Const]
    parts: Mapping[str, GivenParts | Target]
    exclusive: Getter | None = None
    exclusive_unfinished: bool = False
    same: Sequence[str] = ()
    unless: Source | None = None
    accept: Sequence[tuple[Source, Any]] = ()
    credential: Source | None = None
    judges: Mapping[str, jsonschema_rs.Draft202012Validator] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """Which event a request asks for: always the same one, or by a value that it sends."""

    source: Source | None
    events: Mapping[Any, str]


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that chooses jobs: by a value, a text in some values, or a condition.

    `unfinished` says that it lets none through that is in a final state; so does a value, or a
    list of them, that are all among the `open` states.
    """

    parameter: str
    by: Sequence[Getter] = ()
    texts: Sequence[Getter] = ()
    when: Any = None
    condition: Getter | None = None
    unfinished: bool = False
    open: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by fixed keys, each with whether it descends, or as is asked for.

    The `newest` first is how a job store lists jobs already.
    """

    newest: bool = False
    keys: Sequence[tuple[Getter, bool]] = ()
    source: Source | None = None
    choices: Mapping[Any, Getter] = field(default_factory=dict)
    descending: Source | None = None
    when: Any = None


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a list's limit and offset stand, and the limit that is never passed."""

    limit: Source
    offset: Source
    at_most: int | None


# -- answers ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """How one status is answered: the body's maker, and the judge of what it made.

    A `steady` body stays as it is until its job changes, whatever the request and the moment.
    """

    status: int
    make: Getter | None
    validator: jsonschema_rs.Draft202012Validator | None
    media_type: str = JSON
    steady: bool = False


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """How one situation is answered."""

    answer: Answer
    message: str
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


# -- both ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a spec, ready to be served.

    `order` is that in which credential, parameters and body are looked at. `unfinished` says that
    `where` lets no job through that is in a final state.
    """

    id: str
    method: str
    path: str
    does: str
    machine: Machine | None
    declared: frozenset[int]
    parameters: Sequence[Parameter]
    body: Body | None
    security: Sequence[Mapping[str, Any]]
    answer: Answer
    errors: Mapping[str, ErrorAnswer]
    order: Sequence[str]
    job_id: Source | None = None
    within: Mapping[str, Source] = field(default_factory=dict)
    command: Command | None = None
    creation: Creation | None = None
    where: Getter | None = None
    unfinished: bool = False
    filters: Sequence[Filter] = ()
    sorting: Order | None = None
    paging: Paging | None = None
