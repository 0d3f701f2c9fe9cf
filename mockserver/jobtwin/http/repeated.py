"""A cache that stores a value when it is requested again: clients poll some jobs often, others once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class RepeatedCache(Generic[K, V]):
    """Stores the values of keys from their second request on; the oldest is dropped.

    Storing and evicting costs more than making most values. So a cycle of more keys than `size`
    stores nothing.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        # A plain dict would look for its oldest entry behind all those that were removed.
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._requested: set[K] = set()
        self.get = self._kept.get
        """Returns the value of a key, or None."""

    def note(self, key: K) -> bool:
        """Notes a request of a value that is not stored. Returns True if it should be: it was requested before."""
        if key in self._requested:
            return True
        if len(self._requested) >= self._size:
            self._requested.clear()
        self._requested.add(key)
        return False

    def put(self, key: K, value: V) -> None:
        """Stores a value, as the newest."""
        self._requested.discard(key)
        if self._kept.pop(key, None) is None and len(self._kept) >= self._size:
            self._kept.popitem(last=False)
        self._kept[key] = value
