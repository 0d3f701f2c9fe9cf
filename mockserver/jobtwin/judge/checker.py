"""Checks exchanges: each one against its operation, and their sequence against the state machine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jobtwin.judge.drift.drift import Drift
from jobtwin.judge.drift.findings import CountedFinding, FindingLog, Severity
from jobtwin.judge.drift.inference import learned
from jobtwin.judge.exchange import Exchange
from jobtwin.judge.matching import Matcher
from jobtwin.judge.oracle.oracle import Contradiction, Oracle
from jobtwin.judge.redaction import without_redacted
from jobtwin.judge.traffic.bases import MatchedEntries, MatchedEntry
from jobtwin.judge.traffic.har import RecordedExchange, UnreadableEntry
from jobtwin.judge.traffic.journal import transcribed
from jobtwin.lifecycle.machine import nothing
from jobtwin.openapi import Spec


@dataclass(frozen=True, slots=True, eq=False)
class LocatedContradiction:
    """A contradiction, with the places of both exchanges in the files."""

    contradiction: Contradiction
    earlier: str
    later: str


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """The number of entries that were not judged for one reason, and the first one's place."""

    count: int
    first: str


@dataclass(frozen=True, slots=True, eq=False)
class ApiFindings:
    """The findings on the exchanges of one API at one base URL."""

    spec: Spec
    base: str
    judged: int
    operations: int
    conflicts: Sequence[LocatedContradiction]
    findings: Sequence[CountedFinding]
    skipped: Mapping[str, EntryGroup]


@dataclass(frozen=True, slots=True, eq=False)
class JudgeReport:
    """All verdicts, and counts of the other entries: unmatched by origin, unreadable by reason."""

    verdicts: Sequence[ApiFindings]
    unmatched: Mapping[str, int]
    unreadable: Mapping[str, EntryGroup] = field(default_factory=nothing)

    def without(self, rules: Collection[str]) -> JudgeReport:
        """Returns the report without the findings of some rules."""
        verdicts = [
            replace(
                verdict,
                conflicts=[c for c in verdict.conflicts if c.contradiction.rule not in rules],
                findings=[
                    counted for counted in verdict.findings if counted.finding.rule not in rules
                ],
            )
            for verdict in self.verdicts
        ]
        return replace(self, verdicts=verdicts)

    def count(self, severity: Severity) -> int:
        """Counts the findings of a severity."""
        if severity is Severity.CONTRADICTION:
            return sum(len(verdict.conflicts) for verdict in self.verdicts)
        findings = (counted for verdict in self.verdicts for counted in verdict.findings)
        return sum(counted.finding.severity is severity for counted in findings)


class Checker:
    """Checks the exchanges of one API at one base URL, in the order of time."""

    def __init__(self, spec: Spec, base: str) -> None:
        self._spec = spec
        self._base = base
        self._drift = Drift(spec)
        self._oracle = Oracle(spec)
        self._matcher = Matcher(spec)
        self._log = FindingLog(learned)
        self._conflicts: list[LocatedContradiction] = []
        self._skipped: dict[str, EntryGroup] = {}
        self._places: dict[int, str] = {}
        self._operations: set[str] = set()
        self._judged = 0

    def check(self, matched: MatchedEntry) -> list[str]:
        """Checks an exchange. Returns a line for each finding that was not seen before."""
        recorded = matched.recorded
        if recorded.skipped:
            return self._skip(recorded, recorded.skipped)
        if recorded.exchange.deep:
            return self._skip(recorded, "has a body nested too deeply")
        exchange = self._completed(matched)
        if exchange is None:
            return self._skip(recorded, "matches no operation and is not JSON")
        self._judged += 1
        fresh = self._new_findings(exchange, recorded)
        exchange = without_redacted(exchange)
        self._places[id(exchange)] = recorded.where
        found = self._contradictions(exchange, recorded)
        self._conflicts += found
        return fresh + [conflict.contradiction.why for conflict in found]

    def _new_findings(self, exchange: Exchange, recorded: RecordedExchange) -> list[str]:
        """Notes the findings of an exchange. Returns a line for each new one."""
        known = len(self._log)
        for finding in self._drift.check(exchange, whole=recorded.whole):
            self._log.add(finding, recorded.where, exchange.at)
        return [f"{t.finding.where} {t.finding.why}" for t in self._log.since(known)]

    def _contradictions(
        self, exchange: Exchange, recorded: RecordedExchange
    ) -> list[LocatedContradiction]:
        return [
            self._conflict(each)
            for each in self._oracle.check(exchange)
            # For a recorded body this is an `unknown-state`, with its place and a count.
            if not (recorded.whole and each.rule == "undeclared-state")
        ]

    def _skip(self, recorded: RecordedExchange, why: str) -> list[str]:
        self._skipped[why] = _joined(self._skipped.get(why), recorded.where)
        return []

    def _completed(self, matched: MatchedEntry) -> Exchange | None:
        """Returns the exchange with a body made from the journal; None for a web page."""
        exchange, known = matched.exchange, matched.recorded.told
        call = self._matcher.match(exchange)
        if call is None:
            kind = exchange.answer_header("Content-Type") or "json"
            return exchange if "json" in kind else None
        self._operations.add(call.operation.id)
        if not known or not exchange.granted:
            return exchange
        body = transcribed(call.operation, known)
        return replace(exchange, response_body=body)

    def _conflict(self, found: Contradiction) -> LocatedContradiction:
        earlier, later = (self._places.get(id(e), "") for e in (found.earlier, found.later))
        return LocatedContradiction(found, earlier, later)

    def verdict(self) -> ApiFindings:
        """Returns the findings so far."""
        return ApiFindings(
            self._spec,
            self._base,
            self._judged,
            len(self._operations),
            tuple(self._conflicts),
            tuple(self._log),
            dict(self._skipped),
        )


def _joined(group: EntryGroup | None, where: str) -> EntryGroup:
    return EntryGroup(1, where) if group is None else replace(group, count=group.count + 1)


def grouped(entries: Iterable[UnreadableEntry]) -> Mapping[str, EntryGroup]:
    """Counts unreadable entries by the reason."""
    groups: dict[str, EntryGroup] = {}
    for entry in entries:
        groups[entry.why] = _joined(groups.get(entry.why), entry.where)
    return groups


def check_all(
    entries: MatchedEntries,
    progress: Callable[[Iterable[MatchedEntry]], Iterable[MatchedEntry]],
    unreadable: Iterable[UnreadableEntry] = (),
) -> JudgeReport:
    """Checks exchanges in the order of time. `progress` may report on the iteration."""
    checkers: dict[tuple[str, str], Checker] = {}
    for matched in progress(entries.matched):
        key = matched.spec.name, matched.base
        if key not in checkers:
            checkers[key] = Checker(matched.spec, matched.base)
        checkers[key].check(matched)
    verdicts = [checker.verdict() for checker in checkers.values()]
    return JudgeReport(verdicts, entries.unmatched, grouped(unreadable))
