"""Reads HAR 1.2, as browsers, proxies and hooks write it, into exchanges. No spec, no files.

Real recordings break the format in many ways. A missing or malformed field is tolerated if
possible; at worst its entry is not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from jobtwin.errors import BadRecording, Mistake
from jobtwin.judge.exchange import Exchange
from jobtwin.judge.traffic.encoding import Unpacker, from_base64, is_cut_off
from jobtwin.lifecycle.machine import nothing
from jobtwin.openapi.untyped import as_map, is_number, maps_in

_FORM = "application/x-www-form-urlencoded"
_KINDS = {dict: "a map", list: "a list", str: "a text", bool: "a boolean", type(None): "null"}
_FINAL = 200
"""The lowest final status. Browsers write 0 or -1 if there was no response."""

_CACHED = 304
_UNKNOWN = datetime.min.replace(tzinfo=UTC)

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class RecordedExchange:
    """An exchange in a file. Its `url` is absolute, unless `api` names its API.

    `where` is its place in the file. `whole` is True if the response's body was recorded; `told` has
    what is known of an unrecorded body; `skipped` is the reason why the exchange is not judged.
    """

    where: str
    exchange: Exchange
    api: str | None = None
    whole: bool = True
    skipped: str | None = None
    told: Mapping[str, Any] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True)
class UnreadableEntry:
    """An entry that cannot be assigned to an API: its place in the file, and the reason."""

    where: str
    why: str


def recorded(document: Node, file: str) -> Iterator[RecordedExchange | UnreadableEntry]:
    """Yields the entries of a HAR document, in its order. Raises BadRecording if there is no list."""
    log = document["log"]
    if not isinstance(log, Mapping):
        raise BadRecording(Mistake(file, "/log", f"is {_kind(log)}; HAR 1.2 has a map here"))
    entries = log.get("entries")
    if not isinstance(entries, list):
        why = f"is {_kind(entries)}; HAR 1.2 has a list here"
        raise BadRecording(Mistake(file, "/log/entries", why))
    unpacker = Unpacker()
    for index, entry in enumerate(entries):
        yield _entry(entry, f"{file}#/log/entries/{index}", unpacker)


def _entry(entry: Any, where: str, unpacker: Unpacker) -> RecordedExchange | UnreadableEntry:
    if not isinstance(entry, Mapping):
        return UnreadableEntry(where, f"is {_kind(entry)} in place of a map")
    request, response = _map(entry, "request"), _map(entry, "response")
    url = _url(request)
    if url is None:
        return UnreadableEntry(where, "has no URL that can be read")
    at, method = _moment(entry), _text(request, "method").upper()
    sent, answered = _headers(request), _headers(response)
    body = _unpacked(_body(_map(response, "content")), answered, unpacker)
    exchange = Exchange(
        at=at or _UNKNOWN,
        until=_later(at, _number(entry, "time")),
        method=method,
        url=url,
        status=_status(response),
        request_headers=sent,
        request_body=_posted(_map(request, "postData")),
        response_headers=_typed(answered, _map(response, "content")),
        response_body=body or b"",
    )
    skipped = _skipped(exchange, entry) or (None if at else "has no moment that can be read")
    whole = _is_whole(body, response, exchange)
    return RecordedExchange(where, exchange, whole=whole, skipped=skipped)


def _skipped(exchange: Exchange, entry: Node) -> str | None:
    if not exchange.method:
        return "has no method"
    if exchange.status < _FINAL:
        return "was not answered"
    if exchange.status == _CACHED or _text(entry, "_fromCache"):
        return "was answered from a cache"
    if exchange.method == "OPTIONS" and exchange.header("Access-Control-Request-Method"):
        return "is a browser's question whether it may ask"
    return None


# -- fields ---------------------------------------------------------------------------------------


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a number")


def _map(node: Node, key: str) -> Node:
    value = node.get(key)
    return as_map(value)


def _text(node: Node, key: str) -> str:
    value = node.get(key)
    return value if isinstance(value, str) else ""


def _number(node: Node, key: str) -> float | None:
    value = node.get(key)
    return value if is_number(value) else None


def _status(response: Node) -> int:
    """Returns the status of a response, 0 if there is none. Some tools write it as a text."""
    value = response.get("status")
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("200") else 0


def _moment(entry: Node) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(entry, "startedDateTime"))
        # Some tools omit the zone; then all times in the file are in the same zone.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        return None


def _later(moment: datetime | None, took: float | None) -> datetime | None:
    """Returns a moment some milliseconds later; None if either is unknown or out of range."""
    if moment is None or took is None or not took >= 0:
        return None
    try:
        return moment + timedelta(milliseconds=took)
    except OverflowError:
        return None


def _url(request: Node) -> str | None:
    """Returns the URL without its fragment; a missing query is taken from the list beside it."""
    text = _text(request, "url").partition("#")[0]
    try:
        if not urlsplit(text).scheme:
            return None
    except ValueError:
        return None
    query = list(_named(request.get("queryString")))
    return f"{text}?{urlencode(query)}" if query and "?" not in text else text


def _named(listed: Any) -> Iterator[tuple[str, str]]:
    """Yields names and values from a list of maps, or from a map, as some tools write it."""
    if isinstance(listed, Mapping):
        listed = [{"name": name, "value": value} for name, value in listed.items()]
    for each in maps_in(listed):
        if isinstance(each.get("name"), str):
            value = each.get("value")
            yield each["name"], "" if value is None else str(value)


def _headers(message: Node) -> dict[str, str]:
    """Returns headers without HTTP/2's pseudo-headers; repeated ones are joined."""
    return _joined(each for each in _named(message.get("headers")) if not each[0].startswith(":"))


def _joined(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in named:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _header(headers: Mapping[str, str], wanted: str) -> str:
    return next((value for name, value in headers.items() if name.lower() == wanted), "")


def _typed(headers: dict[str, str], content: Node) -> dict[str, str]:
    """Returns the headers; a missing type is taken from the content.

    If headers were recorded, the content's type is a browser's guess: only JSON counts.
    """
    kind = _text(content, "mimeType")
    guessed = bool(headers) and "json" not in kind
    if not kind or kind == "x-unknown" or guessed or _header(headers, "content-type"):
        return headers
    return {**headers, "Content-Type": kind}


# -- bodies ---------------------------------------------------------------------------------------


def _body(content: Node) -> bytes | None:
    """Returns the decoded body; None if it was not recorded, or cannot be decoded."""
    text = content.get("text")
    if not isinstance(text, str):
        return None
    if _text(content, "encoding").lower() == "base64":
        return from_base64(text)
    # JavaScript may turn binary content into lone surrogates.
    return text.encode("utf-8", "surrogatepass")


def _unpacked(body: bytes | None, headers: Mapping[str, str], unpacker: Unpacker) -> bytes | None:
    return body and unpacker.unpack(body, _header(headers, "content-encoding"))


def _is_whole(body: bytes | None, response: Node, exchange: Exchange) -> bool:
    """Returns True if the response's body, or its absence, was recorded."""
    if _text(response, "_error"):  # the connection broke
        return False
    size = _number(_map(response, "content"), "size") or 0
    if not body:
        return _is_empty(body, response)
    claimed = [int(size)] if 0 < size < float("inf") else []
    return not is_cut_off(body, [*claimed, *_declared_length(exchange)])


def _is_empty(body: bytes | None, response: Node) -> bool:
    """Returns True if a response without recorded text had no body, judged by its sizes."""
    sizes = (_number(_map(response, "content"), "size"), _number(response, "bodySize"))
    return (body is not None or 0 in sizes) and not any(size and size > 0 for size in sizes)


def _declared_length(exchange: Exchange) -> list[int]:
    """Returns the response's Content-Length, if it is that of the decoded body."""
    length = exchange.answer_header("Content-Length") or ""
    encoded = exchange.answer_header("Content-Encoding")
    return [int(length)] if length.isascii() and length.isdigit() and not encoded else []


def _posted(post: Node) -> bytes | None:
    """Returns the request body; for a form, as the browser encoded its fields."""
    if text := _body(post):
        return text
    if not _text(post, "mimeType").startswith(_FORM):
        return None
    pairs = list(_named(post.get("params")))
    return urlencode(pairs).encode() if pairs else None
