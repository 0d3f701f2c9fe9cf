"""The control token, as read by the server and by the commands that send it."""

from __future__ import annotations

import re

import click

TOKEN = "JOBTWIN_CONTROL_TOKEN"  # noqa: S105 - a variable's name


def sendable(token: str) -> str | None:
    """Returns the token. Raises UsageError, without showing the token, if it is invalid in a header."""
    if token and not re.fullmatch(r"[\x21-\x7e]+", token):
        raise click.UsageError(f"the control token ({TOKEN}) must be ASCII without spaces")
    return token or None
