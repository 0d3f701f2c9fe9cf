"""Recognises the placeholders of secrets, such as `***`, and removes them before values are compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from jobtwin.judge.exchange import Exchange

_WORD = r"(?:\*{3,}|\[redacted\]|<redacted>|redacted)"
_WHOLE = re.compile(rf"(?:\w+ )?{_WORD}", re.IGNORECASE)
_SOMEWHERE = re.compile(_WORD.encode(), re.IGNORECASE)


def redacted(value: Any) -> bool:
    """Returns True if a value is a placeholder for a secret, by jobtwin or another tool."""
    return isinstance(value, str) and _WHOLE.fullmatch(value) is not None


def without_redacted(exchange: Exchange) -> Exchange:
    """Returns the exchange without its redacted values, as if they had not been sent."""
    headers = exchange.request_headers
    if any(map(redacted, headers.values())):
        headers = {name: value for name, value in headers.items() if not redacted(value)}
    sent = exchange.request_body
    bare: dict[str, Any] = {
        "url": _bare_url(exchange.url),
        "request_headers": headers,
        "request_body": _bare(sent) if sent else sent,
        "response_body": _bare(exchange.response_body),
    }
    same = all(getattr(exchange, name) is value for name, value in bare.items())
    return exchange if same else replace(exchange, **bare)


def _bare_url(url: str) -> str:
    path, _, query = url.partition("?")
    if not _SOMEWHERE.search(query.encode()) and "%2A" not in query:
        return url
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if not redacted(pair[1])]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _bare(body: bytes) -> bytes:
    if not _SOMEWHERE.search(body):
        return body
    try:
        return orjson.dumps(_without(orjson.loads(body)))
    except orjson.JSONDecodeError:
        return body


def _without(value: Any) -> Any:
    if isinstance(value, list):
        return [_without(item) for item in value if not redacted(item)]
    if isinstance(value, Mapping):
        return {name: _without(inner) for name, inner in value.items() if not redacted(inner)}
    return value
