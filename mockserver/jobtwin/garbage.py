"""Garbage collection in a server: collections skip objects that have existed for long."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from time import thread_time
from typing import Any

LONG = 0.005
"""The seconds of CPU of a collection after which the remaining objects are excluded from the next ones."""

THRESHOLDS = 5_000, 2, 2
"""Of the three generations.

The youngest has room for what a burst of requests has under way, of which nothing is left behind.
The others are looked through often, since there is little in them, so no collection takes long.
"""

MOST_REMOVED = 1_000
"""The number of removed sandboxes after which a full collection runs."""


class GarbageCollection:
    """Excludes the objects left by a long collection from the next ones: mostly jobs of sandboxes.

    Time is that of the CPU: on a busy machine, a short collection takes long, and the objects of
    pending requests would never be freed. Jobs and sandboxes are freed without a collection; other
    objects of a sandbox may not be, so after many removals a full collection runs once.
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._removed = 0
        self._thresholds = gc.get_threshold()

    def start(self) -> None:
        """Watches collections from now on; current objects are permanent."""
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.callbacks.append(self.note)

    def stop(self) -> None:
        """Stops watching, and makes the next collection a full one."""
        gc.callbacks.remove(self.note)
        gc.set_threshold(*self._thresholds)
        self.all_again()

    def note(self, phase: str, collection: Mapping[str, Any]) -> None:
        """Notes the start or the end of a collection."""
        if phase == "start":
            self._began = thread_time()
        elif thread_time() - self._began > LONG and collection["generation"] > 1:
            gc.freeze()

    def removed(self) -> None:
        """Notes the removal of a sandbox."""
        self._removed += 1
        if self._removed >= MOST_REMOVED:
            self.all_again()

    def all_again(self) -> None:
        """Makes the next collection a full one."""
        self._removed = 0
        gc.unfreeze()
