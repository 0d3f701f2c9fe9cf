"""Detects idle threads of local processes, by the kernel's data."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from itertools import chain

PROC = "/proc"
_HAS_PROC = os.path.isdir(PROC)  # noqa: PTH112 - looked up once
PAUSE = 0.001
"""Seconds between two looks at a thread; one that ran in between is at work."""

ROUNDS = 12
"""Rounds of the event loop in which a request that was sent before, on a new connection, is read.

A new connection takes six: accepted, made, registered, readable, parsed, handled.
"""

_AT_REST = (b"S", b"Z", b"X", b"T")
"""States of threads that do not run: asleep, a zombie, dead, stopped."""

Asleep = Mapping[int, AbstractSet[int]]
"""Threads that are known to sleep, by the id of their process."""


def run_time(process: int, thread: int) -> int:
    """Returns the CPU time of a thread in nanoseconds, or 0 if unknown."""
    try:
        return _run_time(process, thread)
    except OSError:
        return 0


def run_delay(process: int) -> int:
    """Returns the longest time in nanoseconds for which a thread of a process waited for a CPU."""
    return max((_run_delay(process, thread) for thread in _threads(process)), default=0)


def processor_time(process: int) -> float:
    """Returns the CPU time of a process in seconds, over all threads, or 0 if unknown."""
    try:
        with open(f"{PROC}/{process}/stat", "rb") as file:  # noqa: PTH123 - as below
            fields = file.read().rpartition(b")")[2].split()
    except OSError:  # the process has ended, or the data is not available
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _run_delay(process: int, thread: int) -> int:
    try:
        return int(_read(process, thread, "schedstat").split()[1])
    except (IndexError, OSError):  # the process has ended, or the data is not available
        return 0


def with_children(asleep: Asleep) -> Asleep:
    """Returns these processes and their descendants; one that starts up is at work."""
    found, new = dict(asleep), list(asleep)
    while new:
        children = chain.from_iterable(map(_children, new))
        new = [child for child in children if child not in found]
        found |= dict.fromkeys(new, frozenset())
    return found


def _children(process: int) -> list[int]:
    try:
        texts = [_read(process, thread, "children") for thread in _threads(process)]
    except OSError:  # the process has ended, or the data is not available
        return []
    return [int(child) for text in texts for child in text.split()]


async def all_idle(asleep: Asleep) -> bool:
    """Returns True if every thread of these processes sleeps, or is blocked by another one.

    A thread that does not sleep on the clock is idle if it is not running and has not run for a
    moment: it waits for a lock, a queue or a child. Without `/proc`, a pause without
    a request is used instead.
    """
    if not _HAS_PROC:
        await asyncio.sleep(10 * PAUSE)
        return True
    asleep = with_children(asleep)
    if any(_runs(process, thread) for process, known in asleep.items() for thread in known):
        return False
    before = _others(asleep)
    if not before:
        return True
    if None in before.values():
        return False
    await asyncio.sleep(PAUSE)
    for _ in range(ROUNDS):
        await asyncio.sleep(0)
    return _others(asleep) == before


def _others(asleep: Asleep) -> dict[tuple[int, int], int | None]:
    """Returns the CPU time of each thread that is not asleep in nanoseconds, or None if it is running.

    The calling thread is the server's own, and is omitted.
    """
    return {
        (process, thread): _ran(process, thread)
        for process, known in asleep.items()
        for thread in _threads(process)
        if thread not in known and not _is_here(process, thread)
    }


def _threads(process: int) -> list[int]:
    try:
        return list(map(int, os.listdir(f"{PROC}/{process}/task")))  # noqa: PTH208 - called often
    except OSError:  # it has ended
        return []


def _ran(process: int, thread: int) -> int | None:
    try:
        state = _read(process, thread, "stat").rpartition(b")")[2].split()[0]
        return _run_time(process, thread) if state in _AT_REST else None
    except OSError:  # it has ended since it was listed
        return 0


def _runs(process: int, thread: int) -> bool:
    return not _is_here(process, thread) and _ran(process, thread) is None


def _is_here(process: int, thread: int) -> bool:
    """Returns True if a thread is the calling one, the server's own."""
    return process == os.getpid() and thread == threading.get_native_id()


def _run_time(process: int, thread: int) -> int:
    return int(_read(process, thread, "schedstat").split()[0])


def _read(process: int, thread: int, name: str) -> bytes:
    with open(f"{PROC}/{process}/task/{thread}/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - called often
        return file.read()
