"""Plans deliveries, as a pure function of jobs, callbacks and earlier attempts."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import orjson

from jobtwin.errors import WrongAnswer
from jobtwin.lifecycle import JobView, Machine, Moment
from jobtwin.lifecycle.view import LogEntry
from jobtwin.openapi.emitting import holds
from jobtwin.openapi.operations import DeclaredCallback
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.values import Const
from jobtwin.sandboxes import Attempt, Sandbox, StoredJob
from jobtwin.sandboxes.outbox import Registration, WebhookEndpoint

MOST = 100
"""Deliveries of one job's callback that are looked at, past ones and planned ones each."""

DeliveryState = Literal["planned", "pending", "delivered", "failed"]


class DeliveryContext(NamedTuple):
    """The values of a delivery's body beside the job, in place of a response's request."""

    id: str
    at: Moment
    base: str
    event: str | None = None
    entry: LogEntry | None = None


@dataclass(frozen=True, slots=True)
class CallbackTarget:
    """A job and one of its callbacks, with its URL. Events before `since` are not delivered."""

    api: str
    machine: str
    callback: DeclaredCallback
    job: StoredJob
    url: str
    secret: str | None
    base: str
    since: Moment | None = None

    @property
    def name(self) -> str:
        """The name of the callback."""
        return self.callback.name


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One delivery of a callback, with its attempts; `key` identifies it.

    It is due from the moment `first` on: the time of its event, or now, if a poll or a command moved
    the job. Until the date `claimed`, another server may be attempting it.
    """

    target: CallbackTarget
    key: str
    call: DeliveryContext
    view: JobView
    first: Moment
    claimed: int
    attempts: Sequence[Attempt]

    @property
    def id(self) -> str:
        """The ID, the same in all attempts; it is derived from the sandbox's seed."""
        return self.call.id

    @property
    def is_settled(self) -> bool:
        """True if there is no further automatic attempt."""
        return any(attempt.final for attempt in self.attempts)

    @property
    def due(self) -> Moment | None:
        """The time of the next automatic attempt, or None."""
        if self.is_settled:
            return None
        tried = [attempt for attempt in self.attempts if not attempt.by_hand]
        pauses = self.target.callback.retries.after
        if not tried:
            return self.first
        return tried[-1].at + pauses[len(tried) - 1] if len(tried) <= len(pauses) else None

    def state(self, now: Moment) -> DeliveryState:
        """Returns its state: planned, pending, delivered or failed."""
        if any(attempt.succeeded for attempt in self.attempts):
            return "delivered"
        if self.is_settled:
            return "failed"
        return "pending" if self.first <= now else "planned"

    def is_last(self, status: int | None) -> bool:
        """Returns True if a response ends the attempts."""
        retries = self.target.callback.retries
        tried = sum(not attempt.by_hand for attempt in self.attempts)
        return tried >= len(retries.after) or not retries.fits(status)

    def body(self) -> bytes:
        """Returns the body. Raises WrongAnswer if the spec does not allow it."""
        answer = self.target.callback.answer
        made = answer.make(self.view, self.call) if answer.make else None
        if answer.validator is not None and not answer.validator.is_valid(made):
            error = next(answer.validator.iter_errors(made))
            where, why = pointer(error.instance_path), "its schema does not allow the value"
            raise WrongAnswer(f"{self.target.api} {self.target.name}", where, why)
        return orjson.dumps(made)


Callbacks = Mapping[str, Mapping[str, DeclaredCallback]]
"""The callbacks of each API, by their names."""


class DeliveryCandidate(NamedTuple):
    """A job and a callback by name, with their registration; `target` looks up both."""

    key: tuple[str, str | int, str]
    source: Registration | WebhookEndpoint
    target: Callable[[], CallbackTarget | None]


def candidates(callbacks: Callbacks, sandbox: Sandbox) -> Iterator[DeliveryCandidate]:
    """Yields each job that calls back, with each of its callbacks; some may have been removed."""
    apis = {each.machine: api for api, of_api in callbacks.items() for each in of_api.values()}
    for each in sandbox.outbox:
        key = each.machine, each.id, each.callback
        yield DeliveryCandidate(key, each, partial(_registered, each, callbacks, apis, sandbox))
    for endpoint in [*sandbox.outbox.endpoints.values()]:
        for callback in callbacks.get(endpoint.api, {}).values():
            yield from _of_endpoint(endpoint, callback, sandbox)


def targets(callbacks: Callbacks, sandbox: Sandbox) -> list[CallbackTarget]:
    """Returns each job that calls back, with each of its callbacks."""
    found = (each.target() for each in candidates(callbacks, sandbox))
    return [each for each in found if each is not None]


def _registered(
    registration: Registration,
    callbacks: Callbacks,
    apis: Mapping[Machine, str],
    sandbox: Sandbox,
) -> CallbackTarget | None:
    """Returns a job whose request named a URL; None if the job was removed."""
    machine, id_ = sandbox.machine(registration.machine), registration.id
    job = None if machine is None else sandbox.find(machine, id_, unborn=True)
    if machine is None or job is None:
        sandbox.outbox.forget((registration.machine, id_))
        return None
    callback = callbacks.get(apis.get(machine, ""), {}).get(registration.callback)
    if callback is None:  # a store may have entries that the current spec lacks
        return None
    return CallbackTarget(
        apis[machine],
        registration.machine,
        callback,
        job,
        registration.url,
        registration.secret,
        registration.base,
    )


def _of_endpoint(
    endpoint: WebhookEndpoint, callback: DeclaredCallback, sandbox: Sandbox
) -> Iterator[DeliveryCandidate]:
    """Returns the jobs without their own URL for a callback."""
    machine = sandbox.name_of(callback.machine)
    for job in sandbox.recorded(callback.machine):
        if not sandbox.outbox.has((machine, job.record.id), callback.name):
            key = machine, job.record.id, callback.name
            yield DeliveryCandidate(
                key, endpoint, partial(_at_endpoint, endpoint, machine, callback, job)
            )


def _at_endpoint(
    endpoint: WebhookEndpoint, machine: str, callback: DeclaredCallback, job: StoredJob
) -> CallbackTarget:
    return CallbackTarget(
        endpoint.api,
        machine,
        callback,
        job,
        endpoint.url,
        endpoint.secret or _usual_secret(callback),
        endpoint.base,
        endpoint.since,
    )


def _usual_secret(callback: DeclaredCallback) -> str | None:
    """Returns the secret that the spec has for all jobs."""
    return callback.secret.value if isinstance(callback.secret, Const) else None


def deliveries(chosen: Iterable[CallbackTarget], sandbox: Sandbox) -> list[PlannedDelivery]:
    """Returns all deliveries of these, past and planned, in chronological order."""
    found = [each for target in chosen for each in of_target(target, sandbox)]
    return sorted(found, key=lambda each: (each.call.at, each.target.job.record.number))


def of_target(target: CallbackTarget, sandbox: Sandbox) -> Iterator[PlannedDelivery]:
    """Yields the deliveries of one job's callback, past and planned."""
    now, fits = sandbox.clock.now(), holds(target.callback.when)
    job = target.machine, target.job.record.id
    for told in _told(target, now):
        if target.since is not None and told.at < target.since:
            continue
        call = DeliveryContext(
            _id(target, told.key, sandbox), told.at, target.base, told.event, told.entry
        )
        if fits(told.view, call):
            attempts = sandbox.outbox.attempts(job, target.name, told.key)
            has_come = told.at <= target.job.moment(now)
            first = min(told.at, now) if has_come else told.at
            claimed = sandbox.outbox.claimed(job, target.name, told.key)
            yield PlannedDelivery(target, told.key, call, told.view, first, claimed, attempts)


def _id(target: CallbackTarget, key: str, sandbox: Sandbox) -> str:
    text = f"{sandbox.setup.seed}/{target.machine}/{target.job.record.id}/{target.name}/{key}"
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


# -- events to deliver -----------------------------------------------------------------------------


class _Occasion(NamedTuple):
    key: str
    at: Moment
    view: JobView
    event: str | None = None
    entry: LogEntry | None = None


def _told(target: CallbackTarget, now: Moment) -> Iterator[_Occasion]:
    """Yields past and planned events of a job."""
    last, planned = _reach(target.job, now)
    if planned < 0:
        return
    if target.callback.each == "log":
        yield from _lines(target.job, planned)
        return
    for number in range(max(0, last + 1 - MOST), planned + 1):
        view = _view(target.job, number)
        if _is_wanted(view, target.callback):
            event = view.milestone.event
            yield _Occasion(str(number), view.now, view, event.name if event else None)


def _is_wanted(view: JobView, callback: DeclaredCallback) -> bool:
    """Returns True if a callback is sent for a change: each new state, or some events."""
    if callback.each != "event":
        return view.milestone.entered
    event = view.milestone.event
    return event is not None and event.name in (callback.events or {event.name})


def is_endless(job: StoredJob) -> bool:
    """Returns True if a job has more events than are considered."""
    return bool(job.timeline.schedule.period) or len(job.timeline.schedule.milestones) > MOST


def _reach(job: StoredJob, now: Moment) -> tuple[int, int]:
    """Returns the numbers of the last milestone reached and the last one planned; -1 for none."""
    schedule, moment = job.timeline.schedule, job.moment(now)
    last = schedule.index(moment - job.record.at) if job.record.at <= moment else -1
    planned = last
    while job.reached is None and planned < last + MOST:
        if planned >= 0 and schedule.due(planned) is None:
            break
        planned += 1
    return last, planned


def _view(job: StoredJob, number: int) -> JobView:
    """Returns a job right after a milestone, even if another follows at the same moment."""
    milestone = job.timeline.schedule[number]
    view = JobView(job.timeline, job.record.at + milestone.at)
    view.index, view.milestone = number, milestone
    return view


def _lines(job: StoredJob, planned: int) -> Iterator[_Occasion]:
    """Yields the log lines up to a milestone. Lines of the same moment are distinguished by their order."""
    seen = Counter[tuple[Moment, str]]()
    for entry in _view(job, planned).entries()[-2 * MOST :]:
        place = entry.at - job.record.at, str(entry.owner.timeline.record.id)
        seen[place] += 1
        key = f"{place[0]}/{place[1]}/{seen[place]}"
        yield _Occasion(key, entry.at, JobView(job.timeline, entry.at), None, entry)
