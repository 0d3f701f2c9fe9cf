"""What a command did in one fate, as plain data: its requests, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from jobtwin.lifecycle import Moment

Expected = Literal["success", "failure", "partial", "cancelled", "never", "refused"]
"""How a fate ends for the client; where one is `refused`, giving up is right, and so is going on."""


@dataclass(frozen=True, slots=True)
class StagedExchange:
    """One request of the command, and what it was answered.

    `does` is what the operation does to jobs. `state` is the job's as the answer showed it, `final`
    if that is an end. `injected` marks an accident; `handled` says whether the twin did what was
    asked before it. `retry_after` is in seconds. `senders` are the threads that were awake, one of
    which has sent the request; empty if they are not known.
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
        """Whether the request asks how a job is."""
        return self.does in ("read", "list")

    @property
    def where(self) -> str:
        """The request in a few words."""
        return f"request {self.number}, {self.operation or 'unknown'} → {self.status or 'cut'}"


@dataclass(frozen=True, slots=True)
class Performance:
    """The command in one fate. `code` is its exit code, or None if it had to be ended.

    `jobs` are the ids of the jobs that the twin has made for it, `ended` is when the first of them
    came to its end; `over` is the moment at which the command ended. `crashed` names an exception
    that reached the command's output. `usual_jobs` is how many jobs it makes where all goes well.
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
    """Seconds that the vendor advises before the next poll, if it does."""

    @property
    def says_success(self) -> bool:
        """Whether the command says that the job succeeded."""
        return self.code == 0
