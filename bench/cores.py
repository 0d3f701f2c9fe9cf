"""Whose core is which: the server under load has one, the load another; neither waits for the other.

So a server that would spread over several cores is measured by what it does with one, as all are.
"""

from __future__ import annotations

import os

_ALL = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
APART = len(_ALL) > 1
"""Whether there are two cores to keep apart."""


def server() -> None:
    """Keep this process, just started, to the servers' core."""
    if APART:
        os.sched_setaffinity(0, _ALL[:1])


def load() -> None:
    """Keep this process, just started, to the load's core."""
    if APART:
        os.sched_setaffinity(0, _ALL[1:2])


def keep(process: int, core: int) -> None:
    """Keep a process that runs to one core, by number."""
    if core < len(_ALL):
        os.sched_setaffinity(process, [_ALL[core]])
