"""The torture suite: a table of what servers, networks, clocks and callers do to a waiter.

Like the long-running-operation suite of Azure's autorest.testserver: each case is run with every
generated waiter, sync and async, and its twin.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx

from jobwait import (
    JobCancelled,
    JobExpired,
    JobFailed,
    JobNotFound,
    JobPartlyFailed,
    ProtocolViolated,
    TransportFailed,
    WaitError,
    WaitTimeout,
)
from tests.waiters.stage import Trouble, WaiterStage
from tests.waiters.trouble import (
    Fault,
    Faulty,
    alike,
    content,
    echo,
    fine,
    gone,
    kind,
    lost,
    marked,
    state,
    status,
    stranger,
    untyped,
    without,
)

Holds = Callable[[WaiterStage, Any], bool]
"""A condition for the stage and the result, beyond the expected end."""

DAY = 86_400.0
FINE, NEVER = "✓", "–"  # noqa: RUF001 - a dash, as in tables
SHORT = {"timeout": 100.0}
HTML = "<!doctype html><title>Please sign in</title>"
WAITING, ACTIVE, PASSING = kind("waiting"), kind("active"), kind("transient")
FAILED, CANCELLED = kind("final", "failure"), kind("final", "cancelled")
PARTIAL, PAUSED = kind("final", "partial"), kind("paused")
STRANGE = state(lambda _: "hibernating")


class Oops(Exception):
    """A callback's own error."""


@dataclass(frozen=True)
class Case:
    """A case: the expected end, the troubles of the first answers, and the trouble of all others.

    `ends` is None for the job, or the class of an error; a machine without one of the states in
    `needs` cannot have the case, and `able` is true for waiters that can.
    """

    name: str
    ends: type[BaseException] | None = None
    script: Sequence[Trouble] = ()
    then: Trouble = fine
    holds: Holds = lambda _stage, _got: True
    needs: Sequence[tuple[str, str | None]] = ()
    able: Callable[[WaiterStage], bool] = lambda _stage: True
    options: Mapping[str, Any] = field(default_factory=dict)
    until: tuple[str, str | None] | None = None
    jumps: Sequence[float] = ()
    play: Callable[[WaiterStage, dict[str, Any]], Any] | None = None

    def fits(self, stage: WaiterStage) -> bool:
        """True if the case is possible for the waiter."""
        return all(stage.states(*need) for need in self.needs) and self.able(stage)


def run(case: Case, stage: WaiterStage) -> str:
    """Runs a case; returns FINE, NEVER if it is impossible for the waiter, or the failure."""
    job = stage.born(ended=True)
    if not case.fits(stage):
        return NEVER
    stage.script, stage.then, stage.jumps = list(case.script), case.then, list(case.jumps)
    options: dict[str, Any] = {"on_progress": stage.shown.append, "timeout": DAY, **case.options}
    if case.until:
        options["until"] = stage.states(*case.until)[0]
    play = case.play or (lambda stage, options: stage.wait(job, **options))
    try:
        got = play(stage, options)
    except (Exception, asyncio.CancelledError, KeyboardInterrupt) as error:  # noqa: BLE001 - every error is checked
        got = error
    if type(got) is not (case.ends or type(stage.shown[-1].job if stage.shown else None)):
        return f"ended as {got!r}"
    if isinstance(got, BaseException) and stage.token in _told(got):
        return "an error tells the token"
    return FINE if case.holds(stage, got) else f"does not hold what must, at {got!r}"


def _told(error: BaseException) -> str:
    """Returns all texts that an error shows or passes to another process."""
    document = error.to_json() if isinstance(error, WaitError) else ""
    return "".join([*traceback.format_exception(error), repr(error), document])


# -- further conditions ----------------------------------------------------------------------------


def at_once(stage: WaiterStage, _got: Any) -> bool:
    """True if there was no pause."""
    return not stage.slept


def paused(seconds: float, *, give: float = 0.01) -> Holds:
    """Checks that the first pause was this long, or the policy's shortest, within a tolerance."""

    def holds(stage: WaiterStage, _got: Any) -> bool:
        return bool(abs(stage.slept[0] - max(seconds, stage.life.policy.transient)) <= give)

    return holds


def usual(stage: WaiterStage, _got: Any) -> bool:
    """True if the first pause was the policy's own."""
    policy = stage.life.policy
    return bool(policy.first <= stage.slept[0] <= policy.first * policy.factor)


def in_time(stage: WaiterStage, got: Any) -> bool:
    """True if the last request was just before the deadline of 100 seconds."""
    return bool(98 <= sum(stage.slept) <= 100 >= got.elapsed)


def coded(status: int) -> Holds:
    """Checks that the error has this status."""
    return lambda _stage, got: got.status == status


def walked(*kinds: str | None) -> Holds:
    """Checks that the history consists of states of these kinds."""

    def holds(stage: WaiterStage, got: Any) -> bool:
        history = got.history if isinstance(got, WaitError) else stage.shown[-1].history
        states = stage.life.states
        return [getattr(states.get(seen.state), "kind", None) for seen in history] == list(kinds)

    return holds


def last(kind: str, outcome: str | None = None) -> Holds:
    """Checks that the last snapshot has a state of this kind."""

    def holds(stage: WaiterStage, got: Any) -> bool:
        snapshot: Any = got.last if isinstance(got, WaitError) else stage.shown[-1]
        return (snapshot.kind, snapshot.outcome) == (kind, outcome)

    return holds


def requests(at_most: int) -> Holds:
    """Checks that there were at most this many requests."""
    return lambda stage, _got: len(stage.requests) <= at_most


def tells(text: str) -> Holds:
    """Checks that the error contains this text."""
    return lambda _stage, got: text in str(got)


def slower(stage: WaiterStage, _got: Any) -> bool:
    """True if the first pause was short, and the next ones grew."""
    soon = stage.life.policy.transient
    return bool(stage.slept[0] == soon and stage.slept[:6] == sorted(stage.slept[:6]))


def both(*several: Holds) -> Holds:
    """Checks several conditions."""
    return lambda stage, got: all(holds(stage, got) for holds in several)


# -- further troubles ------------------------------------------------------------------------------


def wish(text: str, code: int = 429) -> Trouble:
    """The server asks for a pause."""
    return status(code, "slow down", retry_after=text)


def until(ahead: float, *, skew: float = 0.0, dated: bool = False) -> Trouble:
    """The server asks for a pause until a date, by its own clock; `Date` may show that clock."""

    def made(
        stage: WaiterStage, request: httpx.Request, answer: httpx.Response
    ) -> httpx.Response | None:
        now = stage.now() + skew
        date = {"date": _http_date(now)} if dated else {}
        refuse = status(429, retry_after=_http_date(now + ahead), **date)
        return refuse(stage, request, answer)

    def fault(stage: WaiterStage) -> Fault:
        # A server always sends `Date`: without a skew, the sandbox's own.
        now = stage.now() + skew
        headers = {"Date": _http_date(now), "Retry-After": _http_date(now + ahead)}
        return {"status": 429, "headers": headers}

    return Faulty(made, fault)


def _http_date(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)


# -- possible cases --------------------------------------------------------------------------------


def reads(stage: WaiterStage) -> bool:
    """True if an operation returns the single job."""
    return stage.target(stage.job).poll.pages is None


def lists(stage: WaiterStage) -> bool:
    """True if the job must be found in a list."""
    return not reads(stage)


def awaits(stage: WaiterStage) -> bool:
    """True if the waiter is async, so its task can be cancelled."""
    return stage.way == "async"


def asks_twice(stage: WaiterStage) -> bool:
    """True if one operation returns the state, and another the whole job."""
    return stage.target(stage.job).quick is not None


# -- plays -----------------------------------------------------------------------------------------


def _resumed(stage: WaiterStage, options: dict[str, Any]) -> Any:
    """Times out, then resumes as in another process."""
    try:
        stage.wait(stage.job, **{**options, "timeout": 5})
    except WaitTimeout as error:
        document = error.to_json()
    before = len(stage.requests)
    stage.script = []
    job = stage.resume(document, **{**options, "timeout": 60})
    assert stage.shown[-1].attempts == len(stage.requests) > before
    return job


def _raising(stage: WaiterStage, options: dict[str, Any]) -> Any:
    def fail(_snapshot: Any) -> None:
        raise Oops

    return stage.wait(stage.job, **{**options, "on_progress": fail})


async def _later(_anything: Any) -> None:
    """An async callback or sleep."""


def blocks(stage: WaiterStage) -> bool:
    """True if the waiter is sync."""
    return stage.way == "sync"


def _interrupted(stage: WaiterStage, options: dict[str, Any]) -> Any:
    def fail(_seconds: float) -> None:
        raise KeyboardInterrupt

    return stage.wait(stage.job, **{**options, "sleep": fail})


def _cancelled(stage: WaiterStage, options: dict[str, Any]) -> Any:
    """Cancels the task during the wait."""
    wait = getattr(stage.waiters, f"wait_for_{stage.name}_async")

    async def cancelled() -> Any:
        waiting = asyncio.create_task(wait(stage.client, **stage.ids(stage.job), **options))
        asyncio.get_running_loop().call_soon(waiting.cancel)
        return await waiting

    return asyncio.run(cancelled())


def _stopped(stage: WaiterStage, options: dict[str, Any]) -> Any:
    """Stops at the first snapshot."""
    del options["on_progress"]
    stage.shown += stage.watch(stage.job, at_most=1, **options)
    return stage.shown[0].job


def _watched(stage: WaiterStage, options: dict[str, Any]) -> Any:
    """Watches all snapshots; the last one has the job."""
    del options["on_progress"]
    stage.shown += stage.watch(stage.job, **options)
    return stage.shown[-1].job


def _warned(stage: WaiterStage, options: dict[str, Any]) -> Any:
    """Waits, and checks that there is exactly one warning."""
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]  # a handler that records messages
    log = logging.getLogger("jobwait")
    log.addHandler(handler)
    try:
        return stage.wait(stage.job, **options)
    finally:
        log.removeHandler(handler)
        assert len(heard) == 1, heard


def _frozen(stage: WaiterStage, options: dict[str, Any]) -> Any:
    """Waits with a clock that stands still."""
    return stage.wait(stage.job, **{**options, "clock": lambda: 0.0})


# -- the table -------------------------------------------------------------------------------------

_HAS_PASSING = [("transient", None)]
_HAS_PARTIAL = [("final", "partial")]
_HAS_CANCELLED = [("final", "cancelled")]

# fmt: off
TABLE: Mapping[str, Sequence[Case]] = {
    "Ends": [
        Case("final at once", holds=at_once),
        Case("active, then final", None, [WAITING, ACTIVE], holds=walked("waiting", "active", "final")),
        Case("failed", JobFailed, then=FAILED),
        Case("cancelled", JobCancelled, then=CANCELLED, needs=_HAS_CANCELLED),
        Case("failed in part", JobPartlyFailed, then=PARTIAL, needs=_HAS_PARTIAL),
        Case("active for ever", WaitTimeout, then=ACTIVE, options=SHORT, holds=in_time),
        Case("paused for ever", WaitTimeout, then=PAUSED, options=SHORT, holds=in_time, needs=[("paused", None)]),
        Case("final state seen, then the full job refused", TransportFailed, [fine], then=status(403), holds=last("final", "success"), able=asks_twice),
        Case("failure seen, then the full job refused", JobFailed, [FAILED], then=status(403), able=asks_twice),
        Case("failure seen, then 404", JobFailed, [FAILED], then=gone, able=asks_twice),
        Case("final state seen, then the full job active, then final", None, [fine, ACTIVE], able=asks_twice),
    ],
    "Unusual successes": [
        Case("201 with the body", then=marked(201)),
        Case("202 with the body", then=marked(202)),
        Case("203 with the body", then=marked(203)),
        Case("202 with the body, active, then 200", None, [alike(ACTIVE, 202)]),
        Case("202 without a body, then 200", None, [status(202)]),
        Case("204, then 200", None, [status(204)]),
        Case("204 for ever", ProtocolViolated, then=status(204), holds=requests(4)),
        Case("no Content-Type", then=marked(content_type=None)),
        Case("Content-Type: text/plain", then=marked(content_type="text/plain")),
        Case("Content-Type: image/png", then=marked(content_type="image/png")),
        Case("an invalid Location", then=marked(201, location="::nowhere::")),
        Case("a byte order mark", then=content(lambda text: b"\xef\xbb\xbf" + text)),
        Case("UTF-16", then=content(lambda text: text.decode().encode("utf-16"), encoding="utf-16")),
    ],
    "Retry-After": [
        Case("429, in seconds", None, [wish("17")], holds=paused(17)),
        Case("503, in seconds", None, [wish("17", 503)], holds=paused(17)),
        Case("429, as a date", None, [until(19)], holds=paused(19, give=1)),
        Case("429, as a date; the server's clock is a day slow", None, [until(19, skew=-DAY, dated=True)], holds=paused(19, give=1)),
        Case("429, as a past date", None, [until(-19)], holds=paused(0)),
        Case("429, in decimals", None, [wish("17.5")], holds=paused(17.5)),
        Case("429, 0", None, [wish("0")], holds=paused(0)),
        Case("429, garbage", None, [wish("soon")], holds=usual),
        Case("429, a negative number", None, [wish("-5")], holds=usual),
        Case("429, empty", None, [wish("")], holds=usual),
        Case("429, a century", None, [wish("3155760000")], holds=paused(600)),
        Case("429, a number of 400 digits", None, [wish("9" * 400)], holds=paused(600)),
        Case("429, past the deadline", None, [wish("500")], options=SHORT, holds=paused(99)),
        Case("429, none", None, [status(429)], holds=usual),
        Case("200, active", None, [alike(ACTIVE, 200, retry_after="17")], holds=paused(17)),
        Case("500, in seconds", None, [wish("17", 500)], holds=paused(17)),
        Case("429 for ever", WaitTimeout, then=wish("7"), options=SHORT, holds=both(in_time, tells("429"))),
        Case("503 for ever", WaitTimeout, then=wish("7", 503), options=SHORT, holds=both(in_time, tells("503"))),
        Case("429, 0, for ever", WaitTimeout, then=wish("0"), options=SHORT, holds=both(in_time, requests(250))),
    ],
    "Server errors": [
        *(Case(f"{code}, then 200", None, [status(code)]) for code in (408, 425, 500, 502, 503, 504, 520, 599)),
        Case("500 eight times, then 200", None, [status(500)] * 8),
        Case("500 for ever", TransportFailed, then=status(500), holds=both(coded(500), requests(9))),
        Case("500 for ever, after a response", TransportFailed, [ACTIVE], then=status(500), holds=both(coded(500), last("active"))),
        Case("500 every other time", None, [ACTIVE, status(500)] * 20),
        Case("500 for ever, and a short deadline", WaitTimeout, then=status(500), options={"timeout": 1.0}, holds=tells("500")),
        Case("520 for ever", TransportFailed, then=status(520), holds=coded(520)),
    ],
    "Refusals": [
        *(
            Case(f"{code} in the middle", TransportFailed, [ACTIVE], then=status(code), holds=both(coded(code), requests(4)))
            for code in (400, 401, 403, 405, 409, 451)
        ),
        Case("401 at once", TransportFailed, then=status(401), holds=both(coded(401), requests(1))),
        Case("401 that quotes the token", TransportFailed, [ACTIVE], then=echo(401), holds=tells("Invalid token: ***")),
        *(
            Case(f"{code}, a redirect", TransportFailed, [status(code, location="http://elsewhere/")], holds=coded(code))
            for code in (301, 302, 304, 307, 308)
        ),
    ],
    "Not found": [
        Case("404 twice, then found", None, [gone, gone], holds=slower),
        Case("never", JobNotFound, then=gone, holds=requests(20)),
        Case("never, and a short deadline", WaitTimeout, then=gone, options={"timeout": 1.0}),
        Case("found, then 404", JobExpired, [ACTIVE], then=gone, holds=last("active")),
        Case("found, 404 once, found again", None, [ACTIVE, gone]),
        Case("410 at once", JobNotFound, then=status(410), holds=coded(410)),
        Case("found, then 410", JobExpired, [ACTIVE], then=status(410), holds=coded(410)),
        Case("404 as HTML, then found", None, [status(404, HTML)]),
    ],
    "Bodies": [
        *(
            case
            for name, body in {
                "no status": without("state"),
                "null as the status": state(lambda _: None),
                "a number as the status": state(lambda _: 7),
                "a map as the status": state(lambda _: {"name": "done"}),
                "an empty status": state(lambda _: ""),
                "an empty body": content(lambda _: b"", body="empty"),
                "whitespace": content(lambda _: b" \r\n", body=" \r\n"),
                "truncated JSON": content(lambda text: text[: len(text) // 2], body="truncated"),
                "HTML": content(lambda _: HTML.encode(), body=HTML),
                "null": content(lambda _: b"null", body="null"),
                "a list of lists": content(lambda _: b"[[]]", body="[[]]"),
                "a string": content(lambda _: b'"done"', body='"done"'),
                "invalid UTF-8": content(lambda _: b'{"status": "\xff\xfe"}', body='{"status": "\xff\xfe"}', encoding="latin-1"),
                "10,000 brackets": content(lambda _: b"[" * 10_000, body="[" * 10_000),
                "invalid gzip": marked(content_encoding="gzip"),
                "a body of more than 32 MB": content(lambda _: b" " * 32_000_001),
            }.items()
            for case in (
                Case(f"{name}, then valid", None, [body]),
                Case(f"{name}, for ever", ProtocolViolated, then=body),
            )
        ),
        Case("another job, then the right one", None, [stranger]),
        Case("another job, for ever", ProtocolViolated, then=stranger, able=reads),
        Case("other jobs in the list, for ever", JobNotFound, then=stranger, able=lists),
        Case("a field missing at the end, once", None, [untyped]),
        Case("a field missing at the end, for ever", ProtocolViolated, then=untyped, holds=last("final", "success")),
        Case("a field missing while active", None, [alike(untyped, None), ACTIVE]),
    ],
    "States": [
        Case("undocumented, once", None, [STRANGE], holds=walked(None, "final"), play=_warned),
        Case("undocumented, twenty times", None, [STRANGE] * 20, play=_warned),
        Case("undocumented, for ever", ProtocolViolated, then=STRANGE, holds=both(tells("hibernating"), requests(50)), play=_warned),
        Case("in another letter case", None, [state(lambda stage: stage.states("active")[0].swapcase())], holds=walked(None, "final")),
        Case("going back", None, [WAITING, ACTIVE, WAITING, ACTIVE], holds=walked("waiting", "active", "waiting", "active", "final")),
        Case("transient", None, [ACTIVE, PASSING], holds=walked("active", "transient", "final"), needs=_HAS_PASSING),
        Case("transient, polled soon", None, [PASSING], holds=slower, needs=_HAS_PASSING),
        Case("transient, for ever", WaitTimeout, then=PASSING, options=SHORT, holds=both(in_time, slower), needs=_HAS_PASSING),
    ],
    "Network": [
        *(
            Case(f"{error.__name__}, then 200", None, [lost(error)])
            for error in (
                httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ReadError, httpx.ReadTimeout,
                httpx.RemoteProtocolError, httpx.ProxyError, httpx.WriteError, httpx.WriteTimeout,
            )
        ),
        Case("reset while reading, then 200", None, [ACTIVE, lost(httpx.ReadError)]),
        Case("ReadTimeout for ever", TransportFailed, then=lost(httpx.ReadTimeout), holds=both(tells("ReadTimeout"), requests(9))),
        Case("ConnectError for ever, after a response", TransportFailed, [ACTIVE], then=lost(httpx.ConnectError), holds=last("active")),
        Case("every kind of failure in turn", None, [lost(httpx.ReadError), status(500), status(429), status(204), ACTIVE, gone]),
        *(
            Case(f"{error.__name__}: hopeless", TransportFailed, then=lost(error), holds=requests(1))
            for error in (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.TooManyRedirects)
        ),
    ],
    "Time": [
        Case("no time, final", options={"timeout": 0}, holds=at_once),
        Case("no time, active", WaitTimeout, then=ACTIVE, options={"timeout": 0}, holds=at_once),
        Case("less than the first pause, active", WaitTimeout, then=ACTIVE, options={"timeout": 0.4}, holds=lambda stage, _: sum(stage.slept) <= 0.4),
        Case("less than the first pause, then final", None, [ACTIVE], options={"timeout": 0.4}),
        Case("the clock jumps ahead by a day, final", None, [ACTIVE], options=SHORT, jumps=[DAY]),
        Case("the clock jumps ahead by a day, active", WaitTimeout, then=ACTIVE, options=SHORT, jumps=[DAY], holds=requests(4)),
        Case("the clock jumps back by a day", WaitTimeout, then=ACTIVE, options=SHORT, jumps=[-DAY], holds=in_time),
        Case("the clock jumps back again and again", WaitTimeout, then=ACTIVE, options=SHORT, jumps=[-DAY] * 1000, holds=in_time),
        Case("the clock stands still", WaitTimeout, then=ACTIVE, options=SHORT, holds=in_time, play=_frozen),
        Case("an infinite timeout is refused", ValueError, options={"timeout": float("inf")}, holds=requests(0)),
    ],
    "Caller": [
        Case("waits for an earlier state", None, [WAITING, ACTIVE], until=("active", None), holds=last("active"), then=ACTIVE),
        Case("waits for a state that was skipped", until=("active", None), holds=last("final", "success")),
        Case("waits for a state that was skipped, and it failed", JobFailed, then=FAILED, until=("active", None)),
        Case("waits for the failure", then=FAILED, until=("final", "failure"), holds=last("final", "failure")),
        Case("waits for an unknown state", ValueError, options={"until": "hibernating"}, holds=requests(0)),
        Case("watches", None, [WAITING, ACTIVE], holds=walked("waiting", "active", "final"), play=_watched),
        Case("gives up, then resumes", None, then=fine, script=[ACTIVE] * 60, play=_resumed),
        Case("has a callback that raises", Oops, play=_raising),
        Case("passes an async sleep to a blocking waiter", TypeError, then=ACTIVE, options={"sleep": _later}, holds=requests(2), able=blocks),
        Case("passes an async callback to a blocking waiter", TypeError, then=ACTIVE, options={"on_progress": _later}, holds=requests(2), able=blocks),
        Case("interrupts the sleep", KeyboardInterrupt, then=ACTIVE, play=_interrupted),
        Case("stops watching", then=ACTIVE, holds=both(at_once, lambda stage, _: len(stage.shown) == 1), play=_stopped),
        Case("cancels the task", asyncio.CancelledError, then=ACTIVE, play=_cancelled, able=awaits),
    ],
}
# fmt: on


def cases() -> Iterator[tuple[str, Case]]:
    """Yields every case with its group."""
    for group, listed in TABLE.items():
        for case in listed:
            yield group, case
