"""A command's requests and end in one fate, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from jobtwin.lifecycle import Moment

Expected = Literal["success", "failure", "partial", "cancelled", "never", "refused"]
"""The outcome of a fate for the client. If the creation is `refused`, the client may give up or continue."""


@dataclass(frozen=True, slots=True)
class StagedExchange:
    """One request of the command with its response.

    `does` is the operation's effect on jobs. `state` is the job's state in the response, and `final`
    is True for a final state. `injected` marks an accident; `handled` is True if the twin carried
    out the request before it. `retry_after` is in seconds. `senders` are the awake threads, one of
    which has sent the request; empty if unknown.
    """

    number: int
    at: Moment
    operation: str | None
    does: str | None
    status: int
    job: str | None = None
    state: str | None = None
    final: bool = False
    injected: bool = False
    handled: bool = True
    retry_after: float | None = None
    finding: str | None = None
    senders: frozenset[tuple[int, int]] = frozenset()

    @property
    def polls(self) -> bool:
        """True if the request reads a job."""
        return self.does in ("read", "list")

    @property
    def where(self) -> str:
        """A short description of the request."""
        return f"request {self.number}, {self.operation or 'unknown'} → {self.status or 'cut'}"


@dataclass(frozen=True, slots=True)
class Performance:
    """The command in one fate. `code` is its exit code, or None if it was killed.

    `jobs` are the IDs of the jobs created for it, `ended` is the time when the first of them
    ended; `over` is the time when the command ended. `crashed` names an exception
    in the command's output. `usual_jobs` is the number of jobs it creates in the default fate.
    """

    expected: Expected
    exchanges: Sequence[StagedExchange]
    code: int | None
    over: Moment
    jobs: Sequence[str] = ()
    ended: Moment | None = None
    crashed: str | None = None
    accident: bool = False
    limit: str = ""
    usual_jobs: int = 1
    first_poll: float | None = field(default=None)
    """The vendor's advice on the seconds before the next poll, if any."""

    @property
    def says_success(self) -> bool:
        """True if the command reports that the job succeeded."""
        return self.code == 0
