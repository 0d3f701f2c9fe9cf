"""Assigns one core to the server under load, and another to the load generator.

Thus every server is limited to one core.
"""

from __future__ import annotations

import os

_ALL = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
APART = len(_ALL) > 1
"""True if there are two cores."""


def server() -> None:
    """Limits this new process to the servers' core."""
    if APART:
        os.sched_setaffinity(0, _ALL[:1])


def load() -> None:
    """Limits this new process to the load generator's core."""
    if APART:
        os.sched_setaffinity(0, _ALL[1:2])


def keep(process: int, core: int) -> None:
    """Limits a running process to one core, by number."""
    if core < len(_ALL):
        os.sched_setaffinity(process, [_ALL[core]])
