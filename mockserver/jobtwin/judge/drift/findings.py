"""Findings about a spec from traffic, each counted once per place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

SHAPES: Mapping[str, str] = {
    "missing-field": "A body lacks a field that the spec requires",
    "missing-body": "A response has no body, but the spec documents one",
    "malformed-body": "A body is not JSON, though its media type is",
    "wrong-type": "A field has another type than documented",
    "wrong-value": "A field has a value that the spec does not allow",
    "unknown-value": "A field has a value that its enum does not list",
    "unknown-state": "A job or a part is in a state that its machine does not have",
    "undocumented-field": "A body has an undocumented field",
    "undocumented-status": "A response has an undocumented status",
    "undocumented-type": "A response has an undocumented media type",
    "undocumented-header": "A response has an undocumented header of the API",
    "undocumented-parameter": "An undocumented query parameter was accepted",
    "undocumented-method": "A path accepts an undocumented method",
    "undocumented-path": "An undocumented path exists below the API's base",
}
"""The rules for single exchanges, each with its violation."""


class Severity(StrEnum):
    """The severity of a finding, the worst first."""

    CONTRADICTION = "contradiction"
    VIOLATION = "violation"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference between an exchange and the spec.

    `where` is a place in the exchange, with `*` for data: `200 body /values/*/health`. `subject`
    tells findings at one place apart. `change` returns the JSON Patch steps that would make the
    spec allow the values seen.
    """

    severity: Severity
    rule: str
    operation: str
    where: str
    subject: str
    why: str
    seen: tuple[Any, ...] = ()
    change: Change | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Findings with the same key are counted together."""
        return self.rule, self.operation, self.where, self.subject


@dataclass(frozen=True, slots=True)
class PatchStep:
    """A step of a JSON Patch (RFC 6902)."""

    op: str
    path: str
    value: Any

    def written(self) -> dict[str, Any]:
        """Returns the step as JSON."""
        bare = {"op": self.op, "path": self.path}
        return bare if self.op == "remove" else {**bare, "value": self.value}


@dataclass(slots=True)
class CountedFinding:
    """A finding with its count, first entry, first and last time, and the schema of its values."""

    finding: Finding
    entry: str
    first: datetime
    last: datetime
    count: int = 0
    schema: dict[str, Any] | None = None


Change = Callable[[CountedFinding], Iterable[PatchStep]]


class FindingLog:
    """Counts findings, in the order of their first appearance."""

    def __init__(self, learn: Callable[[dict[str, Any] | None, Any], dict[str, Any]]) -> None:
        self._learn = learn
        self._findings: dict[tuple[str, str, str, str], CountedFinding] = {}

    def __iter__(self) -> Iterator[CountedFinding]:
        return iter(self._findings.values())

    def __len__(self) -> int:
        return len(self._findings)

    def since(self, count: int) -> list[CountedFinding]:
        """Returns the findings after the first `count`."""
        return list(self)[count:] if len(self) > count else []

    def add(self, finding: Finding, entry: str, at: datetime) -> None:
        """Counts a finding in an entry of a recording."""
        counted = self._findings.get(finding.key)
        if counted is None:
            counted = self._findings[finding.key] = CountedFinding(finding, entry, at, at)
        counted.count += 1
        counted.last = max(counted.last, at)
        for value in finding.seen:
            counted.schema = self._learn(counted.schema, value)
