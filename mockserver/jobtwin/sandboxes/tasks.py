"""Runs work beside other tasks of the event loop. Knows nothing of sandboxes."""

import asyncio
import gc
from collections.abc import Awaitable, Generator, Iterable, Iterator
from time import perf_counter
from typing import Any, TypeVar

STEP = 0.005
"""Seconds of work after which a piece of `in_pieces` ends."""

T = TypeVar("T")

Steps = Generator[None, None, T]
"""Work in steps; its value is the result."""


def at_once(work: Steps[T]) -> T:
    """Runs a generator without a break, and returns its result."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            result: T = ended.value
            return result


async def in_steps(work: Iterator[object]) -> Any:
    """Runs a generator, and returns its result. Other tasks have a turn after each of its steps."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            return ended.value
        gc.collect(0)  # the objects of one step, instead of those of many at once
        await asyncio.sleep(0)


def in_pieces(items: Iterable[T]) -> Iterator[list[T]]:
    """Yields items in pieces, each of those that were made in one step."""
    piece, until = list[T](), perf_counter() + STEP
    for item in items:
        piece.append(item)
        if perf_counter() >= until:
            yield piece
            piece, until = [], perf_counter() + STEP
    if piece:
        yield piece


async def first_of(*awaited: Awaitable[Any]) -> None:
    """Waits for the first of several, and cancels the others."""
    tasks = list(map(asyncio.ensure_future, awaited))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
