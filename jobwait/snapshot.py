"""The progress of a wait: the job and its parts at one moment, and the states so far."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic

from jobcall.secrets import is_secret
from jobwait.lifecycle import J, Kind, Outcome, Plain
from jobwait.policy import Policy

VERSION = 1
"""The version of the document from which a wait is resumed."""


def text(moment: datetime) -> str:
    """Returns a time as RFC 3339."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Seen:
    """A state, and when the job was first seen in it."""

    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a job at one moment."""

    kind: str
    path: tuple[str, ...]
    """The names of the enclosing parts, and the part's own."""
    state: str
    outcome: Outcome | None = None
    fraction: float | None = None
    reason: str | None = None
    parts: tuple[Part, ...] = ()

    @property
    def name(self) -> str:
        """The part's own name."""
        return self.path[-1]

    def __str__(self) -> str:
        told = f": {self.reason}" if self.reason else ""
        return f"{' / '.join(self.path)} is {self.state}{told}"


def failures(parts: Iterable[Part]) -> Iterator[Part]:
    """Yields the failed parts; a part with failed parts is replaced by them."""
    for part in parts:
        within = list(failures(part.parts))
        if within:
            yield from within
        elif part.outcome in ("failure", "partial"):
            yield part


@dataclass(frozen=True, slots=True)
class Record:
    """The data with which another process can resume a wait. It contains no credential."""

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
    path: str = ""
    """The path of the URL that led to the job, as a template, if it had a query."""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The query. Parameters with the name of a secret are not part of the document."""

    def to_json(self) -> str:
        """Returns the document for the generated `resume_…`."""
        query = {name: each for name, each in self.query.items() if not is_secret(name, each)}
        led = {"path": self.path, "query": query} if query else {}
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
                **led,
            }
        )


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[J]):
    """A job at one moment, as its API showed it."""

    state: str
    kind: Kind | None
    """None for an undocumented state."""
    outcome: Outcome | None
    """None unless the state is final."""
    at: datetime
    fraction: float | None = None
    """The progress from 0 to 1, if the vendor shows it."""
    reason: str | None = None
    """Why the job failed or was cancelled, if the vendor says so."""
    parts: tuple[Part, ...] = ()
    job: J | None = field(default=None, repr=False)
    """The typed job; None if the response was not the whole job, or malformed."""
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The job's JSON as received."""
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
        """The states so far, and when each was first seen."""
        return self.record.history

    @property
    def failures(self) -> tuple[Part, ...]:
        """The failed parts; a part with failed parts is replaced by them."""
        return tuple(failures(self.parts))

    def to_json(self) -> str:
        """Returns the document from which another process can resume this wait."""
        return self.record.to_json()
