"""A vendor's jobs as plain data, written by the generator: states, requests, paths in responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

import httpx

from jobwait.policy import Policy

J = TypeVar("J")
"""The generated class of the job."""

Kind = Literal["waiting", "active", "paused", "transient", "final"]
Outcome = Literal["success", "failure", "partial", "cancelled"]

Path = tuple[str | int, ...]
"""Keys, and places in lists, that lead from a JSON object to a value within."""

Form = Literal["json", "text", "bytes"]
"""The form of a result: JSON, a text, or bytes."""

Plain = str | int | float
"""The JSON types of an id. To Python, a boolean is an integer."""

Request = Mapping[str, Any]
"""The arguments of `httpx.Client.request`."""


class GeneratedClient(Protocol):
    """A generated client."""

    def get_httpx_client(self) -> httpx.Client:
        """Returns the blocking httpx client."""

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Returns the async httpx client."""


@dataclass(frozen=True, slots=True)
class State:
    """The meaning of a state to a waiter; a final state has an outcome."""

    kind: Kind
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """A field that depends on the state: a flag, a number, or one of two strings.

    `shows` has the states in which the field has a value; None is no value. If only its presence
    matters, `present` is true, and True means any value.
    """

    at: Path
    shows: Mapping[Plain | None, tuple[str, ...]]
    present: bool = False


@dataclass(frozen=True, slots=True)
class StatusMeaning:
    """The meaning of an HTTP status that depends on the job's state.

    `result` is the form of the job's result in such a response, or behind its redirect; None if
    it has no result. If the states end differently, `signs` are the fields of the body that
    determine the state.
    """

    states: tuple[str, ...]
    result: Form | None = None
    signs: tuple[Sign, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """The fields of a job, or of a part, in a response: paths from the job's own object."""

    state: Path | None = None
    id: Path | None = None
    fraction: Path | None = None
    all: float = 1.0
    """The value of `fraction` when all is done: 1, or 100 for a percentage."""
    reasons: tuple[Path, ...] = ()
    """Fields with the reason of a failure; the first with a value counts."""
    log: tuple[Path, Path] | None = None
    """A list of log lines and the text's path in each; without a reason, the last line counts."""
    parts: tuple[Parts, ...] = ()
    signs: tuple[Sign, ...] = ()
    """Fields that together determine the state, if no field contains it."""

    @property
    def tells_state(self) -> bool:
        """True if responses show the state."""
        return bool(self.state or self.signs)


@dataclass(frozen=True, slots=True)
class Parts:
    """A list or map of the parts of a job; `name` is None if the map's keys are the names."""

    kind: str
    at: Path
    states: Mapping[str, State]
    view: View
    name: Path | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """A list to search for the job, page by page.

    `total` or `more` shows whether another page follows; without them, the last page is the
    first that is not full.
    """

    request: Callable[[int], Request]
    """Returns the request for a page, given the number of jobs to skip."""
    items: Path
    limit: int | None = None
    """The jobs of a full page; None if the list has no pages."""
    total: Path | None = None
    more: Path | None = None


@dataclass(frozen=True, slots=True)
class Call(Generic[J]):
    """One way to read a job: the request, the fields of its response, and the job's class."""

    view: View
    request: Request = field(default_factory=dict)
    pages: Pages | None = None
    job: Path = ()
    """The job's path in the response, or in an item of the list."""
    model: Callable[[Mapping[str, Any]], J] | None = None
    statuses: Mapping[int, StatusMeaning] = field(default_factory=dict)
    """The statuses that show the state; empty if the body shows it in every response."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The states of a kind of job, and how often its vendor wants to be polled."""

    name: str
    key: str
    """The name of the job's own id among its ids."""
    states: Mapping[str, State]
    policy: Policy
    advice: str = ""
    """The source of the policy's numbers: documented, published or assumed."""
    absent: frozenset[int] = frozenset({404})
    """The statuses of a job that does not exist."""
    messages: tuple[Path, ...] = ()
    """The paths of the message in errors."""


@dataclass(frozen=True, slots=True)
class Target(Generic[J]):
    """One job to wait for, and the calls that read it."""

    lifecycle: Lifecycle
    ids: Mapping[str, object]
    whole: Call[J]
    """The call with the fullest response, which is the result."""
    quick: Call[Any] | None = None
    """A smaller one with the state, to poll."""
    meter: Call[Any] | None = None
    """One with the progress or parts, if the polled response has none."""
    path: str = ""
    """The path of a URL that led to the job, as a template, if it had a query."""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The query. It may contain a signature, so the repr omits it."""

    @property
    def poll(self) -> Call[Any]:
        """The call to poll."""
        return self.quick or self.whole
