"""The errors of a call that got a response.

ApiError                    the call did not succeed
├── DocumentedError         a documented error; `parsed` is its typed body
├── UnexpectedStatus        an undocumented status
└── UnreadableAnswer        a body of another shape than documented for its status

A call without a response raises httpx's own errors.
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
    """A call that did not succeed.

    `status_code`, `headers` and `content`, the body's bytes, are as they were received.
    `retry_after` is in seconds, or None if the server gives no time. The message, as shown in a
    traceback or log, contains neither the request's credentials nor values with a secret's name.
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
            said += f", try again in {self.retry_after:g} s"
        # Mask before truncating: half of a secret would not be recognised.
        text = mask(self.content.decode(errors="replace"))[:LONGEST_SCAN]
        text = " ".join(mask_text(text).split())
        return f"{said}: {text[:LONGEST_EXCERPT]}" if text else said

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args, self.__dict__)


class DocumentedError(ApiError):
    """A documented error; `parsed` is its body as the client types it."""

    told = "a documented error"


class UnexpectedStatus(ApiError):
    """A status that the API's description does not list."""

    told = "which is not documented"


class UnreadableAnswer(ApiError):
    """A body of another shape than documented: empty, truncated, HTML, or a field missing."""

    told = "not as documented"


def _again(kind: type[ApiError], args: tuple[str], told: dict[str, Any]) -> ApiError:
    """Restores a pickled error."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(told)
    return error
