"""Moments and spans as text: RFC 3339, ISO 8601, Go's durations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from jobtwin.bounds import FIRST_MOMENT, LAST_MOMENT
from jobtwin.lifecycle import Moment, Span

_MILLISECOND, _SECOND = 1_000, 1_000_000
_SHORT = re.compile(
    r"(?=\d)(?:(?P<days>\d+)d)?(?:(?P<hours>\d+)h)?(?:(?P<minutes>\d+)m)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)s)?",
    re.ASCII,
)
_ISO = re.compile(
    r"P(?=.)(?:(?P<days>\d+)D)?(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_TIME = re.compile(
    rf"{_DATE.pattern}[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST_WRITTEN, _LAST_WRITTEN = (
    (end.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
    for end in (datetime.min, datetime.max)  # noqa: DTZ901 - the time zone is put in above
)
_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_COUNTED = Decimal(10**15)  # of any unit: more than the calendar allows


def span(text: str) -> Span:
    """Parses a duration such as 1m30s, or PT1M30S (ISO 8601), into microseconds. Raises ValueError."""
    match = _SHORT.fullmatch(text) or _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 5s, 1m30s or PT1M30S")
    parts = match.groupdict(default="0")
    counts = {unit: min(Decimal(parts[unit]), _COUNTED) for unit in _SECONDS}
    return sum(round(counts[unit] * 1_000_000) * size for unit, size in _SECONDS.items())


def moment(text: str) -> Moment:
    """Parses an RFC 3339 date-time into microseconds since 1970. Raises ValueError.

    Only times that a clock can show are accepted.
    """
    if _DATE.fullmatch(text):
        raise ValueError(f"{text!r} has no time; write {text}T00:00:00Z")
    try:
        at = datetime.fromisoformat(text.upper() if _DATE_TIME.fullmatch(text) else "")
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date-time such as 2026-01-01T00:00:00Z") from error
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write {text}Z")
    passed = (at - _EPOCH) // _MICROSECOND
    if not FIRST_MOMENT <= passed <= LAST_MOMENT:
        raise ValueError(f"{text} is not between 0002-01-01T00:00:00Z and 9999-01-01T00:00:00Z")
    return passed


def rfc3339(moment: Moment) -> str:
    """Formats a moment: `2026-01-01T00:00:00Z`, with six more digits if it is not a whole second.

    Times after the year 9999 are shown as the last moment of that year.
    """
    written = min(max(moment, _FIRST_WRITTEN), _LAST_WRITTEN)
    second, rest = divmod(written, _SECOND)
    return f"{_second(second)[:-1]}.{rest:06}Z" if rest else _second(second)


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    """Formats a whole second; clients ask for the same few again and again."""
    written = min(max(second, _FIRST_WRITTEN // _SECOND), _LAST_WRITTEN // _SECOND)
    return (_EPOCH + timedelta(seconds=written)).isoformat()[:-6] + "Z"


def rfc3339_milliseconds(moment: Moment) -> str:
    """Formats a moment: `2026-01-15T08:00:10.000+00:00`, rounded down."""
    return f"{rfc3339_seconds(moment)[:-1]}.{moment % _SECOND // _MILLISECOND:03}+00:00"


def rfc3339_seconds(moment: Moment) -> str:
    """Formats a moment: `2026-01-01T00:00:00Z`, rounded down."""
    return _second(moment // _SECOND)


@lru_cache(maxsize=4096)
def go_duration(span: Span) -> str:
    """Formats a span as Go does: `0s`, `350ms`, `1.5s`, `1m30s`, `2h0m0s`."""
    if span < _SECOND:
        unit, size = ("ms", _MILLISECOND) if span >= _MILLISECOND else ("µs", 1)
        return f"{span / size:g}{unit}" if span else "0s"
    minutes, rest = divmod(span, 60_000_000)
    seconds = f"{rest / 1_000_000:.6f}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds
