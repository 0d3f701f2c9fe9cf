"""The walks of the client `apify-client`: runs."""

from __future__ import annotations

from typing import Any

from apify_client import ApifyClient

from jobtwin.lifecycle import Outcome
from tests.gallery.stage import TwinStage, VendorClient

_RUN = ("run", "actor_run")


def _client(stage: TwinStage) -> Any:
    return ApifyClient(stage.key, api_url=stage.root)


def _started(client: Any) -> Any:
    return client.actor("an-actor").start(run_input={"url": "https://site.example"})


def wait(stage: TwinStage) -> None:
    """The client waits for a run by requests that the server holds."""
    client = _client(stage)
    made = _started(client)
    ended = client.run(made["id"]).wait_for_finish()

    assert made["status"] == "READY"
    assert ended["status"] == "SUCCEEDED"


def fails(stage: TwinStage) -> None:
    """A failed run also ends the wait, with a message."""
    stage.end(_RUN, Outcome.FAILURE)
    client = _client(stage)
    ended = client.run(_started(client)["id"]).wait_for_finish()

    assert ended["status"] in ("FAILED", "TIMED-OUT")
    assert ended["statusMessage"]


def aborted(stage: TwinStage) -> None:
    """An aborted run is ABORTING first."""
    client = _client(stage)
    run = client.run(_started(client)["id"])

    assert run.abort()["status"] == "ABORTING"
    assert run.wait_for_finish()["status"] == "ABORTED"


def log(stage: TwinStage) -> None:
    """The log is one text."""
    client = _client(stage)
    made = _started(client)
    client.run(made["id"]).wait_for_finish()

    assert client.log(made["id"]).get()


CLIENT = VendorClient(
    distribution="apify-client",
    small="apify.yaml",
    vendors="apify/openapi.yaml",
    overlay="apify.overlay.yaml",
    walks={
        "start, `wait_for_finish()`": wait,
        "a run that fails": fails,
        "abort": aborted,
        "the log as text": log,
    },
)
