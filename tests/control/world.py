"""A sandbox of the twins, in process, for the tests of the control API."""

import asyncio
from itertools import count
from typing import Any

import httpx

from jobclients.control import Client

names = map("world-{}".format, count())
"""Names of sandboxes that do not exist yet."""


class Sandboxed(httpx.BaseTransport):
    """A sandbox of an application, for plain httpx or the generated client."""

    def __init__(self, app: Any, **setup: Any) -> None:
        self._twin = httpx.ASGITransport(app)
        name = next(names)
        url = f"http://twin/sandboxes/{name}"
        self.http = httpx.Client(transport=self, base_url=url)
        self.client = Client(base_url=f"{url}/_control", httpx_args={"transport": self})
        assert self.control("PUT", f"sandboxes/{name}", setup).status_code == 200

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def answered() -> httpx.Response:
            response = await self._twin.handle_async_request(request)
            content = await response.aread()
            return httpx.Response(response.status_code, headers=response.headers, content=content)

        return asyncio.run(answered())

    def control(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.http.request(method, f"_control/{path}", json=body)
