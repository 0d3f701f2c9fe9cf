"""Values of flags: durations, moments, facts, files. Errors suggest the correct form."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

import click

from jobcall.secrets import mask_url
from jobtwin.bounds import FASTEST
from jobtwin.openapi.times import moment, span

Command = TypeVar("Command", bound=Callable[..., Any])

_MICROSECONDS = 1_000_000
"""Microseconds in a second."""

_SHORT = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d{1,6})?)s)?")


class _Finite(click.FloatRange):
    """A number above 0. Unlike click's own range, it refuses infinity and NaN."""

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> float:
        number = float(super().convert(value, parameter, context))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number", parameter, context)
        return number


SPEED = _Finite(0, FASTEST, min_open=True)
SECONDS = _Finite(0, min_open=True)


class _Source(click.Path):
    """A file or a pipe to read from; devices are refused, since they have no end."""

    def convert(self, value: Any, parameter: Any, context: Any) -> Any:
        path = Path(str(super().convert(value, parameter, context)))
        if path.is_char_device() or path.is_block_device():
            self.fail(f"{value!r} is a device, not a file", parameter, context)
        return path


SOURCE = _Source(path_type=Path, dir_okay=False)
"""A file to read."""


def duration(text: str) -> str:
    """Converts a duration such as 5m, 90s or 1h30m to ISO 8601, which is also accepted."""
    if text and (short := _SHORT.fullmatch(text)):
        return _iso8601(*short.groups())
    try:
        span(text)
    except ValueError as error:
        why = f"{text!r} is not a duration; write 5m, 90s, 1h30m, 2d or PT5M"
        raise click.BadParameter(why) from error
    return text


def timeout(text: str) -> float:
    """Returns the seconds of a duration such as 90s or 10m."""
    return span(duration(text)) / _MICROSECONDS


def instant(text: str) -> datetime:
    """Parses a date-time with its time zone."""
    try:
        moment(text)
    except (OverflowError, ValueError) as error:
        raise click.BadParameter(str(error)) from error
    return datetime.fromisoformat(text)


def _iso8601(days: str | None, *rest: str | None) -> str:
    date = f"{days}D" if days else ""
    time = "".join(f"{n}{unit}" for n, unit in zip(rest, "HMS", strict=True) if n)
    return f"P{date}{'T' if time else ''}{time}"


def _split_url(value: str) -> SplitResult:
    """Returns the parts of a URL with a valid port. Raises BadParameter otherwise."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        # Python's error quotes part of the URL, which may be part of a password.
        why = "" if "@" in value else f": {error}"
        raise click.BadParameter(f"not a URL such as https://api.example.com{why}") from None
    return parts


def web_address(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> str | None:
    """Returns a base URL without its final slash. Raises BadParameter if it is invalid or contains a secret."""
    if value is None:
        return None
    parts = _split_url(value)
    if (parts.username, parts.password) != (None, None):
        raise click.BadParameter("a URL with a user or password; remove them")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.BadParameter(
            f"{mask_url(value)!r} is not a URL such as https://api.example.com"
        )
    if parts.query or parts.fragment:
        raise click.BadParameter("a base URL has no `?` or `#`")
    return value.rstrip("/")


def fact(text: str) -> tuple[str, Any]:
    """Parses a name and its value: NAME=TEXT, or NAME:=JSON."""
    name, separator, value = text.partition("=")
    if not separator or not name.removesuffix(":"):
        raise click.BadParameter(f"{text!r} is not a fact; write NAME=TEXT or NAME:=JSON")
    return (name[:-1], document(value)) if name.endswith(":") else (name, value)


def document(text: str) -> Any:
    """Parses JSON."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not JSON: {error}") from error


def progression(help: str) -> Callable[[Command], Command]:  # noqa: A002 - as click calls it
    """Returns a flag for the progression of jobs."""
    return click.option("--progression", type=click.Choice(["time", "polls"]), help=help)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number in JSON")
