"""Garbage collection in a server: each object is looked at once."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

THRESHOLDS = 30_000, 2, 2
"""Of the three generations; the two older ones stay empty.

The youngest has room for what the entries of a whole journal need more than those they replace.
"""

MOST_REMOVED = 1_000
"""The number of removed sandboxes after which a full collection runs."""


class GarbageCollection:
    """Excludes the survivors of each collection from the next ones, so that none takes long.

    They are jobs, journals, and the objects of pending requests, all of which are freed without a
    collection, as sandboxes are. Other objects of a sandbox may not be, so after many removals a
    full collection runs once.
    """

    def __init__(self) -> None:
        self._removed = 0
        self._thresholds = gc.get_threshold()

    def start(self) -> None:
        """Watches collections from now on; current objects are permanent."""
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.callbacks.append(self.note)

    def stop(self) -> None:
        """Stops watching; excludes nothing any more."""
        gc.callbacks.remove(self.note)
        gc.set_threshold(*self._thresholds)
        gc.unfreeze()

    def note(self, phase: str, _collection: Mapping[str, Any]) -> None:
        """Excludes the survivors at the end of a collection."""
        if phase == "stop":
            gc.freeze()

    def removed(self) -> None:
        """Notes the removal of a sandbox."""
        self._removed += 1
        if self._removed >= MOST_REMOVED:
            self.all_again()

    def all_again(self) -> None:
        """Runs a full collection: of all objects, also of those that were excluded."""
        self._removed = 0
        gc.unfreeze()
        gc.collect()
