"""A cache of what is wanted repeatedly: clients poll some jobs again and again, others once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class RepeatedCache(Generic[K, V]):
    """Keeps the values of keys that were wanted before; the oldest is dropped.

    To keep a value and to free another takes longer than to make most values. So among very many
    keys, of which each is wanted once in a while, nothing is kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        # A plain dict would look for its oldest entry behind all those that were removed.
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._wanted: set[K] = set()
        self.get = self._kept.get
        """Returns the value of a key, or None."""

    def admits(self, key: K) -> bool:
        """Notes that the value of a key is wanted. Returns True if it is to be kept."""
        if key in self._kept or key in self._wanted:
            return True
        if len(self._wanted) >= self._size:
            self._wanted.clear()
        self._wanted.add(key)
        return False

    def put(self, key: K, value: V) -> None:
        """Keeps a value, as the newest."""
        self._wanted.discard(key)
        if self._kept.pop(key, None) is None and len(self._kept) >= self._size:
            self._kept.popitem(last=False)
        self._kept[key] = value
