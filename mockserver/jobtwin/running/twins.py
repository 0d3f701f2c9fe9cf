"""Twins for commands: a server of our own in a thread, and a sandbox for each command."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from jobtwin.openapi import Spec
from jobtwin.running.clock_file import ClockFile
from jobtwin.running.environment import command_environment, skipping
from jobtwin.sandboxes import Sandbox
from jobtwin.testing import Host, Jobtwin


@dataclass(frozen=True)
class Twins:
    """One command's sandbox, and the environment in which the command finds it."""

    jobtwin: Jobtwin
    sandbox: Sandbox
    environment: Mapping[str, str]


@contextmanager
def twins(
    host: Host,
    specs: Sequence[Spec],
    name: str,
    *,
    clock: str = "skip",
    kept: Mapping[str, str] | None = None,
) -> Iterator[Twins]:
    """A fresh sandbox on a server of this process, for one command.

    On a clock that skips, a Python program sleeps without waiting. `kept` are the variables that
    the command has anyway, those of this process unless given.
    """
    kept = os.environ if kept is None else kept
    with host.sandbox(name, clock=clock, samples=True) as jobtwin, TemporaryDirectory() as folder:
        sandbox = host.found(jobtwin.name)
        environment = command_environment(jobtwin.url, _addresses(jobtwin, specs), kept=kept)
        if clock == "skip":
            shared = ClockFile(Path(folder, "clock"), sandbox.clock)
            sleep = f"{jobtwin.url}/_control/clock/sleep"
            environment |= skipping(sleep, shared.path, environment)
        yield Twins(jobtwin, sandbox, environment)


def _addresses(jobtwin: Jobtwin, specs: Sequence[Spec]) -> Iterator[tuple[str, str, str | None]]:
    for spec in specs:
        if spec.jobs:
            api = jobtwin[spec.name]
            yield spec.name, api.url, api.credential
