"""Sandboxes by name: made on first use, forgotten when idle; `turn` is the only way in for requests."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

from jobtwin.sandboxes.sandbox import Sandbox

DEFAULT = "default"
"""The sandbox of requests that name none."""


class Turn:
    """One request's time with a sandbox, from its body's last byte to its journal entry.

    A turn awaits nothing but a store. In memory there is none, and a turn is atomic without a lock:
    delays, waits and deliveries happen between turns.
    """

    __slots__ = ("_name", "_sandboxes")

    def __init__(self, sandboxes: Sandboxes, name: str) -> None:
        self._sandboxes = sandboxes
        self._name = name

    async def __aenter__(self) -> Sandbox:
        """Look the sandbox up now: it may have been replaced while the request arrived."""
        return self._sandboxes[self._name]

    async def __aexit__(self, *_: object) -> None:
        """End the turn."""


class Sandboxes:
    """Every sandbox of a server. `idle` is the seconds after which an unused one is forgotten."""

    def __init__(
        self,
        make: Callable[[], Sandbox],
        *,
        idle: float | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._idle = idle
        self._steady = steady
        self._found: OrderedDict[str, Sandbox] = OrderedDict()
        self._used: dict[str, float] = {}

    @classmethod
    def only(cls, sandbox: Sandbox) -> Sandboxes:
        """Sandboxes whose default one is given; others are made like it."""
        made = cls(sandbox.sibling)
        made.put(DEFAULT, sandbox)
        return made

    def turn(self, name: str) -> Turn:
        """A turn with the sandbox of that name."""
        return Turn(self, name)

    def __getitem__(self, name: str) -> Sandbox:
        """The sandbox of that name, made if it is not there."""
        self._expire()
        if name not in self._found:
            self._found[name] = self.fresh()
        self._touch(name)
        return self._found[name]

    def find(self, name: str) -> Sandbox | None:
        """The sandbox of that name, or None; it is not made."""
        return self._found.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[tuple[str, Sandbox]]:
        """Name and sandbox, by name."""
        return iter(sorted(self._found.items()))

    def fresh(self) -> Sandbox:
        """A sandbox as each is when it is made; it has no name yet."""
        return self._make()

    def put(self, name: str, sandbox: Sandbox) -> None:
        """Put a sandbox in the place of the one of that name."""
        if (replaced := self._found.get(name)) is not None and replaced is not sandbox:
            replaced.feed.close()
        self._found[name] = sandbox
        self._touch(name)

    def remove(self, name: str) -> None:
        """Forget a sandbox; KeyError if there is none of that name."""
        self._found.pop(name).feed.close()
        self._used.pop(name, None)

    def clear(self) -> None:
        """Forget all."""
        for name in [*self._found]:
            self.remove(name)

    def _touch(self, name: str) -> None:
        if self._idle is not None:
            self._used[name] = self._steady()
            self._found.move_to_end(name)

    def _expire(self) -> None:
        """Forget those that have idled too long; the longest idle comes first."""
        while self._idle is not None and self._found:
            name = next(iter(self._found))
            if self._steady() - self._used[name] < self._idle:
                return
            self.remove(name)
