"""Lets a program sleep on a sandbox's clock; `jobtwin run` puts it before the program's modules.

Python imports it at start-up. It needs the standard library alone, does nothing without
`JOBTWIN_SLEEP_URL`, and imports the `sitecustomize` of the environment that it hides.
"""

from __future__ import annotations

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib is slow to import


def _import_hidden() -> None:
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != _HERE]  # noqa: PTH100 - same
    own = sys.modules.pop("sitecustomize", None)
    try:
        __import__("sitecustomize")
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
        if own is not None:
            sys.modules["sitecustomize"] = own


if os.environ.get("JOBTWIN_SLEEP_URL"):
    from jobtwin_sleep import install  # type: ignore[import-not-found]  # beside this file

    try:
        install(os.environ["JOBTWIN_SLEEP_URL"], os.environ["JOBTWIN_CLOCK_FILE"])
    except (OSError, ValueError) as error:
        # Python only prints other errors of this module, and would run the program in real time.
        sys.exit(f"jobtwin run: cannot sleep on the twin's clock: {error}")
_import_hidden()
