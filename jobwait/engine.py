"""The wait as one state machine without I/O: it says what to do next, and is told what came of it.

Drivers send its requests and sleep for it; see `driving.py`. Its law:

- There is a deadline, and the last poll comes just before it.
- Pauses grow, with jitter; `Retry-After` wins over them, within bounds.
- Any final state ends the wait, whichever was waited for.
- A transient state, and a new job that is not there yet, are asked for again soon.
- Lost connections, unreadable answers and unknown states have budgets of their own, each in a row.
- Time is what the clock says, or what was slept if that is more: it never goes back.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, NoReturn

from jobcall.secrets import Mask
from jobwait.answers import Body, Miss, Reply, dig, judged
from jobwait.errors import (
    JobCancelled,
    JobEnded,
    JobExpired,
    JobFailed,
    JobNotFound,
    JobPartlyFailed,
    ProtocolViolated,
    TransportFailed,
    WaitError,
    WaitTimeout,
)
from jobwait.lifecycle import Call, J, Pages, Plain, Request, Target
from jobwait.policy import Policy, Rng
from jobwait.reading import Found, names, read
from jobwait.snapshot import Record, Seen, Snapshot

Clock = Callable[[], float]
"""Seconds since 1970."""

LONGEST_HISTORY = 100
MOST_PAGES = 1000
SPARE = 1.0
"""Seconds before the deadline at which the last poll is sent; also the least that one may take."""

_ENDS: dict[str, type[JobEnded]] = {
    "failure": JobFailed,
    "partial": JobPartlyFailed,
    "cancelled": JobCancelled,
}
_log = logging.getLogger("jobwait")


@dataclass(frozen=True, slots=True)
class Ask:
    """Send this request, which may take so many seconds, and tell what came of it.

    An answer of more than `most` bytes need not be read to its end.
    """

    request: Request
    timeout: float
    most: int


@dataclass(frozen=True, slots=True)
class Sleep:
    """Do nothing for so many seconds."""

    seconds: float


Step = Ask | Sleep | Snapshot[J]
"""What to do next; a snapshot is to be shown to whoever looks."""

Steps = Generator[Step[J], Reply | None, None]
Asking = Generator[Ask, Reply | None, Found[Any] | Miss]


@dataclass(frozen=True, slots=True)
class Options:
    """How a caller wants to wait; what is None comes from the policy, or from the machine."""

    timeout: float | None = None
    policy: Policy | None = None
    until: str | Collection[str] | None = None
    clock: Clock | None = None
    rng: Rng = random.random
    record: Record | None = None
    """What to go on from."""


def steady() -> Clock:
    """Make a clock that tells the time of day as of now, and passes evenly from then on."""
    ahead = time.time() - time.monotonic()
    return lambda: ahead + time.monotonic()


class Engine(Generic[J]):
    """One wait for one job; `looking` says that somebody wants to know more than the state."""

    def __init__(self, target: Target[J], options: Options, *, looking: bool) -> None:
        self._target = target
        self._life = target.lifecycle
        self._rng = options.rng
        self._looking = looking
        self._clock = options.clock or steady()
        self._mark = self._clock()
        record = options.record or self._begun()
        elapsed = max(record.elapsed, self._mark - record.began.timestamp())
        policy = options.policy or record.policy
        if options.timeout is not None:
            policy = replace(policy, deadline=elapsed + options.timeout)
        until = record.until if options.until is None else self._known(options.until)
        self._record = replace(record, policy=policy, until=until, elapsed=elapsed)
        self._policy = policy
        self._last: Snapshot[J] | None = None
        self._reached = False
        self._final_poll = False
        self._warned = False
        self._trouble = ""
        self._polls = 0
        self._passing = 0
        self._counts = dict.fromkeys(("troubled", "unreadable", "unknown", "missing"), 0)
        self._missing_since = elapsed
        self._hide: Mask = str

    def _begun(self) -> Record:
        ids: dict[str, Plain] = {
            name: value if isinstance(value, str | int | float) else str(value)
            for name, value in self._target.ids.items()
        }
        began = datetime.fromtimestamp(self._mark, UTC)
        return Record(self._life.name, ids, self._life.policy, began)

    def _known(self, until: str | Collection[str]) -> tuple[str, ...]:
        wanted = (until,) if isinstance(until, str) else tuple(until)
        for state in wanted:
            if state not in self._life.states:
                states = ", ".join(self._life.states)
                raise ValueError(f"until: {state!r} is not one of its states ({states})")
        return tuple(str(state) for state in wanted)

    # -- the wait --------------------------------------------------------------------------------

    def steps(self, hide: Mask) -> Steps[J]:
        """Say what to do next until the job is there; else raise one of the `WaitError`s.

        The last thing said is the snapshot with the job. `hide` takes credentials out of texts.
        """
        self._hide = hide
        call = self._target.poll
        while True:
            found = yield from self._asked(call)
            if isinstance(found, Found) and call is self._target.poll:
                found = yield from self._measured(found)
            if isinstance(found, Miss):
                pause = self._missed(found)
            else:
                snapshot = self._noted(found, call)
                if self._over(snapshot) and call is not self._target.whole:
                    call = self._target.whole
                    continue
                if self._over(snapshot) and snapshot.job is None:
                    pause = self._missed(_untyped(found))
                else:
                    self._settled(snapshot)
                    yield snapshot
                    if self._over(snapshot):
                        self._conclude(snapshot)
                        return
                    call = self._target.poll
                    pause = self._pause(snapshot)
            if found.retry_after is not None:
                pause = self._policy.heeded(found.retry_after)
            if self._trouble:
                _log.debug("%s: %s; again in %.1f s", self._life.name, self._trouble, pause)
            yield from self._rested(pause)

    def _settled(self, snapshot: Snapshot[J]) -> None:
        """Forget what went wrong before an answer that was fine."""
        unknown = self._counts["unknown"] if snapshot.kind is None else 0
        self._counts = dict.fromkeys(self._counts, 0) | {"unknown": unknown}
        self._trouble = ""

    def _conclude(self, snapshot: Snapshot[J]) -> None:
        if not self._reached and snapshot.outcome in _ENDS:
            raise self._ended(snapshot)

    def _ended(self, snapshot: Snapshot[J]) -> JobEnded:
        kind = _ENDS[snapshot.outcome or ""]
        return kind(self._record, snapshot, f"has ended as {snapshot.state}")

    def _over(self, snapshot: Snapshot[J]) -> bool:
        self._reached = self._reached or snapshot.state in self._record.until
        return self._reached or snapshot.kind == "final"

    def _measured(self, found: Found[Any]) -> Generator[Ask, Reply | None, Found[Any]]:
        """What was found, with what another answer tells of it, if somebody wants to know."""
        state = self._life.states.get(found.state or "")
        meter = self._target.meter
        if meter is None or not self._looking or state is None or state.kind == "final":
            return found
        more = yield from self._asked(meter)
        waits = [w for w in (found.retry_after, more.retry_after) if w is not None]
        found = replace(found, retry_after=max(waits, default=None))
        if isinstance(more, Miss):
            self._looking = more.kind in {"busy", "troubled", "unreadable"}
            return found
        fraction = more.fraction if found.fraction is None else found.fraction
        return replace(found, fraction=fraction, parts=found.parts or more.parts)

    # -- asking ----------------------------------------------------------------------------------

    def _asked(self, call: Call[Any]) -> Asking:
        if call.pages:
            return (yield from self._searched(call, call.pages))
        body = yield from self._sent(call.request)
        return body if isinstance(body, Miss) else self._read(call, body.json, body.retry_after)

    def _searched(self, call: Call[Any], pages: Pages) -> Asking:
        """Look for the job in a list, and no further than the page on which it stands."""
        skipped, before = 0, None
        for _ in range(MOST_PAGES):
            request = pages.request(skipped)
            body = yield from self._sent(request)
            if isinstance(body, Miss):
                return body
            items = dig(body.json, pages.items)
            if not isinstance(items, list):
                return Miss("unreadable", f"{request['url']} answered no list")
            for item in items:
                if names(item, call, self._target.ids[self._life.key]):
                    return self._read(call, item, body.retry_after)
            skipped += len(items)
            # A server that does not know the parameter for it answers the first page for ever.
            last = items == before or not _more(body.json, pages, skipped, len(items))
            before = items
            if last or self._left() <= 0:
                return Miss("missing", f"{request['url']} does not list it")
        return Miss("missing", f"{request['url']} does not list it on {MOST_PAGES} pages")

    def _sent(self, request: Request) -> Generator[Ask, Reply | None, Body | Miss]:
        self._record = replace(self._record, attempts=self._record.attempts + 1)
        seconds = min(self._policy.request, max(self._left(), SPARE))
        reply = yield Ask(request, seconds, int(self._policy.body))
        assert reply is not None  # noqa: S101 - drivers answer each Ask
        self._passed()
        return judged(reply, request, self._life, self._hide, self._mark)

    def _read(self, call: Call[Any], body: Any, wish: float | None) -> Found[Any] | Miss:
        found = read(call, body, self._hide, wish)
        if found is None or (call.view.state and found.state is None):
            return Miss("unreadable", "the answer does not tell the state", retry_after=wish)
        if names(body, call, self._target.ids[self._life.key]) is False:
            return Miss("unreadable", "the answer is about another job", retry_after=wish)
        return found

    # -- what was seen ---------------------------------------------------------------------------

    def _noted(self, found: Found[Any], call: Call[Any]) -> Snapshot[J]:
        known = self._life.states.get(found.state or "")
        state = (found.state or "") if known else self._hide(found.state or "")
        at = datetime.fromtimestamp(self._mark, UTC)
        history = self._record.history
        if not history or history[-1].state != state:
            history = (*history, Seen(state, at))[-LONGEST_HISTORY:]
            self._record = replace(self._record, history=history)
        bad = known is not None and known.outcome in _ENDS
        self._last = Snapshot(
            state=state,
            kind=known.kind if known else None,
            outcome=known.outcome if known else None,
            at=at,
            fraction=found.fraction,
            reason=found.reason if bad else None,
            parts=found.parts,
            job=found.job if call is self._target.whole else None,
            body=found.body,
            record=self._record,
        )
        return self._last

    def _pause(self, snapshot: Snapshot[J]) -> float:
        """How long to wait after an answer that was fine."""
        if snapshot.kind is None:
            self._doubt(snapshot.state)
        if snapshot.kind == "transient":
            self._passing += 1
            return self._policy.soon(self._passing - 1)
        self._passing = 0
        self._polls += 1
        return self._policy.pause(self._polls - 1, self._rng)

    def _doubt(self, state: str) -> None:
        known = ", ".join(self._life.states)
        if not self._warned:
            self._warned = True
            _log.warning("%s: %r is not one of its states (%s)", self._life.name, state, known)
        self._counts["unknown"] += 1
        if self._counts["unknown"] > self._policy.unknown:
            self._fail(
                ProtocolViolated, f"stays {state!r}, which is not one of its states ({known})"
            )

    # -- what went wrong -------------------------------------------------------------------------

    def _missed(self, miss: Miss) -> float:
        """How long to wait after an answer that told no state; or the end, where it is one."""
        self._trouble = miss.why
        if miss.kind == "missing":
            return self._missing(miss)
        if miss.kind == "gone":
            self._gone(miss)
        if miss.kind == "refused":
            self._fail(TransportFailed, miss.why, miss)
        if miss.kind == "busy":
            self._polls += 1
            return self._policy.pause(self._polls - 1, self._rng)
        self._counts[miss.kind] += 1
        number = self._counts[miss.kind]
        if miss.kind == "troubled" and number > self._policy.retries:
            self._fail(TransportFailed, f"{miss.why}, {number} times in a row", miss)
        if miss.kind == "unreadable" and number > self._policy.unreadable:
            self._fail(ProtocolViolated, f"{miss.why}, {number} times in a row", miss)
        return self._policy.pause(number - 1, self._rng)

    def _missing(self, miss: Miss) -> float:
        self._counts["missing"] += 1
        number = self._counts["missing"]
        if self._record.history:
            # One look may have met a server that does not know yet what another has told.
            if number > 1:
                self._gone(miss)
            return self._policy.soon(0)
        if number == 1:
            self._missing_since = self._record.elapsed
        if self._record.elapsed - self._missing_since >= self._policy.absent:
            self._fail(JobNotFound, f"{miss.why}, for {self._policy.absent:g} s", miss)
        return self._policy.soon(number - 1)

    def _gone(self, miss: Miss) -> NoReturn:
        if self._record.history:
            self._fail(
                JobExpired, f"was seen as {self._record.history[-1].state}; then {miss.why}", miss
            )
        self._fail(JobNotFound, miss.why, miss)

    def _fail(self, kind: type[WaitError], why: str, miss: Miss | None = None) -> NoReturn:
        error = kind(self._record, self._last, why, miss.status if miss else None)
        if self._last and self._last.outcome in _ENDS and not self._reached:
            # It is known how the job has ended; only the whole of it could not be had.
            raise self._ended(self._last) from error
        raise error from (miss.cause if miss else None)

    # -- time ------------------------------------------------------------------------------------

    def _rested(self, pause: float) -> Generator[Sleep, Reply | None, None]:
        """Sleep, but not past the moment of the last poll; raises WaitTimeout if that was it."""
        left = self._left()
        if self._final_poll or left <= 0:
            seen = f"is still {self._last.state}" if self._last else "has not been seen"
            trouble = f"; {self._trouble}" if self._trouble else ""
            limit = self._policy.deadline
            self._fail(WaitTimeout, f"{seen} at the deadline of {limit:g} s{trouble}")
        latest = max(0.0, left - min(SPARE, left / 10))
        if pause >= latest:
            pause, self._final_poll = latest, True
        yield Sleep(pause)
        self._passed(pause)

    def _left(self) -> float:
        return self._policy.deadline - self._record.elapsed

    def _passed(self, slept: float = 0.0) -> None:
        """Let time pass: by the clock, or by what was slept where the clock stood or went back."""
        now = self._clock()
        elapsed = self._record.elapsed + max(now - self._mark, slept, 0.0)
        self._mark = now
        self._record = replace(self._record, elapsed=elapsed)


def _more(body: Any, pages: Pages, skipped: int, here: int) -> bool:
    """Whether another page follows."""
    if not here or pages.limit is None:
        return False
    total, more = dig(body, pages.total or ()), dig(body, pages.more or ())
    if pages.total and isinstance(total, int):
        return skipped < total
    if pages.more and isinstance(more, bool):
        return more
    return here >= pages.limit


def _untyped(found: Found[Any]) -> Miss:
    error = found.untyped
    why = f"the job is not as described: {type(error).__name__} {error}" if error else "no job"
    return Miss("unreadable", why, retry_after=found.retry_after, cause=error)
