"""Faults as plain data: what goes wrong with an answer, and with which of a job's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Span = int
"""Microseconds, as `machine.Span`, which knows faults."""

Drop = Literal["before", "headers", "body"]
"""Where a connection is cut: before the answer, in its headers, or in its body."""

Delayed = Literal["answer", "body", "drip"]
"""What a delay holds back: all of the answer, its body, or its body piece by piece."""

Damage = Literal["missing", "null", "wrong_type"]
"""What becomes of a property."""

FIRST_ERROR = 300
"""Statuses from here on say that a request was not done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with one answer. What is None or empty stays as it is.

    `stale` is a span, or a number of polls; `hide` is True, or a span after a job's creation.
    """

    status: int | None = None
    retry_after: float | None = None
    date: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    delay: Span | None = None
    delayed: Delayed = "answer"
    drop: Drop | None = None
    reset: bool = False
    stale: Span | None = None
    stale_polls: int | None = None
    hide: bool = False
    hide_for: Span | None = None
    state: str | None = None
    fields: Mapping[str, Damage] = field(default_factory=dict)
    encoding: str | None = None
    credential: Literal["expired"] | None = None
    handled: bool | None = None

    @property
    def refuses(self) -> bool:
        """Whether the client is told that its request was not done."""
        return self.refuses_by_itself or (self.status or 0) >= FIRST_ERROR

    @property
    def refuses_by_itself(self) -> bool:
        """Whether the vendor's own refusal follows, whatever the status."""
        return self.is_hiding or self.credential is not None

    @property
    def is_hiding(self) -> bool:
        """Whether jobs are hidden."""
        return self.hide or self.hide_for is not None

    @property
    def is_stale(self) -> bool:
        """Whether an earlier state is shown."""
        return self.stale is not None or self.stale_polls is not None

    @property
    def does_handle(self) -> bool:
        """Whether the request is done all the same: unless it says, where nothing refuses it."""
        if self.handled is not None:
            return self.handled
        return not self.refuses and not self.is_stale


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFault:
    """A fault that jobs of a scenario are created with.

    Of the requests about the job, or those of one operation, the first `after` pass; then it hits
    `times`, or every time, each by `chance`.
    """

    fault: Fault
    operation: str | None = None
    after: int = 0
    times: int | None = None
    chance: float = 1.0
