"""The table printed at start-up: each API's base URL, its credential, a request to paste."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from jobtwin.http import CONTROL, base_path
from jobtwin.openapi import Credential, Spec
from jobtwin.openapi.operations import Operation, Parameter


def table(specs: Sequence[Spec], root: str, credential: str | None = None) -> str:
    """The table for a server at `root`; `credential` is sent instead of the specs' examples."""
    twins = [spec for spec in specs if spec.name != CONTROL]
    lines = [
        f"jobtwin serves {len(twins)} {'API' if len(twins) == 1 else 'APIs'}; press Ctrl-C to stop",
        "",
    ]
    for spec in twins:
        lines += _rows(spec, root + base_path(spec), credential)
    return "\n".join([*lines, f"control     {root}/_control/health"])


def _rows(spec: Spec, base: str, credential: str | None) -> Iterator[str]:
    yield f"{spec.name:<11} {base}    {spec.title}"
    yield f"  docs      {base}/ui/"
    sent = list(_sent(spec, credential))
    for scheme, value in sent:
        yield f"  {scheme.place:<10}{scheme.field}: {value}"
    if request := _sample(spec, base, sent):
        yield f"  try       {shlex.join(request)}"
    yield ""


def _sent(spec: Spec, credential: str | None) -> Iterator[tuple[Credential, str]]:
    """What to send for the first way in that the first guarded operation offers."""
    chosen = next((o.security[0] for o in spec.operations if o.security), {})
    for name in chosen:
        scheme = spec.credentials[name]
        value = scheme.const or credential or scheme.example or "token"
        words = {"bearer": f"Bearer {value}", "basic": f"Basic {value}"}
        yield scheme, words.get(scheme.kind, value)


def _sample(spec: Spec, base: str, sent: Sequence[tuple[Credential, str]]) -> list[str] | None:
    """The words of a curl that finds a sample of this spec; None where there is no such GET."""
    for operation in sorted(spec.operations, key=lambda operation: operation.does != "read"):
        if operation.method == "GET" and operation.security:
            filled = {p: _value(operation, p) for p in operation.parameters if _needed(p)}
            if None not in filled.values():
                return _curl(base + operation.path, filled, sent)
    return None


def _needed(parameter: Parameter) -> bool:
    return parameter.required or parameter.place == "path"


def _value(operation: Operation, parameter: Parameter) -> str | None:
    source, samples = operation.job_id, operation.machine.samples if operation.machine else ()
    if source and (source.place, source.name) == (parameter.place, parameter.name):
        return str(samples[0].id) if samples else None
    return None if parameter.example is None else str(parameter.example)


def _curl(
    url: str, filled: dict[Parameter, str | None], sent: Sequence[tuple[Credential, str]]
) -> list[str]:
    headers = [f"{scheme.field}: {value}" for scheme, value in sent if scheme.place == "header"]
    query = [f"{scheme.field}={value}" for scheme, value in sent if scheme.place == "query"]
    for parameter, value in filled.items():
        if parameter.place == "path":
            url = url.replace(f"{{{parameter.name}}}", str(value))
        elif parameter.place == "header":
            headers.append(f"{parameter.name}: {value}")
        else:
            query.append(f"{parameter.name}={value}")
    flags = [word for header in headers for word in ("-H", header)]
    return ["curl", *flags, url + ("?" + "&".join(query) if query else "")]
