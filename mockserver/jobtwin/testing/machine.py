"""The machine's time, which the test kit keeps if a test replaces `time.time`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_time = time.time
_kit = threading.local()


@contextmanager
def machine_time() -> Iterator[None]:
    """Marks this thread as the kit's own, which keeps the machine's time."""
    before = keeps_machine_time()
    _kit.working = True
    try:
        yield
    finally:
        _kit.working = before


def keeps_machine_time() -> bool:
    """Returns True if this thread is the kit's own: it serves a twin, or requests its time."""
    return bool(getattr(_kit, "working", False))


def seconds() -> float:
    """Returns the seconds since 1970 by the machine's clock, even if `time.time` is replaced."""
    return _time()
