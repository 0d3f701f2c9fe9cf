"""Responses of ASGI applications in process, on one event loop: making a loop takes longer than a response."""

import asyncio
import atexit
from functools import cache

import httpx
from starlette.types import ASGIApp, Message


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
    bodies = [await request.aread()]
    sent: list[Message] = []
    complete = asyncio.Event()

    async def receive() -> Message:
        if bodies:
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}
        await complete.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            complete.set()

    await app(_scope(request), receive, send)
    assert complete.is_set()
    start, *rest = sent
    content = b"" if request.method == "HEAD" else b"".join(m.get("body", b"") for m in rest)
    return httpx.Response(start["status"], headers=start["headers"], content=content)


def _scope(request: httpx.Request) -> dict[str, object]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 123),
        "root_path": "",
    }
