"""Watches one job of a live vendor: polls it politely, by reads alone, and checks every response."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx

from jobcall import retry_after
from jobcall.secrets import Mask
from jobtwin.judge.checker import ApiFindings, Checker
from jobtwin.judge.exchange import Exchange
from jobtwin.judge.matching import Matcher
from jobtwin.judge.oracle.observations import read
from jobtwin.judge.poll_requests import PollRequest
from jobtwin.judge.traffic.bases import MatchedEntry
from jobtwin.judge.traffic.encoding import LARGEST, UnpackedSize
from jobtwin.judge.traffic.har import RecordedExchange
from jobtwin.lifecycle.machine import Machine
from jobtwin.masking import mask_echo
from jobtwin.openapi import Spec

_SECOND = 1_000_000
_FIRST, _AT_MOST, _FACTOR = 5.0, 60.0, 1.5
"""Default polling without the vendor's advice: first pause and longest pause in seconds, growth."""

_LEAST = 0.5
_TRIES = 5
"""Failures in a row after which the watch gives up."""

_LONGEST_WAIT = 10 * 365 * 86_400.0
"""Seconds; a longer `Retry-After` is cut to this."""

_PATIENCE = 30.0
"""Timeout in seconds for connecting and for each read."""

_CODINGS = ("gzip", "deflate")
"""Accepted content codings: those that Python can decompress within a limit."""

_UNKNOWN = 3
"""Responses 404 in a row that are tolerated, since a new job may not be visible yet."""


@dataclass(frozen=True, slots=True, eq=False)
class WatchResult:
    """The findings and the reason for the end; `failed` is True if the watch ended by a failure."""

    verdict: ApiFindings
    end: str
    failed: bool


class _Over(Exception):
    """The watch ends early."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class _Bounded(httpx.SyncByteStream):
    """The bytes of a response, limited in time and in decompressed size."""

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
        """Closes the connection."""
        self._stream.close()


@dataclass(frozen=True, slots=True)
class Runtime:
    """The clock of a watch, its progress output, and the mask for credentials."""

    sleep: Callable[[float], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    say: Callable[[str], None] = lambda _: None
    mask: Mask = str


class Watch:
    """Polls one job until it is final: one request at a time, all requests at each change of state."""

    def __init__(
        self,
        spec: Spec,
        base: str,
        polls: list[PollRequest],
        client: httpx.Client,
        runtime: Runtime,
    ) -> None:
        self._spec = spec
        self._base = base
        self._polls = polls
        self._client = client
        self._runtime = runtime
        self._checker = Checker(spec, base)
        self._matcher = Matcher(spec)
        self._state: str | None = None
        self._state_poll: PollRequest | None = None
        self._failures = self._unknown = 0
        self._retry_after = 0.0
        self._deadline = datetime.max.replace(tzinfo=UTC)
        hooks = client.event_hooks
        client.event_hooks = {**hooks, "response": [self._bound, *hooks["response"]]}

    def run(self, limit: float) -> WatchResult:
        """Watches for at most `limit` seconds, or until interrupted."""
        self._deadline = self._runtime.now() + timedelta(seconds=limit)
        try:
            end, failed = self._watched(), False
        except KeyboardInterrupt:
            end, failed = "interrupted", False
        except _Over as over:
            end, failed = over.why, True
        return WatchResult(self._checker.verdict(), end, failed)

    def _watched(self) -> str:
        self._poll(*self._polls)
        pauses = self._pauses()
        while not self._final:
            pause = max(next(pauses), self._retry_after, _LEAST)
            if self._runtime.now() + timedelta(seconds=pause) > self._deadline:
                return self._late()
            self._runtime.sleep(pause)
            if self._poll_again():
                pauses = self._pauses()
        return f"{self._state} is final"

    def _poll_again(self) -> bool:
        """Sends the poll that shows the state, and the others if it changed. Returns True if so."""
        before, poll = self._state, self._state_poll
        if poll is None:
            self._poll(*self._polls)
            return False
        self._poll(poll)
        changed = self._state != before
        if changed:
            self._poll(*(other for other in self._polls if other is not poll))
        return changed

    def _late(self) -> str:
        if self._state is None:
            raise _Over("the time is over, and no response showed the job's state")
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
        """Yields the seconds between polls, as the vendor recommends."""
        advice = self._machine.polling
        pause = advice.first / _SECOND if advice.first else _FIRST
        at_most = advice.at_most / _SECOND if advice.at_most else max(_AT_MOST, pause)
        factor = advice.factor or (1.0 if advice.first else _FACTOR)
        while True:
            yield pause
            pause = min(pause * factor, at_most)

    # -- polling ---------------------------------------------------------------------------------

    def _poll(self, *polls: PollRequest) -> None:
        self._retry_after = 0.0
        for poll in polls:
            if self._left < 0 or not self._send(poll):
                return

    def _send(self, poll: PollRequest) -> bool:
        """Sends a request. Returns True if it succeeded."""
        start = self._runtime.now()
        request = poll.request(self._client, self._base)
        patience = max(_LEAST, min(_PATIENCE, self._left))
        request.headers["Accept-Encoding"] = ", ".join(_CODINGS)
        request.extensions["timeout"] = httpx.Timeout(patience).as_dict()
        try:
            response = self._client.send(request)
        except httpx.RequestError as error:  # includes undecodable bodies
            self._failed(f"cannot be reached ({type(error).__name__})")
            return False
        exchange = _exchange(poll, response, start, self._runtime)
        self._retry_after = max(self._retry_after, _wished_pause(response, self._runtime.now()))
        self._check(exchange)
        self._stop_if_useless(poll, response)
        if exchange.granted:
            self._note_state(poll, exchange)
        return exchange.granted

    def _check(self, exchange: Exchange) -> None:
        recorded = RecordedExchange("", exchange)
        for line in self._checker.check(MatchedEntry(self._spec, recorded, self._base)):
            self._runtime.say(line)

    def _stop_if_useless(self, poll: PollRequest, response: httpx.Response) -> None:
        """Ends the watch if further polling would be useless or impolite."""
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._failed(f"responds with {status}")
            return
        self._failures = 0
        if status == HTTPStatus.NOT_FOUND and poll.of_one:
            self._unknown += 1
            if self._unknown >= _UNKNOWN:
                raise _Over(f"no such job: {poll.operation.id} responds with {status}")
        elif why := _refusal(poll.operation.id, response):
            raise _Over(why)
        else:
            self._unknown = 0

    def _failed(self, why: str) -> None:
        self._failures += 1
        self._runtime.say(f"{self._base} {why}")
        if self._failures >= _TRIES:
            raise _Over(f"{self._base} {why}, {_TRIES} times in a row")

    def _shown_state(self, exchange: Exchange) -> str | None:
        call = self._matcher.match(exchange)
        return next((job.text for job in read(call).jobs if job.text), None) if call else None

    def _note_state(self, poll: PollRequest, exchange: Exchange) -> None:
        shown = self._shown_state(exchange) if poll.of_one else None
        if shown is None:
            return
        self._state_poll = self._state_poll or poll
        if poll is self._state_poll and shown != self._state:
            self._runtime.say(f"{exchange.at:%H:%M:%S} {shown}")
            self._state = shown


def _refusal(operation: str, response: httpx.Response) -> str | None:
    """Returns the reason to end the watch after a response, or None."""
    status = response.status_code
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f"the credential is not accepted: {operation} responds with {status}"
    if response.has_redirect_location:
        url = response.url.join(response.headers["Location"])
        where = f"{url.scheme}://{url.host}"  # the rest may hold a credential
        return f"{operation} redirects, which is not followed: {where}"
    return f"{operation} responds with {status}" if status >= HTTPStatus.BAD_REQUEST else None


def _exchange(
    poll: PollRequest, response: httpx.Response, start: datetime, runtime: Runtime
) -> Exchange:
    """Returns the exchange with the credential masked in the response body."""
    return Exchange(
        at=start,
        until=runtime.now(),
        method=response.request.method,
        url=poll.url,
        status=response.status_code,
        request_headers=dict(response.request.headers),
        response_headers=dict(response.headers),
        response_body=mask_echo(response.content, runtime.mask),
    )


def _wished_pause(response: httpx.Response, now: datetime) -> float:
    """Returns the seconds of `Retry-After`; 0 if there are none."""
    headers = response.headers
    said, date = headers.get("Retry-After"), headers.get("Date")
    seconds = retry_after.seconds(said, date=date, now=now.timestamp())
    return min(_LONGEST_WAIT, seconds or 0.0)
