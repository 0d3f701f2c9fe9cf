"""Webhooks of sandboxes that several servers share: each attempt is made by one of them."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from jobtwin.deliveries import Courier
from jobtwin.sandboxes import (
    DEFAULT,
    Clock,
    ManualClock,
    RealClock,
    Sandbox,
    Sandboxes,
    Setup,
)
from jobtwin.stores.opening import kept_sandboxes
from tests.stored import Stored
from tests.webhooks.test_clocks import LOADED, MACHINES, Client, Mailbox, created, served


def shared(store: Stored, clock: Callable[[], Clock]) -> Sandboxes:
    return kept_sandboxes(store.url, lambda: Setup(clock(), empty=True), MACHINES)


def play(
    store: Stored, clock: Callable[[], Clock], act: Callable[[Mailbox, list[Client]], Any]
) -> list[str]:
    """What three servers have delivered."""

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
    """On a running clock every server waits for what is due, and one of them sends it."""

    async def act(mailbox: Mailbox, clients: list[Client]) -> None:
        await created(clients[0])
        for client in clients:
            (await client.get("/glassworks/v1/melts")).raise_for_status()  # now each of them knows
        change = {"frozen": False, "speed": 20_000}
        (await clients[1].patch("/_control/clock", json=change)).raise_for_status()
        async with asyncio.timeout(20):
            await mailbox.enough.wait()
        for client in clients:  # whoever would send it again has had a turn
            (await client.get("/_control/deliveries")).raise_for_status()

    assert play(valkey_store, RealClock, act) == ["melt.blowing", "melt.cooled"]


def test_advance(valkey_store: Stored) -> None:
    """Of clients that advance a clock at three servers at once, one has the webhooks sent."""

    async def act(_mailbox: Mailbox, clients: list[Client]) -> None:
        await created(clients[0])
        by = {"by": "PT75M"}
        moved = [client.post("/_control/clock/advance", json=by) for client in clients]
        for answer in await asyncio.gather(*moved):
            answer.raise_for_status()

    assert play(valkey_store, ManualClock, act) == ["melt.blowing", "melt.cooled"]


def test_server_ended(valkey_store: Stored) -> None:
    """An attempt whose server has ended counts as failed, and is tried again as the vendor would."""
    attempts: list[Any] = []

    async def act(_mailbox: Mailbox, clients: list[Client]) -> None:
        await created(clients[0])
        there = shared(valkey_store, ManualClock)
        courier = Courier(LOADED, there, Mailbox())

        def claim(sandbox: Sandbox) -> None:
            sandbox.advance_clock(15 * 60_000_000)
            target = courier.all(sandbox)[0].target
            key = courier.all(sandbox)[0].key
            sandbox.claim_delivery(target.job, target.name, key, there.date())

        await there.turn(DEFAULT, claim)
        await there.disconnect()
        (await clients[1].post("/_control/clock/advance", json={"by": "PT1S"})).raise_for_status()
        listed = (await clients[2].get("/_control/deliveries")).json()["deliveries"]
        attempts.extend(listed[0]["attempts"])

    sent = play(valkey_store, ManualClock, act)

    assert attempts[0]["error"] == "The server that sent it has ended"
    assert sent == []
