"""A command as a process group: started, bounded in time, ended whole."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    output: Path | None = None,
) -> Ended:
    """Run a command to its end, or for `limit` real seconds; FileNotFoundError if there is none.

    Its output goes where ours goes, or into the file `output`. Ctrl-C reaches it, and it may tidy up.
    """
    if output is None:
        return _ended(words, environment, limit)
    with output.open("wb") as file:
        ended = _ended(
            words, environment, limit, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
    return Ended(ended.code, output.read_text(encoding="utf-8", errors="replace"))


def _ended(
    words: Sequence[str], environment: Mapping[str, str], limit: float | None, **streams: Any
) -> Ended:
    # A command on the terminal stays in our process group, to get Ctrl-C and what is typed.
    own_group = bool(streams)
    process = subprocess.Popen(  # noqa: S603 - the user's own command
        list(words), env=dict(environment), start_new_session=own_group, **streams
    )
    try:
        return Ended(_code(process.wait(limit)))
    except subprocess.TimeoutExpired:
        return Ended(None)
    except KeyboardInterrupt:
        return Ended(_code(process.wait(GRACE)))
    finally:
        _end(process, whole=own_group)


def _code(code: int) -> int:
    """The exit code of a command, 128 and more for one that a signal ended."""
    return 128 - code if code < 0 else code


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
