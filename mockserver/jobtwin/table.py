"""The table printed at start-up: each API's base URL, its credential, a request to paste."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlencode

from jobtwin.http import CONTROL, base_path
from jobtwin.openapi import Credential, Spec
from jobtwin.openapi.sample_requests import SampleRequest, sample_credentials, sample_request


def table(
    specs: Sequence[Spec],
    root: str,
    credential: str | None = None,
    origins: Mapping[str, str] | None = None,
    *,
    empty: bool = False,
) -> str:
    """Returns the table for a server at `root`; `credential` is sent instead of the specs' examples.

    `origins` are the URLs of twins' own ports, by name. An `empty` server has no sample jobs to ask for.
    """
    twins = [spec for spec in specs if spec.name != CONTROL]
    lines = [f"jobtwin serves {_counted(len(twins))}; Ctrl-C ends it", ""]
    for spec in twins:
        lines += _rows(spec, root + base_path(spec), credential, empty=empty)
        if own := (origins or {}).get(spec.name):
            lines.insert(-1, f"  own port  {own}")
    return "\n".join(
        [*lines, f"console     {root}/    in a browser", f"control     {root}/_control/health"]
    )


def _counted(number: int) -> str:
    return "1 API" if number == 1 else f"{number} APIs"


def _rows(spec: Spec, base: str, credential: str | None, *, empty: bool) -> Iterator[str]:
    yield f"{spec.name:<11} {base}    {spec.title}"
    yield f"  docs      {base}/ui/"
    sent = list(sample_credentials(spec, credential))
    for scheme, value in sent:
        yield f"  {scheme.place:<10}{scheme.field}: {value}"
    if request := sample_request(spec, empty=empty):
        yield f"  try       {shlex.join(_curl(base, request, sent))}"
    yield ""


def _curl(
    base: str, request: SampleRequest, sent: Sequence[tuple[Credential, str]]
) -> Iterator[str]:
    headers = {scheme.field: value for scheme, value in sent if scheme.place == "header"}
    query = {scheme.field: value for scheme, value in sent if scheme.place == "query"}
    yield "curl"
    for name, value in (headers | dict(request.headers)).items():
        yield from ("-H", f"{name}: {value}")
    asked = urlencode(query | dict(request.query))
    yield base + request.path + (f"?{asked}" if asked else "")
