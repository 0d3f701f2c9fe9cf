"""`Retry-After` in both its forms, RFC 9110 section 10.2.3."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


def seconds(said: str | None, *, date: str | None, now: float) -> float | None:
    """Returns the seconds to wait before the next request; None if the header makes no sense.

    A date is compared with the response's own `Date`, in case the server's clock is wrong, or
    with `now`, in seconds since 1970. A date in the past gives 0.
    """
    text = (said or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    until = _moment(text)
    if until is None:
        return None
    since = _moment(date or "")
    return max(0.0, until - (now if since is None else since))


def _moment(text: str) -> float | None:
    try:
        read = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # The third date form of RFC 9110, that of asctime, has no zone and means UTC.
    zoned: datetime = read if read.tzinfo else read.replace(tzinfo=UTC)
    return zoned.timestamp()
