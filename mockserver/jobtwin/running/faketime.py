"""A faster clock for programs of any language, by libfaketime if it is installed.

libfaketime replaces the C library's clocks and sleeps, so it reaches curl, shells, Ruby, PHP and
Java, but no Go program and nothing that is linked statically.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jobtwin.lifecycle import Moment

_NAME = "libfaketimeMT.so.1"
PLACES = (
    f"/usr/lib/*/faketime/{_NAME}",
    f"/usr/lib*/faketime/{_NAME}",
    f"/usr/local/lib*/faketime/{_NAME}",
)
"""The paths of the library in Debian, in Fedora and after its own `make install`."""

_OWNER = "import os, sys; print(os.environ['FAKETIME_SHARED'], flush=True); sys.stdin.read()"


def find_library(places: Iterable[str] | None = None) -> Path | None:
    """Returns the installed library, or None."""
    found = (
        path for place in places or PLACES for path in sorted(Path("/").glob(place.lstrip("/")))
    )
    return next(found, None)


def clock_variables(
    library: Path, speed: float, now: Moment, kept: Mapping[str, str]
) -> dict[str, str]:
    """Returns libfaketime's variables for a clock that starts at `now` and runs `speed` times as fast.

    `now` is in microseconds since 1970.
    """
    ahead = now / 1_000_000 - time.time()
    return {
        "LD_PRELOAD": ":".join(filter(None, [str(library), kept.get("LD_PRELOAD")])),
        "FAKETIME": f"{ahead:+.3f} x{speed:f}",
        "FAKETIME_DONT_RESET": "1",
    }


@contextmanager
def faster(
    library: Path, speed: float, now: Moment, kept: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Yields the variables of a command whose processes share such a clock."""
    variables = clock_variables(library, speed, now, kept)
    # The clock's origin is in shared memory, which its first process owns and removes at its end.
    # A shell as the first one would remove it at the end of each subshell, and so reset the clock.
    owner = subprocess.Popen(  # noqa: S603 - a program of ours
        [sys.executable, "-I", "-S", "-c", _OWNER],
        env={key: text for key, text in kept.items() if key != "FAKETIME_SHARED"} | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the command
    )
    with owner:  # at the end of the block its input is closed, and it ends
        assert owner.stdout  # noqa: S101 - it is a pipe
        yield {**variables, "FAKETIME_SHARED": owner.stdout.readline().strip()}
