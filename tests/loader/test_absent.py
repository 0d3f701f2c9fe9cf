"""A vendor's file shows null, not a sample, for a value that a job does not have yet."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from jobtwin.http import create_app
from jobtwin.openapi import load
from jobtwin.sandboxes import ManualClock, Sandbox, Setup

OVEN = load(Path(__file__).with_name("oven.overlay.yaml"))
HOUR = 3_600_000_000
BIRTH = 1_767_225_600


def _loaf(scenario: str, hours: int) -> Any:
    """Returns a loaf some hours after its creation."""
    sandbox = Sandbox([OVEN.jobs["loaf"]], Setup(ManualClock(), empty=True))
    job = sandbox.create(OVEN.jobs["loaf"], scenario=scenario)
    sandbox.advance_clock(hours * HOUR)
    app = create_app([OVEN], sandbox)

    async def asked() -> Any:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get(f"/oven/loaves/{job.record.id}")).json()

    return asyncio.run(asked())


def test_absent() -> None:
    """A missing value is null if the schema allows it: anything, a choice with null, an object."""
    loaf = _loaf("bakes", hours=0)

    assert (loaf["crust"], loaf["note"], loaf["trouble"]) == (None, None, None)


def test_there() -> None:
    """An existing value is shown; the object around it is completed by samples."""
    assert _loaf("bakes", hours=1)["crust"] == "golden"
    burnt = _loaf("burns", hours=1)
    assert (burnt["note"], burnt["trouble"]) == ("Too hot", {"code": "E1", "message": "Too hot"})


def test_unixtime() -> None:
    """A moment of the format `unixtime` is in seconds."""
    assert _loaf("bakes", hours=0)["created"] == BIRTH
