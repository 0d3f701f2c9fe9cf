"""Watches spec files, and rebuilds a server's application after each edit; keeps its jobs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from jobtwin.openapi import Spec

App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]

INTERVAL = 0.3
"""Seconds between two checks of the files; a changed one is read at the next, when it is complete."""

Stamp = Mapping[Path, tuple[int, int] | None]


class Replaceable:
    """An ASGI application that can be replaced between two requests."""

    def __init__(self, app: App) -> None:
        self.app = app

    def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        """Answers a request with the current application."""
        return self.app(scope, receive, send)


class FileWatcher:
    """Calls a function, in a separate thread, after each edit of some files.

    `files` returns the files, now and after each call; earlier edits are ignored.
    """

    def __init__(self, files: Callable[[], Iterable[Path]], changed: Callable[[], None]) -> None:
        self._files = files
        self._changed = changed
        self._known = stamped(files())
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reload", daemon=True)

    def start(self) -> None:
        """Starts watching."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after a pending call has returned."""
        self._stopped.set()

    def _run(self) -> None:
        known = seen = self._known
        while not self._stopped.wait(INTERVAL):
            now = stamped(known)
            if now == seen != known:  # changed, and at rest since
                self._changed()
                known = now = stamped({*self._files(), *known})
            seen = now


def stamped(files: Iterable[Path]) -> Stamp:
    """Returns the modification time and size of each file, or None if it does not exist."""
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def spec_files(specs: Sequence[Spec]) -> set[Path]:
    """Returns the files that specs were read from."""
    return {file.path for spec in specs for file in spec.document.assembled.origins.files}


def report(line: str) -> None:
    """Reports the result of an edit."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - beside the table that `serve` prints
