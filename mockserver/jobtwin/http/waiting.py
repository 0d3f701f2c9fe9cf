"""Pauses between turns, in which a request occupies neither a sandbox nor a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, NamedTuple

from starlette.types import Receive

from jobtwin.lifecycle import Moment, Span
from jobtwin.sandboxes import Sandbox
from jobtwin.sandboxes.faults import FaultRule

LONGEST_REAL = 30.0
"""The maximum of real seconds for a delay on a frozen clock."""


class Pause(NamedTuple):
    """Ends a turn without a reply; after `wait` the request gets another turn.

    Its handler is then `resume`, if there is one, so that nothing is done twice. `done` is called
    when the reply has been sent, or the client has left. `rule` is the fault that changes the reply.
    """

    wait: Callable[[], Awaitable[object]]
    resume: Callable[[Any, Sandbox], Any] | None = None
    done: Callable[[], object] | None = None
    rule: FaultRule | None = None


async def ended(pause: Pause, receive: Receive) -> bool:
    """Waits until a pause is over. Returns False if the client disconnects before."""
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
    """Returns a pause until something happens in the sandbox, for at most these real seconds."""
    number = sandbox.feed.total

    async def wait() -> None:
        async with sandbox.sleeper.awake():
            await sandbox.feed.news(number, seconds)

    return Pause(wait)


async def until(sandbox: Sandbox, moment: Moment, span: Span) -> None:
    """Waits for a moment of the clock, or, if it is frozen, for the same time in real seconds, up to a limit."""
    stands_still = sandbox.clock.frozen and not sandbox.setup.skips
    bound = min(span / 1_000_000, LONGEST_REAL) if stands_still else None
    with suppress(TimeoutError):
        await asyncio.wait_for(sandbox.waits.until(moment), bound)
