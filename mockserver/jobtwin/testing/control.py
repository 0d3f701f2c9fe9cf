"""Calls the control API of a server or a sandbox, with its generated client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import lru_cache
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import httpx

from jobclients.control import Client
from jobclients.control.errors import DocumentedError
from jobclients.control.models import Problem
from jobtwin.testing.errors import ControlRefused
from jobtwin.testing.machine import machine_time

P = ParamSpec("P")
T = TypeVar("T")

__tracebackhide__ = True
"""Hides this module in the tracebacks of failed tests."""

PATIENCE = httpx.Timeout(30)
WITHOUT_END = httpx.Timeout(None)


def control(
    root: str, transport: httpx.BaseTransport, patience: httpx.Timeout = PATIENCE
) -> Client:
    """Returns a client for the control API below a URL."""
    base = f"{root}/_control"
    client = Client(base, timeout=patience, httpx_args={"transport": transport})
    return client.set_httpx_client(_Direct(base, patience, transport))


class Removable(ABC):
    """Something put into a sandbox; as a context manager, it is removed at the end of the block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _at: TracebackType | None,
    ) -> None:
        if self._is_there():
            self.remove()

    @abstractmethod
    def remove(self) -> None:
        """Removes the sandbox. Raises ControlRefused if it was removed before."""

    @abstractmethod
    def _is_there(self) -> bool:
        """Returns True if the sandbox was not removed yet."""


class _Direct(httpx.Client):
    """A client that is not affected by mocks of httpx, and keeps the machine's time.

    It passes requests to its transport at once: they need no cookies, redirects or authentication.
    """

    def __init__(self, base: str, patience: httpx.Timeout, transport: httpx.BaseTransport) -> None:
        super().__init__(base_url=base, timeout=patience, transport=transport)
        self._base = base
        self._limits = {"timeout": patience.as_dict()}

    def request(self, method: str, url: httpx.URL | str, **sent: Any) -> httpx.Response:
        """Sends a request to a path below the base URL."""
        with machine_time():
            request = httpx.Request(
                method, _parsed(f"{self._base}{url}"), extensions=self._limits, **sent
            )
            response = self._transport.handle_request(request)
            response.request = request
            response.read()
        return response


@lru_cache(maxsize=128)
def _parsed(url: str) -> httpx.URL:
    """Parses a URL; tests request the same few again and again."""
    return httpx.URL(url)


def done(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Returns the result of a call of the control API. Raises ControlRefused if it is refused."""
    try:
        return call(*args, **kwargs)
    except DocumentedError as error:
        if isinstance(error.parsed, Problem):
            raise ControlRefused(error.parsed.status, error.parsed.detail) from None
        raise
