"""Moments and spans as text: RFC 3339, ISO 8601, Go's durations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from jobtwin.lifecycle import Moment, Span

_MILLISECOND, _SECOND = 1_000, 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}


def span(text: str) -> Span:
    """An ISO 8601 duration, such as PT1M30S, in microseconds; ValueError if it is none."""
    match = _DURATION.fullmatch(text)
    if match is None or text in ("P", "PT") or text.endswith("T"):
        raise ValueError(f"{text!r} is no ISO 8601 duration such as PT1M30S")
    parts = match.groupdict(default="0")
    return sum(round(Decimal(parts[unit]) * 1_000_000) * size for unit, size in _SECONDS.items())


def moment(text: str) -> Moment:
    """An RFC 3339 date-time in microseconds since 1970; ValueError if it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date-time such as 2026-01-01T00:00:00Z") from error
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write {text}Z")
    return round(at.timestamp() * 1_000_000)


def rfc3339(moment: Moment) -> str:
    """`2026-01-01T00:00:00Z`, with six more digits where it is not a whole second."""
    text = (_EPOCH + timedelta(microseconds=moment)).isoformat()
    return text[:-6] + "Z"


def rfc3339_seconds(moment: Moment) -> str:
    """`2026-01-01T00:00:00Z`, rounded down."""
    return rfc3339(moment - moment % _SECOND)


def go_duration(span: Span) -> str:
    """A span as Go writes it: `0s`, `350ms`, `1.5s`, `1m30s`, `2h0m0s`."""
    if span < _SECOND:
        unit, size = ("ms", _MILLISECOND) if span >= _MILLISECOND else ("µs", 1)
        return f"{span / size:g}{unit}" if span else "0s"
    minutes, rest = divmod(span, 60 * _SECOND)
    seconds = f"{rest / _SECOND:.6f}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds
