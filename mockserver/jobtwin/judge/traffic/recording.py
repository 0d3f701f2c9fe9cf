"""Records the traffic of httpx clients as HAR 1.2, with secrets masked."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable, Collection, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx

from jobcall.secrets import MASK, Mask, is_secret_name, masking
from jobtwin.masking import mask_body

_PARTS = re.compile(r"[\s;,=\"]+")
"""Separates the parts of a header, such as the names and values of cookies."""

_DROPPED = "left out, since it may hold a secret"
_STARTED = "jobtwin.started"
_SHORTEST = 8
"""Characters; a shorter credential may be a common word, and is not masked elsewhere."""

Now = Callable[[], datetime]


class Recorder:
    """Records the exchanges of httpx clients. Responses are read whole.

    Pass `hooks` (for an AsyncClient `async_hooks`) as `event_hooks`, and call `save` at the end.
    Secrets are masked: headers, query parameters and fields by their names, or those in `secret`,
    and credentials wherever they occur. Other bodies that may hold a secret are left out.
    """

    def __init__(
        self, *, secret: Collection[str] = (), now: Now = lambda: datetime.now(UTC)
    ) -> None:
        self._secret = frozenset(name.lower() for name in secret)
        self._now = now
        self._entries: list[dict[str, Any]] = []
        self._credentials: set[str] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<recorder of {len(self)} exchanges>"

    @property
    def hooks(self) -> dict[str, list[Callable[..., Any]]]:
        """`event_hooks` of an httpx.Client."""
        return {"request": [self._start], "response": [self._end]}

    @property
    def async_hooks(self) -> dict[str, list[Callable[..., Awaitable[None]]]]:
        """`event_hooks` of an httpx.AsyncClient."""
        return {"request": [self._astart], "response": [self._aend]}

    @property
    def document(self) -> dict[str, Any]:
        """The recording as a HAR document."""
        creator = {"name": "jobtwin", "version": version("jobtwin")}
        return {"log": {"version": "1.2", "creator": creator, "entries": list(self._entries)}}

    def save(self, path: str | Path) -> None:
        """Writes the recording into a file."""
        text = json.dumps(self.document, ensure_ascii=False, indent=1)
        Path(path).write_text(text + "\n", encoding="utf-8")

    # -- hooks -----------------------------------------------------------------------------------

    def _start(self, request: httpx.Request) -> None:
        request.extensions[_STARTED] = self._now()

    def _end(self, response: httpx.Response) -> None:
        response.read()
        self._note(response)

    async def _astart(self, request: httpx.Request) -> None:
        self._start(request)

    async def _aend(self, response: httpx.Response) -> None:
        await response.aread()
        self._note(response)

    # -- entries ---------------------------------------------------------------------------------

    def _note(self, response: httpx.Response) -> None:
        request, end = response.request, self._now()
        start = request.extensions.get(_STARTED, end)
        hide = self._learned(request)
        took = round((end - start).total_seconds() * 1000, 3)
        self._entries.append(
            {
                "startedDateTime": start.isoformat().replace("+00:00", "Z"),
                "time": took,
                "request": self._request(request, hide),
                "response": self._response(response, hide),
                "cache": {},
                "timings": {"send": 0, "wait": took, "receive": 0},
            }
        )

    def _request(self, request: httpx.Request, hide: Mask) -> dict[str, Any]:
        query = [
            (name, MASK if self._hidden(name) else hide(value))
            for name, value in parse_qsl(request.url.query.decode(), keep_blank_values=True)
        ]
        url = str(request.url.copy_with(userinfo=b"", query=None, fragment=None))
        made: dict[str, Any] = {
            "method": request.method,
            "url": hide(url) + (f"?{urlencode(query, safe='*')}" if query else ""),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": self._headers(request.headers, hide),
            "queryString": [{"name": name, "value": value} for name, value in query],
            "headersSize": -1,
            "bodySize": -1,
        }
        if body := _sent(request):
            kind = request.headers.get("Content-Type", "")
            made["postData"] = {"mimeType": kind, **self._text(body, kind, hide)}
        return made

    def _response(self, response: httpx.Response, hide: Mask) -> dict[str, Any]:
        kind = response.headers.get("Content-Type", "")
        content = {
            "size": len(response.content),
            "mimeType": kind,
            **self._text(response.content, kind, hide),
        }
        return {
            "status": response.status_code,
            "statusText": response.reason_phrase,
            "httpVersion": response.http_version,
            "cookies": [],
            "headers": self._headers(response.headers, hide),
            "content": content,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        }

    def _headers(self, headers: httpx.Headers, hide: Mask) -> list[dict[str, str]]:
        return [
            {"name": name, "value": MASK if self._hidden(name) else hide(value)}
            for name, value in headers.multi_items()
        ]

    def _text(self, body: bytes, kind: str, hide: Mask) -> dict[str, str]:
        text = mask_body(body, kind, also=self._secret, mask=hide)
        return {"comment": _DROPPED} if text is None else {"text": text}

    # -- secrets ---------------------------------------------------------------------------------

    def mask(self, text: str) -> str:
        """Masks the credentials of all requests so far in a text."""
        return masking(self._credentials, _SHORTEST)(text)

    def _hidden(self, name: str) -> bool:
        return name.lower() in self._secret or is_secret_name(name)

    def _learned(self, request: httpx.Request) -> Mask:
        """Learns the request's own credentials, and masks them wherever they turn up."""
        named = (*request.headers.items(), *request.url.params.items())
        secret = [value for name, value in named if self._hidden(name)]
        words = [word for value in secret for word in _words(value)]
        self._credentials.update(word for word in words if len(word) >= _SHORTEST)
        return masking(words, _SHORTEST)


def _words(secret: str) -> Iterator[str]:
    """Yields the words of a credential; of a basic one, also those of its decoded pair."""
    for text in (secret, *_pairs(secret)):
        yield from text.split()
        yield from _PARTS.split(text)


def _pairs(value: str) -> list[str]:
    """Returns a basic credential, decoded, whole and in its two parts."""
    word, _, rest = value.partition(" ")
    if word.lower() != "basic":
        return []
    try:
        pair = base64.b64decode(rest, validate=True).decode()
    except ValueError:
        return []
    return [pair, *pair.split(":", 1)]


def _sent(request: httpx.Request) -> bytes:
    try:
        return request.content
    except httpx.RequestNotRead:  # a streamed body cannot be read again
        return b""
