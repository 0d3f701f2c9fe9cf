"""The control API of a server or a sandbox, by the client that is generated from its spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import httpx

from jobclients.control import Client
from jobclients.control.errors import DocumentedError
from jobclients.control.models import Problem
from jobtwin.testing.errors import ControlRefused

P = ParamSpec("P")
T = TypeVar("T")

__tracebackhide__ = True
"""A failed test shows its own line, not ours."""

PATIENCE = httpx.Timeout(30)


def control(root: str, transport: httpx.BaseTransport) -> Client:
    """A client for the control API below a URL."""
    return Client(
        f"{root}/_control",
        timeout=PATIENCE,
        httpx_args={"transport": transport},
    )


def done(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a call of the control API gives; ControlRefused if it cannot."""
    try:
        return call(*args, **kwargs)
    except DocumentedError as error:
        if isinstance(error.parsed, Problem):
            raise ControlRefused(error.parsed.status, error.parsed.detail) from None
        raise
