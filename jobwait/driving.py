"""The two drivers of the engine, blocking and async: they send requests, sleep, show snapshots."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any, Unpack

from jobwait.answers import Reply, concealing
from jobwait.engine import Ask, Engine, Sleep, Told
from jobwait.inbox import Key
from jobwait.lifecycle import GeneratedClient, J, Target
from jobwait.options import Options, Sleeper, WaitOptions, WatchOptions
from jobwait.sending import sent, sent_async
from jobwait.snapshot import Record, Snapshot

_NOTHING: Told = None


def wait(
    client: GeneratedClient,
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
    client: GeneratedClient,
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
    client: GeneratedClient, target: Target[J], **options: Unpack[WatchOptions]
) -> Iterator[Snapshot[J]]:
    """Returns an iterator over the snapshots of a job; the last one holds the job."""
    _refuse_progress(options)
    return _stepped(client, target, Options(**options), looking=True)


def watch_async(
    client: GeneratedClient, target: Target[J], **options: Unpack[WatchOptions]
) -> AsyncIterator[Snapshot[J]]:
    """As `watch`, async."""
    _refuse_progress(options)
    return _stepped_async(client, target, Options(**options), looking=True)


def _stepped(
    client: GeneratedClient, target: Target[J], options: Options[J], *, looking: bool
) -> Iterator[Snapshot[J]]:
    http, told = client.get_httpx_client(), _NOTHING
    sleep = options.sleep or time.sleep
    steps = Engine(target, options, looking=looking).steps(
        concealing(http, getattr(client, "token", ""))
    )
    while (step := _next(steps, told)) is not None:
        told = _NOTHING
        if isinstance(step, Ask):
            told = sent(http, step)
        elif isinstance(step, Sleep):
            told = _slept(step, sleep, target, options)
        else:
            yield step


async def _stepped_async(
    client: GeneratedClient, target: Target[J], options: Options[J], *, looking: bool
) -> AsyncIterator[Snapshot[J]]:
    http, told = client.get_async_httpx_client(), _NOTHING
    sleep = options.sleep or asyncio.sleep
    steps = Engine(target, options, looking=looking).steps(
        concealing(http, getattr(client, "token", ""))
    )
    while (step := _next(steps, told)) is not None:
        told = _NOTHING
        if isinstance(step, Ask):
            told = await sent_async(http, step)
        elif isinstance(step, Sleep):
            told = await _slept_async(step, sleep, target, options)
        else:
            yield step


def _slept(
    step: Sleep, sleep: Sleeper, target: Target[J], options: Options[J]
) -> Snapshot[Any] | None:
    """Sleeps until a callback about the job arrives, or the time is over. Returns the callback."""
    inbox, key = options.callbacks, _key(target)
    if inbox is not None and options.sleep is None:
        return inbox.wait(key, step.seconds)
    told = inbox.take(key) if inbox else None
    if told is None:
        _refuse_awaitable(sleep(step.seconds), "sleep")
        told = inbox.take(key) if inbox else None
    return told


async def _slept_async(
    step: Sleep, sleep: Sleeper, target: Target[J], options: Options[J]
) -> Snapshot[Any] | None:
    """As `_slept`, async."""
    inbox, key = options.callbacks, _key(target)
    if inbox is not None and options.sleep is None:
        return await inbox.wait_async(key, step.seconds)
    told = inbox.take(key) if inbox else None
    if told is None:
        await _awaited(sleep(step.seconds))
        told = inbox.take(key) if inbox else None
    return told


def _key(target: Target[Any]) -> Key:
    """Returns the key of the job in an inbox."""
    return target.lifecycle.name, str(target.ids[target.lifecycle.key]).casefold()


def _next(steps: Any, told: Reply | Snapshot[Any] | None) -> Any:
    """Returns the engine's next step, or None at its end."""
    try:
        return steps.send(told)
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
