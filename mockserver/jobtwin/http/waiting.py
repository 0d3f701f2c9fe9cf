"""Pauses between turns: what a request waits for without holding a sandbox or a thread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from jobtwin.sandboxes import Sandbox


class Pause(NamedTuple):
    """Ends a turn without a reply; after `wait` the request gets another turn."""

    wait: Callable[[], Awaitable[object]]


def until_news(sandbox: Sandbox, seconds: float) -> Pause:
    """A pause until something happens in the sandbox, or until these real seconds are over."""
    number = sandbox.feed.total

    async def wait() -> None:
        async with sandbox.sleeper.awake():
            await sandbox.feed.news(number, seconds)

    return Pause(wait)
