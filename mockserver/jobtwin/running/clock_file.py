"""A sandbox's clock in a file that programs map into memory to read the time."""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path

from jobtwin.lifecycle import Moment

_NOW = struct.Struct("<qd")
"""The moment in microseconds, and the seconds of `time.monotonic` at the start.

`shim/jobtwin_sleep.py`, which cannot import this package, reads the same format.
"""


class ClockFile:
    """Writes the time of a frozen clock."""

    def __init__(self, path: Path, now: Moment) -> None:
        self.path = path
        path.write_bytes(_NOW.pack(now, time.monotonic()))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _NOW.size)

    def write(self, now: Moment) -> None:
        """Writes the moment; programs see it immediately."""
        struct.pack_into("<q", self._map, 0, now)

    def reach(self, now: Moment) -> None:
        """Writes the moment if it is later than the current one."""
        if _NOW.unpack_from(self._map)[0] < now:
            self.write(now)
