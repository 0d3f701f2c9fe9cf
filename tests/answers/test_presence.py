"""Objects that exist in some states only, moments as digits, and errors in lists."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.judge import Exchange, Oracle
from jobtwin.openapi import load
from jobtwin.sandboxes import ManualClock, Sandbox, Sandboxes, Setup

SPEC = load(Path(__file__).parents[1] / "specs" / "good-presence.yaml")
SECOND = 1_000_000
MOMENT = datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)


class Printer:
    """The twin, in process, on a clock that stands still at the start of 2026."""

    def __init__(self) -> None:
        self._clock = ManualClock()
        setup = Setup(self._clock, empty=True)
        sandboxes = Sandboxes(lambda: Sandbox([SPEC.jobs["print"]], setup))
        self._app = create_app([SPEC], sandboxes)

    def ask(self, method: str, url: str, **options: Any) -> Any:
        """Sends a request and returns the JSON of its response."""
        return asyncio.run(self._answered(method, url, options)).json()

    async def _answered(self, method: str, url: str, options: dict[str, Any]) -> httpx.Response:
        transport, base = httpx.ASGITransport(self._app), "http://twin/good_presence"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, url, **options)

    def printed(self, scenario: str, seconds: int) -> Any:
        """Creates a print and returns it as shown some seconds later."""
        made = self.ask("POST", "/prints", headers={"Prefer": f"scenario={scenario}"})
        self._clock.advance(seconds * SECOND)
        return self.ask("GET", f"/prints/{made['id']}")


@pytest.fixture
def printer() -> Printer:
    """A new twin."""
    return Printer()


@pytest.mark.parametrize(
    ("scenario", "seconds", "state", "objects"),
    [
        ("prints", 1, "queued", set()),
        ("prints", 10, "printing", set()),
        ("prints", 90, "printed", {"result"}),
        ("jams", 90, "jammed", {"error"}),
    ],
)
def test_objects(
    printer: Printer, scenario: str, seconds: int, state: str, objects: set[str]
) -> None:
    """`when` alone decides if an object exists; otherwise a value not fixed by its schema does."""
    shown = printer.printed(scenario, seconds)

    assert shown["state"] == state
    assert shown.keys() & {"result", "error"} == objects


@pytest.mark.parametrize(("seconds", "pages"), [(10, None), (90, 3)])
def test_example(printer: Printer, seconds: int, pages: int | None) -> None:
    """`when` alone shows a property's example if its name has no value."""
    assert printer.printed("prints", seconds).get("pages") == pages


@pytest.mark.parametrize(("seconds", "sheet"), [(10, {"type": "error"}), (90, {"text": "Hello"})])
def test_answers_for_all_states(printer: Printer, seconds: int, sheet: Any) -> None:
    """A response needs no values of its own if `answers` say what is sent in every state."""
    made = printer.printed("prints", seconds)

    sent = printer.ask("GET", f"/prints/{made['id']}/sheet")

    assert {**sent, **sent.get("error", {})}.items() >= sheet.items()


def test_result(printer: Printer) -> None:
    """An object under a condition exists even if most of its values are missing."""
    shown = printer.printed("prints", 90)

    assert shown["result"] == {"ended_at": "1767225665", "hint": None, "kind": "result"}


def test_error_object(printer: Printer) -> None:
    """An enum with one value appears beside other values, but creates no object by itself."""
    shown = printer.printed("jams", 90)

    assert shown["error"] == {"type": "error", "reason": "Paper jam"}


def test_moments(printer: Printer) -> None:
    """A moment is seconds or milliseconds, as a number or text, like its example or `as`."""
    shown = printer.printed("prints", 10)

    assert shown["created_at"] == "1767225600"
    assert shown["updated_at"] == 1767225605
    assert shown["since"] == "1767225605000"
    assert shown["progress"] == pytest.approx(5 / 60)


@pytest.mark.parametrize(("after", "found"), [("1767225599", 1), ("1767225600000", 0)])
def test_filter(printer: Printer, after: str, found: int) -> None:
    """A filter accepts a moment as digits in text."""
    printer.ask("POST", "/prints")

    assert len(printer.ask("GET", "/prints", params={"after": after})) == found


def test_error(printer: Printer) -> None:
    """An error's message appears in lists of messages and of errors."""
    shown = printer.ask("GET", "/prints/7")

    assert shown == {
        "error": {
            "type": "error",
            "messages": ["There is no job 7"],
            "errors": [{"message": "There is no job 7"}],
        }
    }


@pytest.mark.parametrize(
    ("created", "rules"), [("1767225600", []), ("1767225601", ["fixed-value-changed"])]
)
def test_judge(created: str, rules: list[str]) -> None:
    """The judge reads a moment from digits in text."""
    oracle = Oracle(SPEC)
    first = {"id": "7", "state": "queued", "progress": 0, "created_at": "1767225600"}
    exchanges = [
        Exchange(MOMENT, "GET", "/prints/7", 200, response_body=json.dumps(shown).encode())
        for shown in (first, {**first, "created_at": created})
    ]

    found = [each.rule for exchange in exchanges for each in oracle.check(exchange)]

    assert found == rules
