"""Webhooks of sandboxes shared by several servers: one of them makes each attempt."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from jobtwin.sandboxes import (
    ManualClock,
    RealClock,
    SandboxClock,
    Sandboxes,
    Setup,
)
from jobtwin.stores.opening import kept_sandboxes
from tests.stored import Stored
from tests.webhooks.test_clocks import MACHINES, Client, Mailbox, created, served


def shared(store: Stored, clock: Callable[[], SandboxClock]) -> Sandboxes:
    return kept_sandboxes(store.url, lambda: Setup(clock(), empty=True), MACHINES)


def play(
    store: Stored, clock: Callable[[], SandboxClock], act: Callable[[Mailbox, list[Client]], Any]
) -> list[str]:
    """Returns the types of the webhooks that three servers deliver."""

    async def run() -> list[str]:
        mailbox, servers = Mailbox(), [shared(store, clock) for _ in range(3)]
        async with AsyncExitStack() as stack:
            beside = [await stack.enter_async_context(served(each, mailbox)) for each in servers]
            await act(mailbox, [client for client, _ in beside])
        for each in servers:
            await each.disconnect()
        return mailbox.types

    return asyncio.run(run())


def test_running_clock(valkey_store: Stored) -> None:
    """On a running clock every server waits for the due time, and one of them sends the webhook."""

    async def act(mailbox: Mailbox, clients: list[Client]) -> None:
        await created(clients[0])
        for client in clients:
            (await client.get("/glassworks/v1/melts")).raise_for_status()  # now each one knows
        change = {"frozen": False, "speed": 20_000}
        (await clients[1].patch("/_control/clock", json=change)).raise_for_status()
        async with asyncio.timeout(60):
            await mailbox.enough.wait()
        for client in clients:  # a server that would send it again has had a turn
            (await client.get("/_control/deliveries")).raise_for_status()

    assert play(valkey_store, RealClock, act) == ["melt.blowing", "melt.cooled"]


def test_advance(valkey_store: Stored) -> None:
    """Clients that advance a clock at three servers at once cause each webhook once."""

    async def act(_mailbox: Mailbox, clients: list[Client]) -> None:
        await created(clients[0])
        by = {"by": "PT75M"}
        moved = [client.post("/_control/clock/advance", json=by) for client in clients]
        for answer in await asyncio.gather(*moved):
            answer.raise_for_status()

    assert play(valkey_store, ManualClock, act) == ["melt.blowing", "melt.cooled"]
