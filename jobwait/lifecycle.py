"""What a generated file hands over, as plain data: states, where answers say what, how to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

import httpx

from jobwait.policy import Policy

J = TypeVar("J")
"""The class of the job, as its client knows it."""

Kind = Literal["waiting", "active", "paused", "transient", "final"]
Outcome = Literal["success", "failure", "partial", "cancelled"]

Path = tuple[str | int, ...]
"""Keys, and places in lists, that lead from a JSON object to a value within."""

Plain = str | int | float
"""What an id can be in JSON; a boolean is an integer to Python."""

Request = Mapping[str, Any]
"""The arguments of `httpx.Client.request`."""


class Client(Protocol):
    """A generated client."""

    def get_httpx_client(self) -> httpx.Client:
        """Return the client that blocks."""

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Return the client that awaits."""


@dataclass(frozen=True, slots=True)
class State:
    """What a state means to somebody who waits; a final one has an outcome."""

    kind: Kind
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """A field that tells something of the state: a flag, a number, or one of two texts.

    `shows` has the states in which the field has a value; None is no value. Where it counts only
    whether there is one, `present` is true, and True stands for any.
    """

    at: Path
    shows: Mapping[Plain | None, tuple[str, ...]]
    present: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """Where an answer says what of a job, or of a part of one: paths from the job's own object."""

    state: Path | None = None
    id: Path | None = None
    fraction: Path | None = None
    all: float = 1.0
    """What `fraction` is when all is done: 1, or 100 for a percentage."""
    reasons: tuple[Path, ...] = ()
    """What may say why it failed; the first that has a value counts."""
    log: tuple[Path, Path] | None = None
    """A list of lines, and where each has its text; the last one counts where no reason is told."""
    parts: tuple[Parts, ...] = ()
    signs: tuple[Sign, ...] = ()
    """Fields that tell the state together, where none has its text."""

    @property
    def tells_state(self) -> bool:
        """Whether answers tell the state."""
        return bool(self.state or self.signs)


@dataclass(frozen=True, slots=True)
class Parts:
    """A list, or a map, of the parts of a job; `name` is None where the map's keys are the names."""

    kind: str
    at: Path
    states: Mapping[str, State]
    view: View
    name: Path | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """A list in which the job has to be looked for, page by page.

    Which pages there are is told by `total` or `more`; or else one that is not full is the last.
    """

    request: Callable[[int], Request]
    """From how many jobs to skip to the request."""
    items: Path
    limit: int | None = None
    """How many jobs are asked for at once; None where the list comes whole."""
    total: Path | None = None
    more: Path | None = None


@dataclass(frozen=True, slots=True)
class Call(Generic[J]):
    """One way to ask for a job: the request, where the answer says what, and how it is typed."""

    view: View
    request: Request = field(default_factory=dict)
    pages: Pages | None = None
    job: Path = ()
    """Where in the answer, or in an item of the list, the job stands."""
    model: Callable[[Mapping[str, Any]], J] | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The states of a kind of job, and how its vendor wants to be asked."""

    name: str
    key: str
    """Which of a job's ids is its own."""
    states: Mapping[str, State]
    policy: Policy
    advice: str = ""
    """How the policy's numbers are known: documented, published or assumed."""
    absent: frozenset[int] = frozenset({404})
    """The statuses that say that there is no such job."""
    messages: tuple[Path, ...] = ()
    """Where errors tell people what is wrong."""


@dataclass(frozen=True, slots=True)
class Target(Generic[J]):
    """One job to wait for: which, and how it is asked for."""

    lifecycle: Lifecycle
    ids: Mapping[str, object]
    whole: Call[J]
    """The fullest answer, which is the result."""
    quick: Call[Any] | None = None
    """A smaller one that tells the state, to poll by."""
    meter: Call[Any] | None = None
    """One that tells what the other does not, for those who watch."""

    @property
    def poll(self) -> Call[Any]:
        """What to ask again and again."""
        return self.quick or self.whole
