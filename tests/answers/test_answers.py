"""Answers by the state of the job: statuses, headers, and bodies that are no JSON."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.http import Settings, create_app
from jobtwin.judge import Exchange, Oracle
from jobtwin.openapi import load
from jobtwin.sandboxes import ManualClock, Sandbox, Sandboxes, Setup

SPEC = load(Path(__file__).with_name("darkroom.yaml"))
SECOND = 1_000_000


class Darkroom:
    """The twin, in process, on a clock that stands still."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._clock = ManualClock()
        setup = Setup(self._clock, empty=True)
        sandboxes = Sandboxes(lambda: Sandbox([SPEC.jobs["film"]], setup))
        self._app = create_app([SPEC], sandboxes, settings)

    def wait(self, seconds: int) -> None:
        """Move the clock."""
        self._clock.advance(seconds * SECOND)

    def ask(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Send a request; a path is below the twin's base URL."""
        return asyncio.run(self._answered(method, url, options))

    async def _answered(self, method: str, url: str, options: dict[str, Any]) -> httpx.Response:
        transport, base = httpx.ASGITransport(self._app), "http://twin:8080/darkroom/v1"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, url, **options)

    def film(self, scenario: str = "develops", **facts: Any) -> str:
        """Create a film; returns its path."""
        headers = {"Prefer": f"scenario={scenario}"}
        made = self.ask("POST", "/films", json=facts, headers=headers)
        return f"/films/{made.json()['id']}"


@pytest.fixture
def darkroom() -> Darkroom:
    """A new twin."""
    return Darkroom()


def test_create(darkroom: Darkroom) -> None:
    """A create request is accepted, with the places at which the job is polled."""
    answer = darkroom.ask("POST", "/films", json={"title": "a b/ü"})

    url = f"http://twin:8080/darkroom/v1/films/{answer.json()['id']}"
    assert answer.status_code == 202
    assert answer.headers["Location"] == answer.json()["url"] == url
    assert answer.headers["Operation-Location"] == f"{url}?of=a%20b%2F%C3%BC"
    assert answer.headers["Retry-After"] == "5"


def test_read__by_state(darkroom: Darkroom) -> None:
    """A read answers 202 while the job runs, and 303 with a Location when it is done."""
    film = darkroom.film(pause=7)
    waiting = darkroom.ask("GET", film)
    darkroom.wait(65)
    done = darkroom.ask("GET", film)

    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "7")
    assert waiting.json()["status"] == "waiting"
    assert (done.status_code, done.content) == (303, b"")
    assert done.headers["Location"] == f"http://twin:8080/darkroom/v1{film}/prints"


def test_read__no_value(darkroom: Darkroom) -> None:
    """A header without a value is not sent."""
    answer = darkroom.ask("GET", darkroom.film())

    assert answer.status_code == 202
    assert "Retry-After" not in answer.headers


def test_read__otherwise(darkroom: Darkroom) -> None:
    """Where no condition holds, the first 2xx is answered."""
    film = darkroom.film("fogs")
    darkroom.wait(30)
    answer = darkroom.ask("GET", film)

    assert answer.status_code == 200
    assert answer.json()["status"] == "fogged"


def test_result(darkroom: Darkroom) -> None:
    """A result is there only when the job is done, and is no JSON."""
    film = darkroom.film(title="Prague")
    early = darkroom.ask("GET", f"{film}/prints")
    darkroom.wait(65)
    done = darkroom.ask("GET", f"{film}/prints")

    assert early.status_code == 404
    assert early.json()["detail"] == f"Film {film[7:]} has no prints yet"
    assert done.text == "frame,title\n1,Prague\n"
    assert done.headers["Content-Type"] == "text/csv"


def test_result__of_a_failure(darkroom: Darkroom) -> None:
    """An error by state has a code and a message."""
    film = darkroom.film("fogs")
    darkroom.wait(30)
    answer = darkroom.ask("GET", f"{film}/prints")

    detail = f"Film {film[7:]} is fogged"
    assert answer.status_code == 409
    assert answer.json() == {"status": 409, "code": "FOG", "detail": detail}


def test_log(darkroom: Darkroom) -> None:
    """A log is one text that grows."""
    film = darkroom.film()
    texts = []
    for _ in range(3):
        texts.append(darkroom.ask("GET", f"{film}/log").text)
        darkroom.wait(33)

    first = f"[info] Film {film[7:]} is in the bath\n"
    assert texts == ["", first, f"{first}[info] Dry\n"]


def test_example(darkroom: Darkroom) -> None:
    """An example is answered as it is."""
    answer = darkroom.ask("GET", f"{darkroom.film()}/sleeve")

    assert answer.text == "%PDF-1.7 blank"
    assert answer.headers["Content-Type"] == "application/pdf"


def test_delete(darkroom: Darkroom) -> None:
    """The answer to a deletion shows the job that is gone."""
    film = darkroom.film()
    answer = darkroom.ask("DELETE", film)

    assert answer.json() == {"id": film[7:], "deleted": True}
    assert answer.headers["X-Film"] == film[7:]
    assert darkroom.ask("GET", film).status_code == 404


@pytest.mark.parametrize("by", ["header", "prefix"])
def test_base__sandbox(by: str) -> None:
    """A sandbox is part of the URLs in its answers, whichever way it was selected."""
    darkroom = Darkroom()
    url = "http://twin:8080/sandboxes/red/darkroom/v1/films"
    selected = {"headers": {"X-Sandbox": "red"}} if by == "header" else {}
    answer = darkroom.ask("POST", "/films" if selected else url, json={}, **selected)

    assert answer.headers["Location"] == f"{url}/{answer.json()['id']}"
    assert darkroom.ask("GET", answer.headers["Location"]).status_code == 202
    assert darkroom.ask("GET", f"/films/{answer.json()['id']}").status_code == 404


def test_base__public() -> None:
    """A server that knows its public URL writes that."""
    darkroom = Darkroom(Settings(base_url="https://twin.example/jobs"))
    answer = darkroom.ask("POST", "/films", json={})

    assert answer.headers["Location"].startswith("https://twin.example/jobs/darkroom/v1/films/")


def test_base__examples() -> None:
    """In an example, URLs of the vendor's servers lead to the twin; others stay."""
    gazette = load(Path(__file__).with_name("gazette.yaml"))
    app = create_app([gazette], Sandbox([], Setup(ManualClock())))

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            return await client.get("/gazette/v2/issues")

    assert asyncio.run(asked()).json() == {
        "next": "http://twin/gazette/v2/issues?page=2",
        "self": "http://twin/gazette/v2",
        "site": "https://www.gazette.example/v2",
        "other": "https://eu.gazette.example/v20",
    }


def _exchange(second: int, path: str, status: int, body: Any = None) -> Exchange:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    sent = b"" if body is None else json.dumps(body).encode()
    return Exchange(at, "GET", path, status, response_body=sent)


def test_judge() -> None:
    """The status of an answer tells the state, even where the body does not."""
    url = "https://api.darkroom.example/v1/films/7"
    developed = _exchange(1, "/films/7", 200, {"id": "7", "status": "developed", "url": url})
    printed = _exchange(1, "/films/7/prints", 200)
    early = _exchange(2, "/films/7", 202, {"id": "7", "status": "waiting", "url": url})

    oracle = Oracle(SPEC)
    assert [found.rule for found in oracle.check(developed)] == ["answer-contradicts-itself"]

    oracle = Oracle(SPEC)
    assert [found.rule for each in (printed, early) for found in oracle.check(each)] == [
        "change-after-final"
    ]


def test_judge__early() -> None:
    """A result that is refused until the job is so far does not tell that the job is gone."""
    oracle = Oracle(SPEC)
    shown = {"id": "7", "status": "waiting", "url": "https://api.darkroom.example/v1/films/7"}
    problem = {"status": 404, "detail": "Film 7 has no prints yet"}
    exchanges = [
        _exchange(1, "/films/7", 202, shown),
        _exchange(2, "/films/7/prints", 404, problem),
        _exchange(3, "/films/7", 202, shown),
    ]

    assert [found for each in exchanges for found in oracle.check(each)] == []
