"""The command `jobtwin`, also `python -m jobtwin`."""

from __future__ import annotations

import gc
import sys

_NEEDS = (
    "the installation of jobtwin is incomplete; reinstall it with: pip install --upgrade jobtwin"
)


def main() -> None:
    """Runs the command line. If a package is missing, says how to install it (exit code 1)."""
    gc.disable()  # imported modules stay; garbage is collected again during the command
    try:
        from jobtwin.cli import jobtwin  # noqa: PLC0415 - a broken install may lack click
        from jobtwin.cli.environment import close_output  # noqa: PLC0415 - same
    except ModuleNotFoundError as error:
        sys.exit(f"{_NEEDS} ({error.name} is missing)")
    try:
        jobtwin(prog_name="jobtwin")
    finally:
        close_output()


if __name__ == "__main__":
    main()
