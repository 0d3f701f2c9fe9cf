"""Bounds of JSON values and moments: an accepted value can be written again."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.bounds import DEEPEST, FIRST_MOMENT, LAST_MOMENT, excesses, excesses_of_json
from jobtwin.openapi.times import moment, rfc3339, span

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=3)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner))


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.slow
@given(JSON)
def test_excesses(value: Any) -> None:
    """A value without excesses survives a round trip through JSON."""
    if not list(excesses(value)):
        assert orjson.loads(orjson.dumps(value)) == value


@pytest.mark.parametrize(
    ("value", "path", "why"),
    [
        ({"a": [0, 2**63]}, ("a", 1), "is an integer of more than 64 bits"),
        ({"a": -(2**63) - 1}, ("a",), "is an integer of more than 64 bits"),
        ([float("inf")], (0,), "is not a finite number"),
        ([float("nan")], (0,), "is not a finite number"),
        ({"a": "\ud800"}, ("a",), "holds half of a surrogate pair, which is no Unicode text"),
        ({"\udc00": 1}, (), "holds half of a surrogate pair, which is no Unicode text"),
        (_nested(DEEPEST + 1), (0,) * DEEPEST, "is nested deeper than 100 levels"),
    ],
)
def test_excesses__named(value: Any, path: tuple[Any, ...], why: str) -> None:
    """An excess is reported with its path."""
    assert list(excesses(value)) == [(path, why)]


def test_excesses__as_deep_as_allowed() -> None:
    """A hundred levels are allowed."""
    assert list(excesses(_nested(DEEPEST))) == []


@pytest.mark.parametrize(
    "text",
    [
        b"1",
        b'{"a": 9223372036854775807}',
        b'{"a": [0, 9223372036854775808]}',
        b"-9223372036854775809",
        b'"12345678901234567890"',
        b"[" * DEEPEST + b"1" + b"]" * DEEPEST,
        b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
        b"[" * (DEEPEST + 1) + b"1" + b"]" * (DEEPEST + 1),
        b"[" * 1000 + b"]" * 1000,
        b"[" + b"{}," * DEEPEST + b"{}]",
    ],
)
def test_excesses_of_json(text: bytes) -> None:
    """The value of a JSON text has the excesses that any value has."""
    value = orjson.loads(text)

    assert list(excesses_of_json(text, value)) == list(excesses(value))


@given(st.integers(FIRST_MOMENT, LAST_MOMENT))
def test_moment__exact(at: int) -> None:
    """A moment is read back to the microsecond, in any year."""
    assert moment(rfc3339(at)) == at


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-01-01", "has no time; write 2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00", "has no time zone; write 2026-01-01T00:00:00Z"),
        ("2026-W01-1T00:00:00Z", "is not a date-time such as"),
        ("20260101T000000Z", "is not a date-time such as"),
        ("2026-13-01T00:00:00Z", "is not a date-time such as"),
        ("0001-12-31T23:59:59Z", "is not between 0002-01-01T00:00:00Z and 9999-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59-14:00", "is not between"),
    ],
)
def test_moment__refused(text: str, why: str) -> None:
    """A text that is not a valid moment is refused with a valid example or range."""
    with pytest.raises(ValueError, match=why):
        moment(text)


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00Z", "2026-01-01t01:00:00+01:00"])
def test_moment__advice(text: str) -> None:
    """The form that the advice names is accepted."""
    assert moment(text) == datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1_000_000


def test_span__huge() -> None:
    """A duration of a million digits is read quickly, and lies past the last moment."""
    assert LAST_MOMENT < span(f"P{'9' * 1_000_000}D") < 10**27


def test_span__digits() -> None:
    """A duration with digits other than ASCII is refused."""
    with pytest.raises(ValueError, match="is not a duration such as 5s, 1m30s or PT1M30S"):
        span("P٣D")


@pytest.mark.parametrize(
    ("at", "text"),
    [(10**20, "9999-12-31T23:59:59.999999Z"), (-(10**20), "0001-01-01T00:00:00Z")],
)
def test_rfc3339__beyond(at: int, text: str) -> None:
    """A moment beyond the calendar is written as its first or last moment."""
    assert rfc3339(at) == text
