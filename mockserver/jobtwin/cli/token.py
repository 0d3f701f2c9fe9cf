"""The control token, as the server that wants it and the commands that send it read it."""

from __future__ import annotations

import re

import click

TOKEN = "JOBTWIN_CONTROL_TOKEN"  # noqa: S105 - a variable's name


def sendable(token: str) -> str | None:
    """The token, if a header can carry it; UsageError, which does not show it, if none can."""
    if token and not re.fullmatch(r"[\x21-\x7e]+", token):
        raise click.UsageError(f"the control token ({TOKEN}) may hold ASCII without spaces only")
    return token or None
