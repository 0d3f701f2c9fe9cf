"""Limits of requests as plain data: so many in so long, and what is left of them at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Moment = int
"""Microseconds, as `machine.Moment`."""

Span = int
"""Microseconds, as `machine.Span`."""

SECOND = 1_000_000

Per = Literal["credential", "operation", "job"]
"""What requests have in common that a limit counts together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many requests of an API every so long; the window begins with the first of them.

    Requests are counted together that are alike in all of `per`; without it, all are. Those of the
    `operations` count, or all of them if there are none. `headers` are sent with every answer, as texts
    that quote what is left; refusals have `Retry-After` beside them, if `retry_after`.
    """

    api: str
    name: str
    requests: int
    every: Span
    per: tuple[Per, ...] = ()
    operations: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: bool = True

    @property
    def id(self) -> str:
        """The name by which a sandbox knows it."""
        return f"{self.api}/{self.name}"

    def covers(self, operation: str) -> bool:
        """Whether requests of an operation count."""
        return not self.operations or operation in self.operations


class Allowance(NamedTuple):
    """What is left of a limit at a moment, of a window that was `opened` then and `used` so often."""

    limit: Limit
    used: int
    opened: Moment
    now: Moment

    @property
    def remaining(self) -> int:
        """The requests that are still let through."""
        return max(0, self.limit.requests - self.used)

    @property
    def resets_at(self) -> int:
        """When the window is over, in whole seconds since 1970."""
        return -(-(self.opened + self.limit.every) // SECOND)

    @property
    def resets_in(self) -> int:
        """The whole seconds until the window is over."""
        return -(-(self.opened + self.limit.every - self.now) // SECOND)
