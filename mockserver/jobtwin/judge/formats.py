"""A report as text or JSON. Queries, headers and bodies are never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from jobtwin.judge.checker import ApiFindings, EntryGroup, JudgeReport, LocatedContradiction
from jobtwin.judge.drift.findings import CountedFinding, Severity
from jobtwin.judge.drift.patch import Patch
from jobtwin.judge.exchange import Exchange

Patches = Mapping[str, Patch]
"""Spec name → the suggested patch."""

_PLURAL = {
    Severity.CONTRADICTION: "contradictions",
    Severity.VIOLATION: "violations",
    Severity.DRIFT: "drifts",
}


def lines(report: JudgeReport) -> Iterator[str]:
    """Yields the lines for people: grouped by API, the worst first, a summary last."""
    yield from map(in_a_line, _lines(report))


def in_a_line(text: str) -> str:
    """Escapes what would break the line or the terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _lines(report: JudgeReport) -> Iterator[str]:
    for verdict in report.verdicts:
        yield from _verdict(verdict)
    for origin, count in sorted(report.unmatched.items(), key=lambda pair: -pair[1]):
        yield f"not judged: {_many(count, 'entry', 'entries')} of {origin}, which match no API"
    yield from (_not_judged(why, group) for why, group in report.unreadable.items())
    yield _summary(report)


def _not_judged(why: str, group: EntryGroup) -> str:
    first = f", first {group.first}" if group.first else ""
    return f"not judged: {_many(group.count, 'entry', 'entries')} that {why}{first}"


def _verdict(verdict: ApiFindings) -> Iterator[str]:
    asked = _many(verdict.operations, "operation", "operations")
    yield (
        f"{verdict.spec.name} at {verdict.base or '/'}: "
        f"{_many(verdict.judged, 'exchange', 'exchanges')} of {asked}"
    )
    yield from _table([*map(_conflict, verdict.conflicts), *map(_counted, _sorted(verdict.findings))])  # fmt: skip
    for why, group in verdict.skipped.items():
        yield f"  {_not_judged(why, group)}"


def _table(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for severity, rule, told in rows:
        yield f"  {severity:<{widths[0]}}  {rule:<{widths[1]}}  {told}"


def _conflict(conflict: LocatedContradiction) -> tuple[str, str, str]:
    found = conflict.contradiction
    places = [_seen(found.earlier, conflict.earlier), _seen(found.later, conflict.later)]
    named = found.why if found.job in found.why else f"{found.job}: {found.why}"
    told = f"{named} ({' against '.join(dict.fromkeys(places))})"
    return Severity.CONTRADICTION, found.rule, told


def _seen(exchange: Exchange, entry: str) -> str:
    return f"{_when(exchange.at)} {entry or f'{exchange.method} {exchange.path}'}"


def _counted(counted: CountedFinding) -> tuple[str, str, str]:
    finding = counted.finding
    times = "once" if counted.count == 1 else f"{counted.count} times"
    first = f"first {_when(counted.first)}{f' {counted.entry}' if counted.entry else ''}"
    told = f"{finding.operation}: {finding.where} {finding.why} ({times}, {first})"
    return finding.severity, finding.rule, told


def _sorted(findings: Sequence[CountedFinding]) -> list[CountedFinding]:
    order = list(Severity)
    return sorted(findings, key=lambda t: (order.index(t.finding.severity), t.finding.key))


def _summary(report: JudgeReport) -> str:
    exchanges = sum(verdict.judged for verdict in report.verdicts)
    heard = _many(exchanges, "exchange", "exchanges")
    counts = [(report.count(severity), severity) for severity in Severity]
    found = ", ".join(_many(n, str(s), _PLURAL[s]) for n, s in counts if n)
    return f"{heard} judged: {found or 'all is as the spec says'}"


def _many(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _when(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


# -- JSON ----------------------------------------------------------------------------------------


def document(report: JudgeReport, patches: Patches) -> dict[str, Any]:
    """Returns the report for programs."""
    return {
        "verdicts": [_verdict_json(v, patches.get(v.spec.name)) for v in report.verdicts],
        "unmatched": dict(report.unmatched),
        "unreadable": [
            {"why": why, "count": group.count, "first": group.first}
            for why, group in report.unreadable.items()
        ],
        "counts": {
            "exchanges": sum(verdict.judged for verdict in report.verdicts),
            **{_PLURAL[severity]: report.count(severity) for severity in Severity},
        },
    }


def _verdict_json(verdict: ApiFindings, patch: Patch | None) -> dict[str, Any]:
    return {
        "api": verdict.spec.name,
        "base": verdict.base,
        "exchanges": verdict.judged,
        "skipped": {why: group.count for why, group in verdict.skipped.items()},
        "contradictions": list(map(_conflict_json, verdict.conflicts)),
        "findings": list(map(_counted_json, _sorted(verdict.findings))),
        "patch": [step.written() for step in patch.steps] if patch else [],
    }


def _conflict_json(conflict: LocatedContradiction) -> dict[str, Any]:
    found = conflict.contradiction
    return {
        "rule": found.rule,
        "job": found.job,
        "why": found.why,
        "earlier": _exchange_json(found.earlier, conflict.earlier),
        "later": _exchange_json(found.later, conflict.later),
    }


def _exchange_json(exchange: Exchange, entry: str) -> dict[str, Any]:
    return {
        "at": _when(exchange.at),
        "method": exchange.method,
        "path": exchange.path,
        "status": exchange.status,
        "entry": entry or None,
    }


def _counted_json(counted: CountedFinding) -> dict[str, Any]:
    finding = counted.finding
    return {
        "severity": str(finding.severity),
        "rule": finding.rule,
        "operation": finding.operation,
        "where": finding.where,
        "why": finding.why,
        "count": counted.count,
        "first": _when(counted.first),
        "last": _when(counted.last),
        "entry": counted.entry or None,
    }
