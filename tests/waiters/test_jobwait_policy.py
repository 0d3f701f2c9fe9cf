import math
from datetime import UTC, datetime

import pytest

from jobcall import retry_after
from jobwait import Policy

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("number", "least", "most"),
    [(0, 2, 3), (1, 2, 4.5), (2, 2, 6.75), (8, 2, 60), (10_000, 2, 60)],
)
def test_pause(number: int, least: float, most: float) -> None:
    """With full jitter, pauses range from the vendor's shortest to the limited backoff."""
    policy = Policy(first=2, factor=1.5, at_most=60)

    assert policy.pause(number, lambda: 0.0) == least
    assert policy.pause(number, lambda: 1.0) == pytest.approx(most)


def test_pause__no_jitter() -> None:
    """Without jitter, pauses grow exponentially up to the limit."""
    policy = Policy(first=2, factor=2, at_most=10, jitter=0)

    assert [policy.pause(number, lambda: 0.7) for number in range(5)] == [2, 4, 8, 10, 10]


def test_soon() -> None:
    """A temporary state is polled soon, then less and less often."""
    policy = Policy(transient=5, factor=2, at_most=30, first=10)

    assert [policy.soon(number) for number in range(4)] == [5, 10, 20, 30]


@pytest.mark.parametrize(("wish", "pause"), [(0, 2), (1, 2), (7, 7), (601, 600), (math.inf, 600)])
def test_heeded(wish: float, pause: float) -> None:
    """A server's requested pause is used as it is, within bounds."""
    assert Policy(transient=2).heeded(wish) == pause


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({"first": 0}, "Policy.first is 0; it must be finite, and more than 0"),
        ({"first": 9, "at_most": 8}, "Policy.at_most is 8; it must be finite, and first (9) or"),
        ({"factor": 0.5}, "Policy.factor is 0.5; it must be finite, and 1 or more"),
        ({"jitter": 2}, "Policy.jitter is 2; it must be finite, and from 0 to 1"),
        ({"deadline": math.inf}, "Policy.deadline is inf; it must be finite, and 0 or more"),
        ({"deadline": math.nan}, "Policy.deadline is nan"),
        ({"retries": -1}, "Policy.retries is -1; it must be finite, and 0 or more"),
    ],
)
def test_policy__refused(numbers: dict[str, float], said: str) -> None:
    """A number that would make a wait endless is refused with the valid range."""
    with pytest.raises(ValueError, match="Policy") as raised:
        Policy(**numbers)  # type: ignore[arg-type] # floats for integers, too

    assert str(raised.value).startswith(said)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("7.5", 7.5),
        ("0", 0),
        ("9" * 400, math.inf),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30),
        ("Thursday, 01-Jan-26 12:00:30 GMT", 30),
        ("Thu Jan  1 12:00:30 2026", 30),
        ("Thu, 01 Jan 2026 14:00:30 +0200", 30),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("+5", None),
        ("1e3", None),
        ("٣", None),
        ("nan", None),
        ("Thu, 99 Jan 2026 12:00:30 GMT", None),
        ("Thu, 01 Jan 99999 12:00:30 GMT", None),
    ],
)
def test_retry_after(said: str | None, seconds: float | None) -> None:
    """`Retry-After` can be seconds or any of three date formats; anything else is ignored."""
    assert retry_after.seconds(said, date=None, now=NOW) == seconds


def test_retry_after__date() -> None:
    """A date is compared with the server's own `Date`, if valid."""
    until = "Thu, 01 Jan 2026 10:00:30 GMT"

    assert retry_after.seconds(until, date="Thu, 01 Jan 2026 10:00:00 GMT", now=NOW) == 30
    assert retry_after.seconds(until, date="garbage", now=NOW) == 0
