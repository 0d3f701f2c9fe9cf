"""The command `jobtwin`, also `python -m jobtwin`."""

from __future__ import annotations

import gc
import sys

_NEEDS = "jobtwin: the command needs the server; install it with: pip install 'jobtwin[mock]'"


def main() -> None:
    """Run the command line; without the server's packages, say how to get them (exit code 1)."""
    gc.disable()  # modules are imported to stay; the command itself has it again
    try:
        from jobtwin.cli import jobtwin  # noqa: PLC0415 - a plain install has no click
        from jobtwin.cli.environment import close_output  # noqa: PLC0415 - same
    except ModuleNotFoundError as error:
        sys.exit(f"{_NEEDS} ({error.name} is missing)")
    try:
        jobtwin(prog_name="jobtwin")
    finally:
        close_output()


if __name__ == "__main__":
    main()
