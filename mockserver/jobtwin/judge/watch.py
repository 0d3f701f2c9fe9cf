"""A vendor watched live: one job is read, politely and by reads alone, and judged all the while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx

from jobcall import retry_after
from jobcall.secrets import Mask
from jobtwin.judge.checker import Checker, Verdict
from jobtwin.judge.exchange import Exchange
from jobtwin.judge.matching import Matcher
from jobtwin.judge.oracle.sightings import read
from jobtwin.judge.poll_requests import PollRequest
from jobtwin.judge.traffic.bases import MatchedEntry
from jobtwin.judge.traffic.encoding import LARGEST, UnpackedSize
from jobtwin.judge.traffic.har import RecordedExchange
from jobtwin.lifecycle.machine import Machine
from jobtwin.masking import mask_echo
from jobtwin.openapi import Spec

_SECOND = 1_000_000
_FIRST, _AT_MOST, _FACTOR = 5.0, 60.0, 1.5
"""How one polls where the vendor gives no advice: seconds, seconds, and how the pauses grow."""

_LEAST = 0.5
_TRIES = 5
"""Failures in a row after which the vendor is left alone."""

_LONGEST_WAIT = 10 * 365 * 86_400.0
"""Seconds beyond which one wait is as long as any other."""

_PATIENCE = 30.0
"""Seconds that nothing may come, neither a connection nor the next bytes."""

_CODINGS = ("gzip", "deflate")
"""How an answer may be packed: what Python can unpack within bounds."""

_UNKNOWN = 3
"""How often a job that has just been made may not be known yet."""


@dataclass(frozen=True, slots=True, eq=False)
class WatchResult:
    """What was found, why the watch ended, and whether that was for a failure."""

    verdict: Verdict
    end: str
    failed: bool


class _Over(Exception):
    """The watch ends early."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class _Bounded(httpx.SyncByteStream):
    """The bytes of an answer, as long as there is time, and not too many of them once unpacked."""

    def __init__(self, stream: httpx.SyncByteStream, coding: str, late: Callable[[], bool]) -> None:
        self._stream = stream
        self._size = UnpackedSize(coding, LARGEST)
        self._late = late

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            if not self._size.fits(part):
                raise httpx.ReadError(f"more than {LARGEST} bytes")
            if self._late():
                raise httpx.ReadTimeout("the time is over")
            yield part

    def close(self) -> None:
        """Let go of the connection."""
        self._stream.close()


@dataclass(frozen=True, slots=True)
class Runtime:
    """The clock of a watch, who hears of its progress, and how credentials are masked."""

    sleep: Callable[[float], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    say: Callable[[str], None] = lambda _: None
    mask: Mask = str


class Watch:
    """Reads one job until it is final: the first question first, all of them at each change."""

    def __init__(
        self,
        spec: Spec,
        base: str,
        poll_requests: list[PollRequest],
        client: httpx.Client,
        runtime: Runtime,
    ) -> None:
        self._spec = spec
        self._base = base
        self._polls = poll_requests
        self._client = client
        self._runtime = runtime
        self._checker = Checker(spec, base)
        self._matcher = Matcher(spec)
        self._state: str | None = None
        self._telling: PollRequest | None = None
        self._failures = self._unknown = 0
        self._asked_to_wait = 0.0
        self._deadline = datetime.max.replace(tzinfo=UTC)
        hooks = client.event_hooks
        client.event_hooks = {**hooks, "response": [self._bound, *hooks["response"]]}

    def run(self, limit: float) -> WatchResult:
        """Watch for at most so many seconds; an interrupt ends it, too."""
        self._deadline = self._runtime.now() + timedelta(seconds=limit)
        try:
            end, failed = self._watched(), False
        except KeyboardInterrupt:
            end, failed = "interrupted", False
        except _Over as over:
            end, failed = over.why, True
        return WatchResult(self._checker.verdict(), end, failed)

    def _watched(self) -> str:
        self._ask(*self._polls)
        pauses = self._pauses()
        while not self._final:
            pause = max(next(pauses), self._asked_to_wait, _LEAST)
            if self._runtime.now() + timedelta(seconds=pause) > self._deadline:
                return self._late()
            self._runtime.sleep(pause)
            before, telling = self._state, self._telling
            self._ask(*([telling] if telling else self._polls))
            if telling and self._state != before:
                self._ask(*(question for question in self._polls if question is not telling))
                pauses = self._pauses()
        return f"{self._state} is final"

    def _late(self) -> str:
        if self._state is None:
            raise _Over("the time is over, and no answer showed the job's state")
        return f"the time is over, and the job is {self._state}"

    @property
    def _left(self) -> float:
        return (self._deadline - self._runtime.now()).total_seconds()

    def _bound(self, response: httpx.Response) -> None:
        if isinstance(response.stream, httpx.SyncByteStream):
            coding = response.headers.get("Content-Encoding", "").strip().lower()
            if coding not in ("", "identity", *_CODINGS):
                raise httpx.DecodingError(f"is packed by {coding}, which was not asked for")
            response.stream = _Bounded(response.stream, coding, lambda: self._left < 0)

    @property
    def _machine(self) -> Machine:
        return self._polls[0].machine

    @property
    def _final(self) -> bool:
        state = self._machine.states.get(self._state or "")
        return state is not None and state.final

    def _pauses(self) -> Iterator[float]:
        """Seconds from one poll to the next, as the vendor advises."""
        advice = self._machine.polling
        pause = advice.first / _SECOND if advice.first else _FIRST
        at_most = advice.at_most / _SECOND if advice.at_most else max(_AT_MOST, pause)
        factor = advice.factor or (1.0 if advice.first else _FACTOR)
        while True:
            yield pause
            pause = min(pause * factor, at_most)

    # -- asking ----------------------------------------------------------------------------------

    def _ask(self, *poll_requests: PollRequest) -> None:
        self._asked_to_wait = 0.0
        for question in poll_requests:
            if self._left < 0 or not self._ask_one(question):
                return

    def _ask_one(self, question: PollRequest) -> bool:
        """Send a question; whether it was answered, so that the next one may follow."""
        start = self._runtime.now()
        request = question.request(self._client, self._base)
        patience = max(_LEAST, min(_PATIENCE, self._left))
        request.headers["Accept-Encoding"] = ", ".join(_CODINGS)
        request.extensions["timeout"] = httpx.Timeout(patience).as_dict()
        try:
            response = self._client.send(request)
        except httpx.RequestError as error:  # a body that cannot be decoded is one, too
            self._failed(f"cannot be reached ({type(error).__name__})")
            return False
        exchange = _exchange(question, response, start, self._runtime)
        self._asked_to_wait = max(self._asked_to_wait, _retry_after(response, self._runtime.now()))
        self._judge(exchange)
        self._heed(question, response)
        if exchange.granted:
            self._look(question, exchange)
        return exchange.granted

    def _judge(self, exchange: Exchange) -> None:
        recorded = RecordedExchange("", exchange)
        for line in self._checker.check(MatchedEntry(self._spec, recorded, self._base)):
            self._runtime.say(line)

    def _heed(self, question: PollRequest, response: httpx.Response) -> None:
        """End the watch where going on would be no use, or no manners."""
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._failed(f"answers {status}")
            return
        self._failures = 0
        if status == HTTPStatus.NOT_FOUND and question.of_one:
            self._unknown += 1
            if self._unknown >= _UNKNOWN:
                raise _Over(f"no such job: {question.operation.id} answers {status}")
        elif status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise _Over(f"the credential is not accepted: {question.operation.id} answers {status}")
        elif response.has_redirect_location:
            url = response.url.join(response.headers["Location"])
            where = f"{url.scheme}://{url.host}"  # further on it may hold what lets one in
            raise _Over(f"{question.operation.id} sends elsewhere, where nobody goes: {where}")
        elif status >= HTTPStatus.BAD_REQUEST:
            raise _Over(f"{question.operation.id} answers {status}")
        else:
            self._unknown = 0

    def _failed(self, why: str) -> None:
        self._failures += 1
        self._runtime.say(f"{self._base} {why}")
        if self._failures >= _TRIES:
            raise _Over(f"{self._base} {why}, {_TRIES} times in a row")

    def _look(self, question: PollRequest, exchange: Exchange) -> None:
        call = self._matcher.match(exchange)
        if call is None or not question.of_one:
            return
        shown = next((job.text for job in read(call).jobs if job.text), None)
        if shown is None:
            return
        self._telling = self._telling or question
        if question is self._telling and shown != self._state:
            self._runtime.say(f"{exchange.at:%H:%M:%S} {shown}")
            self._state = shown


def _exchange(
    question: PollRequest, response: httpx.Response, start: datetime, runtime: Runtime
) -> Exchange:
    """The exchange, without what the vendor echoes of the credential."""
    return Exchange(
        at=start,
        until=runtime.now(),
        method=response.request.method,
        url=question.url,
        status=response.status_code,
        request_headers=dict(response.request.headers),
        response_headers=dict(response.headers),
        response_body=mask_echo(response.content, runtime.mask),
    )


def _retry_after(response: httpx.Response, now: datetime) -> float:
    """Seconds that the vendor asks to wait; 0 if it does not, or if they cannot be read."""
    headers = response.headers
    said, date = headers.get("Retry-After"), headers.get("Date")
    seconds = retry_after.seconds(said, date=date, now=now.timestamp())
    return min(_LONGEST_WAIT, seconds or 0.0)
