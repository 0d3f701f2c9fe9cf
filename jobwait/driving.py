"""The two drivers of the engine, blocking and async: they send requests, sleep, show snapshots."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any, Unpack

from jobwait.answers import Reply, concealing
from jobwait.engine import Ask, Engine, Sleep
from jobwait.lifecycle import Client, J, Target
from jobwait.options import Options, WaitOptions, WatchOptions
from jobwait.sending import sent, sent_async
from jobwait.snapshot import Record, Snapshot


def wait(
    client: Client,
    target: Target[J],
    record: Record | None = None,
    **options: Unpack[WaitOptions[J]],
) -> J:
    """Waits for a job and returns it; `record` is an earlier wait to continue."""
    chosen = Options(record=record, **options)
    show, last = chosen.on_progress, None
    for last in _stepped(client, target, chosen, looking=show is not None):
        if show:
            _refuse_awaitable(show(last), "on_progress")
    return _job(last)


async def wait_async(
    client: Client,
    target: Target[J],
    record: Record | None = None,
    **options: Unpack[WaitOptions[J]],
) -> J:
    """As `wait`, async."""
    chosen = Options(record=record, **options)
    show, last = chosen.on_progress, None
    async for last in _stepped_async(client, target, chosen, looking=show is not None):
        if show:
            await _awaited(show(last))
    return _job(last)


def watch(
    client: Client, target: Target[J], **options: Unpack[WatchOptions]
) -> Iterator[Snapshot[J]]:
    """Returns an iterator over the snapshots of a job; the last one holds the job."""
    _refuse_progress(options)
    return _stepped(client, target, Options(**options), looking=True)


def watch_async(
    client: Client, target: Target[J], **options: Unpack[WatchOptions]
) -> AsyncIterator[Snapshot[J]]:
    """As `watch`, async."""
    _refuse_progress(options)
    return _stepped_async(client, target, Options(**options), looking=True)


def _stepped(
    client: Client, target: Target[J], options: Options[J], *, looking: bool
) -> Iterator[Snapshot[J]]:
    http, reply = client.get_httpx_client(), None
    sleep = options.sleep or time.sleep
    steps = Engine(target, options, looking=looking).steps(
        concealing(http, getattr(client, "token", ""))
    )
    while (step := _next(steps, reply)) is not None:
        reply = None
        if isinstance(step, Ask):
            reply = sent(http, step)
        elif isinstance(step, Sleep):
            _refuse_awaitable(sleep(step.seconds), "sleep")
        else:
            yield step


async def _stepped_async(
    client: Client, target: Target[J], options: Options[J], *, looking: bool
) -> AsyncIterator[Snapshot[J]]:
    http, reply = client.get_async_httpx_client(), None
    sleep = options.sleep or asyncio.sleep
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
    """Returns the engine's next step, or None at its end."""
    try:
        return steps.send(reply)
    except StopIteration:
        return None


def _refuse_progress(options: WatchOptions) -> None:
    if "on_progress" in options:
        raise TypeError("on_progress: not an option of a watch, which yields each snapshot itself")


def _refuse_awaitable(value: object, name: str) -> None:
    """Raises TypeError for an awaitable, which a blocking waiter cannot await."""
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        raise TypeError(f"{name}: returns an awaitable; call the waiter whose name ends in _async")


async def _awaited(value: object) -> None:
    if inspect.isawaitable(value):
        awaitable: Awaitable[object] = value
        await awaitable


def _job(last: Snapshot[J] | None) -> J:
    assert last is not None  # noqa: S101 - an engine ends with the job, or raises
    assert last.job is not None  # noqa: S101 - as above
    return last.job
