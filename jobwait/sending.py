"""Sends one request and reads its response, within limits of time and size; blocking or async."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future, wait
from contextlib import aclosing, closing
from contextvars import copy_context

import httpx

from jobwait.answers import Dropped, RawResponse, Reply
from jobwait.engine import Ask

MOST_HOPS = 5
"""Redirects that are followed for one request."""

_LOST = (httpx.RequestError, httpx.InvalidURL)


class TooLarge(httpx.DecodingError):
    """A response is larger than the policy allows."""


def sent(http: httpx.Client, ask: Ask) -> Reply:
    """Sends a request and returns its response, or the error, within `ask.timeout` seconds.

    A separate thread sends it. httpx limits the time of each read, but not their total, so a server
    that keeps sending single bytes would block the calling thread for ever.
    """
    reply: Future[Reply] = Future()
    threading.Thread(
        target=copy_context().run, args=(_fulfil, reply, http, ask), name="jobwait", daemon=True
    ).start()
    # Not reply.result(timeout): the transport may raise its own TimeoutError.
    return _late() if wait([reply], ask.timeout).not_done else reply.result()


async def sent_async(http: httpx.AsyncClient, ask: Ask) -> Reply:
    """As `sent`, async."""
    ends = time.monotonic() + ask.timeout
    try:
        async with asyncio.timeout(ask.timeout):
            request, first = _request(http, ask), None
            for hops in range(MOST_HOPS + 1):
                async with aclosing(await http.send(request, stream=True)) as response:
                    content = bytearray()
                    async for chunk in response.aiter_bytes():
                        _add(content, chunk, ask, ends)
                if (following := _following(response, hops)) is None:
                    break
                request, first = following, first or response.status_code
            return _answer(response, content, first)
    except TimeoutError:
        return _late()
    except _LOST as error:
        return Dropped(error)


def _fulfil(reply: Future[Reply], http: httpx.Client, ask: Ask) -> None:
    try:
        reply.set_result(_read(http, ask))
    except BaseException as error:  # noqa: BLE001 - the waiting thread raises it
        reply.set_exception(error)


def _read(http: httpx.Client, ask: Ask) -> Reply:
    ends = time.monotonic() + ask.timeout
    try:
        request, first = _request(http, ask), None
        for hops in range(MOST_HOPS + 1):
            with closing(http.send(request, stream=True)) as response:
                content = bytearray()
                for chunk in response.iter_bytes():
                    _add(content, chunk, ask, ends)
            if (following := _following(response, hops)) is None:
                break
            request, first = following, first or response.status_code
        return _answer(response, content, first)
    except _LOST as error:
        return Dropped(error)


def _request(http: httpx.Client | httpx.AsyncClient, ask: Ask) -> httpx.Request:
    return http.build_request(**ask.request, timeout=_limits(http, ask))


def _following(response: httpx.Response, hops: int) -> httpx.Request | None:
    """Returns the request for a redirect, or None if it leads to another server or has no target.

    The request contains the credential, so it must stay on the same server.
    """
    following = response.next_request
    if following is None or hops == MOST_HOPS or _server(following.url) != _server(response.url):
        return None
    return following


def _server(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _limits(http: httpx.Client | httpx.AsyncClient, ask: Ask) -> httpx.Timeout:
    """Returns the client's own timeouts, each at most the request's."""
    own = http.timeout.as_dict()
    return httpx.Timeout(
        **{
            name: ask.timeout if limit is None else min(limit, ask.timeout)
            for name, limit in own.items()
        }
    )


def _add(content: bytearray, chunk: bytes, ask: Ask, ends: float) -> None:
    """Adds a chunk; raises TooLarge, or ReadTimeout when the time is over."""
    content += chunk
    if len(content) > ask.most:
        raise TooLarge(f"more than {ask.most} bytes")
    if time.monotonic() > ends:
        raise httpx.ReadTimeout("not answered in time")


def _late() -> Reply:
    return Dropped(httpx.ReadTimeout("not answered in time"))


def _answer(response: httpx.Response, content: bytearray, redirected: int | None) -> Reply:
    return RawResponse(response.status_code, response.headers, bytes(content), redirected)
