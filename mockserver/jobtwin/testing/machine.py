"""The machine's time, which the test kit keeps when a test replaces `time.time` by a sandbox's."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_time = time.time
_kit = threading.local()


@contextmanager
def machine_time() -> Iterator[None]:
    """While it is open, this thread does the kit's work and keeps the machine's time."""
    before = keeps_machine_time()
    _kit.working = True
    try:
        yield
    finally:
        _kit.working = before


def keeps_machine_time() -> bool:
    """Whether this thread does the kit's work: it serves a twin, or asks one for the time."""
    return bool(getattr(_kit, "working", False))


def seconds() -> float:
    """Seconds since 1970 by the machine's clock, whatever stands at `time.time`."""
    return _time()
