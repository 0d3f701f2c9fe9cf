"""The control API of a server or a sandbox, by the client that is generated from its spec."""

from __future__ import annotations

from typing import TypeVar

import httpx
from jobclients.control import Client
from jobclients.control.models import Problem

from mockserver.testing.errors import ControlRefused

T = TypeVar("T")

__tracebackhide__ = True
"""A failed test shows its own line, not ours."""

PATIENCE = httpx.Timeout(30)


def control(root: str, transport: httpx.BaseTransport) -> Client:
    """A client for the control API below a URL."""
    return Client(
        f"{root}/_control",
        timeout=PATIENCE,
        raise_on_unexpected_status=True,
        httpx_args={"transport": transport},
    )


def done(answer: T | Problem | None) -> T:
    """What was asked for; ControlRefused if it cannot be."""
    if isinstance(answer, Problem):
        raise ControlRefused(answer.status, answer.detail)
    if answer is None:
        raise TypeError("an answer without a body has nothing to give")
    return answer
