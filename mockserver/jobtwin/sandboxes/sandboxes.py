"""Sandboxes by name: each springs up on first use; an idle one may be forgotten."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

from jobtwin.sandboxes.sandbox import Sandbox

DEFAULT = "default"
"""The sandbox of requests that name none."""


class Sandboxes:
    """Worlds of their own. `idle` is the seconds after which an unused one is forgotten."""

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

    def __getitem__(self, name: str) -> Sandbox:
        """The sandbox of that name, made if it is not there."""
        self._expire()
        if name not in self._found:
            self._found[name] = self.fresh()
        self._touch(name)
        return self._found[name]

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[tuple[str, Sandbox]]:
        """Name and sandbox, by name."""
        return iter(sorted(self._found.items()))

    def fresh(self) -> Sandbox:
        """A sandbox as each is when it springs up; it has no name yet."""
        return self._make()

    def put(self, name: str, sandbox: Sandbox) -> None:
        """Set up a sandbox anew."""
        self._found[name] = sandbox
        self._touch(name)

    def remove(self, name: str) -> None:
        """Forget a sandbox; KeyError if there is none of that name."""
        del self._found[name]
        self._used.pop(name, None)

    def clear(self) -> None:
        """Forget all."""
        self._found.clear()
        self._used.clear()

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
