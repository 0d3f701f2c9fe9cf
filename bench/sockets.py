"""A load generator if `wrk` is missing: `python -m bench.sockets`, in a separate process.

It costs more per request than wrk, so fast servers seem slower, and ratios shrink.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from itertools import cycle
from statistics import quantiles
from time import perf_counter
from typing import Any

_LENGTH = b"content-length:"
_CHUNKED = b"transfer-encoding: chunked"


class _Connection(asyncio.Protocol):
    """One connection that sends a request as soon as the last one is answered."""

    def __init__(self, requests: Sequence[bytes], took: list[float], wrong: list[bytes]) -> None:
        self._requests = cycle(requests)
        self._took = took
        self._wrong = wrong
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._asked = perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or not _whole(head.lower(), body):
            return
        self._took.append(perf_counter() - self._asked)
        if not head.startswith(b"HTTP/1.1 2"):
            self._wrong.append(head)
        self._received = b""
        self._ask()


def _whole(head: bytes, body: bytes) -> bool:
    if _CHUNKED in head:
        return body.endswith(b"0\r\n\r\n")
    _, found, rest = head.partition(_LENGTH)
    return not found or len(body) >= int(rest.partition(b"\r\n")[0])


async def _load(asked: dict[str, Any]) -> dict[str, float]:
    took: list[float] = []
    wrong: list[bytes] = []
    method, body = asked["method"], asked["body"]
    headers = asked["headers"]
    if body:
        sized = {"Content-Length": len(body.encode()), "Content-Type": "application/json"}
        headers = {**headers, **sized}
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    requests = [
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}\r\n{body}".encode()
        for path in asked["paths"]
    ]
    loop, made = asyncio.get_running_loop(), []
    for _ in range(asked["connections"]):
        connection, _ = await loop.create_connection(
            lambda: _Connection(requests, took, wrong), "127.0.0.1", asked["port"]
        )
        made.append(connection)
    await asyncio.sleep(asked["seconds"])
    for connection in made:
        connection.abort()
    cuts = quantiles(took, n=100)
    rate = len(took) / asked["seconds"]
    return {"rate": rate, "p50": cuts[49] * 1e3, "p99": cuts[98] * 1e3, "wrong": len(wrong)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_load(json.load(sys.stdin)))))
