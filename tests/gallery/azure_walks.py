"""The walks of `azure-core`'s pollers: long-running operations, blocking and awaiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from azure.core import AsyncPipelineClient, PipelineClient
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import AsyncRedirectPolicy, RedirectPolicy
from azure.core.pipeline.transport import AsyncioRequestsTransport
from azure.core.polling import AsyncLROPoller, LROPoller
from azure.core.polling.async_base_polling import AsyncLROBasePolling
from azure.core.polling.base_polling import LROBasePolling
from azure.core.rest import HttpRequest

from jobtwin.lifecycle import Outcome
from tests.gallery.stage import TwinStage, VendorClient, Walk

_SHAPES = ("at-once", "by-operation", "by-location")
_PAUSE = 5


def _shown(answer: Any) -> Any:
    return answer.http_response.json()


def _blocking(stage: TwinStage, shape: str) -> Any:
    client: Any = PipelineClient(stage.api.url, per_call_policies=RedirectPolicy())
    request = HttpRequest("POST", f"{stage.api.url}/{shape}")
    begun = client._pipeline.run(request)  # noqa: SLF001 - generated clients do so, too
    return LROPoller(client, begun, _shown, LROBasePolling(timeout=_PAUSE)).result()


def _awaiting(stage: TwinStage, shape: str) -> Any:
    return asyncio.run(_awaited(stage, shape))


async def _awaited(stage: TwinStage, shape: str) -> Any:
    transport: Any = AsyncioRequestsTransport()
    policies: Any = AsyncRedirectPolicy()
    client: Any = AsyncPipelineClient(
        stage.api.url, per_call_policies=policies, transport=transport
    )
    async with client:
        request = HttpRequest("POST", f"{stage.api.url}/{shape}")
        begun = await client._pipeline.run(request)  # noqa: SLF001 - generated clients do so, too
        polling = AsyncLROBasePolling(timeout=_PAUSE)
        return await AsyncLROPoller(client, begun, _shown, polling).result()


_Poll = Callable[[TwinStage, str], Any]


def _succeeds(poll: _Poll, shape: str) -> Walk:
    def succeeds(stage: TwinStage) -> None:
        assert poll(stage, shape)["id"]

    return succeeds


def _raises(poll: _Poll, shape: str, outcome: Outcome) -> Walk:
    def raises(stage: TwinStage) -> None:
        stage.end(("operation",), outcome)
        try:
            poll(stage, shape)
        except HttpResponseError:
            return
        raise AssertionError(f"an operation with the outcome {outcome} is a result")

    return raises


def _walks(name: str, poll: _Poll) -> dict[str, Walk]:
    fine = {f"`{name}`, {shape}": _succeeds(poll, shape) for shape in _SHAPES}
    fails = {
        f"`{name}`, {shape}, which {how}": _raises(poll, shape, outcome)
        for shape, outcome, how in (
            ("by-operation", Outcome.FAILURE, "fails"),
            ("by-operation", Outcome.CANCELLED, "is cancelled"),
            ("by-location", Outcome.FAILURE, "fails"),
        )
    }
    return {**fine, **fails}


CLIENT = VendorClient(
    distribution="azure-core",
    small="../answers/operations.yaml",
    walks={**_walks("LROPoller", _blocking), **_walks("AsyncLROPoller", _awaiting)},
)
