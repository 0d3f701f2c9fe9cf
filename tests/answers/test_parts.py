"""Jobs with parts: those in the request, those of the scenario, and jobs that cannot be shown."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.http import base_path, create_app
from jobtwin.openapi import Spec, load
from jobtwin.sandboxes import ManualClock, Sandbox, Setup

SPECS = Path(__file__).parents[1] / "specs"
DARKROOM = load(SPECS / "good-parts.yaml")
HOOK = "http://127.0.0.1:9/dry"


class PartsTwin:
    """The twin of a spec, in process, on a clock that stands still."""

    def __init__(self, spec: Spec) -> None:
        self.sandbox = Sandbox(list(spec.jobs.values()), Setup(ManualClock(), empty=True))
        self._app = create_app([spec], self.sandbox)
        self._url = f"http://twin{base_path(spec)}"

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Sends a request, with a JSON body if given."""
        return asyncio.run(self._answered(method, path, {} if body is None else {"json": body}))

    async def _answered(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url=self._url) as client:
            return await client.request(method, path, **options)

    def order(self, body: Any) -> Any:
        """Creates an order, and returns its parts."""
        return self.ask("POST", "/orders", body).json()["prints"]


@pytest.fixture
def twin() -> PartsTwin:
    """A new twin of the darkroom."""
    return PartsTwin(DARKROOM)


def test_parts__in_the_request(twin: PartsTwin) -> None:
    """An array with the name of the parts shows them, even if a property of the request has it."""
    prints = twin.order({"prints": [{"paper": "gloss"}]})

    assert prints == [{"id": 500, "paper": "gloss"}]


def test_parts__default(twin: PartsTwin) -> None:
    """A part without a property in the request has the default of its fact."""
    prints = twin.order({"prints": [{}, {"paper": "gloss"}]})

    assert [each["paper"] for each in prints] == ["matt", "gloss"]


def test_parts__none_in_the_request(twin: PartsTwin) -> None:
    """A request without the list of parts creates those of the scenario; an empty list, none."""
    assert [each["paper"] for each in twin.order({})] == ["matt"]
    assert twin.order({"prints": []}) == []


def test_parts__hex_ids(tmp_path: Path) -> None:
    """A part's ID has the form that its machine declares."""
    text = (SPECS / "good-parts.yaml").read_text(encoding="utf-8")
    edited = text.replace("id: {type: integer, first: 500}", "id: hex")
    edited = edited.replace("              id: {type: integer}", "              id: {type: string}")
    (tmp_path / "darkroom.yaml").write_text(edited, encoding="utf-8")

    [part] = PartsTwin(load(tmp_path / "darkroom.yaml")).order({"prints": [{}]})

    assert re.fullmatch("[0-9a-f]{32}", part["id"])


def test_failed_reply(caplog: pytest.LogCaptureFixture) -> None:
    """A new job that the spec does not allow to show is answered with 500, and not kept."""
    spec = load(SPECS / "mistakes" / "required-property-of-an-optional-one.yaml")
    firing, twin = spec.jobs["firing"], PartsTwin(spec)

    reply = twin.ask("POST", "/firings", {"clay": "red"})

    assert reply.status_code == 500
    assert "`required` does not allow the value" in caplog.text
    assert [*twin.sandbox.jobs(firing)] == []


@pytest.mark.parametrize(
    ("hooks", "urls"),
    [
        pytest.param([HOOK, "http://127.0.0.1:9/other"], [HOOK], id="first"),
        pytest.param([], [], id="empty"),
        pytest.param(None, [], id="missing"),
    ],
)
def test_callback__index(twin: PartsTwin, hooks: list[str] | None, urls: list[str]) -> None:
    """A runtime expression takes an item of an array by its index; without one, nothing is sent."""
    twin.ask("POST", "/orders", {} if hooks is None else {"hooks": hooks})

    assert [each.url for each in twin.sandbox.outbox] == urls
