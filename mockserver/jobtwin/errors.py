"""The errors of the mock server.

JobtwinError
├── SpecRefused     a spec has mistakes
├── UnknownScenario a job was created with a scenario that its machine lacks
├── BadRecording    a recording of traffic cannot be read
├── WorldRefused    an exported sandbox cannot be opened
├── UnknownSandbox  a sandbox does not exist, and the request does not create it
├── SandboxesFull   the server has the maximum number of sandboxes
├── StoreRefused    a store cannot be used at all
├── StoreLost       a store could not be read or written in the middle of a request
├── WorkerFailed    a worker ended before it was ready
├── WrongAnswer     a response does not conform to the spec: a bug
└── Refusal         a request is answered by one of the vendor's errors
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


class JobtwinError(Exception):
    """The root of all errors."""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """A mistake in a spec: the file, a JSON pointer, and an explanation.

    `line` is the line of the pointer's target, from 1, or None if unknown.
    """

    file: str
    pointer: str
    why: str
    line: int | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        where = f"{where}#{self.pointer}" if self.pointer else where
        return f"{where}: {self.why}"


class SpecRefused(JobtwinError):
    """A spec has mistakes; the error lists all of them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(dict.fromkeys(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))


def among(name: Any, what: str, known: Iterable[str]) -> str:
    """Returns the message for an unknown name."""
    return f"{name!r} is not one of {what} ({', '.join(known) or 'there are none'})"


class BadRecording(JobtwinError):
    """A recording of traffic cannot be read: the place in the file, and the reason."""

    def __init__(self, mistake: Mistake) -> None:
        self.mistake = mistake
        super().__init__(str(mistake))


def unknown(what: str, name: object, known: Iterable[str], of: object = "") -> str:
    """Returns the message for an unknown name, with the closest and all known names."""
    available = list(known)
    near = get_close_matches(str(name), available, n=1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    shown = ", ".join(available[:_SHOWN]) + (", …" if len(available) > _SHOWN else "")
    return f"Unknown {what} {name!r}{of and f' for {of}'}.{meant} Available: {shown or 'none'}"


_SHOWN = 20
"""The maximum number of names in an error."""


class WorldRefused(JobtwinError):
    """An exported sandbox cannot be opened; the message has the reason and a suggestion."""


class StoreRefused(JobtwinError):
    """A store cannot be used; its text says which and why."""


class StoreLost(JobtwinError):
    """A store could not be read or written. The request had no effect, or, if `is_open`, its effect is unknown."""

    def __init__(self, why: str, *, is_open: bool = False) -> None:
        done = "it is not known whether this was done" if is_open else "nothing was done"
        super().__init__(f"The store is out of reach, and {done}. {why}")


class WorkerFailed(JobtwinError):
    """A worker ended before it was ready; it has printed the reason."""

    def __init__(self) -> None:
        super().__init__("A worker ended before it was ready")


class UnknownScenario(JobtwinError):
    """A job was created with a scenario that its machine lacks."""

    def __init__(self, name: str | None, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(unknown("scenario", name, known))


class UnknownSandbox(JobtwinError):
    """A sandbox does not exist, and the request does not create it."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        super().__init__(
            f"{unknown('sandbox', name, known)}; create it with PUT /_control/sandboxes/{name}"
        )


class SandboxesFull(JobtwinError):
    """The server has the maximum number of sandboxes."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(
            f"the server holds {most} sandboxes, and no more; delete one, or raise --max-sandboxes"
        )


class WrongAnswer(JobtwinError):
    """A response does not conform to the spec: a bug of the twin or the spec."""

    def __init__(self, operation: str, pointer: str, why: str) -> None:
        self.operation = operation
        self.pointer = pointer
        self.why = why
        super().__init__(f"{operation}: {pointer or '/'}: {why}")


class Refusal(JobtwinError):
    """A request is answered by the vendor's error for `situation`; `quotes` fill its message."""

    def __init__(self, situation: str, **quotes: Any) -> None:
        self.situation = situation
        self.quotes: Mapping[str, Any] = quotes
        super().__init__(situation)
