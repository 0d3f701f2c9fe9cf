"""The environment of a command that runs on twins: where they are, and how to get in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

SHIM = Path(__file__).with_name("shim")


def command_environment(
    root: str, twins: Iterable[tuple[str, str, str | None]], *, kept: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The variables of a command; `twins` are names, base URLs and credentials.

    `JOBTWIN_URL` is the sandbox, `JOBTWIN_<NAME>_URL` and `JOBTWIN_<NAME>_CREDENTIAL` are of a twin.
    """
    made = {"JOBTWIN_URL": root}
    for name, url, credential in twins:
        made[f"JOBTWIN_{name.upper()}_URL"] = url
        if credential is not None:
            made[f"JOBTWIN_{name.upper()}_CREDENTIAL"] = credential
    return {**kept, **made}


def skipping(sleep_url: str, clock_file: Path, kept: Mapping[str, str]) -> dict[str, str]:
    """The variables by which a Python program sleeps on the twin's clock."""
    places = [str(SHIM), *filter(None, [kept.get("PYTHONPATH")])]
    return {
        "JOBTWIN_SLEEP_URL": sleep_url,
        "JOBTWIN_CLOCK_FILE": str(clock_file),
        "PYTHONPATH": os.pathsep.join(places),
    }
