"""Rules on a client's reaction to failures, judged from the journal, with their sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, pairwise

from jobtwin.lifecycle import Span
from jobtwin.sandboxes.journal import JournalEntry
from jobtwin.sandboxes.rules import PolitenessRule

TRANSIENT = frozenset((408, 425, 429))
"""Statuses below 500 after which a request may be sent again."""

FIRST_SERVER_ERROR = 500
FIRST_REFUSAL = 300
MANY = 3
"""Failures in a row after which a client should have slowed down."""

PATIENT = 5
"""Failures in a row after which a client may give up."""

_WAIT = "RFC 9110, section 10.2.3"
_BACKOFF = "google.rpc.RetryInfo"
_TWICE = "RFC 9110, section 9.2.2"


def failed(entry: JournalEntry) -> bool:
    """Returns True if a client saw a temporary failure: an error, or an unreadable response."""
    if entry.status >= FIRST_SERVER_ERROR or entry.status in TRANSIENT:
        return True
    return entry.injected and not entry.seen and entry.status < FIRST_REFUSAL


def reactions(requests: Sequence[JournalEntry]) -> Iterator[PolitenessRule]:
    """Yields the rules about failures, given one client's requests to one operation, in order."""
    if not any(map(failed, requests)):
        return
    yield from _waited(requests)
    yield from _backed_off(requests)
    yield _persisted(requests)


def _waited(requests: Sequence[JournalEntry]) -> Iterator[PolitenessRule]:
    """Judges whether Retry-After was respected."""
    told = [(one.retry_after, after.at - one.at) for one, after in pairwise(requests)]
    waits = [(wanted, waited) for wanted, waited in told if wanted is not None]
    if waits:
        early = sum(waited < wanted for wanted, waited in waits)
        says = f"{early} of {len(waits)} requests came before Retry-After was over"
        yield PolitenessRule("retry_after", early == 0, says, _WAIT)


def _backed_off(requests: Sequence[JournalEntry]) -> Iterator[PolitenessRule]:
    """Judges whether the pauses grew between failures in a row, except pauses by Retry-After."""
    longest = max(_rows(requests), key=len, default=())
    if len(longest) < MANY or any(entry.retry_after is not None for entry in longest):
        return
    pauses = [after.at - before.at for before, after in pairwise(longest)]
    says = f"pauses went from {_seconds(pauses[0])} to {_seconds(pauses[-1])} in {len(longest)} failures"
    yield PolitenessRule("backs_off", pauses[-1] > pauses[0], says, _BACKOFF)


def _persisted(requests: Sequence[JournalEntry]) -> PolitenessRule:
    """Judges whether a request followed the last failures."""
    last = [*_rows(requests)][-1]
    if not failed(requests[-1]):
        says = f"went on after {len(last)} failures in a row"
        return PolitenessRule("persists", kept=True, says=says, source=_BACKOFF)
    says = f"gave up after {len(last)} failures in a row, the last of them {requests[-1].status}"
    return PolitenessRule("persists", len(last) >= PATIENT, says, _BACKOFF)


def _rows(requests: Iterable[JournalEntry]) -> Iterator[Sequence[JournalEntry]]:
    """Returns the rows of consecutive failures."""
    return (list(row) for is_failure, row in groupby(requests, failed) if is_failure)


def second_jobs(entries: Sequence[JournalEntry]) -> Iterator[tuple[JournalEntry, PolitenessRule]]:
    """Returns the requests that created a job again after an error, with the rule.

    The first job was created, although the injected response was an error.
    """
    unseen = [*filter(_is_unseen, entries)]
    alike = {_sent(first): list[JournalEntry]() for first in unseen}
    for entry in entries if alike else ():
        if entry.job is not None and entry.method == "POST" and _sent(entry) in alike:
            alike[_sent(entry)].append(entry)
    later = dict(chain.from_iterable(map(_later, alike.values())))
    for first in unseen:
        if (again := later[first.number]) is not None:
            says = f"made the jobs {first.job} and {again.job} of one request, sent twice"
            yield again, PolitenessRule("one_job", False, says, _TWICE)  # noqa: FBT003 - the rule's verdict


def _later(entries: Sequence[JournalEntry]) -> Iterator[tuple[int, JournalEntry | None]]:
    """Yields the number of each entry with the next entry about another job, if there is one."""
    following = again = None
    for entry in reversed(entries):
        if following is not None and following.job != entry.job:
            again = following
        yield entry.number, again
        following = entry


def _is_unseen(entry: JournalEntry) -> bool:
    """Returns True if a request created a job that its response did not show."""
    return entry.method == "POST" and entry.injected and bool(entry.job) and not entry.seen


def _sent(entry: JournalEntry) -> tuple[str, str | None, bytes | None]:
    """Returns what two requests have in common if one repeats the other."""
    return entry.api, entry.operation, entry.request and entry.request.raw


def _seconds(span: Span) -> str:
    return f"{span / 1_000_000:g} s"
