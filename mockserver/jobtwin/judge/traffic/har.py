"""HAR 1.2 read into exchanges, as browsers, proxies and hooks write it; no spec, no files."""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from jobtwin.errors import BadRecording, Mistake
from jobtwin.judge.exchange import Exchange
from jobtwin.lifecycle.machine import nothing

_FORM = "application/x-www-form-urlencoded"
_KINDS = {dict: "a map", list: "a list", str: "a text", bool: "a boolean", type(None): "null"}
_BLOCKED = 100
"""Statuses from here on were answered; browsers write 0, or -1, where nothing was."""

_CACHED = 304
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """An exchange as a file has it; its `url` is whole, unless `api` says whose operation it is.

    `where` is its place in the file. `whole` says that the answer's body was recorded; `told` what
    is known of it nevertheless; `skipped` why there is nothing to judge.
    """

    where: str
    exchange: Exchange
    api: str | None = None
    whole: bool = True
    skipped: str | None = None
    told: Mapping[str, Any] = field(default_factory=nothing)


def recorded(document: Mapping[str, Any], file: str) -> Iterator[Recorded]:
    """The entries of a HAR document, in its order; BadRecording tells where it is none."""
    root = _Node(file, "", document)
    for entry in root.map("log").items("entries"):
        yield _entry(entry)


class _Node:
    """A map in the document, which knows its place: whoever asks for what is not there is told."""

    def __init__(self, file: str, pointer: str, value: Any) -> None:
        self.place = f"{file}#{pointer}"
        self._file = file
        self._pointer = pointer
        if not isinstance(value, dict):
            raise self.refused(f"is {_kind(value)}; HAR 1.2 has a map here")
        self._value = value

    def refused(self, why: str, key: str = "") -> BadRecording:
        """An error at this node, or at a key of it."""
        pointer = f"{self._pointer}/{key}" if key else self._pointer
        return BadRecording(Mistake(self._file, pointer, why))

    def map(self, key: str) -> _Node:
        """The map at a key; an empty one where there is none, as some tools write by `null`."""
        value = self._value.get(key)
        return _Node(self._file, f"{self._pointer}/{key}", {} if value is None else value)

    def items(self, key: str) -> Iterator[_Node]:
        """The maps in the list at a key."""
        value = self._value.get(key)
        if not isinstance(value, list):
            raise self.refused(f"is {_kind(value)}; HAR 1.2 has a list here", key)
        for index, item in enumerate(value):
            yield _Node(self._file, f"{self._pointer}/{key}/{index}", item)

    def optional(self, key: str) -> Sequence[_Node]:
        """The same, where the list may be missing."""
        return tuple(self.items(key)) if self._value.get(key) is not None else ()

    def text(self, key: str) -> str:
        """The text at a key."""
        value = self._value.get(key)
        if not isinstance(value, str):
            raise self.refused(f"is {_kind(value)}; HAR 1.2 has a text here", key)
        return value

    def get(self, key: str, kind: type[Any] | tuple[type[Any], ...]) -> Any:
        """The value at a key, if it is of that kind; else None, since many tools leave it out."""
        value = self._value.get(key)
        return value if isinstance(value, kind) and not isinstance(value, bool) else None


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")


def _entry(entry: _Node) -> Recorded:
    request, response = entry.map("request"), entry.map("response")
    content = response.map("content")
    status = response.get("status", int)
    if status is None:
        raise response.refused("needs the status of the answer, a number such as 200", "status")
    at, took = _moment(entry), entry.get("time", (int, float))
    method, headers = request.text("method").upper(), _headers(request)
    answered = _typed(_headers(response), content)
    body = _unpacked(_body(content), answered)
    exchange = Exchange(
        at=at,
        until=_later(at, took),
        method=method,
        url=_url(request),
        status=status,
        request_headers=headers,
        request_body=_posted(request.map("postData")),
        response_headers=answered,
        response_body=body or b"",
    )
    whole = bool(body) or _empty(response, content, told=body is not None)
    return Recorded(entry.place, exchange, whole=whole, skipped=_skipped(exchange))


def _skipped(exchange: Exchange) -> str | None:
    if exchange.status < _BLOCKED:
        return "was not answered"
    if exchange.status == _CACHED:
        return "was answered from a cache"
    if exchange.method == "OPTIONS" and exchange.header("Access-Control-Request-Method"):
        return "is a browser's question whether it may ask"
    return None


def _moment(entry: _Node) -> datetime:
    text = entry.text("startedDateTime")
    try:
        moment = datetime.fromisoformat(text)
        # Some tools leave the zone out; all of one file's moments are then of one zone.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (OverflowError, ValueError) as error:
        why = f"{text[:40]!r} is no moment such as 2026-01-01T00:00:00.000Z"
        raise entry.refused(why, "startedDateTime") from error


def _later(moment: datetime, took: float | None) -> datetime | None:
    """A moment some milliseconds later; None where that is not told, or cannot be."""
    try:
        return None if took is None or took < 0 else moment + timedelta(milliseconds=took)
    except OverflowError:
        return None


def _url(request: _Node) -> str:
    """The URL without its fragment."""
    text = request.text("url")
    try:
        urlsplit(text)
    except ValueError as error:
        raise request.refused(f"is no URL: {error}", "url") from error
    return text.partition("#")[0]


def _headers(message: _Node) -> dict[str, str]:
    """Names and values; HTTP/2's pseudo-headers left out, repeated ones in one line."""
    found: dict[str, str] = {}
    for header in message.optional("headers"):
        name, value = header.text("name"), header.get("value", str) or ""
        if not name.startswith(":"):
            found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _typed(headers: dict[str, str], content: _Node) -> dict[str, str]:
    """The headers, and the content's type where no header tells it."""
    kind = content.get("mimeType", str)
    if not kind or kind == "x-unknown" or any(name.lower() == "content-type" for name in headers):
        return headers
    return {**headers, "Content-Type": kind}


def _body(content: _Node) -> bytes | None:
    """The decoded text; None where the tool did not write it down."""
    text = content.get("text", str)
    if text is None:
        return None
    if content.get("encoding", str) != "base64":
        # Half of a surrogate pair is what JavaScript may leave of binary content.
        return str(text).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        why = f"is no base64, which its `encoding` says it is: {error}"
        raise content.refused(why, "text") from error


def _unpacked(body: bytes | None, headers: Mapping[str, str]) -> bytes | None:
    """The body as it was before it was packed, where a tool left it so; None where nobody can."""
    coding = next((v for name, v in headers.items() if name.lower() == "content-encoding"), "")
    if not body or coding.lower() in ("", "identity"):
        return body
    if body.startswith(_GZIP):
        try:
            return gzip.decompress(body)
        except (EOFError, OSError, zlib.error):
            return None
    try:
        body.decode()
    except UnicodeDecodeError:
        return None
    return body


def _empty(response: _Node, content: _Node, *, told: bool) -> bool:
    """Whether an answer without text had no body, as is told, or by the sizes that tools write."""
    sizes = [content.get("size", int), response.get("bodySize", int)]
    return (told or 0 in sizes) and not any(size and size > 0 for size in sizes)


def _posted(post: _Node) -> bytes | None:
    """The body that was sent; of a form's fields, what the browser made of them."""
    if text := _body(post):
        return text
    if not (post.get("mimeType", str) or "").startswith(_FORM):
        return None
    fields = post.optional("params")
    pairs = [(field.text("name"), field.get("value", str) or "") for field in fields]
    return urlencode(pairs).encode() if pairs else None
