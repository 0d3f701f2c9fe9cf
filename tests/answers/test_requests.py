"""Form requests, repeated requests, and facts that change over time."""

import asyncio
import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.http.forms import urlencoded
from jobtwin.judge import Exchange, Oracle
from jobtwin.judge.matching import Matcher
from jobtwin.openapi import load
from jobtwin.openapi.forms import Field
from jobtwin.openapi.operations import RequestSource
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from jobtwin.sandboxes.changes import change_from_json

SPEC = load(Path(__file__).with_name("foundry.yaml"))
CASTING = SPEC.jobs["casting"]
SECOND = 1_000_000


class Foundry:
    """The twin, in process, on a clock that stands still."""

    def __init__(self) -> None:
        self.sandbox = Sandbox([CASTING], Setup(ManualClock(), empty=True))
        self._app = create_app([SPEC], self.sandbox)

    def wait(self, seconds: int) -> None:
        """Move the clock."""
        self.sandbox.advance_clock(seconds * SECOND)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request."""
        return asyncio.run(self._answered(method, path, options))

    async def _answered(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport, base = httpx.ASGITransport(self._app), "http://twin/foundry/v1"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, **options)

    def cast(self, key: str | None = None, **options: Any) -> httpx.Response:
        """Creates a casting, with an idempotency key if given."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.ask("POST", "/castings", headers=headers, **options)


@pytest.fixture
def foundry() -> Foundry:
    """A new twin."""
    return Foundry()


# -- content codings -------------------------------------------------------------------------------


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_coding(coding: str, pack: Any, foundry: Foundry) -> None:
    """A body is unpacked by its `Content-Encoding`."""
    headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
    made = foundry.ask("POST", "/castings", content=pack(b'{"title": "bell"}'), headers=headers)

    assert made.json()["title"] == "bell"


@pytest.mark.parametrize(
    ("coding", "content", "status"),
    [
        ("gzip", b"{}", 400),
        ("gzip", gzip.compress(b'{"title": "bell"}')[:-9], 400),
        ("gzip", gzip.compress(b" " * 2**21), 413),
        ("br", b"{}", 415),
    ],
    ids=["not-packed", "cut-off", "bomb", "unknown"],
)
def test_coding__refused(coding: str, content: bytes, status: int, foundry: Foundry) -> None:
    """A body that cannot be unpacked, or is too large when unpacked, is refused."""
    headers = {"Content-Encoding": coding, "Content-Type": "application/json"}

    assert foundry.ask("POST", "/castings", content=content, headers=headers).status_code == status


# -- forms -----------------------------------------------------------------------------------------

SENT = {"title": "bell & clapper", "weight": "12", "hollow": "true"}


@pytest.mark.parametrize("files", [None, {"mould": ("m.stl", b"solid", "model/stl")}])
def test_form(files: Any, foundry: Foundry) -> None:
    """Form fields become facts, as their schemas say; a file is described by its name and size."""
    made = foundry.cast(data=SENT, files=files).json()

    assert (made["title"], made["weight"], made["hollow"]) == ("bell & clapper", 12, True)
    described = {"filename": "m.stl", "size": 5, "content_type": "model/stl"}
    assert made.get("mould") == (described if files else None)


@pytest.mark.parametrize("name", ["tags", "tags[]"])
def test_form__list(name: str, foundry: Foundry) -> None:
    """A list is a field sent several times, with or without brackets."""
    assert foundry.cast(data={name: ["a", "b"]}).json()["tags"] == ["a", "b"]


def test_form__object(foundry: Foundry) -> None:
    """Brackets denote objects, and objects within objects."""
    made = foundry.cast(data={"alloy[tin]": "0.22", "alloy[origin][tin]": "Cornwall"}).json()

    assert made["alloy"] == {"tin": 0.22, "origin": {"tin": "Cornwall"}}


def test_form__json(foundry: Foundry) -> None:
    """An object in a field of a multipart body is JSON."""
    made = foundry.cast(files={"alloy": (None, '{"tin": 0.22}')}).json()

    assert made["alloy"] == {"tin": 0.22}


def test_form__most_fields() -> None:
    """A thousand fields are allowed; nothing between two separators is none."""
    assert urlencoded(b"&&a=1" * 1000 + b"&", Field()) == {"a": ["1"] * 1000}


def test_form__unknown_field() -> None:
    """A field that the schema lacks is a text, or, if it is repeated, a list."""
    assert urlencoded(b"a=1&b=2&a=3&a=4&c[]=5&c=6", Field()) == {
        "a": ["1", "3", "4"],
        "b": "2",
        "c": ["5", "6"],
    }


@pytest.mark.parametrize(("sent", "status"), [(2, 201), (3, 400)])
def test_form__array(sent: int, status: int, foundry: Foundry) -> None:
    """A form whose schema is an array is the list of its values, regardless of their names."""
    job = foundry.cast(data=SENT).json()["id"]
    files = {f"mould{n}": ("m.stl", b"solid") for n in range(sent)}

    assert foundry.ask("POST", f"/castings/{job}/again", files=files).status_code == status


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("weight=heavy", "'heavy' is not an integer"),
        ("weight=0", "less than the minimum of 1"),
        ("title=a&title=b", "given twice"),
        ("title=a&title[b]=c", "is an object here and a single value before"),
        ("alloy[tin]=1&alloy[]=2", "is a list here and a single value before"),
        ("alloy" + "[x]" * 1000 + "=1", "nested more than 16 levels deep"),
        ("alloy=tin", "is no JSON"),
        ("title=%ff", "not UTF-8"),
        ("a=1&" * 1001, "more than 1,000 fields"),
    ],
)
def test_form__refused(body: str, told: str, foundry: Foundry) -> None:
    """A form that violates its schema, or is not a valid object, is refused."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = foundry.ask("POST", "/castings", content=body, headers=headers)

    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert told in answer.json()["detail"]
    assert not foundry.sandbox.jobs(CASTING)


# -- idempotency -----------------------------------------------------------------------------------


def test_again(foundry: Foundry) -> None:
    """The same request with the same key creates no second job and gets the first response."""
    first = foundry.cast("k1", json={"title": "bell"})
    path = f"/castings/{first.json()['id']}"
    foundry.wait(10)
    foundry.ask("DELETE", path)
    again = foundry.cast("k1", json={"title": "bell"})

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert foundry.ask("GET", path).json()["status"] == "stopped"
    assert len(foundry.sandbox.jobs(CASTING)) == 1


def test_again__other_encoding(foundry: Foundry) -> None:
    """Bodies are compared by their content, not their bytes."""
    first = foundry.cast("k1", data={"title": "bell", "weight": "2"})
    again = foundry.cast("k1", json={"weight": 2, "title": "bell"})

    assert again.json()["id"] == first.json()["id"]


def test_again__another_body(foundry: Foundry) -> None:
    """A key sent with a different body is refused."""
    foundry.cast("k1", json={"title": "bell"})
    answer = foundry.cast("k1", json={"title": "gong"})

    assert (answer.status_code, answer.json()["status"]) == (422, 422)
    assert "k1" in answer.json()["detail"]


def test_again__later(foundry: Foundry) -> None:
    """A key expires after a day."""
    first = foundry.cast("k1", json={})
    foundry.wait(24 * 3600)
    later = foundry.cast("k1", json={"title": "gong"})

    assert later.status_code == 201
    assert later.json()["id"] != first.json()["id"]


def test_again__without_key(foundry: Foundry) -> None:
    """Requests without a key, or with different keys, create one job each."""
    made = [foundry.cast(key, json={}).json()["id"] for key in (None, None, "a", "b")]

    assert len(set(made)) == 4


def test_again__clone(foundry: Foundry) -> None:
    """A key in the body makes a retry safe; a refused key gets the vendor's own error."""
    one, other = (foundry.cast(json={}).json()["id"] for _ in range(2))
    token = {"token": "t"}
    retries = [foundry.ask("POST", f"/castings/{one}/again", json=token) for _ in range(2)]
    refused = foundry.ask("POST", f"/castings/{other}/again", json=token)

    assert retries[0].json() == retries[1].json()
    assert retries[0].json()["id"] not in (one, other)
    assert (refused.status_code, refused.json()["detail"]) == (409, "t is taken")


def test_again__kept(foundry: Foundry) -> None:
    """Keys are part of a sandbox's state: of its snapshots and its changes."""
    first = foundry.cast("k1", json={}).json()["id"]
    snapshot = change_from_json(json.loads(json.dumps(foundry.sandbox.snapshot().to_json())))
    foundry.sandbox.reset()
    forgotten = foundry.cast("k1", json={}).json()["id"]
    foundry.sandbox.apply(snapshot)

    assert len(foundry.sandbox.jobs(CASTING)) == 1
    assert foundry.cast("k1", json={}).json()["id"] == first
    assert foundry.sandbox.find_by_key(CASTING, "createCasting k1")
    assert forgotten == first  # the same seed and number


# -- changes over time -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "hint", "removed"),
    [
        (5, None, False),
        (15, "Keep away", False),
        (65, "Keep away", False),
        (664, "Keep away", False),
        (665, "Cold", False),
        (3665, "Cold", True),
        (10**6, "Cold", True),
    ],
)
def test_change(second: int, hint: str | None, removed: bool, foundry: Foundry) -> None:  # noqa: FBT001 - a column of the table
    """Facts change during a state, also after the job's end, each once and in time order."""
    path = f"/castings/{foundry.cast(json={}).json()['id']}"
    foundry.wait(second)
    shown = foundry.ask("GET", path).json()

    assert (shown["hint"], shown["data_removed"]) == (hint, removed)
    assert (shown["url"] is None) is removed
    assert shown["status"] == ("pouring" if second < 65 else "cast")
    assert len(shown.get("log", [])) == removed


def test_change__cache(foundry: Foundry) -> None:
    """A poll after the change shows it, even if an earlier poll was answered."""
    path = f"/castings/{foundry.cast(json={}).json()['id']}"
    foundry.wait(100)
    seen = []
    for _ in range(2):
        seen.append(foundry.ask("GET", path).json()["data_removed"])
        foundry.wait(3600)

    assert seen == [False, True]


def test_change__left_early(foundry: Foundry) -> None:
    """Facts do not change if the job leaves the state before the change is due."""
    path = f"/castings/{foundry.cast(json={}).json()['id']}"
    foundry.wait(10)
    foundry.ask("DELETE", path)
    foundry.wait(10**5)

    assert foundry.ask("GET", path).json()["hint"] is None


def test_change__finished(foundry: Foundry) -> None:
    """A job that is finished early has the facts of the moment of its end."""
    job = foundry.sandbox.create(CASTING)
    foundry.sandbox.finish(job)
    shown = foundry.ask("GET", f"/castings/{job.record.id}").json()

    assert (shown["status"], shown["data_removed"]) == ("cast", False)


# -- the judge -------------------------------------------------------------------------------------


def _exchange(
    second: int, method: str, path: str, sent: bytes | None = None, **shown: Any
) -> Exchange:
    body = {"id": "CA1", "title": "untitled", "weight": 1, "hollow": False, "hint": None}
    body |= {"url": "https://moulds.example/1", "data_removed": False, **shown}
    return Exchange(
        at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second),
        method=method,
        url=path,
        status=201 if method == "POST" else 200,
        request_headers={"Content-Type": "application/x-www-form-urlencoded"},
        request_body=sent,
        response_body=json.dumps(body).encode(),
    )


def _rules(*exchanges: Exchange) -> list[str]:
    oracle = Oracle(SPEC)
    return [found.rule for each in exchanges for found in oracle.check(each)]


def test_judge__again() -> None:
    """A repeated answer says nothing about the job's current state."""
    made, seen, again = (
        _exchange(0, "POST", "/castings", status="queued"),
        _exchange(100, "GET", "/castings/CA1", status="cast"),
        _exchange(101, "POST", "/castings", status="queued"),
    )

    assert _rules(made, seen, again) == []


def test_judge__form() -> None:
    """The judge reads a new job's values from a form, as the twin does."""
    made = _exchange(0, "POST", "/castings", b"weight=12&alloy[tin]=0.2", status="queued")
    call = Matcher(SPEC).match(made)

    assert call
    assert call.at(RequestSource("body", "weight")) == 12
    assert call.at(RequestSource("body", "alloy.tin")) == 0.2


def test_judge__no_form() -> None:
    """No values are read from an invalid form."""
    call = Matcher(SPEC).match(_exchange(0, "POST", "/castings", b"weight=heavy"))

    assert call
    assert call.at(RequestSource("body", "weight")) is None


def test_judge__change() -> None:
    """Facts that may change after the end, by the spec, are not a contradiction; others are."""
    cast = _exchange(70, "GET", "/castings/CA1", status="cast")
    gone = _exchange(4000, "GET", "/castings/CA1", status="cast", url=None, data_removed=True)
    heavier = _exchange(4001, "GET", "/castings/CA1", status="cast", weight=2)

    assert _rules(cast, gone) == []
    assert _rules(cast, heavier) != []
