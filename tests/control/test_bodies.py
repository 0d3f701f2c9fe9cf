"""Bodies in the journal: requests and responses, bounded and without secrets."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from jobtwin.http import create_app
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import (
    JournalEntry,
    ManualClock,
    RecordedBody,
    Sandbox,
    SandboxJournal,
    Setup,
)
from jobtwin.sandboxes.journal import LONGEST_BODY, MOST_BYTES
from tests.loaded import loaded

SPECS = loaded()


@pytest.fixture
def app() -> ASGIApp:
    """Serve every twin."""
    return create_app(SPECS, Sandbox(machines_by_name(SPECS), Setup(ManualClock(), empty=True)))


def asked(app: ASGIApp, path: str, credential: str = "open-sesame", **more: Any) -> dict[str, Any]:
    """Sends a request and returns its journal entry."""

    async def story() -> dict[str, Any]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
            await client.request("POST", path, headers=headers, **more)
            journal = await client.get("/_control/journal?limit=1")
            return dict(journal.json()["entries"][0])

    return asyncio.run(story())


def test_json(app: ASGIApp) -> None:
    """JSON bodies of requests and responses are recorded."""
    entry = asked(app, "/polaris/v1/projects/p/jobs", json={"type": "query"})

    assert entry["request"]["json"] == {"type": "query"}
    assert entry["response"]["json"]
    assert entry["response"]["mediaType"] == "application/json"


def test_secrets(app: ASGIApp) -> None:
    """Secrets are masked by name, and the request's own credential wherever it occurs."""
    body = {"password": "hunter22", "nested": [{"apiKey": "k-1234567"}], "note": "s3cr3t-token-9"}

    entry = asked(app, "/polaris/v1/projects/p/jobs", credential="s3cr3t-token-9", json=body)

    sent = entry["request"]["json"]
    assert (sent["password"], sent["nested"], sent["note"]) == ("***", [{"apiKey": "***"}], "***")
    assert "hunter22" not in str(entry)
    assert "s3cr3t" not in str(entry)


def test_no_json(app: ASGIApp) -> None:
    """Invalid JSON is recorded as text, with its secrets masked."""
    entry = asked(app, "/polaris/v1/projects/p/jobs", content=b"{password=hunter22")

    assert "hunter22" not in str(entry)


def test_long() -> None:
    """For a long body, its beginning and its size are recorded."""
    body = RecordedBody.of(b"x" * (LONGEST_BODY + 5), "text/plain")

    assert body is not None
    assert (len(body.raw), body.size, body.truncated) == (LONGEST_BODY, LONGEST_BODY + 5, True)
    assert "xxx" not in repr(body)


def test_bound() -> None:
    """Bodies use limited memory; the oldest entries are dropped and counted."""
    journal, body = SandboxJournal(), RecordedBody.of(b"x" * LONGEST_BODY, "text/plain")

    for number in range(MOST_BYTES // LONGEST_BODY + 10):
        journal.add(JournalEntry(number, 0, 0, "a", None, "GET", "/", "", 200, response=body))

    assert journal.forgotten == 10
    assert next(iter(journal)).number == 10
