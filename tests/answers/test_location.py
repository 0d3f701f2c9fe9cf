"""Waiters that start at the `Operation-Location` or `Location` of an answer."""

import asyncio
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

import jobclients
from jobtwin.codegen.output import replace
from jobtwin.http import create_app
from jobtwin.openapi import load
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from jobwait import LocationRefused

SPEC = Path(__file__).with_name("operations.yaml")
BASE = "http://127.0.0.1/operations/subscriptions"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Yields the generated client."""
    output = tmp_path_factory.mktemp("location") / "generated"
    replace([SPEC], output, lambda _: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobclients, "__path__", [*jobclients.__path__, str(output / "jobclients")])
        yield importlib.import_module("jobclients.operations")
    for name in [name for name in sys.modules if name.startswith("jobclients.operations")]:
        del sys.modules[name]


class Twin(httpx.AsyncBaseTransport):
    """The twin in process; it records requested URLs, and its clock moves as callers sleep."""

    def __init__(self) -> None:
        spec, self._clock = load(SPEC), ManualClock()
        sandbox = Sandbox([spec.jobs["operation"]], Setup(self._clock, empty=True))
        self._transport = httpx.ASGITransport(create_app([spec], sandbox))
        self.asked: list[httpx.URL] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answers one request, without its query, which the spec does not declare."""
        self.asked.append(request.url)
        plain = httpx.Request(request.method, request.url.copy_with(query=None))
        return await self._transport.handle_async_request(plain)

    async def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self._clock.advance(round(seconds * 1e6))


@pytest.fixture
def twin() -> Twin:
    """A new twin."""
    return Twin()


def _client(package: ModuleType, twin: Twin) -> Any:
    client = package.Client(base_url=BASE)
    return client.set_async_httpx_client(httpx.AsyncClient(transport=twin, base_url=BASE))


def _waited(package: ModuleType, twin: Twin, answer: Callable[[Any], Any]) -> Any:
    waiters = importlib.import_module("jobclients.operations.waiters")
    client = _client(package, twin)

    async def waited() -> Any:
        async with client.get_async_httpx_client() as http:
            begun = answer(await http.post("/by-operation"))
            return await waiters.wait_for_operation_at_async(client, begun, sleep=twin.sleep)

    return asyncio.run(waited())


def _leading(url: str) -> Callable[[Any], Any]:
    return lambda _: httpx.Response(202, headers={"Location": url})


@pytest.mark.parametrize("way", ["by-operation", "by-location"])
def test_wait(way: str, package: ModuleType, twin: Twin) -> None:
    """The wait ends at the job whose URL is in the answer, in either header."""

    def answer(begun: httpx.Response) -> httpx.Response:
        url = begun.headers["operation-location"]
        other = "/results/".join(url.rsplit("/operations/", 1))
        return begun if way == "by-operation" else _leading(other)(begun)

    assert _waited(package, twin, answer).status == "Succeeded"


def test_wait__relative(package: ModuleType, twin: Twin) -> None:
    """A URL may be a path; its query is sent with each poll."""

    def answer(begun: httpx.Response) -> httpx.Response:
        path = httpx.URL(begun.headers["operation-location"]).path
        return httpx.Response(202, headers={"Location": f"{path}?t=7"})

    assert _waited(package, twin, answer).status == "Succeeded"
    assert {url.params.get("t") for url in twin.asked[1:]} == {"7"}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://elsewhere.example/operations/subscriptions/operations/1?key=s", "leads to another server"),
        (f"{BASE}/invoices/1", "does not have the form of /operations/{id} or /results/{id}"),
        ("", "neither `Operation-Location` nor `Location`"),
    ],
    ids=["another-server", "another-path", "nowhere"],
)  # fmt: skip
def test_wait__refused(url: str, why: str, package: ModuleType, twin: Twin) -> None:
    """A URL that is not one of this server's jobs is not requested; the error omits its query."""
    with pytest.raises(LocationRefused, match=why) as refused:
        _waited(package, twin, _leading(url))

    assert "key" not in str(refused.value)
    assert len(twin.asked) == 1
