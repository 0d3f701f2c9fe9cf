"""Guests, helpers, clay and smoke: credentials and errors, a fleet, what happens to a job, faults."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.cli.notes import notes
from jobtwin.openapi import load
from jobtwin.testing import Host, Jobtwin, in_process
from tests.webhooks.vendors import ScriptedReceiver

HERE = Path(__file__).parent
THEMES = ("guests", "helpers", "fates", "faults")


@pytest.fixture(scope="module")
def hosts() -> Iterator[dict[str, Host]]:
    """Yields a twin for each theme, in process."""
    with ExitStack() as stack:
        paths = {theme: HERE / theme / "kilnworks.overlay.yaml" for theme in THEMES}
        yield {theme: stack.enter_context(in_process([path])) for theme, path in paths.items()}


class Theme:
    """One theme's twin in a sandbox, with a client."""

    def __init__(self, jobtwin: Jobtwin) -> None:
        self.api = jobtwin.kilnworks
        self.jobtwin = jobtwin

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Sends a request."""
        params = {"key": "kiln-test", **more.pop("query", {})}
        with httpx.Client(transport=self.jobtwin.transport) as client:
            return client.request(method, self.api.url + path, params=params, **more)


@pytest.fixture
def guests(hosts: dict[str, Host]) -> Iterator[Theme]:
    with hosts["guests"].sandbox("guests") as made:
        yield Theme(made)


@pytest.fixture
def helpers(hosts: dict[str, Host]) -> Iterator[Theme]:
    with hosts["helpers"].sandbox("helpers", samples=True) as made:
        yield Theme(made)


@pytest.fixture
def fates(hosts: dict[str, Host]) -> Iterator[Theme]:
    with hosts["fates"].sandbox("fates") as made:
        yield Theme(made)


@pytest.fixture
def faults(hosts: dict[str, Host]) -> Iterator[Theme]:
    with hosts["faults"].sandbox("faults") as made:
        yield Theme(made)


# -- guests ----------------------------------------------------------------------------------------


def _opened(guests: Theme) -> dict[str, str]:
    """Begins a visit; returns the headers of its guest."""
    made = guests.ask("POST", "/visits", json={"password": "terracotta", "guest": "Ann"})
    assert made.status_code == 201
    return {"Authorization": f"Bearer {made.json()['visit']}", "X-Kind": "Guest"}


def test_visit(guests: Theme) -> None:
    """The ID of a visit is a credential until the visit ends."""
    headers = _opened(guests)
    during = guests.ask("GET", "/visit", headers=headers)
    left = guests.ask("DELETE", "/visit", headers=headers)
    after = guests.ask("GET", "/visit", headers=headers)

    assert (during.status_code, during.json()["guest"], during.json()["tour"]) == (200, "Ann", True)
    assert (left.status_code, left.json()["state"]) == (200, "over")
    assert after.status_code == 401


def test_visit__prolonged(guests: Theme) -> None:
    """A visit's credential in a body begins another visit, and another value does not."""
    visit = _opened(guests)["Authorization"].removeprefix("Bearer ")

    asked = [guests.ask("POST", "/visits/prolonged", json={"visit": v}) for v in (visit, "expired")]

    assert [each.status_code for each in asked] == [201, 401]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"Authorization": "Bearer expired"}, "WRONG_CREDENTIAL"),
        ({"X-Kind": "Thief"}, "WRONG_CREDENTIAL"),
        ({"Authorization": "bearer {id}"}, "MISSING_CREDENTIAL"),
        ({"Authorization": "Bearer forbidden"}, "FORBIDDEN"),
    ],
    ids=["expired", "const", "exact", "forbidden"],
)
def test_visit__refused(changed: dict[str, str], said: str, guests: Theme) -> None:
    """A wrong credential is refused with the operation's own code."""
    headers = _opened(guests)
    id_ = headers["Authorization"].split()[1]
    sent = headers | {name: value.format(id=id_) for name, value in changed.items()}

    refused = guests.ask("GET", "/visit", headers=sent)

    assert (refused.status_code, refused.json()["word"]) == (
        403 if said == "FORBIDDEN" else 401,
        said,
    )


def test_visit__staff(guests: Theme) -> None:
    """A raw key after the word `Basic` is accepted; it is no visit."""
    asked = guests.ask("GET", "/visit", headers={"Authorization": "Basic c3RhZmY6a2lsbg"})

    assert (asked.status_code, asked.json()["word"]) == (404, "UNKNOWN_JOB")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"password": "clay"}, 401, {"what": "You are not a guest", "word": "DOOR"}),
        ({"password": "terracotta", "hat": 1}, 400, {"word": "BODY"}),
    ],
    ids=["accept", "body"],
)
def test_errors(body: dict[str, Any], status: int, said: dict[str, str], guests: Theme) -> None:
    """An error has the message and the code of its situation, or of its group."""
    refused = guests.ask("POST", "/visits", json=body)

    assert refused.status_code == status
    assert refused.json().items() >= said.items()


# -- helpers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("everybody", ["Ann", "Ben", "Cleo"]),
        ("Ben", ["Ben"]),
        ("floor:cellar", ["Ann", "Ben"]),
        ("floor:attic", ["Cleo"]),
    ],
)
def test_target(who: str, names: list[str], helpers: Theme) -> None:
    """A target is the word for all, a name, or a label; parts get the job's facts."""
    made = helpers.ask("POST", "/orders", query={"who": who}).json()

    assert [hand["name"] for hand in made["hands"]] == names
    assert {hand["wage"] for hand in made["hands"]} == {7}


def test_target__one(helpers: Theme) -> None:
    """The word for any part selects one; an unknown target is refused."""
    made, refused = (
        helpers.ask("POST", "/orders", query={"who": who}) for who in ("anybody", "floor:roof")
    )

    assert len(made.json()["hands"]) == 1
    assert refused.status_code == 400


def test_hired(helpers: Theme) -> None:
    """Parts, and their parts, are those in the request."""
    sent = {"helpers": [{"called": "Dan", "tools": ["knife", "wire"]}, {"called": "Eve"}]}

    made = helpers.ask(
        "POST", "/orders/hired", json=sent, headers={"Prefer": "scenario=one_breaks"}
    )
    url = f"/orders/urn:uuid:{made.json()['id'].upper()}"
    helpers.jobtwin.clock.advance(minutes=10)
    ended = helpers.ask("GET", url).json()

    tools = [[tool["name"] for tool in hand.get("tools", [])] for hand in made.json()["hands"]]
    assert tools == [["knife", "wire"], []]
    assert [hand["state"] for hand in ended["hands"]] == ["broke", "done"]
    assert (ended["state"], ended["last"]) == ("spoilt", "Eve")


def test_orders(helpers: Theme) -> None:
    """A page begins at an offset; a sample has the given part."""
    helpers.ask("POST", "/orders", query={"who": "Ann"})
    pages = [helpers.ask("GET", "/orders", query={"skip": n, "most": 1}).json() for n in (0, 1)]

    assert [[hand["name"] for hand in page[0]["hands"]] for page in pages] == [["Ann"], ["Cleo"]]
    assert pages[1][0]["hands"][0]["id"] == 5


def test_spelling(tmp_path: Path) -> None:
    """`check` says that spellings need a parameter with the format of a UUID."""
    text = (HERE / "helpers" / "kilnworks.overlay.yaml").read_text(encoding="utf-8")
    file = tmp_path / "kilnworks.overlay.yaml"
    base = str((HERE / "kilnworks.yaml").resolve())
    plain = text.replace("{type: string, format: uuid}", "{type: string}")
    file.write_text(plain.replace("../kilnworks.yaml", base), encoding="utf-8")

    told = [each for each in notes(load(file)) if each.why.startswith("does nothing")]

    assert [each.pointer for each in told] == [
        "/actions/0/update/x-jobs/machines/order/id/spelling"
    ]
    assert "add it" in told[0].why


# -- clay ------------------------------------------------------------------------------------------


def _dug(fates: Theme, scenario: str = "dries", **facts: str) -> str:
    made = fates.ask("POST", "/batches", json=facts, headers={"Prefer": f"scenario={scenario}"})
    assert made.status_code == 201, made.text
    return f"/batches/{made.json()['id']}"


def _lines(shown: httpx.Response) -> list[str]:
    return [line["text"] for line in shown.json()["lines"] if not line["text"].startswith("Drop")]


def test_ways(fates: Theme) -> None:
    """A fact decides how long a state lasts, and what is written; others are defaults of it."""
    stoneware, porcelain = _dug(fates, sort="stoneware"), _dug(fates, sort="porcelain")
    fates.jobtwin.clock.advance(hours=1)
    shown = [fates.ask("GET", url) for url in (stoneware, porcelain)]

    assert [each.json()["state"] for each in shown] == ["wet", "dry"]
    assert [each.json()["drops"] for each in shown] == [10, 2]
    fates.jobtwin.clock.advance(hours=1)
    assert _lines(fates.ask("GET", stoneware)) == ["It dries slowly"]


def test_rain(fates: Theme) -> None:
    """An event whose condition fails is refused; otherwise it sets facts and writes a line."""
    wet, covered = _dug(fates), _dug(fates)
    fates.api.job(covered.removeprefix("/batches/")).send("cover")
    rained, refused = (fates.ask("DELETE", url) for url in (wet, covered))

    assert (rained.status_code, rained.json()["why"], _lines(rained)) == (200, "Rain", ["It rains"])
    assert refused.status_code == 409


def test_rain__scenario(fates: Theme) -> None:
    """A step sets other facts than its event, and writes another line."""
    url = _dug(fates, "rains_twice")
    fates.jobtwin.clock.advance(minutes=30)

    rained = fates.ask("GET", url)
    recipe = fates.ask("GET", f"{url}/recipe").json()

    assert (rained.json()["why"], _lines(rained)) == ("Heavy rain", ["It rains", "Thunder"])
    assert recipe == {"make": "A pond"}


def test_kept(fates: Theme) -> None:
    """Clay cracks after a month; earthenware is deleted then, and stoneware is not."""
    earthenware, stoneware = _dug(fates), _dug(fates, sort="stoneware")
    fates.jobtwin.clock.advance(days=31)
    shown = [fates.ask("GET", url) for url in (earthenware, stoneware)]

    assert [each.status_code for each in shown] == [404, 200]
    assert shown[1].json()["cracked"] is True
    assert _lines(shown[1])[-1] == "It is too dry"


def test_spawned(fates: Theme) -> None:
    """More of the same clay is dug when a batch is dry."""
    _dug(fates, "dug_again", sort="stoneware")
    fates.jobtwin.clock.advance(hours=2, minutes=6)

    assert fates.ask("GET", "/batches/2").json()["sort"] == "stoneware"


def test_told(fates: Theme) -> None:
    """A webhook and a callback are sent for the listed events, with their conditions."""
    receiver = ScriptedReceiver([204, 204])
    fates.api.deliver_to(receiver)
    url = _dug(fates, tell="http://127.0.0.1:9/told")
    fates.ask("DELETE", url)
    fates.jobtwin.clock.advance(minutes=1)

    proofs = [headers.get("authorization") for headers, _ in receiver.requests]

    assert [body["state"] for body in receiver.bodies] == ["mud", "mud"]
    assert sorted(proofs, key=str) == ["Bearer clay-secret", None]


# -- smoke -----------------------------------------------------------------------------------------


def test_faults(faults: Theme) -> None:
    """Each response about a job has the fault of its scenario, in turn."""
    made = faults.api.create(scenario="smoke", facts={"studio": "clay-lane"})
    url, headers = f"/firings/{made.id}", {"X-Studio": "clay-lane"}
    faults.jobtwin.clock.advance(minutes=10)
    busy, slow = (faults.ask("GET", url, headers=headers) for _ in range(2))
    for broken in (httpx.TransportError, httpx.DecodingError):
        with pytest.raises(broken):
            faults.ask("GET", url, headers=headers)
    late, lost, strange, refused, fine = (faults.ask("GET", url, headers=headers) for _ in range(5))

    assert (busy.status_code, busy.headers["x-why"]) == (503, "smoke")
    assert busy.headers["retry-after"].endswith("GMT")
    assert (slow.status_code, late.status_code) == (200, 200)
    assert (lost.status_code, refused.status_code) == (404, 401)
    assert (strange.json()["state"], fine.json()["state"]) == ("glass", "heating")
