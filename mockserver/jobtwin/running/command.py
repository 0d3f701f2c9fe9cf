"""A command as a process group, with a time limit."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from jobtwin.sandboxes.processes import processor_time, run_delay, with_children

LOOK = 0.1
"""Seconds between two checks of a command's limits."""
GRACE = 2.0
"""Seconds between SIGTERM and SIGKILL."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a command: its exit code in the shell's form, or None on a timeout."""

    code: int | None
    output: str = ""

    @property
    def in_time(self) -> bool:
        """True if the command ended before the limit."""
        return self.code is not None


def run_command(
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    limit: float | None = None,
    over: Callable[[], bool] = lambda: False,
    output: Path | None = None,
) -> Ended:
    """Runs a command to its end, for `limit` real seconds, or until `over` is true.

    Time in which other processes kept the command, or this process, from running does not count,
    so a busy machine does not shorten the limit.

    Its output is inherited, or written to the file `output`. Ctrl-C is passed to it. Raises OSError
    for an unknown command.
    """
    if output is None:
        return Ended(_code(words, environment, limit, over))
    with output.open("wb") as file:
        streams = {"stdin": subprocess.DEVNULL, "stdout": file, "stderr": file}
        code = _code(words, environment, limit, over, **streams)
    return Ended(code, output.read_text(encoding="utf-8", errors="replace"))


def _code(
    words: Sequence[str],
    environment: Mapping[str, str],
    limit: float | None,
    over: Callable[[], bool],
    **streams: Any,
) -> int | None:
    # A command on a terminal stays in our process group, to receive Ctrl-C and input.
    own_group = bool(streams)
    process = subprocess.Popen(  # noqa: S603 - the user's own command
        list(words), env=dict(environment), start_new_session=own_group, **streams
    )
    try:
        return _as_shell(_wait(process, limit, over))
    except KeyboardInterrupt:
        return _as_shell(process.wait(GRACE))
    finally:
        _end(process, whole=own_group)


def _wait(
    process: subprocess.Popen[bytes], limit: float | None, over: Callable[[], bool]
) -> int | None:
    """Returns the exit code, or None on a timeout."""
    passed = _stopwatch(process.pid)
    while not over() and (limit is None or passed() < limit):
        try:
            return process.wait(LOOK)
        except subprocess.TimeoutExpired:
            continue
    return None


def _stopwatch(process: int) -> Callable[[], float]:
    """Returns a stopwatch for time in which neither process was kept from running."""
    begun, before = monotonic(), run_delay(os.getpid())
    delays, times = dict[int, int](), dict[int, float]()

    def passed() -> float:
        for each in with_children({process: frozenset()}):
            delays[each] = max(run_delay(each), delays.get(each, 0))
            times[each] = max(processor_time(each), times.get(each, 0.0))
        kept = sum(delays.values()) + run_delay(os.getpid()) - before
        return max(monotonic() - begun - kept / 1e9, sum(times.values()))

    return passed


def _as_shell(code: int | None) -> int | None:
    """Returns the exit code of a command, 128 and more if it was ended by a signal."""
    return 128 - code if code is not None and code < 0 else code


def _end(process: subprocess.Popen[bytes], *, whole: bool) -> None:
    """Ends the rest of the process group, by SIGTERM, then SIGKILL."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not whole and process.poll() is not None:
            return
        try:
            os.killpg(process.pid, sign) if whole else process.send_signal(sign)
        except ProcessLookupError:
            return
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            continue
