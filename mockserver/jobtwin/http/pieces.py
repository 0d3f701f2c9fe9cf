"""Long work in pieces, between which other requests have their turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any

from jobtwin.http.finding import Handler
from jobtwin.http.reply import Stream
from jobtwin.http.request import RequestData
from jobtwin.http.waiting import Pause
from jobtwin.sandboxes import JobStore, Sandbox, StoredJob
from jobtwin.sandboxes.tasks import in_steps

PIECE = 1_000
"""Jobs of a piece: a few milliseconds of work."""

Work = Callable[[RequestData, Sandbox], Iterator[object]]
"""A function that returns the work for a request, in pieces; none if there is nothing to do."""

ROUNDS = 3
"""The number of pauses after which the rest is done at once: a fast clock always brings new work."""

_LITTLE = 2
"""The number of pieces that are done at once."""


def pieces(jobs: Sequence[StoredJob]) -> Iterator[Sequence[StoredJob]]:
    """Yields the jobs in pieces, the latest first."""
    for end in range(len(jobs), 0, -PIECE):
        yield jobs[max(0, end - PIECE) : end][::-1]


def in_turn(
    work: Iterable[object], then: Handler, request: RequestData, sandbox: Sandbox, *, at_once: bool
) -> Any:
    """Returns the result of `then` after all of the work, or a pause unless it is done `at_once`."""
    if not at_once:
        return Pause(partial(in_steps, iter(work)), then)
    deque(work, maxlen=0)
    return then(request, sandbox)


def settled(handle: Handler) -> Handler:
    """Returns a handler that updates the lists of jobs first, in pieces."""

    def begin(request: RequestData, sandbox: Sandbox) -> Any:
        return after(_settling, handle, request, sandbox)

    return begin


def _settling(_request: RequestData, sandbox: Sandbox) -> Iterator[object]:
    return sandbox.settling(sandbox.clock.now())


def after(
    work: Work, then: Handler, request: RequestData, sandbox: Sandbox, rounds: int = ROUNDS
) -> Any:
    """Returns the result of `then` after a little work, or a pause if there is more to do.

    After the pause there may be new work, which is done in the same way.
    """
    pieces = work(request, sandbox)
    if not rounds:
        deque(pieces, maxlen=0)
    elif sum(1 for _ in islice(pieces, _LITTLE)) == _LITTLE:

        def again(request: RequestData, sandbox: Sandbox) -> Any:
            return after(work, then, request, sandbox, rounds - 1)

        return Pause(partial(in_steps, pieces), again)
    return then(request, sandbox)


def dropped(old: Sequence[JobStore], then: Handler, request: RequestData, sandbox: Sandbox) -> Any:
    """Returns the result of `then` after freeing these unused stores."""
    if sum(map(len, old)) <= PIECE:
        return then(request, sandbox)
    work = chain.from_iterable([store.drop() for store in old])
    return Pause(partial(in_steps, iter(work)), then)


def streamed(texts: Iterable[bytes]) -> Stream:
    """Returns a body that is created while it is sent. Empty texts only give other requests a turn."""

    async def stream() -> AsyncIterator[bytes]:
        for text in texts:
            if text:
                yield text
            await asyncio.sleep(0)

    return stream
