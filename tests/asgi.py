"""Responses of ASGI applications in process, on one event loop: making a loop takes longer than a response."""

import asyncio
import atexit
from functools import cache

import httpx
from starlette.types import ASGIApp

from jobtwin.testing.transport import AsgiExchange


def respond(app: ASGIApp, request: httpx.Request) -> httpx.Response:
    """Returns the response to a request. Raises what the application raises."""
    loop = _loop()
    try:
        return loop.run_until_complete(responded(app, request))
    finally:
        if left := asyncio.all_tasks(loop):
            loop.run_until_complete(_end(left))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


async def _end(tasks: set[asyncio.Task[object]]) -> None:
    """Cancels tasks that outlive their request, as `asyncio.run` does."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def responded(app: ASGIApp, request: httpx.Request) -> httpx.Response:
    """As `respond`, on the running event loop."""
    await request.aread()
    exchange = AsgiExchange(request)
    await app(exchange.scope(), exchange.receive, exchange.send)
    response = exchange.response()
    await response.aread()
    return response
