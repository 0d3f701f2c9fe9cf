"""OSAPI's responses match the schemas of its public repository of 8 and 9 March 2026.

Its OpenAPI file has no formats, requires two properties and closes no object; here each object is
closed, so that a property unknown to the file fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import jsonschema_rs
import pytest

from tests.loaded import loaded
from tests.twins import serve

[SPEC] = loaded(["osapi"])
TOKEN = {"Authorization": "Bearer osapi-test"}
CHANGE = {"type": "network.dns.update", "data": {"servers": ["10.0.0.53"]}}
UNKNOWN = "9b2d3c1e-58f4-4a6b-8c07-d1e2f3a4b5c6"
SECONDS = [0, *[1] * 10, 20, 20, 40]

STRING, INTEGER = {"type": "string"}, {"type": "integer"}
BOOLEAN_OR_NULL = {"type": ["boolean", "null"]}


def closed(*required: str, **properties: Any) -> dict[str, Any]:
    """Returns the schema of an object with only these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def mapped(schema: Any) -> dict[str, Any]:
    """Returns the schema of a map from any name to one kind of value."""
    return {"type": "object", "additionalProperties": schema}


RESPONSE = closed(status=STRING, data={}, changed=BOOLEAN_OR_NULL, error=STRING, hostname=STRING)
STATE = closed(status=STRING, error=STRING, duration=STRING)
EVENT = closed(timestamp=STRING, event=STRING, hostname=STRING, message=STRING, error=STRING)
JOB_DETAIL = closed(
    id={"type": "string", "format": "uuid"},
    status=STRING,
    created=STRING,
    operation={"type": "object"},
    result={},
    changed=BOOLEAN_OR_NULL,
    error=STRING,
    hostname=STRING,
    updated_at=STRING,
    responses=mapped(RESPONSE),
    agent_states=mapped(STATE),
    timeline={"type": "array", "items": EVENT},
)
LIST_JOBS = closed(
    total_items=INTEGER,
    status_counts=mapped(INTEGER),
    items={"type": "array", "items": JOB_DETAIL},
)
CREATE_JOB = closed(
    "job_id",
    "status",
    job_id={"type": "string", "format": "uuid"},
    status=STRING,
    revision={"type": "integer", "minimum": 1},
    timestamp=STRING,
)
ERROR = closed(error=STRING, details=STRING, code=INTEGER)
ECHO_ERROR = closed("message", message=STRING)
"""Not a schema of the file: the framework's refusal of a malformed request."""


class ValidatedTwin:
    """OSAPI's twin; every response is validated against the schema of its kind."""

    def __init__(self) -> None:
        self._app, self._sandbox = serve([SPEC])
        self.checked = 0

    def ask(
        self, schema: Any, method: str, path: str, headers: Mapping[str, str] = TOKEN, **more: Any
    ) -> Any:
        """Sends one request, and returns the response's body."""

        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
                return await client.request(method, f"/osapi{path}", headers=headers, **more)

        body = asyncio.run(sent()).json()
        checks = jsonschema_rs.validator_for(schema, validate_formats=True).iter_errors(body)
        assert [f"{method} {path}: {wrong}" for wrong in checks] == []
        self.checked += 1
        return body

    def looks(self, job: str) -> Iterator[Any]:
        """Yields the job as time passes, and checks the list, too."""
        for seconds in SECONDS:
            self._sandbox.clock.advance(seconds * 1_000_000)
            yield self.ask(JOB_DETAIL, "GET", f"/job/{job}")
            self.ask(LIST_JOBS, "GET", "/job?limit=100")


def operation(scenario: str) -> Mapping[str, Any]:
    """Returns an operation that fits a scenario."""
    kinds = SPEC.machines["job"].scenarios[scenario].when.get("operation.type", ())
    return {"type": kinds[0]} if kinds else CHANGE


@pytest.mark.parametrize("scenario", SPEC.machines["job"].scenarios)
def test_scenario(scenario: str) -> None:
    """Each response about a job fits its schema, from the creation to a retry."""
    twin = ValidatedTwin()
    body = {"operation": operation(scenario), "target_hostname": "group:web"}
    headers = {**TOKEN, "Prefer": f"scenario={scenario}"}

    job = twin.ask(CREATE_JOB, "POST", "/job", headers, json=body)["job_id"]
    seen = [answer["id"] for answer in twin.looks(job)]
    retried = twin.ask(CREATE_JOB, "POST", f"/job/{job}/retry")

    assert {*seen} == {job} != {retried["job_id"]}
    assert twin.checked == 2 + 2 * len(SECONDS)


@pytest.mark.parametrize(
    ("schema", "method", "path", "headers"),
    [
        pytest.param(ERROR, "GET", f"/job/{UNKNOWN}", TOKEN, id="404"),
        pytest.param(ERROR, "GET", f"/job/{UNKNOWN}", {}, id="401"),
        pytest.param(ERROR, "GET", "/job", {"Authorization": "Bearer forbidden"}, id="403"),
        pytest.param(ERROR, "GET", "/job", {**TOKEN, "Prefer": "code=500"}, id="500"),
        pytest.param(ERROR, "GET", "/job?limit=101", TOKEN, id="400"),
        pytest.param(ERROR, "POST", f"/job/{UNKNOWN}/retry", TOKEN, id="404 of a retry"),
        pytest.param(ECHO_ERROR, "GET", "/job?limit=ten", TOKEN, id="400 of the framework"),
    ],
)
def test_refusal(schema: Any, method: str, path: str, headers: Mapping[str, str]) -> None:
    """Each refusal fits its schema."""
    assert ValidatedTwin().ask(schema, method, path, headers)
