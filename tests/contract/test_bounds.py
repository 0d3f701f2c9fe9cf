"""Every accepted value can be returned: bodies at the bounds, and clocks at the end of time."""

import asyncio
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jobtwin.bounds import DEEPEST, LAST_MOMENT
from jobtwin.errors import Refusal
from jobtwin.http import base_path, create_app
from jobtwin.http.multipart import multipart
from jobtwin.openapi import Spec
from jobtwin.openapi.forms import Field
from jobtwin.openapi.operations import Operation, Parameter
from jobtwin.sandboxes import ManualClock, Sandbox, SandboxClock, Sandboxes, Setup
from tests.loaded import loaded
from tests.sampling import fast_every
from tests.twins import SPECS, VENDORS
from tests.walks import Walk

CONTROL = next(spec for spec in SPECS if not spec.jobs)
PRINTER = loaded([Path(__file__).with_name("printer.yaml")])
FORM = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\\ud800\r\n--x--\r\n'
CHARSETS = [
    "punycode",
    "undefined",
    "unicode_escape",
    "raw_unicode_escape",
    "zip",
    "no\0pe",
    "utf-16",
]


def _nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


EXTREMES: list[Any] = [
    *map(_nested, (60, DEEPEST - 2, DEEPEST, DEEPEST + 1, 253, 300)),
    *(0, -0.0, 1e308, 5e-324, 2**31, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**40),
    *("", "\0", "\x1b[31m", "\U0010ffff", "\ud800", "\udc00x", "x" * 10_000, "/", "..", "%2F"),
    *("9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "P9999999D"),
    *(None, True, [], {}, [None], {"": ""}, {"\ud800": 1}),
]  # fmt: skip


class AtTheBounds(Walk):
    """Requests with extreme values in their bodies, to one twin and the control API."""

    def __init__(self, spec: Spec, random: Random) -> None:
        super().__init__(spec, random, beside=[CONTROL])
        self._spec = spec
        self.id: Any = None
        self.made = 0

    async def create(self, client: httpx.AsyncClient) -> None:
        """Creates jobs by every operation that can, then by the control API."""
        for operation in self._spec.operations:
            if operation.does in ("create", "clone", "event"):
                request = self._request(operation)
                await self._ask(client, operation.method, request.pop("url"), **request)
        for name, machine in self._spec.jobs.items():
            facts = {fact: self._extreme() for fact in machine.facts}
            body = {"api": self._spec.name, "machine": name, "facts": facts}
            body["at"] = self._extreme()
            await self._ask(client, "POST", "/_control/jobs", **_json(body))
            await self._ask(client, "POST", "/_control/jobs", **_json({**body, "at": "9998-12-31T23:59:59Z"}))  # fmt: skip

    async def read(self, client: httpx.AsyncClient) -> None:
        """Reads each job by every operation, and by the control API."""
        for operation in self._spec.operations:
            for each in self._ids(operation.machine) if operation.job_id else [None]:
                if operation.method == "GET":
                    self.id = each
                    request = self._request(operation)
                    await self._ask(client, "GET", request.pop("url"), **request)
        for path in ("jobs?limit=1000", "journal", "journal/report", "sandboxes", "machines"):
            await self._ask(client, "GET", f"/_control/{path}")

    async def _ask(self, client: httpx.AsyncClient, method: str, url: str, **request: Any) -> None:
        if "content" in request:
            request["headers"] = {**request.get("headers", {}), "Content-Type": "application/json"}
        base = "" if url.startswith("/_control") else base_path(self._spec)
        answer = await client.request(method, base + url, **request)
        assert answer.status_code < 500, (method, url, request, answer.text)
        self.made += method == "POST" and answer.is_success

    def _value(self, operation: Operation, parameter: Parameter) -> Any:
        source = operation.job_id
        if self.id is not None and source and source.name == parameter.name:
            return self.id
        return super()._value(operation, parameter)

    def _body(self, operation: Operation) -> dict[str, Any]:
        usual = super()._body(operation)
        if "json" not in usual:
            return usual
        body = copy.deepcopy(usual["json"])
        for _ in range(self._random.randint(0, 2)):
            node, key = self._random.choice(list(_places(body)))
            node[key] = self._extreme()
        return _json(body)

    def _extreme(self) -> Any:
        return copy.deepcopy(self._random.choice(EXTREMES))


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(node, dict | list):
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            yield node, key
            yield from _places(node[key])
        if isinstance(node, dict):
            yield node, "beside"


def _json(body: Any) -> dict[str, Any]:
    return {"content": json.dumps(body)}


@pytest.mark.parametrize("spec", fast_every(5, VENDORS), ids=[spec.name for spec in VENDORS])
def test_let_in_is_answered(spec: Spec) -> None:
    """Whatever an operation accepts, every operation can return: no response is a 5xx."""
    kept = list[int]()

    @settings(max_examples=10, deadline=None, derandomize=True, database=None, phases=[Phase.generate])  # fmt: skip
    @given(st.integers(0, 2**32))
    def trial(seed: int) -> None:
        asyncio.run(_tried(spec, Random(seed), kept))  # noqa: S311 - no secret

    trial()

    assert sum(kept) > 0


async def _tried(spec: Spec, random: Random, kept: list[int]) -> None:
    walk = AtTheBounds(spec, random)
    transport = httpx.ASGITransport(walk.ear.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        await walk.create(client)
        for span in (0, 30_000_000, 3_600_000_000):
            walk.sandbox.clock.advance(span)
            await walk.read(client)
    kept.append(walk.made)


@pytest.mark.parametrize("charset", CHARSETS)
def test_form__charset(charset: str) -> None:
    """A form in a charset that no browser sends is refused, even if Python has a codec for it."""
    headers = {b"content-type": b"multipart/form-data; boundary=x; charset=" + charset.encode()}

    with pytest.raises(Refusal) as refused:
        asyncio.run(multipart(headers, FORM, Field()))

    assert refused.value.situation == "malformed_body"
    assert f"its charset is {charset!r}" in refused.value.quotes["reason"]


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "iso-8859-1"])
def test_form__usual_charset(charset: str) -> None:
    """A form in a usual charset is read."""
    headers = {b"content-type": b"multipart/form-data; boundary=x; charset=" + charset.encode()}

    value, _ = asyncio.run(multipart(headers, FORM, Field()))

    assert value == {"a": "\\ud800"}


@pytest.mark.parametrize("speed", [1_000_000, 0.5])
def test_clock_at_its_end(speed: float) -> None:
    """A clock that reaches the last year stops there; its sandbox and the list still work."""
    steady = [0]
    machines = list(PRINTER[0].jobs.values())
    late = SandboxClock(LAST_MOMENT - 1, speed=speed, steady=lambda: steady[0])
    sandboxes = Sandboxes.only(Sandbox(machines, Setup(ManualClock())))
    sandboxes.put("late", Sandbox(machines, Setup(late)))
    app = create_app([*PRINTER, CONTROL], sandboxes)
    steady[0] = 10**18

    answers = asyncio.run(_all_get(app, "/_control/sandboxes", "/sandboxes/late/_control/clock", "/sandboxes/late/_control/jobs", "/sandboxes/late/printer/prints/first"))  # fmt: skip

    assert [answer.status_code for answer in answers] == [200] * 4
    assert answers[1].json()["now"] == "9999-01-01T00:00:00Z"


async def _all_get(app: Any, *paths: str) -> list[httpx.Response]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        return [await client.get(path) for path in paths]
