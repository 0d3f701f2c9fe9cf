"""The wait as a state machine without I/O: it yields the next step and is sent the result.

Drivers send its requests and sleep for it; see `driving.py`. The rules of a wait:

- There is a deadline, and the last poll is sent shortly before it.
- Pauses grow, with jitter; `Retry-After` takes precedence, within bounds.
- Any final state ends the wait, even if the caller waits for another state.
- After a transient state, and while a new job does not exist yet, the next poll comes soon.
- Lost connections, unreadable responses and unknown states each have a budget of failures in a row.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, NoReturn

from jobcall.secrets import Mask
from jobwait.answers import JsonBody, Miss, Reply, StatusBody, dig, judged, judged_by_status, wish
from jobwait.budgets import Budgets
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
from jobwait.lifecycle import Call, J, Lifecycle, Pages, Plain, Request, StatusMeaning, Target
from jobwait.options import Options
from jobwait.reading import ResponseValues, names, read, read_by_status
from jobwait.snapshot import Record, Seen, Snapshot
from jobwait.stopwatch import Stopwatch, steady

LONGEST_HISTORY = 100
MOST_PAGES = 1000

_ENDS: dict[str, type[JobEnded]] = {
    "failure": JobFailed,
    "partial": JobPartlyFailed,
    "cancelled": JobCancelled,
}
_log = logging.getLogger("jobwait")


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a request, within `timeout` seconds, and send back the reply.

    A response of more than `most` bytes need not be read to its end.
    """

    request: Request
    timeout: float
    most: int


@dataclass(frozen=True, slots=True)
class Sleep:
    """Sleep for some seconds."""

    seconds: float


Step = Ask | Sleep | Snapshot[J]
"""The next task of a driver; it passes a snapshot on to its caller."""

Told = Reply | Snapshot[Any] | None
"""A driver's result: the reply to a request, or the callback that ended a sleep."""

Steps = Generator[Step[J], Told, None]
Asking = Generator[Ask, Told, ResponseValues[Any] | Miss]


class Engine(Generic[J]):
    """One wait for one job; `looking` is True if the caller wants to see progress and parts."""

    def __init__(self, target: Target[J], options: Options[Any], *, looking: bool) -> None:
        self._target = target
        self._life = target.lifecycle
        self._looking = looking
        self._watch = Stopwatch(options.clock or steady())
        record = options.record or _begun(target, self._watch)
        self._watch.elapsed = max(record.elapsed, self._watch.now - record.began.timestamp())
        policy = options.policy or record.policy
        if options.timeout is not None:
            policy = replace(policy, deadline=self._watch.elapsed + options.timeout)
        self._watch.deadline = policy.deadline
        until = record.until if options.until is None else _known(options.until, self._life)
        _check_results(until, target.whole.statuses)
        self._record = replace(record, policy=policy, until=until, elapsed=self._watch.elapsed)
        self._policy = policy
        self._budgets = Budgets(policy, options.rng)
        self._last: Snapshot[J] | None = None
        self._reached = False
        self._final_poll = False
        self._warned = False
        self._trouble = ""
        self._transient = 0
        self._missing_since = 0.0
        self._callback: Snapshot[Any] | None = None
        self._hide: Mask = str

    # -- the wait --------------------------------------------------------------------------------

    def steps(self, hide: Mask) -> Steps[J]:
        """Yields the steps until the job is there; raises one of the `WaitError`s otherwise.

        The last step is the snapshot with the job. `hide` removes credentials from texts.
        """
        self._hide = hide
        call: Call[Any] | None = self._target.poll
        while call:
            found: ResponseValues[Any] | Miss
            if (told := self._told()) is not None:
                found, call = told, self._target.whole
            else:
                found = yield from self._polled(call)
            if isinstance(found, Miss):
                yield from self._rested(self._missed(found), found.retry_after)
            else:
                call = yield from self._shown(found, call)

    def _told(self) -> ResponseValues[Any] | None:
        """Returns the whole job from a callback, or None if it has to be polled.

        A state that was left before is outdated: callbacks may arrive out of order.
        """
        callback, self._callback = self._callback, None
        model = getattr(self._target.whole.model, "__self__", None)
        if callback is None or callback.job is None or type(callback.job) is not model:
            return None
        if any(seen.state == callback.state for seen in self._record.history[:-1]):
            return None
        return ResponseValues(
            state=callback.state,
            fraction=callback.fraction,
            reason=callback.reason,
            parts=callback.parts,
            body=callback.body,
            job=callback.job,
        )

    def _polled(self, call: Call[Any]) -> Asking:
        found = yield from self._asked(call)
        if isinstance(found, ResponseValues) and call is self._target.poll:
            found = yield from self._measured(found)
        return found

    def _shown(
        self, found: ResponseValues[Any], call: Call[Any]
    ) -> Generator[Step[J], Told, Call[Any] | None]:
        """Yields a snapshot and pauses. Returns the next call, or None at the end of the wait."""
        snapshot = self._noted(found, call)
        over = self._over(snapshot)
        if over and call is not self._target.whole:
            return self._target.whole
        if over and snapshot.job is None and found.has_job:
            yield from self._rested(self._missed(_untyped(found)), found.retry_after)
            return call
        self._settle(snapshot)
        yield snapshot
        if over:
            self._conclude(snapshot)
            return None
        yield from self._rested(self._pause(snapshot), found.retry_after)
        return self._target.poll

    def _settle(self, snapshot: Snapshot[J]) -> None:
        """Forgets earlier failures, since this response was fine."""
        self._budgets.restore(but="unknown" if snapshot.kind is None else None)
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

    def _measured(self, found: ResponseValues[Any]) -> Generator[Ask, Told, ResponseValues[Any]]:
        """Adds progress and parts from another response, if the caller wants to see them."""
        state = self._life.states.get(found.state or "")
        meter = self._target.meter
        if meter is None or not self._looking or state is None or state.kind == "final":
            return found
        more = yield from self._asked(meter)
        if isinstance(more, Miss):
            self._looking = more.kind in {"busy", "troubled", "unreadable"}
        return _completed(found, more)

    # -- asking ----------------------------------------------------------------------------------

    def _asked(self, call: Call[Any]) -> Asking:
        if call.pages:
            return (yield from self._searched(call, call.pages))
        reply = yield from self._replied(call.request)
        by_status = judged_by_status(reply, call.request, self._life, self._hide, call.statuses)
        if isinstance(by_status, StatusBody):
            return self._read_by_status(call, by_status, wish(reply, self._watch.now))
        body = by_status or self._judged(reply, call.request)
        return body if isinstance(body, Miss) else self._read(call, body.json, body.retry_after)

    def _searched(self, call: Call[Any], pages: Pages) -> Asking:
        """Looks for the job in a list, page by page, and stops at the page that has it."""
        skipped, before = 0, None
        for _ in range(MOST_PAGES):
            request = pages.request(skipped)
            body = yield from self._sent(request)
            if isinstance(body, Miss):
                return body
            items = dig(body.json, pages.items)
            if not isinstance(items, list):
                return Miss("unreadable", f"{request['url']} answered no list")
            wanted = self._target.ids[self._life.key]
            item = next((each for each in items if names(each, call, wanted)), None)
            if item is not None:
                return self._read(call, item, body.retry_after)
            skipped += len(items)
            # A server that ignores the offset returns the first page again and again.
            last = items == before or not _more(body.json, pages, skipped, len(items))
            before = items
            if last or self._watch.left <= 0:
                return Miss("missing", f"{request['url']} does not list it")
        return Miss("missing", f"{request['url']} does not list it on {MOST_PAGES} pages")

    def _sent(self, request: Request) -> Generator[Ask, Told, JsonBody | Miss]:
        return self._judged((yield from self._replied(request)), request)

    def _replied(self, request: Request) -> Generator[Ask, Told, Reply]:
        self._record = replace(self._record, attempts=self._record.attempts + 1)
        seconds = min(self._policy.request, self._watch.request_timeout)
        reply = yield Ask(request, seconds, int(self._policy.body))
        assert reply is not None  # noqa: S101 - drivers answer each Ask
        assert not isinstance(reply, Snapshot)  # noqa: S101 - as above
        self._clock_read()
        return reply

    def _judged(self, reply: Reply, request: Request) -> JsonBody | Miss:
        return judged(reply, request, self._life, self._hide, wish(reply, self._watch.now))

    def _read_by_status(
        self, call: Call[Any], body: StatusBody, pause: float | None
    ) -> ResponseValues[Any] | Miss:
        wanted = self._target.ids[self._life.key]
        if not body.redirected and names(body.value, call, wanted) is False:
            return Miss("unreadable", "the response is about another job", retry_after=pause)
        return replace(read_by_status(call, body, self._hide), retry_after=pause)

    def _read(self, call: Call[Any], body: Any, wish: float | None) -> ResponseValues[Any] | Miss:
        found = read(call, body, self._hide, wish)
        if found is None or (call.view.tells_state and found.state is None):
            return Miss("unreadable", "the response does not show the state", retry_after=wish)
        if names(body, call, self._target.ids[self._life.key]) is False:
            return Miss("unreadable", "the response is about another job", retry_after=wish)
        return found

    # -- observations ----------------------------------------------------------------------------

    def _noted(self, found: ResponseValues[Any], call: Call[Any]) -> Snapshot[J]:
        text = found.state or ""
        known = self._life.states.get(text)
        state = text if known else self._hide(text)
        at = self._watch.moment
        self._remember(state, at)
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

    def _remember(self, state: str, at: datetime) -> None:
        """Adds a state to the history, unless the job was in it before."""
        history = self._record.history
        if not history or history[-1].state != state:
            history = (*history, Seen(state, at))[-LONGEST_HISTORY:]
            self._record = replace(self._record, history=history)

    def _pause(self, snapshot: Snapshot[J]) -> float:
        """Returns the pause after a good response."""
        if snapshot.kind is None:
            self._doubt(snapshot.state)
        if snapshot.kind == "transient":
            self._transient += 1
            return self._policy.soon(self._transient - 1)
        self._transient = 0
        return self._budgets.poll_pause()

    def _doubt(self, state: str) -> None:
        """Counts an unknown state, and logs the first."""
        known = ", ".join(self._life.states)
        if not self._warned:
            self._warned = True
            _log.warning("%s: %r is not one of its states (%s)", self._life.name, state, known)
        self._budgets.spend("unknown")
        if self._budgets.overspent("unknown"):
            self._fail(
                ProtocolViolated, f"stays {state!r}, which is not one of its states ({known})"
            )

    # -- failures --------------------------------------------------------------------------------

    def _missed(self, miss: Miss) -> float:
        """Returns the pause after a response without a state, or raises the error that ends the wait."""
        self._trouble = miss.why
        if miss.kind == "missing":
            return self._missing(miss)
        if miss.kind == "gone":
            self._gone(miss)
        if miss.kind == "refused":
            self._fail(TransportFailed, miss.why, miss)
        if miss.kind == "busy":
            return self._budgets.poll_pause()
        number = self._budgets.spend(miss.kind)
        if self._budgets.overspent(miss.kind):
            kind = TransportFailed if miss.kind == "troubled" else ProtocolViolated
            self._fail(kind, f"{miss.why}, {number} times in a row", miss)
        return self._budgets.retry_pause(number)

    def _missing(self, miss: Miss) -> float:
        number = self._budgets.spend("missing")
        if self._record.history:
            # The first 404 may come from a replica that lags behind.
            if number > 1:
                self._gone(miss)
            return self._policy.soon(0)
        if number == 1:
            self._missing_since = self._watch.elapsed
        if self._watch.elapsed - self._missing_since >= self._policy.absent:
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
            # The outcome is known; only the whole job could not be fetched.
            raise self._ended(self._last) from error
        raise error from (miss.cause if miss else None)

    # -- time ------------------------------------------------------------------------------------

    def _rested(self, pause: float, retry_after: float | None) -> Generator[Sleep, Told, None]:
        """Sleeps, but not past the last poll; raises WaitTimeout if that has been sent."""
        if retry_after is not None:
            pause = self._policy.heeded(retry_after)
        if self._trouble:
            _log.debug("%s: %s; again in %.1f s", self._life.name, self._trouble, pause)
        if self._final_poll or self._watch.left <= 0:
            self._time_out()
        latest = self._watch.last_poll
        if pause >= latest:
            pause, self._final_poll = latest, True
        told = yield Sleep(pause)
        if isinstance(told, Snapshot):
            self._callback, self._final_poll = told, False
            self._clock_read()
        else:
            self._clock_read(pause)

    def _time_out(self) -> NoReturn:
        seen = f"is still {self._last.state}" if self._last else "has not been seen"
        trouble = f"; {self._trouble}" if self._trouble else ""
        limit = self._policy.deadline
        self._fail(WaitTimeout, f"{seen} at the deadline of {limit:g} s{trouble}")

    def _clock_read(self, slept: float = 0.0) -> None:
        self._watch.read(slept)
        self._record = replace(self._record, elapsed=self._watch.elapsed)


def _check_results(until: Collection[str], statuses: Mapping[int, StatusMeaning]) -> None:
    """Raises ValueError for a state without a result, which a wait could not return."""
    able = [state for means in statuses.values() if means.result for state in means.states]
    for state in until if statuses else ():
        if state not in able:
            raise ValueError(f"until: {state!r} has no result; wait for one of {', '.join(able)}")


def _begun(target: Target[Any], watch: Stopwatch) -> Record:
    """Returns the record of a new wait."""
    ids: dict[str, Plain] = {
        name: value if isinstance(value, str | int | float) else str(value)
        for name, value in target.ids.items()
    }
    return Record(
        target.lifecycle.name,
        ids,
        target.lifecycle.policy,
        watch.moment,
        path=target.path,
        query=target.query,
    )


def _known(until: str | Collection[str], life: Lifecycle) -> tuple[str, ...]:
    """Returns the states to wait for. Raises ValueError for an unknown one."""
    wanted = (until,) if isinstance(until, str) else tuple(until)
    for state in wanted:
        if state not in life.states:
            raise ValueError(
                f"until: {state!r} is not one of its states ({', '.join(life.states)})"
            )
    return tuple(map(str, wanted))


def _completed(found: ResponseValues[Any], more: ResponseValues[Any] | Miss) -> ResponseValues[Any]:
    """Adds the progress and the parts of another response, and the longer of both pauses."""
    waits = [w for w in (found.retry_after, more.retry_after) if w is not None]
    found = replace(found, retry_after=max(waits, default=None))
    if isinstance(more, Miss):
        return found
    fraction = more.fraction if found.fraction is None else found.fraction
    return replace(found, fraction=fraction, parts=found.parts or more.parts)


def _more(body: Any, pages: Pages, skipped: int, here: int) -> bool:
    """Returns True if another page follows."""
    if not here or pages.limit is None:
        return False
    total = dig(body, pages.total) if pages.total else None
    if isinstance(total, int):
        return skipped < total
    more = dig(body, pages.more) if pages.more else None
    return more if isinstance(more, bool) else here >= pages.limit


def _untyped(found: ResponseValues[Any]) -> Miss:
    error = found.untyped
    why = f"the job is not as documented: {type(error).__name__} {error}" if error else "no job"
    return Miss("unreadable", why, retry_after=found.retry_after, cause=error)
