"""The errors of a call that was answered.

ApiError                    an answer that is not the one that was asked for
├── DocumentedError         an error that the API's description has; `parsed` is it, typed
├── UnexpectedStatus        a status that the description does not have
└── UnreadableAnswer        a body that is not what its status promises

Where no answer came, httpx's own errors tell why.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

import httpx

from jobcall import retry_after
from jobcall.secrets import Mask, mask_text, masking, secret_values

LONGEST_EXCERPT = 300
"""Characters of a body that a message quotes."""

LONGEST_SCAN = 65_536
"""Characters of a body that are searched for secrets by name."""


class ApiError(Exception):
    """An answer that is not the one that was asked for.

    `status_code`, `headers` and `content` are as they came, in bytes what is the body;
    `retry_after` is in seconds, None where the server names no time. Its text, and what a
    traceback or a log shows of it, holds neither a credential of the request, nor what
    is a secret by its name.
    """

    told: ClassVar[str] = ""

    def __init__(self, response: httpx.Response, why: str = "", parsed: Any = None) -> None:
        request = response.request
        self.status_code = response.status_code
        self.headers = response.headers
        self.content = response.content
        self.method = request.method
        self.url = f"{request.url.scheme}://{request.url.netloc.decode()}{request.url.path}"
        self.retry_after = retry_after.seconds(
            response.headers.get("retry-after"),
            date=response.headers.get("date"),
            now=time.time(),
        )
        self.parsed = parsed
        mask = masking(
            secret_values([*request.headers.multi_items(), *request.url.params.multi_items()]),
        )
        self.why = mask(why)
        super().__init__(self._said(mask))

    def _said(self, mask: Mask) -> str:
        said = mask(f"{self.method} {self.url}: {self.status_code}, {self.why or self.told}")
        if self.retry_after is not None:
            said += f", to be tried again in {self.retry_after:g} s"
        # Mask before cutting off: half of a secret would not be found any more.
        text = mask(self.content.decode(errors="replace"))[:LONGEST_SCAN]
        text = " ".join(mask_text(text).split())
        return f"{said}: {text[:LONGEST_EXCERPT]}" if text else said

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args, self.__dict__)


class DocumentedError(ApiError):
    """An error that the API's description has; `parsed` is it, as the client types it."""

    told = "a documented error"


class UnexpectedStatus(ApiError):
    """A status that the API's description does not have."""

    told = "which is not documented"


class UnreadableAnswer(ApiError):
    """A body that is not what its status promises: empty, cut off, HTML, or with a field missing."""

    told = "not as documented"


def _again(kind: type[ApiError], args: tuple[str], told: dict[str, Any]) -> ApiError:
    """An error as it was, in another process."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(told)
    return error
