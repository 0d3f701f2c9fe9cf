"""What a wait has seen: of the job at one moment, of its parts, and of all its states so far."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic

from jobwait.lifecycle import J, Kind, Outcome, Plain
from jobwait.policy import Policy

VERSION = 1
"""Of the document that a wait is resumed from."""


def text(moment: datetime) -> str:
    """A moment as RFC 3339."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Seen:
    """A state, and when the job was first seen in it, this time."""

    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a job at one moment."""

    kind: str
    path: tuple[str, ...]
    """The names of the parts that it is in, and its own."""
    state: str
    outcome: Outcome | None = None
    fraction: float | None = None
    reason: str | None = None
    parts: tuple[Part, ...] = ()

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]

    def __str__(self) -> str:
        told = f": {self.reason}" if self.reason else ""
        return f"{' / '.join(self.path)} is {self.state}{told}"


def failures(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts that failed; of one that did because of its own parts, those."""
    for part in parts:
        within = list(failures(part.parts))
        if within:
            yield from within
        elif part.outcome in ("failure", "partial"):
            yield part


@dataclass(frozen=True, slots=True)
class Record:
    """All that another process needs to go on with a wait. It holds no credential."""

    of: str
    ids: Mapping[str, Plain]
    policy: Policy
    began: datetime
    until: tuple[str, ...] = ()
    elapsed: float = 0.0
    """Seconds."""
    attempts: int = 0
    """Requests sent."""
    history: tuple[Seen, ...] = ()
    """The latest changes of state, the earliest first."""

    def to_json(self) -> str:
        """The document from which the generated `resume_…` goes on."""
        return json.dumps(
            {
                "jobwait": VERSION,
                "of": self.of,
                "ids": dict(self.ids),
                "until": list(self.until),
                "began": text(self.began),
                "elapsed": self.elapsed,
                "attempts": self.attempts,
                "history": [[seen.state, text(seen.at)] for seen in self.history],
                "policy": asdict(self.policy),
            }
        )


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[J]):
    """A job at one moment, as its API told it."""

    state: str
    kind: Kind | None
    """None for a state that nobody has described."""
    outcome: Outcome | None
    """None unless the state is final."""
    at: datetime
    fraction: float | None = None
    """How much is done, from 0 to 1, where the vendor tells."""
    reason: str | None = None
    """Why it failed, or was cancelled, where the vendor tells."""
    parts: tuple[Part, ...] = ()
    job: J | None = field(default=None, repr=False)
    """The job as the client types it; None where the answer was not the whole job, or no such."""
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The job as it was on the wire."""
    record: Record = field(kw_only=True, repr=False)

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began."""
        return self.record.elapsed

    @property
    def attempts(self) -> int:
        """Requests sent so far."""
        return self.record.attempts

    @property
    def history(self) -> tuple[Seen, ...]:
        """The states so far, with when each was first seen."""
        return self.record.history

    @property
    def failures(self) -> tuple[Part, ...]:
        """The parts that failed, the deepest that can be named."""
        return tuple(failures(self.parts))

    def to_json(self) -> str:
        """The document from which another process can go on with this wait."""
        return self.record.to_json()
