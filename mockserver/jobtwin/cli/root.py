"""The command itself, put together from its groups, each imported when it is asked for."""

from __future__ import annotations

import gc
from collections.abc import Iterator, MutableMapping
from importlib import import_module

import click

_MODULES = {
    "check": "files",
    "clock": "clock",
    "completion": "completion",
    "demo": "demo",
    "diagram": "files",
    "docs": "files",
    "generate": "files",
    "jobs": "jobs",
    "journal": "journal",
    "judge": "judge",
    "sandboxes": "sandboxes",
    "scenarios": "scenarios",
    "serve": "service",
    "verify": "verify",
}
"""Each command, and the module of this package that holds it."""


class _Commands(MutableMapping[str, click.Command]):
    """The commands by name: who serves need not wait for what asks a server, nor the other way."""

    def __init__(self) -> None:
        self._found: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._found:
            module = import_module(f"jobtwin.cli.{_MODULES[name]}")
            self._found[name] = getattr(module, name)
        return self._found[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._found[name] = command

    def __delitem__(self, name: str) -> None:
        del self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**_MODULES, **self._found})

    def __len__(self) -> int:
        return len({**_MODULES, **self._found})


@click.group(
    commands=_Commands(),
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="A server that wants a token finds it in JOBTWIN_CONTROL_TOKEN. Exit codes: 0 fine, 1 refused "
    "or out of reach, 2 not understood.",
)
@click.version_option(package_name="jobtwin", message="%(prog)s %(version)s")
def jobtwin() -> None:
    """Local twins of asynchronous job APIs, from their OpenAPI files."""
    gc.enable()  # the command's module has been imported by now
