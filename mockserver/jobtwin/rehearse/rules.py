"""Rules for clients of a job API, applied to their requests. No server, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain, islice, pairwise

from jobtwin.rehearse.performance import Performance, StagedExchange

SECOND = 1_000_000
SHORTEST_PAUSE = 0.1
"""The shortest interval that counts as a pause, in seconds, whatever the vendor advises."""
BUSY_POLLS = 5
"""The number of polls in a row without a pause that counts as a loop."""
AFTER_END = 2
"""Polls allowed after a final state was seen: a last check, and one for the result."""
TOLERANCE = 0.95
"""The share of `Retry-After` that a client has to wait, since clocks are rounded."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken rule, with the reason and the number of the exchange."""

    rule: str
    why: str
    exchange: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class RehearsalRule:
    """A rule: its name, its source and its check."""

    name: str
    source: str
    judge: Callable[[Performance], Iterator[tuple[str, StagedExchange | None]]]

    def broken_by(self, performance: Performance) -> Broken | None:
        """Returns the violation of the rule, or None if it is kept or cannot be judged."""
        for why, exchange in self.judge(performance):
            return Broken(self.name, why, exchange.number if exchange else None, self.source)
        return None


Judged = Iterator[tuple[str, StagedExchange | None]]


def judge(performance: Performance) -> list[Broken]:
    """Returns every rule that a performance breaks, the most serious first."""
    found = [rule.broken_by(performance) for rule in RULES]
    return [broken for broken in found if broken]


def _came_to_an_end(it: Performance) -> Judged:
    if it.code is None:
        last = it.exchanges[-1] if it.exchanges else None
        yield f"it had not ended after {it.limit}", last


def _did_not_crash(it: Performance) -> Judged:
    if it.crashed and it.accident and it.expected != "refused":
        yield f"it ended with {it.crashed}", _first_injected(it)


def _told_rightly(it: Performance) -> Judged:
    if it.code is None or (it.crashed and it.accident):
        return  # another rule reports this
    if it.expected == "refused" or it.says_success == (it.expected == "success"):
        return  # when refused, giving up is right, and so is finding the job that was made
    seen = next(_ends_seen(it), None)
    if it.says_success:
        yield f"it reported success, but the job's outcome is: {_ENDS[it.expected]}", seen
    else:
        yield _gave_up(it, seen)


def _gave_up(it: Performance, seen: StagedExchange | None) -> tuple[str, StagedExchange | None]:
    injected = _first_injected(it)
    after = f" after {injected.where}" if injected else ""
    return f"it gave up with exit code {it.code}{after}; the job succeeded", injected or seen


def _ends_seen(it: Performance) -> Iterator[StagedExchange]:
    """Yields the exchanges that showed a final state."""
    return (exchange for exchange in it.exchanges if exchange.final)


def _first_injected(it: Performance) -> StagedExchange | None:
    return next((exchange for exchange in it.exchanges if exchange.injected), None)


_ENDS = {
    "success": "success",
    "failure": "failure",
    "partial": "partial success",
    "cancelled": "cancelled",
    "never": "it has none",
    "refused": "its creation was not confirmed",
}


def _noticed_the_end(it: Performance) -> Judged:
    """Yields a violation if the client reported success without having seen it."""
    if it.says_success and it.jobs and not any(_ends_seen(it)) and it.expected != "never":
        last = next((each for each in reversed(it.exchanges) if each.polls), None)
        why = "it stopped asking before the job's end" if last else "it never read the job"
        yield f"{why}, but reported success", last


def _stopped_after_the_end(it: Performance) -> Judged:
    seen = next((each for each in _ends_seen(it) if not each.injected), None)
    if seen is None:
        return
    later = [each for each in it.exchanges if _reads_again(each, seen)]
    if len(later) > AFTER_END:
        yield f"it polled {len(later)} more times after it had seen {seen.state}", later[0]


def _reads_again(later: StagedExchange, earlier: StagedExchange) -> bool:
    """Returns True if an exchange reads the job of an earlier one, by the same operation."""
    same = (later.job, later.operation) == (earlier.job, earlier.operation)
    return same and later.does == "read" and later.number > earlier.number


def _made_one_job(it: Performance) -> Judged:
    creates = list(filter(_created, it.exchanges))
    if len(it.jobs) > it.usual_jobs and len(creates) > it.usual_jobs:
        usual = f", {it.usual_jobs} in the default fate" if it.usual_jobs > 1 else ""
        yield f"it created {len(it.jobs)} jobs{usual}", creates[it.usual_jobs]


def _created(exchange: StagedExchange) -> bool:
    return exchange.does == "create" and exchange.handled and _was_made(exchange)


def _was_made(create: StagedExchange) -> bool:
    return create.injected or create.status < HTTPStatus.BAD_REQUEST


def _heeded_retry_after(it: Performance) -> Judged:
    for number, exchange in enumerate(it.exchanges):
        following = _following(it.exchanges[number + 1 :], exchange)
        wished = exchange.retry_after
        if wished and following is not None:
            waited = (following.at - exchange.at) / SECOND
            if waited < wished * TOLERANCE:
                why = f"it was asked to wait {wished:g} s, but retried after {waited:.3g} s"
                yield why, following


def _following(later: Sequence[StagedExchange], exchange: StagedExchange) -> StagedExchange | None:
    """Returns the next exchange possibly of the same thread, if it is by the same operation."""
    following = next((each for each in later if _may_be_of_one_client(exchange, each)), None)
    return following if following and following.operation == exchange.operation else None


def _may_be_of_one_client(one: StagedExchange, other: StagedExchange) -> bool:
    """Returns True if one thread may have sent both: some awake thread is the same."""
    return not one.senders or not other.senders or bool(one.senders & other.senders)


def _paused_between_polls(it: Performance) -> Judged:
    polls: dict[str | None, list[StagedExchange]] = {}
    for exchange in it.exchanges:
        if exchange.polls:
            polls.setdefault(exchange.job, []).append(exchange)
    runs = chain.from_iterable(map(_busy_runs, polls.values()))
    for run, last in islice(runs, 1):
        yield f"it polled {run + 1} times within {run * SHORTEST_PAUSE:g} s", last


def _busy_runs(polls: Sequence[StagedExchange]) -> Iterator[tuple[int, StagedExchange]]:
    """Yields each poll of a job that ends a row of short pauses, and their number."""
    run = 0
    for earlier, later in pairwise(polls):
        pause = (later.at - earlier.at) / SECOND
        run = run + 1 if pause < SHORTEST_PAUSE and not earlier.final else 0
        if run >= BUSY_POLLS:
            yield run, later


RULES: Sequence[RehearsalRule] = (
    RehearsalRule("ends", "A wait needs a deadline", _came_to_an_end),
    RehearsalRule(
        "does-not-crash", "Transient errors are retried (RFC 9110, 15.6)", _did_not_crash
    ),
    RehearsalRule("tells-rightly", "The vendor's machine: the outcome of the job", _told_rightly),
    RehearsalRule("notices-end", "The vendor's machine: the end of the job", _noticed_the_end),
    RehearsalRule("stops-after-end", "A final state does not change", _stopped_after_the_end),
    RehearsalRule("makes-one-job", "A create is not idempotent (RFC 9110, 9.2.2)", _made_one_job),
    RehearsalRule("heeds-retry-after", "Retry-After (RFC 9110, 10.2.3)", _heeded_retry_after),
    RehearsalRule(
        "pauses",
        "Polls have pauses, as the vendor advises or of reasonable length",
        _paused_between_polls,
    ),
)
