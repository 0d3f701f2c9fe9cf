"""Server-Sent Events of a sandbox: its feed as text, for as long as a client listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import orjson

from jobtwin.sandboxes import Behind, Feed, Follower, Item, Sandbox
from jobtwin.sandboxes.tasks import in_pieces

Shown = Callable[[Item], tuple[str, Mapping[str, Any]]]
"""The type of an item's event, and its data."""

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that a connection is not taken for dead."""

_COMMENT = b":\n\n"


def stream(sandbox: Sandbox, last: str | None, shown: Shown) -> Callable[[], AsyncIterator[bytes]]:
    """Opens the events of a sandbox after the one with that ID; without an ID, from now on."""

    async def events() -> AsyncIterator[bytes]:
        feed = sandbox.feed
        number = None if last is None else _number(feed, last)
        follower = Follower(sandbox, number)
        yield _COMMENT if last is None or number is not None else _reset(feed)
        async with sandbox.sleeper.awake():
            while not feed.closed:
                async for text in _next(follower, shown):
                    yield text
        yield _reset(feed)

    return events


async def _next(follower: Follower, shown: Shown) -> AsyncIterator[bytes]:
    """Yields the next events, or a comment after a silence."""
    try:
        items = await follower.next(HEARTBEAT)
    except Behind:
        yield _reset(follower.feed)
        return
    if not items:
        yield _COMMENT
    for piece in in_pieces(_event(follower.feed, item, shown) for item in items):
        yield b"".join(piece)
        await asyncio.sleep(0)


def _number(feed: Feed, last: str) -> int | None:
    """Returns the number in an event's ID, or None if it is of another feed or has been dropped."""
    token, _, number = last.rpartition("-")
    if token != feed.token or not number.isdecimal():
        return None
    try:
        feed.since(int(number))
    except Behind:
        return None
    return int(number)


def _event(feed: Feed, item: Item, shown: Shown) -> bytes:
    kind, data = shown(item)
    return _written(feed, item.number, kind, data)


def _reset(feed: Feed) -> bytes:
    return _written(feed, feed.total, "reset", {})


def _written(feed: Feed, number: int, kind: str, data: Mapping[str, Any]) -> bytes:
    return (
        f"id: {feed.token}-{number}\nevent: {kind}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"
    )
