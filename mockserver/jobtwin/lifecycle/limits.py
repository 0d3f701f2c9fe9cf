"""Rate limits as plain data: requests per window, and what is left of them at a moment."""

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
"""The properties of requests by which a limit can count them separately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A number of requests per window; the window begins with the first request.

    Requests that are equal in all of `per` are counted together; without `per`, all are. Only requests
    of the `operations` count, or all of them if there are none. `headers` are sent with every response,
    as texts that quote the allowance. If `retry_after`, refusals also have `Retry-After`.
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
        """The limit's key in a sandbox."""
        return f"{self.api}/{self.name}"

    def covers(self, operation: str) -> bool:
        """Returns True if requests of an operation count."""
        return not self.operations or operation in self.operations


class Allowance(NamedTuple):
    """The rest of a limit at a moment: `opened` is the start of the window, `used` the number of requests in it."""

    limit: Limit
    used: int
    opened: Moment
    now: Moment

    @property
    def remaining(self) -> int:
        """The number of requests that are still allowed."""
        return max(0, self.limit.requests - self.used)

    @property
    def resets_at(self) -> int:
        """When the window ends, in whole seconds since 1970."""
        return -(-(self.opened + self.limit.every) // SECOND)

    @property
    def resets_in(self) -> int:
        """The whole seconds until the window ends."""
        return -(-(self.opened + self.limit.every - self.now) // SECOND)
