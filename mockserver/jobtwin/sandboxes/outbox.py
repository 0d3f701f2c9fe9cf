"""The outbox of a sandbox: the receivers of callbacks, and the result of each attempt. It sends nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, NamedTuple

from jobtwin.lifecycle import Moment

MOST_KEPT = 1_000
"""The maximum number of recorded deliveries per job; a job that repeats has infinitely many."""

JobKey = tuple[str, str | int]
"""The name of a machine, and the id of a job."""

Timestamps = Literal["sandbox", "real"]
"""The clock by which signed requests are dated: the sandbox's, or the machine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A callback registered by a job's request; `base` is the twin's URL in its body."""

    machine: str
    id: str | int
    callback: str
    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """The URL, from a moment on, of an API's webhooks, and of callbacks without a URL.

    `base` is the twin's URL in their bodies.
    """

    api: str
    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    base: str = ""
    since: Moment = 0


class Attempt(NamedTuple):
    """One attempt: the status of the response, or the reason of a failure.

    A `final` attempt is not followed by an automatic one. An attempt `by_hand` is not a retry.
    """

    at: Moment
    status: int | None = None
    error: str | None = None
    final: bool = False
    by_hand: bool = False

    @property
    def succeeded(self) -> bool:
        """True if the receiver accepted it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - 2xx


class OutgoingRequest(NamedTuple):
    """A request to a receiver."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"<{self.method} of {len(self.body)} bytes>"


class ReceiverResponse(NamedTuple):
    """A receiver's answer, or the beginning of its body."""

    status: int
    body: bytes = b""
    media_type: str = ""


Receiver = Callable[[OutgoingRequest], Awaitable[ReceiverResponse]]
"""A receiver that replaces the network; its exceptions are failed attempts."""


class Outbox:
    """The state of a sandbox's deliveries; false if there can be none."""

    def __init__(self) -> None:
        self.held = False
        """True if deliveries are held until they are sent by hand."""
        self.timestamps: Timestamps = "sandbox"
        self.endpoints: dict[str, WebhookEndpoint] = {}
        self._registered: dict[JobKey, dict[str, Registration]] = {}
        self._attempts: dict[JobKey, dict[tuple[str, str], tuple[Attempt, ...]]] = {}
        self._claims: dict[tuple[JobKey, str, str], int] = {}

    def __bool__(self) -> bool:
        return bool(self._registered or self.endpoints)

    def __iter__(self) -> Iterator[Registration]:
        """Yields all registrations, in the order of the jobs."""
        return (each for of_job in [*self._registered.values()] for each in of_job.values())

    def has(self, job: JobKey, callback: str) -> bool:
        """Returns True if a job's request registered a callback."""
        return callback in self._registered.get(job, ())

    def attempts(self, job: JobKey, callback: str, key: str) -> Sequence[Attempt]:
        """Returns the attempts of one delivery; `key` identifies it among those of the callback."""
        return self._attempts.get(job, {}).get((callback, key), ())

    def claim(self, job: JobKey, callback: str, key: str, until: int) -> None:
        """Reserves a delivery for one of several servers, until a date."""
        self._claims[job, callback, key] = until

    def claimed(self, job: JobKey, callback: str, key: str) -> int:
        """Returns the date until which another server may attempt a delivery; 0 if none does."""
        return self._claims.get((job, callback, key), 0)

    def claims(self) -> Collection[int]:
        """Returns the dates until which other servers may be attempting deliveries."""
        return self._claims.values()

    def of_job(self, job: JobKey) -> object:
        """Returns an object for the attempts of a job, which is replaced at each attempt."""
        return self._attempts.get(job)

    def register(self, registration: Registration) -> None:
        """Adds the URLs of a job's callbacks."""
        key = registration.machine, registration.id
        others = self._registered.get(key, {})
        self._registered[key] = {**others, registration.callback: registration}

    def choose(self, endpoint: WebhookEndpoint) -> None:
        """Sets an API's webhook endpoint; without a URL, removes it."""
        if endpoint.url:
            self.endpoints[endpoint.api] = endpoint
        else:
            self.endpoints.pop(endpoint.api, None)

    def attempted(self, job: JobKey, callback: str, key: str, attempt: Attempt) -> None:
        """Adds the result of an attempt."""
        of_job = {**self._attempts.get(job, {})}
        of_job[callback, key] = (*of_job.get((callback, key), ()), attempt)
        if len(of_job) > MOST_KEPT:
            del of_job[next(iter(of_job))]
        self._attempts[job] = of_job
        self._claims.pop((job, callback, key), None)

    def forget(self, job: JobKey) -> None:
        """Removes the entries of a job that was removed."""
        self._registered.pop(job, None)
        self._attempts.pop(job, None)
        self._claims = {claim: until for claim, until in self._claims.items() if claim[0] != job}

    def knows(self, job: JobKey) -> bool:
        """Returns True if there is an entry about a job."""
        return job in self._registered or job in self._attempts

    def copy(self) -> Outbox:
        """Returns an independent copy."""
        made = Outbox()
        made.held, made.timestamps, made.endpoints = self.held, self.timestamps, {**self.endpoints}
        made._registered, made._attempts = {**self._registered}, {**self._attempts}
        made._claims = {**self._claims}
        return made

    def _attempts_to_json(self) -> Iterator[dict[str, Any]]:
        for (machine, id_), of_job in self._attempts.items():
            for (callback, key), attempts in of_job.items():
                about = {"machine": machine, "id": id_, "callback": callback, "key": key}
                yield from ({**about, **_said(attempt)} for attempt in attempts)

    def to_json(self) -> dict[str, Any]:
        """Returns everything as JSON, including secrets."""
        return {
            "held": self.held,
            "timestamps": self.timestamps,
            "endpoints": list(map(_to_json, self.endpoints.values())),
            "callbacks": list(map(_to_json, self)),
            "attempts": list(self._attempts_to_json()),
            "claims": [
                {"machine": machine, "id": id_, "callback": callback, "key": key, "until": until}
                for ((machine, id_), callback, key), until in self._claims.items()
            ],
        }

    @classmethod
    def from_json(cls, shown: Mapping[str, Any]) -> Outbox:
        """Parses the result of `to_json`; returns an empty one for older data."""
        made = cls()
        made.held, made.timestamps = shown.get("held", False), shown.get("timestamps", "sandbox")
        for each in shown.get("endpoints", ()):
            made.choose(WebhookEndpoint(**each))
        for each in shown.get("callbacks", ()):
            made.register(Registration(**each))
        for each in shown.get("attempts", ()):
            given = {**each}
            job, callback = (given.pop("machine"), given.pop("id")), given.pop("callback")
            made.attempted(job, callback, given.pop("key"), Attempt(**given))
        for each in shown.get("claims", ()):
            job = each["machine"], each["id"]
            made.claim(job, each["callback"], each["key"], each["until"])
        return made


def _to_json(data: Registration | WebhookEndpoint) -> dict[str, Any]:
    return {
        each.name: value for each in fields(data) if (value := getattr(data, each.name)) is not None
    }


def _said(attempt: Attempt) -> dict[str, Any]:
    """Returns the fields of an attempt that differ from their defaults."""
    usual = Attempt._field_defaults
    shown = attempt._asdict()
    return {n: v for n, v in shown.items() if n not in usual or v != usual[n]}
