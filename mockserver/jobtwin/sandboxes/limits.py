"""The limits in force in a sandbox, and the requests that each has counted. No HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

from jobtwin.lifecycle import Moment
from jobtwin.lifecycle.limits import Allowance, Limit

LimitId = str
Key = str
"""The key by which a limit groups requests."""


class Window(NamedTuple):
    """The time of the first counted request, and the count."""

    opened: Moment
    used: int


@dataclass(slots=True)
class Counted:
    """A limit in force, with its windows, the oldest first; `refused` are requests above it."""

    limit: Limit
    windows: dict[Key, Window] = field(default_factory=dict)
    refused: int = 0

    def allowance(self, key: Key, now: Moment) -> Allowance:
        """Returns the remaining allowance of a key."""
        window = self.windows.get(key)
        if window is None or window.opened + self.limit.every <= now:
            window = Window(now, 0)
        return Allowance(self.limit, window.used, window.opened, now)

    def count(self, key: Key, now: Moment) -> None:
        """Counts a request, or counts it as refused if nothing is left."""
        before = self.allowance(key, now)
        if not before.remaining:
            self.refused += 1
            return
        if before.opened == now and not before.used:
            self._forget(key, now)
        self.windows[key] = Window(before.opened, before.used + 1)

    def _forget(self, key: Key, now: Moment) -> None:
        """Removes the windows that are over, so that the new one is the last."""
        self.windows.pop(key, None)
        while self.windows and next(iter(self.windows.values())).opened + self.limit.every <= now:
            del self.windows[next(iter(self.windows))]

    def to_json(self) -> dict[str, Any]:
        """Returns the limit and its counts as JSON."""
        windows = {key: [*window] for key, window in self.windows.items()}
        return {"limit": limit_to_json(self.limit), "windows": windows, "refused": self.refused}

    @classmethod
    def from_json(cls, shown: Mapping[str, Any]) -> Counted:
        """Parses the result of `to_json`."""
        windows = {key: Window(*window) for key, window in shown["windows"].items()}
        return cls(limit_from_json(shown["limit"]), windows, shown["refused"])


class Limits:
    """The active limits by ID; false if there are none."""

    __slots__ = ("by_id",)

    def __init__(self, limits: Iterable[Limit] = ()) -> None:
        self.by_id = {limit.id: Counted(limit) for limit in limits}
        """The limits by ID. Testing its truth takes less time than testing that of the whole."""

    def __bool__(self) -> bool:
        return bool(self.by_id)

    def __iter__(self) -> Iterator[Counted]:
        return iter(self.by_id.values())

    def __contains__(self, id_: LimitId) -> bool:
        return id_ in self.by_id

    def __getitem__(self, id_: LimitId) -> Counted:
        return self.by_id[id_]

    def of(self, api: str, operation: str) -> list[Counted]:
        """Returns the limits that count an operation's requests."""
        return [c for c in self if c.limit.api == api and c.limit.covers(operation)]

    def set(self, limit: Limit) -> None:
        """Adds a limit; it counts from now on."""
        self.by_id[limit.id] = Counted(limit)

    def remove(self, id_: LimitId) -> None:
        """Removes a limit."""
        del self.by_id[id_]

    def count(self, keys: Mapping[LimitId, Key], now: Moment) -> None:
        """Counts a request against each limit; if some have nothing left, as refused by these."""
        full = [id_ for id_, key in keys.items() if not self[id_].allowance(key, now).remaining]
        for id_ in full or keys:
            self[id_].count(keys[id_], now)

    def copy(self) -> Limits:
        """Returns an independent copy, with its counts."""
        made = Limits()
        made.by_id = {
            id_: replace(each, windows={**each.windows}) for id_, each in self.by_id.items()
        }
        return made

    def to_json(self) -> list[dict[str, Any]]:
        """Returns all limits as JSON."""
        return [counted.to_json() for counted in self]

    @classmethod
    def from_json(cls, shown: Iterable[Mapping[str, Any]]) -> Limits:
        """Parses the result of `to_json`."""
        made = cls()
        for each in shown:
            counted = Counted.from_json(each)
            made.by_id[counted.limit.id] = counted
        return made


def limit_to_json(limit: Limit) -> dict[str, Any]:
    """Returns a limit as JSON."""
    shown = {each.name: getattr(limit, each.name) for each in fields(limit)}
    lists = {"per": [*limit.per], "operations": [*limit.operations]}
    return {**shown, **lists, "headers": dict(limit.headers)}


def limit_from_json(shown: Mapping[str, Any]) -> Limit:
    """Parses the result of `limit_to_json`."""
    lists = {name: tuple(shown[name]) for name in ("per", "operations")}
    return Limit(**{**shown, **lists})
