"""A request and its response, as they were on the wire; no spec, no engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from jobtwin.lifecycle.machine import nothing

_DEEPEST = 100


class Unreadable(NamedTuple):
    """A body that is not JSON, and why."""

    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """A request and its response: sent at `at`, complete at `until`.

    `url` is the path below the API's base, with the query. Headers and bodies may hold secrets:
    they, and the query, never show in the text of an exchange.
    """

    at: datetime
    method: str
    url: str
    status: int
    request_headers: Mapping[str, str] = field(default_factory=nothing)
    request_body: bytes | None = None
    response_headers: Mapping[str, str] = field(default_factory=nothing)
    response_body: bytes = b""
    until: datetime | None = None

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.method} {self.path} → {self.status}"

    @property
    def path(self) -> str:
        """The path as it was sent, still percent-encoded."""
        # `urlsplit` would take the text after two slashes for a host.
        return self.url.partition("#")[0].partition("?")[0]

    @property
    def query(self) -> Mapping[str, tuple[str, ...]]:
        """The decoded query parameters, each with all of its values."""
        sent = self.url.partition("#")[0].partition("?")[2]
        found: dict[str, tuple[str, ...]] = {}
        for name, value in parse_qsl(sent, keep_blank_values=True):
            found[name] = (*found.get(name, ()), value)
        return found

    @property
    def sent(self) -> Any:
        """The request body as JSON; None without a body, `Unreadable` if it is not JSON."""
        return _json(self.request_body)

    @property
    def answered(self) -> Any:
        """The response body as JSON; None without a body, `Unreadable` if it is not JSON."""
        return _json(self.response_body)

    @property
    def granted(self) -> bool:
        """True if the response is a success."""
        return 200 <= self.status < 300  # noqa: PLR2004  # the 2xx statuses

    @property
    def deep(self) -> bool:
        """True if a body is nested too deeply for the code that walks it."""
        return any(_depth(body) > _DEEPEST for body in (self.request_body, self.response_body))

    def header(self, name: str) -> str | None:
        """Returns a request header by its name in any case, or None."""
        return _header(self.request_headers, name)

    def answer_header(self, name: str) -> str | None:
        """Returns a response header by its name in any case, or None."""
        return _header(self.response_headers, name)


def _depth(body: bytes | None) -> int:
    """Returns the nesting depth of a body. Few brackets mean that it need not be parsed."""
    if not body or body.count(b"[") + body.count(b"{") <= _DEEPEST:
        return 0
    depth, level = 0, [_json(body)]
    while depth <= _DEEPEST and (level := list(chain.from_iterable(map(_inside, level)))):
        depth += 1
    return depth


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


def _json(body: bytes | None) -> Any:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return Unreadable(str(error))


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((text for key, text in headers.items() if key.lower() == name.lower()), None)
