"""Long work in pieces, between which other requests have their turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from jobtwin.http.finding import Handler
from jobtwin.http.request import RequestData
from jobtwin.http.waiting import Pause
from jobtwin.sandboxes import Sandbox, StoredJob

PIECE = 1_000
"""Jobs of a piece: a few milliseconds of work."""


def pieces(jobs: Sequence[StoredJob]) -> Iterator[Sequence[StoredJob]]:
    """The jobs piece by piece, the latest first."""
    for end in range(len(jobs), 0, -PIECE):
        yield jobs[max(0, end - PIECE) : end][::-1]


def in_turn(
    work: Iterable[object], then: Handler, request: RequestData, sandbox: Sandbox, *, at_once: bool
) -> Any:
    """What `then` returns after all of the work; a pause until that unless it is done `at_once`."""
    if not at_once:
        return Pause(partial(_done, work), then)
    deque(work, maxlen=0)
    return then(request, sandbox)


async def _done(work: Iterable[object]) -> None:
    for _ in work:
        await asyncio.sleep(0)
