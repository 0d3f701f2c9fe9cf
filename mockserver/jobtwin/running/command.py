"""A command as a process group: started, bounded in time, ended whole."""

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
"""Seconds between two looks whether a command is over its bounds."""
GRACE = 2.0
"""Seconds that a command has to end after it was asked to."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code as a shell tells it, or None after the time was over."""

    code: int | None
    output: str = ""

    @property
    def in_time(self) -> bool:
        """Whether the command ended by itself."""
        return self.code is not None


def run_command(
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    limit: float | None = None,
    over: Callable[[], bool] = lambda: False,
    output: Path | None = None,
) -> Ended:
    """Run a command to its end, for `limit` real seconds, or until it is `over`.

    Seconds in which the command, or this process, was kept from running by others do not count,
    unless the command has run as long: a busy machine gives it as much as a quiet one.

    Its output goes where ours goes, or into the file `output`. Ctrl-C reaches it, and it may tidy
    up. OSError if there is no such command.
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
    # A command on the terminal stays in our process group, to get Ctrl-C and what is typed.
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
    """The exit code; None after the limit, or when it is over."""
    passed = _stopwatch(process.pid)
    while not over() and (limit is None or passed() < limit):
        try:
            return process.wait(LOOK)
        except subprocess.TimeoutExpired:
            continue
    return None


def _stopwatch(process: int) -> Callable[[], float]:
    """The seconds that count: those in which nobody was kept from running, or more if it ran longer."""
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
    """The exit code of a command, 128 and more for one that a signal ended."""
    return 128 - code if code is not None and code < 0 else code


def _end(process: subprocess.Popen[bytes], *, whole: bool) -> None:
    """End what is left: ask first, then insist."""
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
