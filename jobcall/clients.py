"""The base of generated clients: the address of an API, and the settings of requests.

A copy with other settings leaves the original unchanged. No repr shows a credential.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
import warnings
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from weakref import WeakKeyDictionary

import httpx
from attrs import Attribute, define, evolve, field

from jobcall.hosts import is_loopback
from jobcall.logs import mask_logs
from jobcall.secrets import mask_url

PATIENCE = 30.0
"""Seconds for which a server may be silent, by default."""


class InsecureURLWarning(UserWarning):
    """Requests, credentials included, go over the network as plain text."""


def _reachable(client: Client, _: Attribute[str], url: str) -> None:
    try:
        read = httpx.URL(url)
    except httpx.InvalidURL as error:
        # httpx quotes part of the URL, which may be part of a password.
        why = "is not a URL such as https://api.example.com/v1" if "@" in url else error
        raise ValueError(f"base_url: {why}") from None
    if read.userinfo:
        raise ValueError("base_url: holds a password; give it as httpx_args={'auth': …}")
    if read.scheme not in ("http", "https") or not read.host:
        raise ValueError(
            f"base_url: {mask_url(url)!r} is not a URL such as https://api.example.com/v1"
        )
    # The caller's own transport may not use the network at all.
    if read.scheme == "http" and not (is_loopback(read.host) or client.sends_by_itself):
        warnings.warn(
            f"base_url: {read.scheme}://{read.host} is neither https nor this machine",
            InsecureURLWarning,
            stacklevel=3,
        )


def _is_same(home: httpx.URL, url: httpx.URL) -> bool:
    """Returns True if a URL leads to the same server, or from http to https on it."""
    safer = (home.scheme, url.scheme, home.port, url.port) == ("http", "https", None, None)
    return home.host == url.host and (safer or (home.scheme, home.port) == (url.scheme, url.port))


def _sendable(_client: Client, _: Attribute[str], token: str) -> None:
    # The error about an invalid header would quote the token.
    if not re.fullmatch(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?", token):
        raise ValueError("token: must be ASCII, not empty, and without blanks around it")


def _texts(given: Mapping[str, str]) -> dict[str, str]:
    """Copies the mapping, so that the caller's changes do not reach the client."""
    return dict(given)


def _own(given: Mapping[str, Any]) -> dict[str, Any]:
    """As `_texts`, for values of any type."""
    return dict(given)


class _Nowhere:
    """The key in place of an event loop, outside of any."""


_NOWHERE = _Nowhere()
_making = threading.Lock()
"""Held while connections are opened, so that threads share them."""


def _home() -> asyncio.AbstractEventLoop | _Nowhere:
    """Returns the running event loop; async connections work only in their own."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return _NOWHERE


def _leaving(base: httpx.URL, meant: Sequence[str], *, awaits: bool) -> Any:
    """Returns a request hook that removes this API's headers when a redirect leaves the API."""

    def leave(request: httpx.Request) -> None:
        # httpx itself removes only Authorization.
        if not _is_same(base, request.url):
            for name in meant:
                request.headers.pop(name, None)

    async def leave_async(request: httpx.Request) -> None:
        leave(request)

    return leave_async if awaits else leave


@define(eq=False)
class Client:
    """The address of an API, and the settings of requests to it.

    Use it as a context manager, with or without `async`, to keep connections open between calls.

    Args:
        base_url: The URL before every path. ValueError if it is not a URL or contains a password;
            an InsecureURLWarning if it is plain http to another machine.
        cookies: Sent with every request.
        headers: Sent with every request.
        timeout: Seconds of silence before a request fails: 30 by default, None for no limit.
        verify_ssl: True to verify the server's certificate, or an SSL context to do so.
        follow_redirects: True to follow redirects. A redirect that leaves `base_url` is followed
            without these headers and cookies.
        httpx_args: Further arguments of httpx.Client and httpx.AsyncClient.
    """

    _base_url: str = field(
        alias="base_url", validator=_reachable, repr=lambda url: repr(mask_url(url))
    )
    _cookies: dict[str, str] = field(
        factory=dict, kw_only=True, alias="cookies", converter=_texts, repr=False
    )
    _headers: dict[str, str] = field(
        factory=dict, kw_only=True, alias="headers", converter=_texts, repr=False
    )
    _timeout: httpx.Timeout | None = field(
        factory=lambda: httpx.Timeout(PATIENCE), kw_only=True, alias="timeout"
    )
    _verify_ssl: str | bool | ssl.SSLContext = field(default=True, kw_only=True, alias="verify_ssl")
    _follow_redirects: bool = field(default=False, kw_only=True, alias="follow_redirects")
    _httpx_args: dict[str, Any] = field(
        factory=dict, kw_only=True, alias="httpx_args", converter=_own, repr=False
    )
    _client: httpx.Client | None = field(default=None, init=False, repr=False)
    _async_client: httpx.AsyncClient | None = field(default=None, init=False, repr=False)
    _async_clients: WeakKeyDictionary[Any, httpx.AsyncClient] = field(
        factory=WeakKeyDictionary, init=False, repr=False
    )

    def __attrs_post_init__(self) -> None:
        mask_logs()

    @property
    def sends_by_itself(self) -> bool:
        """True if the caller provides the transport."""
        return bool({"transport", "mounts", "app"} & self._httpx_args.keys())

    def with_headers(self, headers: dict[str, str]) -> Self:
        """Returns a client that sends these headers too, over its own connections."""
        return evolve(self, headers={**self._headers, **headers})

    def with_cookies(self, cookies: dict[str, str]) -> Self:
        """Returns a client that sends these cookies too, over its own connections."""
        return evolve(self, cookies={**self._cookies, **cookies})

    def with_timeout(self, timeout: httpx.Timeout | None) -> Self:
        """Returns a client with another timeout, with its own connections."""
        return evolve(self, timeout=timeout)

    def set_httpx_client(self, client: httpx.Client) -> Self:
        """Sends with this httpx client; its settings replace all of this client's."""
        self._client = client
        return self

    def get_httpx_client(self) -> httpx.Client:
        """Returns the blocking httpx client; the first call creates it."""
        with _making:
            if self._client is None:
                self._client = httpx.Client(**self._settings(awaits=False))
            return self._client

    def set_async_httpx_client(self, async_client: httpx.AsyncClient) -> Self:
        """As `set_httpx_client`, for async calls."""
        self._async_client = async_client
        return self

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Returns the async httpx client of this event loop; the first call creates it."""
        if self._async_client is not None:
            return self._async_client
        home, made = _home(), self._async_clients
        with _making:
            if home not in made:
                first = made.pop(_NOWHERE, None)
                made[home] = first or httpx.AsyncClient(**self._settings(awaits=True))
            return made[home]

    def _settings(self, *, awaits: bool) -> dict[str, Any]:
        settings = {
            "base_url": self._base_url,
            "cookies": self._cookies,
            "headers": self._sent(),
            "timeout": self._timeout,
            "verify": self._verify_ssl,
            "follow_redirects": self._follow_redirects,
            **self._httpx_args,
        }
        if settings["follow_redirects"]:
            hooks = settings.get("event_hooks") or {}
            base = httpx.URL(settings["base_url"])
            leave = _leaving(base, (*self._sent(), "cookie"), awaits=awaits)
            settings["event_hooks"] = {**hooks, "request": [*hooks.get("request", ()), leave]}
        return settings

    def _sent(self) -> dict[str, str]:
        """Returns the headers of every request."""
        return self._headers

    def __enter__(self) -> Self:
        self.get_httpx_client().__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.get_httpx_client().__exit__(kind, error, trace)

    async def __aenter__(self) -> Self:
        await self.get_async_httpx_client().__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.get_async_httpx_client().__aexit__(kind, error, trace)


@define(eq=False)
class AuthenticatedClient(Client):
    """A client whose requests carry a token.

    Args:
        token: The credential. ValueError if a header cannot carry it.
        prefix: The word before the token; `""` for none.
        auth_header_name: The header that carries prefix and token.
    """

    token: str = field(repr=False, validator=_sendable)
    prefix: str = "Bearer"
    auth_header_name: str = "Authorization"

    def _sent(self) -> dict[str, str]:
        value = f"{self.prefix} {self.token}" if self.prefix else self.token
        return {**self._headers, self.auth_header_name: value}
