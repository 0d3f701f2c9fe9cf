from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobtwin.judge import Exchange, Matcher, Unreadable
from jobtwin.openapi import load
from jobtwin.openapi.operations import RequestSource

AT = datetime(2026, 1, 1, tzinfo=UTC)
PRINTER = load(Path(__file__).parents[1] / "contract/printer.yaml")


def seen(method: str, url: str, body: bytes | None = None) -> Exchange:
    return Exchange(AT, method, url, 200, {"AUTHORIZATION": "Bearer s3cret"}, body)


@pytest.mark.parametrize(
    ("method", "url", "operation", "path"),
    [
        ("GET", "/prints/7", "getPrint", {"print-id": "7"}),
        ("get", "/prints/7?x=1", "getPrint", {"print-id": "7"}),
        ("GET", "/prints/a%2Fb", "getPrint", {"print-id": "a/b"}),
        ("GET", "/prints/first", "listPrints", {}),
        ("POST", "/prints/7:stop", "stopPrintNow", {"print-id": "7"}),
        ("PUT", "/prints/7", "stopPrint", {"print-id": "7"}),
        ("PUT", "/prints/first", None, None),
        ("GET", "/prints/7/", None, None),
        ("GET", "/elsewhere", None, None),
    ],
)
def test_match(method: str, url: str, operation: str | None, path: dict[str, str] | None) -> None:
    """A literal path has priority over one with a parameter; an unknown path has no operation."""
    call = Matcher(PRINTER).match(seen(method, url))

    assert (call and call.operation.id, call and call.path) == (operation, path)


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        ("path", "print-id", 7),
        ("body", "wish", "stop"),
        ("body", "other", None),
        ("query", "q", "1"),
    ],
)
def test_at(place: str, name: str, value: object) -> None:
    """A source is read from its declared place."""
    call = Matcher(PRINTER).match(seen("PUT", "/prints/7?q=1", b'{"wish": "stop"}'))

    assert call
    assert call.at(RequestSource(place, name)) == value


def test_exchange__secrets() -> None:
    """The text of an exchange contains no header, body or query."""
    exchange = Exchange(AT, "GET", "/a?key=s3cret", 200, {"a": "s3cret"}, b"s3cret", {}, b"s3cret")

    assert str(exchange) == "2026-01-01T00:00:00+00:00 GET /a → 200"
    assert "s3cret" not in repr(exchange)


def test_exchange__no_json() -> None:
    """A body that is not JSON is marked as unreadable, not as absent."""
    exchange = Exchange(AT, "GET", "/", 200, response_body=b"<html>")

    assert isinstance(exchange.answered, Unreadable)
    assert exchange.sent is None


def test_exchange__slashes() -> None:
    """The text after two slashes is still a path."""
    odd = Exchange(AT, "GET", "//[prints/7?a=b?c#d", 200)

    assert (odd.path, dict(odd.query)) == ("//[prints/7", {"a": ("b?c",)})
