"""Recorded contents that a vendor's file lacks: fields, values of enums, nulls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from jobtwin.adopt.history import Addition
from jobtwin.judge.drift.drift import Drift
from jobtwin.judge.drift.findings import FindingLog, PatchStep
from jobtwin.judge.drift.inference import learned
from jobtwin.judge.traffic.bases import MatchedEntry
from jobtwin.openapi import Spec
from jobtwin.openapi.document import Document
from jobtwin.openapi.pointer import tokens

_RULES = ("undocumented-field", "unknown-value", "unknown-state", "wrong-type")
"""Rules whose findings can be added to a file."""

_OF_THE_FILE = ("paths", "components")


def forgotten(spec: Spec, entries: Iterable[MatchedEntry]) -> Iterator[Addition]:
    """Yields the contents of responses that the file does not allow, each once."""
    seen = set[str]()
    for step in _steps(_findings(spec, entries)):
        place = step.path if not step.path.endswith("/-") else f"{step.path}{step.value}"
        if place not in seen:
            seen.add(place)
            yield Addition(step.path, step.value)


def _findings(spec: Spec, entries: Iterable[MatchedEntry]) -> FindingLog:
    """Returns the findings on contents that the file does not allow."""
    log, drift = FindingLog(learned), Drift(spec)
    for entry in entries:
        for finding in drift.check(entry.exchange, whole=entry.recorded.whole):
            if finding.rule in _RULES:
                log.add(finding, entry.recorded.where, entry.exchange.at)
    return log


def _steps(log: FindingLog) -> Iterator[PatchStep]:
    """Yields the additions to the file that resolve the findings."""
    for counted in log:
        if counted.finding.change:
            for step in counted.finding.change(counted):
                if step.op == "add" and tokens(step.path)[0] in _OF_THE_FILE:
                    yield step


def with_additions(document: Document, additions: Iterable[Addition]) -> Document:
    """Returns a document with additions to its file."""
    data: Any = document.data
    for each in additions:
        data = _put(data, tokens(each.place), each.value)
    return replace(document, data=data)


def _put(node: Any, path: Sequence[str], value: Any) -> Any:
    """Returns a copy of a node with a value at a path; creates missing maps."""
    if not path:
        return value
    key, *rest = path
    if isinstance(node, list):
        return _put_in_list(node, key, rest, value)
    inner = node.get(key, [] if rest[:1] == ["-"] else {})
    return {**node, key: _put(inner, rest, value)}


def _put_in_list(node: list[Any], key: str, rest: Sequence[str], value: Any) -> list[Any]:
    if key == "-":
        return [*node, value]
    return [_put(n, rest, value) if str(i) == key else n for i, n in enumerate(node)]
