"""Waits for the first of several things to happen. Knows nothing of sandboxes."""

import asyncio
from collections.abc import Awaitable
from typing import Any


async def first_of(*awaited: Awaitable[Any]) -> None:
    """Waits for the first of several, and cancels the others."""
    tasks = list(map(asyncio.ensure_future, awaited))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
