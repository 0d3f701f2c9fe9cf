"""One request, sent and answered within its time and its size, blocking or awaiting."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx

from jobwait.answers import Answer, Dropped, Reply
from jobwait.engine import Ask

_LOST = (httpx.RequestError, httpx.InvalidURL)
_OPERATIONS = ("connect", "read", "write")


class TooLarge(httpx.DecodingError):
    """An answer is larger than the policy lets it be."""


def sent(http: httpx.Client, ask: Ask) -> Reply:
    """What came of a request."""
    left = _Left(ask.timeout)
    try:
        with http.stream(**ask.request, timeout=_limits(http, ask, left)) as response:
            content = bytearray()
            for chunk in response.iter_bytes():
                _hold(content, chunk, ask, left)
            return _answer(response, content)
    except _LOST as error:
        return Dropped(error)


async def sent_async(http: httpx.AsyncClient, ask: Ask) -> Reply:
    """As `sent`, awaiting."""
    left = _Left(ask.timeout)
    try:
        async with (
            asyncio.timeout(ask.timeout),
            http.stream(**ask.request, timeout=_limits(http, ask)) as response,
        ):
            content = bytearray()
            async for chunk in response.aiter_bytes():
                _hold(content, chunk, ask, left)
            return _answer(response, content)
    except TimeoutError:
        return Dropped(httpx.ReadTimeout("not answered in time"))
    except _LOST as error:
        return Dropped(error)


class _Left:
    """What is left of a request's time, in whole seconds; raises TimeoutError when it is over.

    httpx bounds each read alone, so that a server which sends a byte now and then is never done
    with. But it hands its limits to `socket.settimeout` as they are, before each read, and that
    asks a number which is no float for its `__index__`, or on PyPy for its `__float__`.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def __index__(self) -> int:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("not answered in time")
        return max(1, round(left))

    def __float__(self) -> float:
        return float(self.__index__())


class _Least(_Left):
    """The same, or the client's own limit where that is shorter."""

    def __init__(self, left: _Left, own: float) -> None:
        self._left, self._own = left, own

    def __index__(self) -> int:
        return min(self._left.__index__(), max(1, round(self._own)))


def _limits(
    http: httpx.Client | httpx.AsyncClient, ask: Ask, left: _Left | None = None
) -> httpx.Timeout:
    """The client's own limits of time where they are shorter than what is left."""
    own = http.timeout.as_dict()
    limits: dict[str, Any] = {
        name: min(ask.timeout, ask.timeout if limit is None else limit)
        for name, limit in own.items()
    }
    for name in _OPERATIONS:
        # Less than a second is no whole number.
        if left and limits[name] >= 1:
            limits[name] = _Least(left, limits[name])
    return httpx.Timeout(**limits)


def _hold(content: bytearray, chunk: bytes, ask: Ask, left: _Left) -> None:
    """Add to what has come, as long as there is time and it is not too much."""
    content += chunk
    if len(content) > ask.most:
        raise TooLarge(f"more than {ask.most} bytes")
    try:
        left.__index__()
    except TimeoutError as error:
        raise httpx.ReadTimeout(str(error)) from error


def _answer(response: httpx.Response, content: bytearray) -> Reply:
    return Answer(response.status_code, response.headers, bytes(content))
