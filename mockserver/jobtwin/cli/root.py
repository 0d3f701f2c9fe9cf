"""The command `jobtwin` and its subcommands, each imported on first use."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any, NoReturn

import click

from jobtwin.cli import environment

_MODULES = {
    "adopt": "adopt",
    "check": "files",
    "clock": "clock",
    "completion": "completion",
    "deliveries": "deliveries",
    "demo": "demo",
    "diagram": "files",
    "docs": "files",
    "env": "env",
    "faults": "faults",
    "generate": "files",
    "jobs": "jobs",
    "journal": "journal",
    "judge": "judge",
    "limits": "limits",
    "rehearse": "rehearse",
    "run": "run",
    "sandboxes": "sandboxes",
    "scenarios": "scenarios",
    "schema": "files",
    "serve": "service",
    "top": "top",
    "verify": "verify",
}
"""The module of each command."""


class _Commands(MutableMapping[str, click.Command]):
    """The commands by name. The imports of other commands do not delay a command."""

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


class _Root(click.Group):
    """The group of all commands. Reports every error in one line on stderr, or as JSON with --json."""

    def main(self, *args: Any, **settings: Any) -> Any:
        """Runs the command line. Errors of the machine are reported without a traceback."""
        try:
            with environment.reported():
                return super().main(*args, **settings)
        except click.ClickException as error:
            error.show()
            raise SystemExit(error.exit_code) from error

    def invoke(self, context: click.Context) -> Any:
        """Runs the chosen command."""
        try:
            with environment.reported():
                return super().invoke(context)
        except click.ClickException as error:
            if context.meta.get(_AS_JSON):
                _end(error)
            raise

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Looks for --json first, since an error may occur before flags are parsed."""
        own = args[: args.index("--")] if "--" in args else args
        context.meta[_AS_JSON] = "--json" in own
        return super().parse_args(context, args)


_AS_JSON = f"{__name__}.as_json"


def _end(error: click.ClickException) -> NoReturn:
    """Ends the command with its error as JSON on stderr."""
    told = {"error": error.format_message(), **getattr(error, "details", {})}
    click.echo(json.dumps(told, ensure_ascii=False), err=True)
    raise SystemExit(error.exit_code) from error


@click.group(
    cls=_Root,
    commands=_Commands(),
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Set JOBTWIN_CONTROL_TOKEN for a server that needs a token. Exit codes: 0 success, 1 refused "
    "or unreachable, 2 usage error.",
)
@click.version_option(package_name="jobtwin", message="%(prog)s %(version)s")
def jobtwin() -> None:
    """Local twins of asynchronous job APIs, from their OpenAPI files."""
    gc.enable()  # the command's module is imported by now
