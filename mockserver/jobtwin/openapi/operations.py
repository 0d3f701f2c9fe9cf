"""Operations as plain data: parameters, effects on jobs, responses."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import jsonschema_rs

from jobtwin.lifecycle import Machine, Span
from jobtwin.lifecycle.limits import Limit
from jobtwin.openapi.emitting import Getter
from jobtwin.openapi.forms import Field
from jobtwin.openapi.media_types import is_json
from jobtwin.openapi.values import ALWAYS, Condition, Const, Path, Shown, Value


class Situation(NamedTuple):
    """The default answer of a situation, and the values that its message may quote."""

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
    "reused_key": Situation(422, "The key {key} was sent with another request before", ("key",)),
    "conflict": Situation(409, "The job {id} is in the way: it is {state}", ("id", "state")),
    "unknown_scenario": Situation(
        400,
        "{scenario} is no scenario for such a job; there are: {names}",
        ("scenario", "names"),
    ),
    "unknown_target": Situation(
        400, "The target {target} names nobody; there are: {names}", ("target", "names")
    ),
    "too_many_requests": Situation(
        429,
        "Too many requests: {requests} are allowed every {seconds} s; try again in {wait} s",
        ("requests", "seconds", "wait"),
    ),
    "unknown_path": Situation(404, "There is nothing at {path}", ("path",)),
    "wrong_method": Situation(
        405, "{method} is not allowed here; allowed are: {names}", ("method", "names")
    ),
    "internal": Situation(500, "The twin failed; its log says why"),
}

GROUPS: Mapping[str, Sequence[str]] = {
    "unauthorized": ("missing_credential", "wrong_credential"),
    "bad_request": (
        "missing_parameter",
        "malformed_parameter",
        "invalid_parameter",
        "unknown_parameter",
        "repeated_parameter",
        "missing_body",
        "malformed_body",
        "invalid_body",
        "unknown_scenario",
        "unknown_target",
    ),
}
"""Groups of situations that a spec can configure together."""

CONTROL_SITUATIONS: Mapping[str, Situation] = {
    "not_understood": Situation(400, "{why}", ("why",)),
    "not_there": Situation(404, "{why}", ("why",)),
    "not_now": Situation(409, "{why}", ("why",)),
}
"""Situations of the server's own API."""

JSON = "application/json"
FIRST_ERROR = 400
"""The lowest status of a refusal."""

NO_BODY = (204, 304)
"""Statuses without a body and without its length (RFC 9110, 8.6)."""


# -- requests --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A declared parameter: how its text is parsed, and which values are allowed."""

    name: str
    place: str
    required: bool
    type: str | None
    read: Callable[[str], Any]
    many: bool
    exploded: bool
    default: Any
    maximum: Any
    example: Any
    validator: jsonschema_rs.Draft202012Validator


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A declared request body: its media types, each with its validator, and its file fields.

    `forms` are the conversions of the fields of forms. `places` are the JSON pointers of the schemas.
    """

    required: bool
    types: Mapping[str, jsonschema_rs.Draft202012Validator]
    places: Mapping[str, str]
    files: frozenset[str] = frozenset()
    forms: Mapping[str, Field] = field(default_factory=dict)

    def kind(self, sent: str) -> str | None:
        """Returns the declared media type for a sent one: itself, or a range that includes it."""
        ranges = (sent, f"{sent.partition('/')[0]}/*", "*/*")
        return next((each for each in ranges if each in self.types), None)


@dataclass(frozen=True, slots=True)
class RequestSource:
    """A place in a request: in `path`, `query`, `header`, `body` or `credential`, or in an `item` of a list.

    `default` is the value of a missing property of the body.
    """

    place: str
    name: str
    default: Any = None


@dataclass(frozen=True, slots=True)
class GivenParts:
    """Parts of a new job: one for each item of the list at `each`, a dotted name."""

    each: str
    facts: Mapping[str, str]
    parts: Mapping[str, GivenParts]


@dataclass(frozen=True, slots=True)
class PartTarget:
    """Parts of a new job: members of the part's fleet, named by a target."""

    source: RequestSource
    name: str
    labels: str | None
    any: str | None
    all: str | None


@dataclass(frozen=True, slots=True)
class Exclusive:
    """The jobs that exclude a new one: those that meet `where` and have the `same` facts.

    A request with a true value at `unless` is accepted nevertheless; `event`, if there is one, then
    happens to those jobs.
    """

    where: Condition
    same: Sequence[str] = ()
    unless: RequestSource | None = None
    event: str = ""


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The source of the key that makes it safe to send a request again, and the time for which it is kept."""

    key: RequestSource
    known_for: Span | None = None


@dataclass(frozen=True, slots=True)
class Creation:
    """The creation of a job by a request: its facts and parts, the jobs that exclude it, the permission.

    `judges` validate the facts of a request. `id` is the place of an id from the client; without
    it, the twin makes the id.
    """

    facts: Mapping[str, RequestSource | Const]
    parts: Mapping[str, GivenParts | PartTarget]
    exclusive: Exclusive | None = None
    accept: Sequence[tuple[RequestSource, Any]] = ()
    credential: RequestSource | None = None
    judges: Mapping[str, jsonschema_rs.Draft202012Validator] = field(default_factory=dict)
    id: RequestSource | None = None
    idempotency: Idempotency | None = None
    each: RequestSource | None = None
    """The list of which each item makes a job of its own."""


@dataclass(frozen=True, slots=True)
class Command:
    """The event that a request triggers: always the same one, or chosen by a value in the request."""

    source: RequestSource | None
    events: Mapping[Any, str]


Comparison = Literal["since", "after", "until", "before"]
"""At least, above, at most, below."""


@dataclass(frozen=True, slots=True)
class WaitBinding:
    """The place in a request of how long its response may take, and what it waits for.

    The value is in seconds, `true`, or the preference `wait` (RFC 7240), and limited by `at_most`.
    """

    source: RequestSource
    until: Condition
    at_most: Span


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that selects jobs: by the value at a path, a text in some, or a condition.

    A condition applies if the parameter has the value `when`. With a `comparison`, the value at the
    path `compared` is compared with the parameter's.
    """

    parameter: str
    by: Path | None = None
    contains: Sequence[Path] = ()
    when: Any = None
    where: Condition = ALWAYS
    compared: Path | None = None
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    """A sort key of a list."""

    path: Path
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list: by fixed keys, or by the choice that the request names at `source`.

    The first path of a choice with a value counts; the order is descending if the request has the
    value `when` at `descending`.
    """

    keys: Sequence[SortKey] = ()
    source: RequestSource | None = None
    choices: Mapping[Any, Sequence[Path]] = field(default_factory=dict)
    descending: RequestSource | None = None
    when: Any = None


PageBy = Literal["offset", "number", "after", "cursor"]


@dataclass(frozen=True, slots=True)
class Paging:
    """The places of a list's limit and position in a request, and the largest limit.

    The position is an offset, a page's number from 1, the id of the job before the page (`after`),
    or an opaque cursor.
    """

    limit: RequestSource | None
    by: PageBy
    at: RequestSource
    at_most: int | None


# -- answers ---------------------------------------------------------------------------------------


def cursor(id_: str | int) -> str:
    """Returns the opaque cursor of the page after a job."""
    return urlsafe_b64encode(str(id_).encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of jobs, and its position in the whole list."""

    jobs: Sequence[Any]
    limit: int | None
    offset: int
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)
    by: PageBy = "offset"

    @property
    def number(self) -> int:
        """The number of the page, from 1."""
        return 1 if not self.limit else self.offset // self.limit + 1

    @property
    def first(self) -> Any:
        """The id of the first job; None on an empty page."""
        return self.jobs[0].timeline.record.id if self.jobs else None

    @property
    def last(self) -> Any:
        """The id of the last job; None on an empty page."""
        return self.jobs[-1].timeline.record.id if self.jobs else None

    @property
    def next(self) -> Any:
        """The position of the page after this one; None on the last."""
        if not self.more or not self.jobs:
            return None
        if self.by == "offset":
            return self.offset + len(self.jobs)
        if self.by == "number":
            return self.number + 1
        return cursor(self.last) if self.by == "cursor" else self.last

    @property
    def previous(self) -> Any:
        """The number or the offset of the page before this one; None on the first."""
        if not self.offset or self.by in ("after", "cursor"):
            return None
        return self.number - 1 if self.by == "number" else max(0, self.offset - (self.limit or 0))

    @property
    def more(self) -> bool:
        """True if more jobs follow this page."""
        return self.offset + len(self.jobs) < self.total


@dataclass(frozen=True, slots=True)
class Problem:
    """An error that is about to be sent."""

    status: int
    code: str | None
    message: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class DeclaredResponse:
    """A response declared at `place`: its headers, and its media types with their schemas.

    `schemas` are JSON pointers, None for a media type without one. `shown` is what its JSON body
    shows; None if it holds no values. `optional` are the headers declared so.
    """

    place: str
    headers: frozenset[str] = frozenset()
    schemas: Mapping[str, str | None] = field(default_factory=dict)
    shown: Shown | None = None
    optional: frozenset[str] = frozenset()

    @property
    def header_names(self) -> frozenset[str]:
        """The names of the headers, in lower case."""
        return frozenset(name.lower() for name in self.headers)

    @property
    def json(self) -> str | None:
        """The media type of the JSON body; None if it has none with a schema."""
        return next((kind for kind, place in self.schemas.items() if is_json(kind) and place), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer with one status: a function for the body, and a validator for its result.

    A `steady` body depends on nothing but the job's last change. `name`, `headers` and, for an error,
    `message` and `code` are those of `answers`; `location` is the value of the header `Location`. An example
    may contain URLs of the vendor. `share` makes the same body as `make` from what jobs of one
    course have in common; None if that would be no faster.
    """

    status: int
    make: Getter | None
    validator: jsonschema_rs.Draft202012Validator | None
    media_type: str = JSON
    steady: bool = False
    name: str = ""
    headers: Mapping[str, Getter] = field(default_factory=dict)
    message: str | None = None
    code: str | None = None
    has_body: bool = True
    is_example: bool = False
    location: Value | None = None
    share: Getter | None = None
    is_json: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_json", is_json(self.media_type))


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """The answer in one situation; `shown` has the values of its body."""

    answer: Answer
    message: str
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    shown: Shown | None = None


# -- callbacks -------------------------------------------------------------------------------------

Told = Literal["state", "event", "log"]
"""Occasions of callbacks: a state entered, an event, a log line."""


@dataclass(frozen=True, slots=True)
class Retries:
    """The pauses between attempts, and the responses after which to retry: `503`, `5xx`.

    Without `on`, all but 2xx. A request without a response is always retried.
    """

    after: Sequence[Span] = ()
    on: Sequence[str] = ()

    def fits(self, status: int | None) -> bool:
        """Returns True if a status is to be retried; None means no response."""
        if status is None:
            return True
        text = str(status)
        if not self.on:
            return not text.startswith("2")
        return text in self.on or f"{text[0]}xx" in self.on


@dataclass(frozen=True, slots=True)
class DeclaredSignature:
    """The signed text, and the headers with the signature; texts quote `{id}`, `{timestamp}`, `{body}`.

    Headers quote the signature as `{hex}` or `{base64}`; those of `bearer` quote the `{secret}`.
    """

    scheme: Literal["standard-webhooks", "hmac", "bearer"]
    signs: str
    headers: Mapping[str, str]
    hash: str = "sha256"


@dataclass(frozen=True, slots=True)
class DeclaredCallback:
    """A request to the client, declared at `place`, about jobs of a machine.

    It is sent on each of its occasions if `when` holds. A webhook has no `url`, since the client
    configures it with the vendor. If `events` is empty, all events count.
    """

    name: str
    place: str
    machine: Machine
    method: str
    url: Sequence[str | RequestSource]
    each: Told
    events: frozenset[str]
    when: Condition
    response: DeclaredResponse
    answer: Answer
    retries: Retries
    signature: DeclaredSignature | None = None
    secret: RequestSource | Const | None = field(default=None, repr=False)


# -- both ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a spec, ready to be served; `place` is its JSON pointer.

    `order` is the order in which credential, parameters and body are checked. The first of the
    `answers` whose condition holds is sent. `responses` are the declared ones, by status. `limits`
    are the spec's limits that count its requests.
    """

    id: str
    method: str
    path: str
    place: str
    does: str
    machine: Machine | None
    tags: Sequence[str]
    parameters: Sequence[Parameter]
    body: RequestBody | None
    security: Sequence[Mapping[str, Any]]
    responses: Mapping[str, DeclaredResponse]
    answers: Sequence[tuple[Condition, Answer]]
    errors: Mapping[str, ErrorAnswer]
    order: Sequence[str]
    job_id: RequestSource | None = None
    within: Mapping[str, RequestSource] = field(default_factory=dict)
    command: Command | None = None
    creation: Creation | None = None
    where: Condition = ALWAYS
    filters: Sequence[Filter] = ()
    sorting: Order | None = None
    paging: Paging | None = None
    wait: WaitBinding | None = None
    callbacks: Sequence[DeclaredCallback] = ()
    limits: Sequence[Limit] = ()

    @property
    def answer(self) -> Answer:
        """The answer if no other's condition holds."""
        return self.answers[-1][1]

    @property
    def shows_several(self) -> bool:
        """True if an answer shows several jobs: those of a list, or all that a request has made."""
        return self.does == "list" or bool(self.creation and self.creation.each)

    def states(self, status: int) -> frozenset[str] | None:
        """Returns the states in which a job is answered with a status; None if any."""
        if self.machine is None or self.shows_several or len(self.answers) == 1:
            return None
        left, found = frozenset(self.machine.states), frozenset[str]()
        for condition, answer in self.answers:
            if answer.status == status:
                found |= condition.possible(self.machine) & left
            left -= condition.certain(self.machine) or frozenset()
        return found or None

    @property
    def declared(self) -> frozenset[int]:
        """The declared statuses."""
        return frozenset(int(status) for status in self.responses if status.isdigit())

    def response(self, status: int) -> DeclaredResponse | None:
        """Returns the response declared for a status, or else the default; None if there is neither."""
        return self.responses.get(str(status)) or self.responses.get("default")


def as_read(callback: DeclaredCallback) -> Operation:
    """Returns a callback as an operation that reads a job and responds with the callback's body."""
    return Operation(
        id=callback.name,
        method=callback.method,
        path=f"/{callback.name}",
        place=callback.place,
        does="read",
        machine=callback.machine,
        tags=(),
        parameters=(),
        body=None,
        security=(),
        responses={str(callback.answer.status): callback.response},
        answers=[(ALWAYS, callback.answer)],
        errors={},
        order=(),
    )
