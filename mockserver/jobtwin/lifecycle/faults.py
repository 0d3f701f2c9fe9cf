"""Faults as plain data: how a response is broken, and which responses about a job are hit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Span = int
"""Microseconds, as `machine.Span`, whose module imports this one."""

Drop = Literal["before", "headers", "after_headers", "body"]
"""The point at which a connection is cut: before the response, in its headers, or in its body."""

Delayed = Literal["answer", "body", "drip"]
"""The delayed part: the whole response, its body, or each piece of its body."""

Damage = Literal["missing", "null", "wrong_type"]
"""The changes to a property."""

FIRST_ERROR = 300
"""The lowest status of a request that was not done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The defects of one response. A field that is None or empty changes nothing.

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
        """True if the response tells the client that its request was not done."""
        return self.refuses_by_itself or (self.status or 0) >= FIRST_ERROR

    @property
    def refuses_by_itself(self) -> bool:
        """True if the vendor's own refusal follows, whatever the status."""
        return self.is_hiding or self.credential is not None

    @property
    def is_hiding(self) -> bool:
        """True if jobs are hidden."""
        return self.hide or self.hide_for is not None

    @property
    def is_stale(self) -> bool:
        """True if an earlier state is shown."""
        return self.stale is not None or self.stale_polls is not None

    @property
    def does_handle(self) -> bool:
        """True if the request is done nevertheless; by default, if it is not refused."""
        if self.handled is not None:
            return self.handled
        return not self.refuses and not self.is_stale


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFault:
    """A fault that jobs of a scenario are created with.

    It counts the requests about the job, or those of one operation. The first `after` pass. Then it
    hits `times` requests, or all, each with probability `chance`.
    """

    fault: Fault
    operation: str | None = None
    after: int = 0
    times: int | None = None
    chance: float = 1.0
