"""The cost of faults and limits for a server without any: the application in process."""

from __future__ import annotations

import asyncio
from statistics import median
from time import perf_counter
from typing import Any
from unittest.mock import patch

from bench.profiles import Poll, polled, polls
from bench.works import Work

BATCH = 500


def idle(work: Work, rounds: int) -> float:
    """Returns the time of a poll relative to an application without faults and limits.

    Batches of both in turn; the median of the ratios.
    """
    with_both = polled(work)
    with (
        patch("jobtwin.http.endpoint.FaultInjector", _none),
        patch("jobtwin.http.endpoint.Limiter", _none),
    ):
        without = polled(work)
    for poll in (with_both, without):
        _took(poll)
    # Half of the rounds begin with the other application, since the second is always a bit warmer.
    pairs = ((_took(with_both), _took(without)) for _ in range(rounds // 2))
    turned = ((_took(without), _took(with_both)) for _ in range(rounds // 2))
    return median([a / b for a, b in pairs] + [b / a for a, b in turned])


def _none(*_: Any) -> None:
    """A stub for the check of faults and limits."""


def _took(poll: Poll) -> float:
    started = perf_counter()
    asyncio.run(polls(poll, BATCH))
    return perf_counter() - started
