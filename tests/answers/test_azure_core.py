"""azure-core's own pollers, unmodified, on long-running operations with our own state names."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core import PipelineClient
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import RedirectPolicy
from azure.core.polling import LROPoller
from azure.core.polling.base_polling import LROBasePolling
from azure.core.rest import HttpRequest

from jobtwin.testing import Host, Jobtwin, serving

SPEC = Path(__file__).with_name("operations.yaml")


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Yields a server with the twin."""
    with serving([SPEC]) as running:
        yield running


def _poller(twin: Jobtwin, path: str, scenario: str = "succeeds") -> LROPoller[Any]:
    """Starts an operation as the vendor's generated clients do."""
    client: Any = PipelineClient(twin.operations.url, per_call_policies=RedirectPolicy())
    request = HttpRequest(
        "POST", twin.operations.url + path, headers={"Prefer": f"scenario={scenario}"}
    )
    answer = client._pipeline.run(request)  # noqa: SLF001 - generated clients do the same
    return LROPoller(client, answer, lambda it: it.http_response.json(), LROBasePolling(timeout=5))


@pytest.mark.parametrize("path", ["/at-once", "/by-operation", "/by-location"])
def test_succeeds(path: str, host: Host) -> None:
    """The end of an operation is found at the vendor's pace, by each way of following it."""
    with host.sandbox("azure") as twin, twin.clock.patch():
        result = _poller(twin, path).result()

    assert result["id"]


@pytest.mark.parametrize(
    ("path", "scenario", "why"),
    [
        ("/by-operation", "fails", "Operation returned an invalid status 'OK'"),
        ("/by-operation", "is_cancelled", "Operation returned an invalid status 'OK'"),
        ("/by-location", "fails", "Code: Failed"),
    ],
)
def test_fails(path: str, scenario: str, why: str, host: Host) -> None:
    """An operation that fails or is cancelled raises an error."""
    with (
        host.sandbox("azure") as twin,
        twin.clock.patch(),
        pytest.raises(HttpResponseError, match=why),
    ):
        _poller(twin, path, scenario).result()


def test_pace(host: Host) -> None:
    """The poller polls immediately, then every 30 seconds, as Retry-After says."""
    with host.sandbox("azure") as twin, twin.clock.patch():
        _poller(twin, "/by-operation").result()
        polls = twin.journal.calls(operation="getOperation")

    assert len(polls) == 1 + 320 // 30 + 1
