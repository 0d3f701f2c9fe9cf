"""Recorded exchanges judged: each held to its operation, all of a vendor's together to the machine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jobtwin.judge.drift.drift import Drift
from jobtwin.judge.drift.findings import Ledger, Severity, Tally
from jobtwin.judge.drift.inference import learned
from jobtwin.judge.exchange import Exchange
from jobtwin.judge.matching import Matcher
from jobtwin.judge.oracle.oracle import Contradiction, Oracle
from jobtwin.judge.redaction import told
from jobtwin.judge.traffic.bases import Belonging, Sorted
from jobtwin.judge.traffic.har import Recorded, UnreadableEntry
from jobtwin.judge.traffic.journal import transcribed
from jobtwin.lifecycle.machine import nothing
from jobtwin.openapi import Spec


@dataclass(frozen=True, slots=True, eq=False)
class Conflict:
    """Two exchanges that contradict each other, and where in the files they are."""

    contradiction: Contradiction
    earlier: str
    later: str


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that were not judged for one reason: how many, and where the first one is."""

    count: int
    first: str


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What the exchanges of one API at one base have against its spec."""

    spec: Spec
    base: str
    judged: int
    operations: int
    conflicts: Sequence[Conflict]
    tallies: Sequence[Tally]
    skipped: Mapping[str, Group]


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """All verdicts; entries that belong to no API, by origin, or cannot be read, by the reason."""

    verdicts: Sequence[Verdict]
    strangers: Mapping[str, int]
    unreadable: Mapping[str, Group] = field(default_factory=nothing)

    def without(self, rules: Collection[str]) -> Judgement:
        """The same, but for the findings by some rules."""
        verdicts = [
            replace(
                verdict,
                conflicts=[c for c in verdict.conflicts if c.contradiction.rule not in rules],
                tallies=[tally for tally in verdict.tallies if tally.finding.rule not in rules],
            )
            for verdict in self.verdicts
        ]
        return replace(self, verdicts=verdicts)

    def count(self, severity: Severity) -> int:
        """How many findings there are of a severity."""
        if severity is Severity.CONTRADICTION:
            return sum(len(verdict.conflicts) for verdict in self.verdicts)
        tallies = (tally for verdict in self.verdicts for tally in verdict.tallies)
        return sum(tally.finding.severity is severity for tally in tallies)


class Court:
    """Judges the exchanges of one API at one base, one by one, in the order of time."""

    def __init__(self, spec: Spec, base: str) -> None:
        self._spec = spec
        self._base = base
        self._drift = Drift(spec)
        self._oracle = Oracle(spec)
        self._matcher = Matcher(spec)
        self._ledger = Ledger(learned)
        self._conflicts: list[Conflict] = []
        self._skipped: dict[str, Group] = {}
        self._places: dict[int, str] = {}
        self._operations: set[str] = set()
        self._judged = 0

    def hear(self, belonging: Belonging) -> list[str]:
        """Judge one exchange; what is new about it, each in a line."""
        recorded = belonging.recorded
        skipped = recorded.skipped
        if not skipped and recorded.exchange.deep:
            skipped = "has a body that is nested too deep"
        if skipped:
            return self._skip(recorded, skipped)
        exchange = self._completed(belonging)
        if exchange is None:
            return self._skip(recorded, "is of no operation, and no JSON")
        self._judged += 1
        known = len(self._ledger)
        for finding in self._drift.see(exchange, whole=recorded.whole):
            self._ledger.note(finding, recorded.where, exchange.at)
        fresh = [f"{t.finding.where} {t.finding.why}" for t in self._ledger.since(known)]
        exchange = told(exchange)
        self._places[id(exchange)] = recorded.where
        found = [
            self._conflict(each)
            for each in self._oracle.see(exchange)
            # Of a body that was recorded this has been told, with the place and a count.
            if not (recorded.whole and each.rule == "undeclared-state")
        ]
        self._conflicts += found
        return fresh + [conflict.contradiction.why for conflict in found]

    def _skip(self, recorded: Recorded, why: str) -> list[str]:
        self._skipped[why] = _joined(self._skipped.get(why), recorded.where)
        return []

    def _completed(self, belonging: Belonging) -> Exchange | None:
        """The exchange, with what is known of a body that was not recorded; None for a page."""
        exchange, known = belonging.exchange, belonging.recorded.told
        call = self._matcher.match(exchange)
        if call is None:
            kind = exchange.answer_header("Content-Type") or "json"
            return exchange if "json" in kind else None
        self._operations.add(call.operation.id)
        if not known or not exchange.granted:
            return exchange
        body = transcribed(call.operation, known)
        return replace(exchange, response_body=body)

    def _conflict(self, found: Contradiction) -> Conflict:
        earlier, later = (self._places.get(id(e), "") for e in (found.earlier, found.later))
        return Conflict(found, earlier, later)

    def verdict(self) -> Verdict:
        """What was found so far."""
        return Verdict(
            self._spec,
            self._base,
            self._judged,
            len(self._operations),
            tuple(self._conflicts),
            tuple(self._ledger),
            dict(self._skipped),
        )


def _joined(group: Group | None, where: str) -> Group:
    return Group(1, where) if group is None else replace(group, count=group.count + 1)


def grouped(entries: Iterable[UnreadableEntry]) -> Mapping[str, Group]:
    """Counts unreadable entries by the reason."""
    groups: dict[str, Group] = {}
    for entry in entries:
        groups[entry.why] = _joined(groups.get(entry.why), entry.where)
    return groups


def judged(
    entries: Sorted,
    progress: Callable[[Iterable[Belonging]], Iterable[Belonging]],
    unreadable: Iterable[UnreadableEntry] = (),
) -> Judgement:
    """Judge exchanges in the order of time; `progress` may tell how far this has come."""
    courts: dict[tuple[str, str], Court] = {}
    for belonging in progress(entries.belonging):
        key = belonging.spec.name, belonging.base
        if key not in courts:
            courts[key] = Court(belonging.spec, belonging.base)
        courts[key].hear(belonging)
    verdicts = [court.verdict() for court in courts.values()]
    return Judgement(verdicts, entries.strangers, grouped(unreadable))
