"""Garbage collection in a server: no collection looks through all that has been there for long."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from time import perf_counter
from typing import Any

LONG = 0.005
"""Seconds of a collection after which what it left is no longer looked through."""

THRESHOLDS = 700, 10, 4
"""Of the three generations: the oldest is looked through often, since there is little in it."""

MOST_REMOVED = 1_000
"""Sandboxes that may have been removed while they were not looked through."""


class GarbageCollection:
    """Takes what a long collection has left out of the next ones: jobs of sandboxes, mostly.

    Jobs are freed without a collection. A sandbox as such is not, so that after many removals
    everything is looked through once.
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._removed = 0
        self._thresholds = gc.get_threshold()

    def start(self) -> None:
        """Watch collections from now on; what is there now stays."""
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.callbacks.append(self.note)

    def stop(self) -> None:
        """Watch no more, and let the next collection look through everything."""
        gc.callbacks.remove(self.note)
        gc.set_threshold(*self._thresholds)
        self.all_again()

    def note(self, phase: str, collection: Mapping[str, Any]) -> None:
        """Note that a collection begins or has ended."""
        if phase == "start":
            self._began = perf_counter()
        elif perf_counter() - self._began > LONG and collection["generation"] > 1:
            gc.freeze()

    def removed(self) -> None:
        """Note that a sandbox was removed."""
        self._removed += 1
        if self._removed >= MOST_REMOVED:
            self.all_again()

    def all_again(self) -> None:
        """Let the next collection look through everything."""
        self._removed = 0
        gc.unfreeze()
