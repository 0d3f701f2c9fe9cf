"""Pauses between turns: what a request waits for without holding a sandbox or a thread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple


class Pause(NamedTuple):
    """Ends a turn without a reply; after `wait` the request gets another turn."""

    wait: Callable[[], Awaitable[object]]
