"""Firings by a plan: a file in a form, two more kinds of pages, limits, news, and a timed meter."""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.openapi import load
from jobtwin.testing import Host, Jobtwin, in_process
from tests.fifth.test_fifth import BIRTH
from tests.webhooks.vendors import ScriptedReceiver

SPEC = Path(__file__).parent / "plans" / "kilnworks.overlay.yaml"
NEWS = {"notify": "http://127.0.0.1:9/news", "secret": "kiln-secret"}


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Yields the twin, in process."""
    with in_process([SPEC]) as found:
        yield found


@pytest.fixture
def jobtwin(host: Host) -> Iterator[Jobtwin]:
    """Yields a separate sandbox, without samples."""
    with host.sandbox("plans") as made:
        yield made


def _asked(jobtwin: Jobtwin, method: str, path: str, **more: Any) -> httpx.Response:
    api = jobtwin.kilnworks
    params = {"key": "kiln-test", **more.pop("query", {})}
    with httpx.Client(transport=jobtwin.transport, headers={"X-Studio": "clay-lane"}) as client:
        return client.request(method, api.url + path, params=params, **more)


def _planned(jobtwin: Jobtwin, name: str = "slow.csv", **fields: str) -> httpx.Response:
    """Sends a plan in a form."""
    return _asked(
        jobtwin, "POST", "/firings/planned", files={"plan": (name, b"0,20\n60,1200\n")}, data=fields
    )


def test_form(jobtwin: Jobtwin) -> None:
    """A form with a file creates a firing; the file's name and the other fields are facts."""
    made = _planned(jobtwin, glaze="ash", pots="7")

    assert made.status_code == 201
    assert made.json() == {
        "number": 1000,
        "state": "queued",
        "since": BIRTH,
        "plan": "slow.csv",
        "glaze": "ash",
        "pots": 7,
        "inspected": 0,
    }


@pytest.mark.parametrize("fields", [{"pots": "many"}, {"temper": "1"}], ids=["word", "unknown"])
def test_form__refused(fields: dict[str, str], jobtwin: Jobtwin) -> None:
    """A field of a form must fit its schema."""
    assert _planned(jobtwin, **fields).status_code == 400


def test_exclusive(jobtwin: Jobtwin) -> None:
    """The same plan is refused while it is in a kiln, unless the request cancels that firing."""
    _planned(jobtwin)
    other = _planned(jobtwin, "fast.csv")
    refused = _planned(jobtwin)
    forced = _planned(jobtwin, force="true")

    assert [each.status_code for each in (other, refused, forced)] == [201, 409, 201]
    assert _asked(jobtwin, "GET", "/firings/1000/plan").json()["state"] == "called_off"


def test_limit(jobtwin: Jobtwin) -> None:
    """The fourth poll within a minute is refused, without a time to retry."""
    _planned(jobtwin)
    looks = [_asked(jobtwin, "GET", "/firings/1000/plan") for _ in range(4)]
    jobtwin.clock.advance(minutes=1)

    assert [look.status_code for look in looks] == [200, 200, 200, 429]
    assert [look.headers["x-glances-left"] for look in looks[:3]] == ["2", "1", "0"]
    assert "retry-after" not in looks[3].headers
    assert _asked(jobtwin, "GET", "/firings/1000/plan").status_code == 200


def test_over(jobtwin: Jobtwin) -> None:
    """A counter reaches its bound in a given time, whatever the bound."""
    _planned(jobtwin, pots="5")
    _planned(jobtwin, "other.csv", pots="20")
    jobtwin.clock.advance(minutes=2 + 40 + 20 + 40 + 10)
    before = _asked(jobtwin, "GET", "/diary").json()["firings"]
    jobtwin.clock.advance(minutes=20)
    halfway = _asked(jobtwin, "GET", "/diary").json()["firings"]
    jobtwin.clock.advance(hours=5)
    after = _asked(jobtwin, "GET", "/diary").json()["firings"]

    assert [each["inspected"] for each in before] == [0, 0]
    assert [each["inspected"] for each in halfway] == [8, 2]
    assert [each["inspected"] for each in after] == [20, 5]


@pytest.fixture
def three(jobtwin: Jobtwin) -> Jobtwin:
    """Returns a sandbox with three firings, a minute apart."""
    for name in ("one.csv", "two.csv", "three.txt"):
        _planned(jobtwin, name)
        jobtwin.clock.advance(minutes=1)
    return jobtwin


def test_cursor(three: Jobtwin) -> None:
    """A cursor leads from page to page; the last page has none."""
    first = _asked(three, "GET", "/log-book").json()
    last = _asked(three, "GET", "/log-book", query={"cursor": first["next_cursor"]}).json()

    assert [each["number"] for each in first["entries"]] == [1002, 1001]
    assert [each["number"] for each in last["entries"]] == [1000]
    assert last["next_cursor"] is None


def test_after(three: Jobtwin) -> None:
    """A page begins after the given number."""
    first = _asked(three, "GET", "/diary").json()
    last = _asked(three, "GET", "/diary", query={"after": first["oldest"]}).json()

    assert (first["newest"], first["oldest"], first["has_more"]) == (1002, 1001, True)
    assert ([each["number"] for each in last["firings"]], last["has_more"]) == ([1000], False)


@pytest.mark.parametrize(
    ("path", "query", "numbers"),
    [
        ("/log-book", {"since": BIRTH + 60}, [1002, 1001]),
        ("/log-book", {"before": BIRTH + 60}, [1000]),
        ("/log-book", {"named": "CSV"}, [1001, 1000]),
        ("/log-book", {"by": "age"}, [1000, 1001]),
        ("/log-book", {"by": "age", "dir": "down"}, [1002, 1001]),
        ("/diary", {"younger_than": BIRTH}, [1002, 1001]),
    ],
    ids=["since", "before", "contains", "ascending", "descending", "after"],
)
def test_list(path: str, query: dict[str, str], numbers: list[int], three: Jobtwin) -> None:
    """Filters compare moments and texts; the order is the request's."""
    [shown] = [
        v for v in _asked(three, "GET", path, query=query).json().values() if type(v) is list
    ]

    assert [each["number"] for each in shown] == numbers


def test_news(jobtwin: Jobtwin) -> None:
    """News are sent for the states in the spec, signed, and repeated after a 503."""
    receiver = ScriptedReceiver([503, 204])
    jobtwin.kilnworks.deliver_to(receiver)
    _planned(jobtwin, **NEWS)

    jobtwin.clock.advance(hours=12)

    told = [(news["kind"], news["firing"]["state"]) for news in receiver.bodies]
    assert told == [
        ("firing.heating", "heating"),
        ("firing.heating", "heating"),
        ("firing.heating", "heating"),
        ("firing.fired", "fired"),
    ]
    assert receiver.bodies[0]["id"] == receiver.bodies[1]["id"] != receiver.bodies[2]["id"]
    for headers, body in receiver.requests:
        at, proof = (pair.split("=")[1] for pair in headers["x-kiln-signature"].split(","))
        signed = hmac.new(b"kiln-secret", f"{at}.".encode() + body, hashlib.sha256)
        assert signed.hexdigest() == proof


def test_news__refused(jobtwin: Jobtwin) -> None:
    """News are not repeated after a 400."""
    receiver = ScriptedReceiver([400])
    jobtwin.kilnworks.deliver_to(receiver)
    _planned(jobtwin, **NEWS)

    jobtwin.clock.advance(minutes=30)

    assert len(receiver.requests) == 1


def test_environment() -> None:
    """The vendor's own client reads its URL and its key from these variables."""
    assert load(SPEC).environment == {
        "KILNWORKS_URL": "{base}",
        "KILNWORKS_HOST": "{origin}",
        "KILNWORKS_KEY": "{credential}",
    }
