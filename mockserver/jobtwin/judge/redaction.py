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
        exchange = replace(exchange, request_headers=headers)
    path, _, query = exchange.url.partition("?")
    if _SOMEWHERE.search(query.encode()) or "%2A" in query:
        pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if not redacted(pair[1])]
        exchange = replace(exchange, url=f"{path}?{urlencode(pairs)}" if pairs else path)
    if _SOMEWHERE.search(exchange.response_body):
        exchange = replace(exchange, response_body=_bare(exchange.response_body))
    if exchange.request_body and _SOMEWHERE.search(exchange.request_body):
        exchange = replace(exchange, request_body=_bare(exchange.request_body))
    return exchange


def _bare(body: bytes) -> bytes:
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
