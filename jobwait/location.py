"""Finds the job that a response leads to by its `Operation-Location` or `Location`. Sends nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import unquote

import httpx

from jobwait.errors import LocationRefused
from jobwait.lifecycle import Call, GeneratedClient, J, Plain, Target
from jobwait.snapshot import Record

HEADERS = ("operation-location", "location")
"""The headers that lead to a job, the strongest first."""


class Headed(Protocol):
    """A response of a generated client, or one of httpx."""

    @property
    def headers(self) -> Any:
        """Its headers, by names in any case."""


@dataclass(frozen=True, slots=True)
class Located:
    """The ids of a job by its URL, and the URL's query without what the client sends itself."""

    ids: Mapping[str, Plain]
    path: str
    query: Mapping[str, str]


def located(
    client: GeneratedClient, response: Headed, paths: Sequence[str], ids: Mapping[str, str]
) -> Located:
    """Returns the job that a response leads to, by the first of the `paths` that its URL has.

    `ids` maps the names of ids to those in the query. The URL may be relative. Raises
    LocationRefused if there is none, if it leads to another server, where the client's credential
    must not go, or not to a job.
    """
    http = client.get_httpx_client()
    base = http.base_url
    text = _header(response)
    url = base.join(text)
    if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port):
        raise LocationRefused(text, "leads to another server; the credential stays on this one")
    query = dict(url.params)
    sent = {name: query[place] for name, place in ids.items() if place in query}
    for path in paths:
        found = _matched(path, url, base)
        if found is not None and {*ids} <= (found.keys() | sent.keys()):
            own = {name: each for name, each in query.items() if name not in http.params}
            known = {**found, **sent}
            return Located({name: known[name] for name in ids}, path, own)
    raise LocationRefused(text, f"does not have the form of {' or '.join(paths)}")


def followed(target: Target[J], found: Located | Record) -> Target[J]:
    """Returns a target whose requests have the query of the URL that led to the job."""
    if not found.query:
        return target
    quick = None if target.quick is None else _asking(target.quick, found)
    whole = _asking(target.whole, found)
    return replace(target, whole=whole, quick=quick, path=found.path, query=found.query)


def _asking(call: Call[Any], found: Located | Record) -> Call[Any]:
    request = call.request
    if not request or not _has_form(str(request["url"]), found.path):
        return call
    params = {**request.get("params", {}), **found.query}
    return replace(call, request={**request, "params": params})


def _header(response: Headed) -> str:
    texts = list(map(response.headers.get, HEADERS))
    text = next((each for each in texts if each), None)
    if text is None:
        raise LocationRefused("", "the response has neither `Operation-Location` nor `Location`")
    return str(text)


def _matched(path: str, url: httpx.URL, base: httpx.URL) -> dict[str, Plain] | None:
    """Returns the parameters of a path's template in a URL; None if it is another path."""
    raw = url.raw_path.partition(b"?")[0].decode("ascii")
    below = raw.removeprefix(base.raw_path.partition(b"?")[0].decode("ascii").rstrip("/"))
    found = _pattern(path).fullmatch(below)
    return None if found is None else {n: unquote(v) for n, v in found.groupdict().items()}


def _has_form(path: str, template: str) -> bool:
    """Returns True if a path has the form of a template."""
    return bool(re.fullmatch("[^/]+".join(map(re.escape, re.split(r"\{.*?\}", template))), path))


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(.*?)\}", path)
    named = (re.escape(p) if n % 2 == 0 else f"(?P<{p}>[^/]+)" for n, p in enumerate(parts))
    return re.compile("".join(named))
