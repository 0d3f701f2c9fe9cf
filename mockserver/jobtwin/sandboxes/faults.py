"""Faults as plain data: their effects, conditions and counts. No HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from jobtwin.lifecycle.faults import Fault

FaultId = str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """A fault, and the requests that it hits.

    The first `after` matching requests pass; then it hits `times` requests, or all, each with
    probability `chance`. Rules of a preset, or of a scenario, share a group.
    """

    id: FaultId
    api: str
    fault: Fault
    operation: str | None = None
    job: str | None = None
    after: int = 0
    times: int | None = None
    chance: float = 1.0
    preset: str | None = None

    @property
    def group(self) -> FaultId:
        """The id by which all of a preset are known."""
        return self.id.partition(".")[0]

    def to_json(self) -> dict[str, Any]:
        """Returns the rule as JSON, without default values."""
        return {**_to_json(self), "fault": _to_json(self.fault)}

    @classmethod
    def from_json(cls, shown: Mapping[str, Any]) -> FaultRule:
        """Parses the result of `to_json`."""
        return cls(**{**shown, "fault": Fault(**shown["fault"])})


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """An active rule: the numbers of requests that matched it, and that it hit."""

    rule: FaultRule
    matched: int = 0
    hits: int = 0

    def is_due(self, seed: int) -> bool:
        """Returns True if it hits the next matching request."""
        rule = self.rule
        if self.matched < rule.after or (rule.times is not None and self.hits >= rule.times):
            return False
        return rule.chance >= 1 or _drawn(f"{seed}/fault/{rule.id}/{self.matched}") < rule.chance

    def used(self, *, hit: bool) -> ActiveFault:
        """Returns the fault after one more matching request."""
        return replace(self, matched=self.matched + 1, hits=self.hits + hit)


class Faults:
    """The faults of a sandbox, in the order of their addition; false if there are none."""

    __slots__ = ("_count", "by_id")

    def __init__(self) -> None:
        self.by_id: dict[FaultId, ActiveFault] = {}
        """The faults by ID. Testing its truth takes less time than testing that of the whole."""
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self.by_id)

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)

    def __getitem__(self, id_: FaultId) -> ActiveFault:
        return self.by_id[id_]

    def of(self, id_: FaultId) -> list[ActiveFault]:
        """Returns the fault with that ID, or the faults of that group."""
        return [each for each in self if id_ in (each.rule.id, each.rule.group)]

    def new_id(self) -> FaultId:
        """Returns the ID of the next fault."""
        return str(self._count + 1)

    def add(self, rule: FaultRule) -> ActiveFault:
        """Adds a rule."""
        self._count = max(self._count, int(rule.group))
        made = self.by_id[rule.id] = ActiveFault(rule)
        return made

    def remove(self, id_: FaultId) -> None:
        """Removes the fault with that ID, or the faults of that group."""
        for each in self.of(id_):
            del self.by_id[each.rule.id]

    def use(self, matched: Sequence[FaultId], hit: FaultId | None) -> None:
        """Counts a request that matched some rules, one of which may have hit it."""
        for id_ in matched:
            self.by_id[id_] = self.by_id[id_].used(hit=id_ == hit)

    def copy(self) -> Faults:
        """Returns an independent copy."""
        made = Faults()
        made.by_id, made._count = {**self.by_id}, self._count
        return made

    def to_json(self) -> dict[str, Any]:
        """Returns all faults as JSON."""
        active = [{"rule": f.rule.to_json(), "matched": f.matched, "hits": f.hits} for f in self]
        return {"count": self._count, "active": active}

    @classmethod
    def from_json(cls, shown: Mapping[str, Any]) -> Faults:
        """Parses the result of `to_json`."""
        made = cls()
        for each in shown["active"]:
            rule = FaultRule.from_json(each["rule"])
            made.by_id[rule.id] = ActiveFault(rule, each["matched"], each["hits"])
        made._count = shown["count"]
        return made


def _to_json(data: Fault | FaultRule) -> dict[str, Any]:
    """Returns the fields of a dataclass that differ from their defaults."""
    usual = {"delayed": "answer", "after": 0, "chance": 1.0}
    shown = {each.name: getattr(data, each.name) for each in fields(data)}
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in shown.items()
        if (value not in (None, False, {}) and value != usual.get(name)) or _is_said(name, value)
    }


def _is_said(name: str, value: Any) -> bool:
    """Returns True if a false value is significant."""
    return (name == "handled" and value is False) or (name in _NUMBERS and value is not None)


_NUMBERS = ("retry_after", "stale", "stale_polls", "delay", "times")


def _drawn(text: str) -> float:
    """Returns a number from 0 to below 1, derived from a text."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
