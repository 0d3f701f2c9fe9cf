"""The environment of a command on twins: URLs and credentials."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from jobtwin.openapi.variables import filled
from jobtwin.running.addresses import Address

SHIM = Path(__file__).with_name("shim")


def command_environment(
    root: str,
    twins: Iterable[Address],
    *,
    origins: Mapping[str, str] | None = None,
    kept: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Returns the variables of a command on a sandbox at `root`; `origins` are the twins' own ports, by name.

    `JOBTWIN_URL` is the sandbox; `JOBTWIN_<NAME>_URL`, `JOBTWIN_<NAME>_CREDENTIAL` and, with its
    own port, `JOBTWIN_<NAME>_ORIGIN` are for each twin. Those of the vendor's SDK follow.
    """
    made = {"JOBTWIN_URL": root}
    for twin in twins:
        values = {"base": root + twin.path}
        if twin.credential is not None:
            values["credential"] = twin.credential
        if origins and twin.name in origins:
            values["origin"] = origins[twin.name]
        for name, word in _OWN.items():
            if name in values:
                made[f"JOBTWIN_{twin.name.upper()}_{word}"] = values[name]
        made |= filled(twin.variables or {}, values)
    return {**kept, **made}


_OWN = {"base": "URL", "credential": "CREDENTIAL", "origin": "ORIGIN"}


def skipping(sleep_url: str, clock_file: Path, kept: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that make Python and Node programs sleep on the twin's clock."""
    places = [str(SHIM), *filter(None, [kept.get("PYTHONPATH")])]
    preloaded = str(SHIM / "jobtwin_sleep.cjs").replace("\\", "\\\\").replace('"', '\\"')
    options = [*filter(None, [kept.get("NODE_OPTIONS")]), f'--require "{preloaded}"']
    return {
        "NODE_OPTIONS": " ".join(options),
        "JOBTWIN_SLEEP_URL": sleep_url,
        "JOBTWIN_CLOCK_FILE": str(clock_file),
        "PYTHONPATH": os.pathsep.join(places),
    }
