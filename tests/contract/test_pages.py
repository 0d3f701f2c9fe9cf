"""Swagger UI and the documents that it shows, beside every twin."""

import asyncio
import logging
from typing import Any

import httpx
import pytest
import yaml

from jobtwin.http import create_app
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.loaded import loaded

SPECS = loaded(["polaris", "control"])
APP = create_app(SPECS, Sandbox([m for s in SPECS for m in s.jobs.values()], Setup(ManualClock())))


def ask(method: str, path: str) -> httpx.Response:
    """Send one request."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(APP)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            return await client.request(method, path)

    return asyncio.run(asked())


@pytest.mark.parametrize("api", ["polaris", "_control"])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "ui/nope", 404), ("GET", "ui/a/../nope", 404), ("POST", "ui/", 405)],
)
def test_page__none(
    method: str, path: str, status: int, api: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An unknown page is refused as problem details, and nothing is logged."""
    caplog.set_level(logging.WARNING)

    response = ask(method, f"/{api}/{path}")

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert not caplog.records


@pytest.mark.parametrize("prefix", ["", "/sandboxes/one"])
@pytest.mark.parametrize("api", ["polaris", "_control"])
def test_document(api: str, prefix: str) -> None:
    """Both formats hold the whole document with this server's URL; repeated requests agree."""
    as_json = ask("GET", f"{prefix}/{api}/openapi.json")
    as_yaml = ask("GET", f"{prefix}/{api}/openapi.yaml")

    document: Any = as_json.json()
    assert document["servers"] == [{"url": f"{prefix}/{api}"}]
    assert yaml.safe_load(as_yaml.text) == yaml.safe_load(as_json.text)
    assert document["paths"]
    assert ask("GET", f"{prefix}/{api}/openapi.yaml").content == as_yaml.content
