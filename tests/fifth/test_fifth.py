"""A vendor in one YAML file: it is checked and served, and its responses follow its machine.

Its client is tested with the others, in `tests/clients/test_walks.py`.
"""

import asyncio
import json
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from jobtwin.codegen import packages
from jobtwin.http import create_app
from jobtwin.judge import Exchange, Oracle
from jobtwin.openapi import load, unchecked
from jobtwin.sandboxes import ManualClock, Sandbox, Setup, StoredJob
from tests.twins import others_turn

SPEC = Path(__file__).with_name("kilnworks.yaml")
ROOT = Path(__file__).parents[2]
BIRTH = 1_767_225_600  # the manual clock's start, in seconds
MINUTE = 60_000_000

Ask = Callable[..., httpx.Response]


class Kiln:
    """The twin in process, with helpers for the tests."""

    def __init__(self) -> None:
        spec = load(SPEC)
        self._firings = spec.jobs["firing"]
        self._sandbox = Sandbox([self._firings], Setup(ManualClock(), empty=True))
        self._app = create_app([spec], self._sandbox)

    def fire(self, scenario: str, **facts: Any) -> StoredJob:
        """Creates a firing."""
        return self._sandbox.create(self._firings, scenario=scenario, facts=facts)

    def wait(self, minutes: float) -> None:
        """Moves the clock."""
        self._sandbox.advance_clock(round(minutes * MINUTE))

    def ask(
        self, method: str, path: str, studio: str = "clay-lane", **query: str
    ) -> httpx.Response:
        """Sends a request of a studio with a key."""
        return asyncio.run(self._answered(method, path, {"X-Studio": studio}, query))

    async def answered(self, path: str, **query: str) -> httpx.Response:
        """Sends a GET request, and awaits the response."""
        return await self._answered("GET", path, {"X-Studio": "clay-lane"}, query)

    def send(self, method: str, path: str, form: dict[str, str], key: str) -> httpx.Response:
        """Sends a form with an idempotency key."""
        headers = {"X-Studio": "clay-lane", "Idempotency-Key": key}
        return asyncio.run(self._answered(method, path, headers, {}, form))

    def fill(self, orders: Any, **headers: str) -> httpx.Response:
        """Sends a list of orders."""
        sent = {"X-Studio": "clay-lane", **headers}
        return asyncio.run(self._answered("POST", "/firings/several", sent, {}, orders=orders))

    async def _answered(  # noqa: PLR0913, PLR0917 - all parts of a request
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        query: dict[str, str],
        form: dict[str, str] | None = None,
        orders: Any = None,
    ) -> httpx.Response:
        transport, base = httpx.ASGITransport(self._app), "http://twin/kilnworks/v2"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            keyed, sent = {"key": "kiln-test", **query}, {"data": form, "json": orders}
            return await client.request(method, path, params=keyed, headers=headers, **sent)


@pytest.fixture
def kiln() -> Kiln:
    """Returns an empty kiln."""
    return Kiln()


def test_check() -> None:
    """The file is a valid spec."""
    result = CliRunner().invoke(jobtwin, ["check", str(SPEC)])

    assert result.output == "kilnworks.yaml: 8 operations, 3 machines, 9 scenarios: fine\n"
    assert result.exit_code == 0


@pytest.mark.parametrize("folder", ["mockserver"])
def test_no_python(folder: str) -> None:
    """No Python file mentions the vendor."""
    for path in (ROOT / folder).rglob("*.py"):
        assert "kiln" not in path.read_text(encoding="utf-8").lower()


def test_read(kiln: Kiln) -> None:
    """The response has the values computed by hand: state, nested parts, counts, maps, seconds.

    Heated from minute 2 to 42 and from 62 to 67, then cooled for three of six hours.
    """
    kiln.fire("one_piece_cracks")
    kiln.wait(67 + 180)

    firing = kiln.ask("GET", "/firings/1000").json()
    tags = [p.pop("tag") for shelf in firing["shelves"] for p in shelf["pieces"].values()]

    assert len({tag for tag in tags if re.fullmatch("[A-Z]{3}-[0-9]{2}", tag)}) == 3
    assert firing == {
        "number": 1000,
        "self": "http://twin/kilnworks/v2/firings/1000",
        "state": "cooling",
        "progress": 0.8,
        "priority": 5,
        "gas": 45 * 60 * 2.5,
        "born": BIRTH,
        "changed": BIRTH + 67 * 60,
        "cooling_since": BIRTH + 67 * 60,
        "ended": None,
        "hot_for": 65 * 60,
        "damaged": 1,
        "collected": False,
        "shelves": [
            {
                "level": 1,
                "state": "damaged",
                "cracked": 1,
                "pieces": {
                    "ANNA-1": {"state": "glazed", "level": 1, "firing": 1000},
                    "ANNA-2": {"state": "cracked", "level": 1, "firing": 1000},
                },
            },
            {
                "level": 2,
                "state": "glazed",
                "cracked": 0,
                "pieces": {"BEN-1": {"state": "glazed", "level": 2, "firing": 1000}},
            },
        ],
    }


@pytest.mark.parametrize(
    ("minutes", "state", "progress", "gas"),
    [
        (1, "queued", 0, 0),
        (2 + 10, "heating", 0.15, 1500),
        (2 + 50, "resting", 0.6, 6000),
        (2 + 60 + 10, "heating", 0.6, 7500),
        (2 + 120 + 10, "heating", 0.6, 10000),
        (2 + 60 * 24 * 365 + 45, "resting", 0.6, 10000),
    ],
    ids=["birth", "first-heat", "rest", "second-heat", "meter-full", "a-year-later"],
)
def test_round_and_round(minutes: int, state: str, progress: float, gas: float, kiln: Kiln) -> None:
    """A firing without an end repeats its cycle; progress never decreases, the meter stops."""
    kiln.fire("burns_on")

    kiln.wait(minutes)

    firing = kiln.ask("GET", "/firings/1000").json()
    assert (firing["state"], firing["progress"], firing["gas"]) == (state, progress, gas)


@pytest.mark.parametrize(
    ("scenario", "remark"),
    [
        ("two_heats", "celadon"),
        ("one_piece_cracks", "Nothing to report"),
        ("over_fired", "The cones have melted"),
        ("burns_on", None),
    ],
)
def test_first_of(scenario: str, remark: str | None, kiln: Kiln) -> None:
    """The first existing value of several is shown; a job that has not ended has none."""
    kiln.fire(scenario)

    kiln.wait(60 * 24)

    assert kiln.ask("GET", "/firings/1000").json().get("remark") == remark


def test_lever(kiln: Kiln) -> None:
    """A command ends the cycle, also two levels down."""
    kiln.fire("burns_on")
    kiln.wait(60)

    answer = kiln.ask("POST", "/firings/1000/lever", to="cool")

    firing = answer.json()
    assert answer.status_code == 202
    assert (firing["state"], firing["changed"]) == ("cooling", BIRTH + 3600)
    assert [shelf["state"] for shelf in firing["shelves"]] == ["glazed", "glazed"]


def test_lever__illegal(kiln: Kiln) -> None:
    """An illegal command has its own status, and an undocumented problem."""
    kiln.fire("stuck_in_queue")

    answer = kiln.ask("POST", "/firings/1000/lever", to="cool")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "The lever cannot be pulled: firing 1000 is queued"


def test_fire(kiln: Kiln) -> None:
    """A form fills the kiln; a repeated one with the same key does not fill another."""
    made = [
        kiln.send("POST", "/firings", {"priority": priority, "glaze": "ash"}, "k1")
        for priority in ("2", "2", "3")
    ]

    assert [answer.status_code for answer in made] == [201, 201, 409]
    assert made[0].json() == made[1].json()
    assert (made[0].json()["priority"], made[0].json()["number"]) == (2, 1000)
    assert len(kiln.ask("GET", "/firings").json()) == 1


def test_fire__start(kiln: Kiln) -> None:
    """A firing waits in the queue until the given moment."""
    kiln.send("POST", "/firings", {"start": "2026-01-01T05:00:00Z"}, "k1")
    kiln.wait(299)
    before = kiln.ask("GET", "/firings/1000").json()["state"]
    kiln.wait(1)

    assert (before, kiln.ask("GET", "/firings/1000").json()["state"]) == ("queued", "heating")


def test_fire__too_full(kiln: Kiln) -> None:
    """A kiln with more pots than room bursts while it cools, and says why; it can be salvaged."""
    kiln.fire("two_heats", pots=41)
    kiln.wait(60 * 3)
    burst = kiln.ask("GET", "/firings/1000").json()
    salvaged = kiln.ask("POST", "/firings/1000/lever", to="in")

    assert (burst["state"], burst["remark"]) == ("scrapped", "The kiln was too full")
    assert salvaged.json()["state"] == "cooling"


def test_several(kiln: Kiln) -> None:
    """One request creates a firing for each order, and returns them in this order."""
    made = kiln.fill([{"urgency": 2}, {"glaze": "ash"}])

    assert made.status_code == 201
    assert [(each["number"], each["priority"]) for each in made.json()] == [(1000, 2), (1001, 5)]
    assert len(kiln.ask("GET", "/firings").json()) == 2


@pytest.mark.parametrize(
    ("orders", "prefer"),
    [
        ([{"urgency": 1}, {"urgency": 0}], ""),
        ([{}] * 10, ""),
        ({}, ""),
        ([{}, {}], "scenario=none"),
    ],
    ids=["one-is-wrong", "too-many", "no-list", "unknown-scenario"],
)
def test_several__refused(orders: Any, prefer: str, kiln: Kiln) -> None:
    """If one order is refused, no firing is created."""
    assert kiln.fill(orders, Prefer=prefer).status_code == 400
    assert kiln.ask("GET", "/firings").json() == []


def _judged(kiln: Kiln, change: Callable[[list[Any]], Any]) -> set[str]:
    """Returns the rules that a changed response to a request for two firings breaks."""
    orders = [{"urgency": 2}, {"urgency": 3}]
    made = kiln.fill(orders)
    shown = made.json()
    change(shown)
    exchange = Exchange(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        method="POST",
        url="/firings/several?key=kiln-test",
        status=201,
        request_headers={"X-Studio": "clay-lane", "Content-Type": "application/json"},
        request_body=json.dumps(orders).encode(),
        response_headers={"Content-Type": "application/json"},
        response_body=json.dumps(shown).encode(),
    )
    return {found.rule for found in Oracle(load(SPEC)).check(exchange)}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (lambda _: None, set()),
        (lambda shown: shown.pop(), {"page-miscounted"}),
        (lambda shown: shown[1].update(number=1000), {"id-given-twice"}),
        (lambda shown: shown[1].update(state="fired"), {"answer-contradicts-itself"}),
    ],
    ids=["fine", "one-lacks", "one-id-for-both", "ended-at-once"],
)
def test_several__judged(change: Callable[[list[Any]], Any], rules: set[str], kiln: Kiln) -> None:
    """Each firing is judged as a new job, and each order needs one."""
    assert _judged(kiln, change) == rules


def test_log(kiln: Kiln) -> None:
    """The log is a growing text with a time for the next poll; before its first line it is a 404."""
    kiln.fire("two_heats")
    early = kiln.ask("GET", "/firings/1000/log")
    kiln.wait(2)
    lit = kiln.ask("GET", "/firings/1000/log")
    kiln.wait(60 * 24)
    fired = kiln.ask("GET", "/firings/1000/log")

    assert (early.status_code, early.json()["detail"]) == (404, "Firing 1000 has not begun")
    assert (lit.text, lit.headers["retry-after"]) == (
        "2026-01-01T00:02:00Z The burners are lit\n",
        "60",
    )
    assert len(fired.text.splitlines()) == 3
    assert "retry-after" not in fired.headers


def test_log__moved(kiln: Kiln) -> None:
    """The log of a cancelled firing is at another URL of this server."""
    kiln.fire("called_off")
    kiln.wait(60)

    moved = kiln.ask("GET", "/firings/1000/log")

    assert moved.status_code == 303
    assert moved.headers["location"] == "http://twin/kilnworks/v2/firings/1000"


def test_cooled(kiln: Kiln) -> None:
    """A request waits for the firing to cool, on the sandbox's clock."""
    kiln.fire("two_heats")
    kiln.wait(2 + 40 + 20 + 40 + 9.5)

    async def asked() -> httpx.Response:
        waiting = asyncio.create_task(kiln.answered("/firings/1000/cooled", seconds="60"))
        await others_turn()
        assert not waiting.done()
        kiln.wait(0.5)
        return await waiting

    assert asyncio.run(asked()).json()["state"] == "cooling"


def test_pages(kiln: Kiln) -> None:
    """The header `Link` leads from page to page; the last one has none."""
    for _ in range(3):
        kiln.fire("burns_on")
    first = kiln.ask("GET", "/firings", limit="2")
    page = httpx.URL(first.links["next"]["url"]).params["page"]
    last = kiln.ask("GET", "/firings", limit="2", page=page)

    assert [each["number"] for each in (*first.json(), *last.json())] == [1002, 1001, 1000]
    assert last.links == {}


def test_list__urgent(kiln: Kiln) -> None:
    """A filter compares: it keeps values up to the given one."""
    for priority in (1, 5, 9):
        kiln.fire("burns_on", priority=priority)

    assert [f["priority"] for f in kiln.ask("GET", "/firings", urgent="5").json()] == [1, 5]


def test_collected(kiln: Kiln) -> None:
    """Two days after the end a fact changes, and nothing else."""
    kiln.fire("two_heats")
    kiln.wait(60 * 24)
    before = kiln.ask("GET", "/firings/1000").json()
    kiln.wait(60 * 24 * 2)
    after = kiln.ask("GET", "/firings/1000").json()

    assert (before["collected"], after["collected"]) == (False, True)
    assert {k for k in after if after[k] != before[k]} == {"collected", "changed"}


def test_call_off(kiln: Kiln) -> None:
    """A command may have an empty response."""
    kiln.fire("burns_on")

    answer = kiln.ask("DELETE", "/firings/1000")

    assert (answer.status_code, answer.content) == (204, b"")
    assert kiln.ask("GET", "/firings/1000").json()["state"] == "called_off"


@pytest.mark.parametrize(
    ("path", "status"), [("/firings/1001", 404), ("/firings/12", 400), ("/firings/x", 400)]
)
def test_read__refused(path: str, status: int, kiln: Kiln) -> None:
    """IDs are numbers from 1000; an invalid one and an unknown one have different statuses."""
    assert kiln.ask("GET", path).status_code == status


def test_list(kiln: Kiln) -> None:
    """The lowest priority is first, then the latest; firings of other studios are not shown."""
    for priority, studio in [(5, None), (1, "clay-lane"), (9, None), (2, "mud-street"), (5, None)]:
        kiln.fire("burns_on", priority=priority, studio=studio)

    found = kiln.ask("GET", "/firings").json()

    assert [firing["number"] for firing in found] == [1001, 1004, 1000, 1002]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [({}, [1001, 1000]), ({"unfinished": "false"}, [1001, 1000]), ({"unfinished": "true"}, [1000])],
    ids=["absent", "false", "true"],
)
def test_list__unfinished(query: dict[str, str], numbers: list[int], kiln: Kiln) -> None:
    """A condition filters only if its parameter is true."""
    kiln.fire("burns_on")
    kiln.fire("called_off")
    kiln.wait(15)

    found = kiln.ask("GET", "/firings", **query).json()

    assert [firing["number"] for firing in found] == numbers


@pytest.fixture
def served() -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Runs `jobtwin serve` in another process; yields the process and its printed table."""
    command = [sys.executable, "-m", "jobtwin", "serve", str(SPEC), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        deadline = threading.Timer(30, process.kill)
        deadline.start()
        try:
            yield process, list(_table(process))
        finally:
            deadline.cancel()
            process.kill()


def _table(process: subprocess.Popen[str]) -> Iterator[str]:
    """Yields the printed lines up to the last, which is that of the control API."""
    assert process.stdout
    for line in process.stdout:
        yield line.strip()
        if line.startswith("control "):
            return


def test_serve(served: tuple[subprocess.Popen[str], list[str]]) -> None:
    """The printed request works unchanged, the server is healthy, and Ctrl-C ends it at once."""
    process, table = served
    health = httpx.get(table[-1].split()[-1])
    curl = next(line.removeprefix("try ") for line in table if line.startswith("try "))
    *flags, url = shlex.split(curl)[1:]
    headers = dict(text.split(": ", 1) for flag, text in zip(flags[::2], flags[1::2], strict=True))

    answer = httpx.get(url, headers=headers)
    process.send_signal(signal.SIGINT)

    assert health.json()["status"] == "ok"
    assert answer.status_code == 200
    assert answer.json()["number"] == 1000
    assert process.wait(timeout=60) == 0


def test_unknown_form() -> None:
    """A value without any known key is a mistake, also where mistakes are ignored."""
    tree = packages.read(SPEC)
    tree["x-jobs"]["values"]["Firing.born"] = {"paht": "created_at"}

    spec = unchecked("kilnworks", tree)

    assert {"getFiring", "listFirings"} <= {operation.id for operation in spec.operations}
