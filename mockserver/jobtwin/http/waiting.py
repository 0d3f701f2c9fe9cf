"""Pauses between turns: what a request waits for without holding a sandbox or a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from starlette.types import Receive

from jobtwin.sandboxes import Sandbox


class Pause(NamedTuple):
    """Ends a turn without a reply; after `wait` the request gets another turn."""

    wait: Callable[[], Awaitable[object]]


async def ended(pause: Pause, receive: Receive) -> bool:
    """Wait until a pause is over; False if the client leaves before."""
    waiting = asyncio.ensure_future(pause.wait())
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            return False
        waiting.result()
        return True
    finally:
        waiting.cancel()
        leaving.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def until_news(sandbox: Sandbox, seconds: float) -> Pause:
    """A pause until something happens in the sandbox, or until these real seconds are over."""
    number = sandbox.feed.total

    async def wait() -> None:
        async with sandbox.sleeper.awake():
            await sandbox.feed.news(number, seconds)

    return Pause(wait)
