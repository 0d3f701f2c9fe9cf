"""A sandbox's clock in a file, which programs map into their memory to read the time."""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path

from jobtwin.lifecycle import Moment

_NOW = struct.Struct("<qd")
"""The moment in microseconds, and the seconds of `time.monotonic` at the start.

`shim/jobtwin_sleep.py`, which may import nothing of ours, reads the same.
"""


class ClockFile:
    """Writes the time of one clock that stands still until it is moved."""

    def __init__(self, path: Path, now: Moment) -> None:
        self.path = path
        path.write_bytes(_NOW.pack(now, time.monotonic()))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _NOW.size)

    def write(self, now: Moment) -> None:
        """Write the moment; programs see it at once."""
        struct.pack_into("<q", self._map, 0, now)

    def reach(self, now: Moment) -> None:
        """Write the moment unless it is past."""
        if _NOW.unpack_from(self._map)[0] < now:
            self.write(now)
