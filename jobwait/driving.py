"""The two drivers of the engine, one that blocks and one that awaits: they send, sleep and show."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from jobwait.answers import Reply, concealing
from jobwait.engine import Ask, Engine, Options, Sleep
from jobwait.lifecycle import Client, J, Target
from jobwait.sending import sent, sent_async
from jobwait.snapshot import Snapshot

Sleeper = Callable[[float], object]
"""Sleeps so many seconds; for a driver that awaits, what it returns may be awaitable."""

Shown = Callable[[Snapshot[J]], object]
"""Takes each snapshot; for a driver that awaits, what it returns may be awaitable."""


def wait(
    client: Client,
    target: Target[J],
    options: Options,
    on_progress: Shown[J] | None = None,
    sleep: Sleeper = time.sleep,
) -> J:
    """Wait for a job, and return it."""
    last = None
    for last in _stepped(client, target, options, sleep, looking=on_progress is not None):
        if on_progress:
            _held(on_progress(last), "on_progress")
    return _job(last)


async def wait_async(
    client: Client,
    target: Target[J],
    options: Options,
    on_progress: Shown[J] | None = None,
    sleep: Sleeper = asyncio.sleep,
) -> J:
    """As `wait`, awaiting."""
    last = None
    async for last in _stepped_async(client, target, options, sleep, looking=bool(on_progress)):
        if on_progress:
            await _awaited(on_progress(last))
    return _job(last)


def watch(
    client: Client, target: Target[J], options: Options, sleep: Sleeper = time.sleep
) -> Iterator[Snapshot[J]]:
    """The snapshots of a job; the last one holds the job."""
    return _stepped(client, target, options, sleep, looking=True)


def watch_async(
    client: Client, target: Target[J], options: Options, sleep: Sleeper = asyncio.sleep
) -> AsyncIterator[Snapshot[J]]:
    """As `watch`, awaiting."""
    return _stepped_async(client, target, options, sleep, looking=True)


def _stepped(
    client: Client, target: Target[J], options: Options, sleep: Sleeper, *, looking: bool
) -> Iterator[Snapshot[J]]:
    http, reply = client.get_httpx_client(), None
    steps = Engine(target, options, looking=looking).steps(
        concealing(http, getattr(client, "token", ""))
    )
    while (step := _next(steps, reply)) is not None:
        reply = None
        if isinstance(step, Ask):
            reply = sent(http, step)
        elif isinstance(step, Sleep):
            _held(sleep(step.seconds), "sleep")
        else:
            yield step


async def _stepped_async(
    client: Client, target: Target[J], options: Options, sleep: Sleeper, *, looking: bool
) -> AsyncIterator[Snapshot[J]]:
    http, reply = client.get_async_httpx_client(), None
    steps = Engine(target, options, looking=looking).steps(
        concealing(http, getattr(client, "token", ""))
    )
    while (step := _next(steps, reply)) is not None:
        reply = None
        if isinstance(step, Ask):
            reply = await sent_async(http, step)
        elif isinstance(step, Sleep):
            await _awaited(sleep(step.seconds))
        else:
            yield step


def _next(steps: Any, reply: Reply | None) -> Any:
    """The engine's next step; None when it has come to its end."""
    try:
        return steps.send(reply)
    except StopIteration:
        return None


def _held(value: object, name: str) -> None:
    """Refuse what only awaiting would bring about: a sleep that is none makes a wait spin."""
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        raise TypeError(f"{name}: returns what must be awaited; call the waiter ending in _async")


async def _awaited(value: object) -> None:
    if inspect.isawaitable(value):
        awaitable: Awaitable[object] = value
        await awaitable


def _job(last: Snapshot[J] | None) -> J:
    assert last is not None  # noqa: S101 - an engine ends with the job, or raises
    assert last.job is not None  # noqa: S101 - as above
    return last.job
