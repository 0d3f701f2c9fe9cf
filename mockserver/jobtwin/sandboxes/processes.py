"""Tells whether the threads of local processes are idle, by what the kernel says of them."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

PROC = "/proc"
_HAS_PROC = os.path.isdir(PROC)  # noqa: PTH112 - looked up once
PAUSE = 0.001
"""Seconds between two looks at a thread; one that ran in between is at work."""

_AT_REST = (b"S", b"Z", b"X", b"T")
"""States of threads that do not run: asleep, a zombie, dead, stopped."""

Asleep = Mapping[int, AbstractSet[int]]
"""Threads that are known to sleep, by the id of their process."""


def run_time(process: int, thread: int) -> int:
    """How long a thread has run, in nanoseconds; 0 where the system does not tell."""
    try:
        return _run_time(process, thread)
    except OSError:
        return 0


def run_delay(process: int) -> int:
    """How long a process was kept from running by others, in nanoseconds: its most unlucky thread."""
    return max((_run_delay(process, thread) for thread in _threads(process)), default=0)


def processor_time(process: int) -> float:
    """How long a process has run, all its threads together, in seconds; 0 where nobody tells."""
    try:
        with open(f"{PROC}/{process}/stat", "rb") as file:  # noqa: PTH123 - as below
            fields = file.read().rpartition(b")")[2].split()
    except OSError:  # it has ended, or the kernel does not tell
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _run_delay(process: int, thread: int) -> int:
    try:
        return int(_read(process, thread, "schedstat").split()[1])
    except (IndexError, OSError):  # it has ended, or the kernel does not tell
        return 0


def with_children(asleep: Asleep) -> Asleep:
    """The same, with the processes that those have started: one that starts up is at work."""
    found, new = dict(asleep), list(asleep)
    while new:
        children = [child for process in new for child in _children(process)]
        new = [child for child in children if child not in found]
        found |= {child: frozenset() for child in new}
    return found


def _children(process: int) -> list[int]:
    try:
        texts = [_read(process, thread, "children") for thread in _threads(process)]
    except OSError:  # it has ended, or the kernel does not tell
        return []
    return [int(child) for text in texts for child in text.split()]


async def all_idle(asleep: Asleep) -> bool:
    """Whether every thread of these processes sleeps, or is blocked by another one.

    A thread that does not sleep on the clock is idle when it does not run and has not run for a
    moment: it waits for a lock, a queue or a child. Where the system has no `/proc`, a pause without
    a request has to do.
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
    return _others(asleep) == before


def _others(asleep: Asleep) -> dict[tuple[int, int], int | None]:
    """How long each thread that is not asleep has run, in nanoseconds; None for one that runs now.

    The thread that asks is the server's own, and left out.
    """
    return {
        (process, thread): _ran(process, thread)
        for process, known in asleep.items()
        for thread in _threads(process)
        if thread not in known and not _is_here(process, thread)
    }


def _threads(process: int) -> list[int]:
    try:
        return [int(name) for name in os.listdir(f"{PROC}/{process}/task")]  # noqa: PTH208 - called often
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
    """Whether a thread is the one that asks: the server's own."""
    return process == os.getpid() and thread == threading.get_native_id()


def _run_time(process: int, thread: int) -> int:
    return int(_read(process, thread, "schedstat").split()[0])


def _read(process: int, thread: int, name: str) -> bytes:
    with open(f"{PROC}/{process}/task/{thread}/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - called often
        return file.read()
