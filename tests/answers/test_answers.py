"""Answers that depend on the job's state: statuses, headers, and bodies that are not JSON."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.http import Settings, create_app
from jobtwin.judge import Exchange, Oracle
from jobtwin.openapi import load
from jobtwin.sandboxes import ManualClock, Sandbox, Sandboxes, Setup
from tests.twins import others_turn

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
        """Sends a request; a path is relative to the twin's base URL."""
        return asyncio.run(self._answered(method, url, options))

    async def _answered(self, method: str, url: str, options: dict[str, Any]) -> httpx.Response:
        transport, base = httpx.ASGITransport(self._app), "http://twin:8080/darkroom/v1"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, url, **options)

    def film(self, scenario: str = "develops", **facts: Any) -> str:
        """Creates a film and returns its path."""
        headers = {"Prefer": f"scenario={scenario}"}
        made = self.ask("POST", "/films", json=facts, headers=headers)
        return f"/films/{made.json()['id']}"


@pytest.fixture
def darkroom() -> Darkroom:
    """A new twin."""
    return Darkroom()


def test_create(darkroom: Darkroom) -> None:
    """A create request is accepted and returns the URLs for polling the job."""
    answer = darkroom.ask("POST", "/films", json={"title": "a b/ü"})

    url = f"http://twin:8080/darkroom/v1/films/{answer.json()['id']}"
    assert answer.status_code == 202
    assert answer.headers["Location"] == answer.json()["url"] == url
    assert answer.headers["Operation-Location"] == f"{url}?of=a%20b%2F%C3%BC"
    assert answer.headers["Retry-After"] == "5"


def test_create__id(darkroom: Darkroom) -> None:
    """Ids follow the vendor's pattern, and each is unique."""
    ids = {darkroom.film().removeprefix("/films/") for _ in range(20)}

    assert len(ids) == 20
    assert all(re.fullmatch("film_[0-9a-f]{24}", each) for each in ids)


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
    """If no condition holds, the first 2xx response is sent."""
    film = darkroom.film("fogs")
    darkroom.wait(30)
    answer = darkroom.ask("GET", film)

    assert answer.status_code == 200
    assert answer.json()["status"] == "fogged"


def test_read__object_without_values(darkroom: Darkroom) -> None:
    """A nullable object is null until one of its properties has a value."""
    film = darkroom.film("fogs")
    waiting = darkroom.ask("GET", film)
    darkroom.wait(30)
    fogged = darkroom.ask("GET", film)

    assert [answer.json()["fog"] for answer in (waiting, fogged)] == [None, {"frame": 7}]


def test_result(darkroom: Darkroom) -> None:
    """A result exists only once the job is done, and is not JSON."""
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
    """A log is a single text that grows."""
    film = darkroom.film()
    texts = []
    for _ in range(3):
        texts.append(darkroom.ask("GET", f"{film}/log").text)
        darkroom.wait(33)

    first = f"[info] Film {film[7:]} is in the bath\n"
    assert texts == ["", first, f"{first}[info] Dry\n"]


def test_example(darkroom: Darkroom) -> None:
    """An example is sent unchanged."""
    answer = darkroom.ask("GET", f"{darkroom.film()}/sleeve")

    assert answer.text == "%PDF-1.7 blank"
    assert answer.headers["Content-Type"] == "application/pdf"


def test_delete(darkroom: Darkroom) -> None:
    """The response to a deletion shows the deleted job."""
    film = darkroom.film()
    answer = darkroom.ask("DELETE", film)

    assert answer.json() == {"id": film[7:], "deleted": True}
    assert answer.headers["X-Film"] == film[7:]
    assert darkroom.ask("GET", film).status_code == 404


@pytest.mark.parametrize("by", ["header", "prefix"])
def test_base__sandbox(by: str) -> None:
    """URLs in answers contain the sandbox, however it was selected."""
    darkroom = Darkroom()
    url = "http://twin:8080/sandboxes/red/darkroom/v1/films"
    selected = {"headers": {"X-Sandbox": "red"}} if by == "header" else {}
    answer = darkroom.ask("POST", "/films" if selected else url, json={}, **selected)

    assert answer.headers["Location"] == f"{url}/{answer.json()['id']}"
    assert darkroom.ask("GET", answer.headers["Location"]).status_code == 202
    assert darkroom.ask("GET", f"/films/{answer.json()['id']}").status_code == 404


def test_base__public() -> None:
    """A server that knows its public URL uses it in answers."""
    darkroom = Darkroom(Settings(base_url="https://twin.example/jobs"))
    answer = darkroom.ask("POST", "/films", json={})

    assert answer.headers["Location"].startswith("https://twin.example/jobs/darkroom/v1/films/")


@pytest.mark.parametrize(
    ("line", "seconds", "status", "state"),
    [
        ("POST /films wait=10", 10, 202, "developing"),
        ("POST /films wait=30, scenario=fogs", 25, 201, "fogged"),
        ("GET film?wait=true", 5, 202, "developing"),
    ],
)
def test_wait(line: str, seconds: int, status: int, state: str) -> None:
    """An answer waits on the sandbox's clock for the job's state, or for the time requested."""
    clock = ManualClock()
    sandbox = Sandbox([SPEC.jobs["film"]], Setup(clock, empty=True))
    transport = httpx.ASGITransport(create_app([SPEC], sandbox))
    film = str(sandbox.create(SPEC.jobs["film"]).record.id)
    method, path, *prefer = line.replace("film?", f"films/{film}?").split(" ", 2)
    path = path if path.startswith("/") else f"/{path}"

    async def asked() -> tuple[bool, httpx.Response]:
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            headers = {"Prefer": prefer[0]} if prefer else {}
            asking = client.request(method, f"/darkroom/v1{path}", headers=headers)
            task = asyncio.create_task(asking)
            for _ in range(seconds):
                await others_turn()
                early = task.done()
                sandbox.advance_clock(SECOND)
            return early, await task

    early, answer = asyncio.run(asked())
    assert not early
    assert (answer.status_code, answer.json()["status"]) == (status, state)
    assert len(sandbox.jobs(SPEC.jobs["film"])) == 1 + (method == "POST")


def _ids(answer: httpx.Response, name: str) -> list[str]:
    return [f"/films/{each['id']}" for each in answer.json()[name]]


def test_list__cursor(darkroom: Darkroom) -> None:
    """Each page links to the next; a new job does not shift the following pages."""
    films = [darkroom.film() for _ in range(5)]
    pages = [darkroom.ask("GET", "/films")]
    darkroom.film()
    while (following := pages[-1].json()["next"]) is not None:
        pages.append(darkroom.ask("GET", following))

    assert [_ids(page, "results") for page in pages] == [films[:2:-1], films[2:0:-1], films[:1]]


def test_list__wrong_cursor(darkroom: Darkroom) -> None:
    """A cursor that does not name a page is refused."""
    darkroom.film()
    answer = darkroom.ask("GET", "/films?cursor=nonsense")

    assert answer.status_code == 400
    assert "'nonsense' names no page" in answer.json()["detail"]


def test_list__number(darkroom: Darkroom) -> None:
    """Pages are numbered from 1, and name their neighbours."""
    films = [darkroom.film() for _ in range(3)]
    first, second = (darkroom.ask("GET", f"/rolls?page={number}") for number in (1, 2))
    told = [
        tuple(page.json()[f"{name}page"] for name in ("previous_", "", "next_"))
        for page in (first, second)
    ]

    assert told == [(None, 1, 2), (1, 2, None)]
    assert _ids(first, "items") + _ids(second, "items") == films[::-1]


def test_list__after(darkroom: Darkroom) -> None:
    """The next page starts after the last job of the current one."""
    films = [darkroom.film() for _ in range(3)]
    first = darkroom.ask("GET", "/batches").json()
    second = darkroom.ask("GET", f"/batches?after={first['last_id']}")

    assert (first["has_more"], second.json()["has_more"]) == (True, False)
    assert first["first_id"] == films[2].removeprefix("/films/")
    assert _ids(second, "data") == films[:1]


def test_list__comparison(darkroom: Darkroom) -> None:
    """Jobs are filtered by moments, sent as a date-time or as seconds since 1970."""
    films = []
    for _ in range(3):
        films.append(darkroom.film())
        darkroom.wait(10)
    after = darkroom.ask("GET", "/batches?created_after=2026-01-01T00:00:00Z")
    before = darkroom.ask("GET", "/batches?created[lt]=1767225610")
    wrong = darkroom.ask("GET", "/batches?created_after=yesterday")

    assert (_ids(after, "data"), _ids(before, "data")) == (films[:0:-1], films[:1])
    assert (wrong.status_code, wrong.json()["status"]) == (400, 400)


def test_base__examples() -> None:
    """In an example, URLs of the vendor's servers point to the twin; others are unchanged."""
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
    """The status of an answer implies the state, even if the body does not show it."""
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
    """A 404 for a result that does not exist yet does not imply that the job is gone."""
    oracle = Oracle(SPEC)
    shown = {"id": "7", "status": "waiting", "url": "https://api.darkroom.example/v1/films/7"}
    problem = {"status": 404, "detail": "Film 7 has no prints yet"}
    exchanges = [
        _exchange(1, "/films/7", 202, shown),
        _exchange(2, "/films/7/prints", 404, problem),
        _exchange(3, "/films/7", 202, shown),
    ]

    assert [found for each in exchanges for found in oracle.check(each)] == []
