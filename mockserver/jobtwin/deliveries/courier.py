"""The courier: sends due deliveries in order, and records each attempt.

On a frozen clock it is called when the clock is advanced. On a running or skipping clock, one
task for each sandbox sleeps until the next delivery is due.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from contextlib import nullcontext, suppress
from functools import partial
from typing import NamedTuple
from weakref import WeakKeyDictionary

from jobcall.secrets import mask_text, mask_url
from jobtwin.deliveries.dues import Dues
from jobtwin.deliveries.network import NotAllowed
from jobtwin.deliveries.plan import CallbackTarget, PlannedDelivery, candidates, deliveries, targets
from jobtwin.deliveries.signing import Manner, signed
from jobtwin.errors import StoreLost, UnknownSandbox, WrongAnswer
from jobtwin.lifecycle import Moment
from jobtwin.openapi import Spec
from jobtwin.sandboxes import (
    Attempt,
    JournalEntry,
    OutgoingRequest,
    Receiver,
    ReceiverResponse,
    RecordedBody,
    Sandbox,
    Sandboxes,
)
from jobtwin.sandboxes.tasks import first_of

log = logging.getLogger("jobtwin")

LONGEST_SLEEP = 3600.0
"""Seconds after which the next delivery is looked for again."""

LONGEST = 10.0
"""Real seconds within which a receiver must have answered."""

LONGEST_CLAIM = 2 * int(LONGEST * 1_000_000)
"""Microseconds for which no other server attempts a delivery; then this one counts as dead."""

RETRY = 1.0
"""Seconds after which a lost store is tried again."""

LONGEST_ERROR = 200
"""The maximum number of characters of an attempt's error."""


class Courier:
    """Delivers the callbacks and webhooks of a server's sandboxes."""

    def __init__(self, specs: Iterable[Spec], sandboxes: Sandboxes, network: Receiver) -> None:
        self._callbacks = {spec.name: spec.callbacks for spec in specs if spec.callbacks}
        self._sandboxes = sandboxes
        self._network = network
        self._tasks: WeakKeyDictionary[Sandbox, asyncio.Task[None]] = WeakKeyDictionary()
        self._known: WeakKeyDictionary[Sandbox, Dues] = WeakKeyDictionary()
        self._waking: asyncio.Task[None] | None = None
        self._under_way: WeakKeyDictionary[Sandbox, set[str]] = WeakKeyDictionary()

    def all(self, sandbox: Sandbox) -> list[PlannedDelivery]:
        """Returns all deliveries of a sandbox, past and planned, in order."""
        if not sandbox.outbox:
            return []
        return deliveries(targets(self._callbacks, sandbox), sandbox)

    def next_due(self, sandbox: Sandbox) -> Moment | None:
        """Returns the time of the next automatic attempt, or None."""
        if not sandbox.outbox or sandbox.outbox.held:
            return None
        dues = self._dues(sandbox)
        if not self._busy(sandbox) and not sandbox.outbox.claims():
            return min((due for due, _ in dues), default=None)
        free = self._free([target for _, target in dues], sandbox)
        return min((each.due for each in free if each.due is not None), default=None)

    def _dues(self, sandbox: Sandbox) -> list[tuple[Moment, CallbackTarget]]:
        """Returns the pending deliveries with their due times."""
        known = self._known.setdefault(sandbox, Dues())
        return known.of(candidates(self._callbacks, sandbox), sandbox)

    def _free(self, chosen: Iterable[CallbackTarget], sandbox: Sandbox) -> list[PlannedDelivery]:
        """Returns the deliveries that are not being attempted, here or on another server."""
        busy, date = self._busy(sandbox), _date()
        found = deliveries(chosen, sandbox)
        return [each for each in found if each.id not in busy and each.claimed <= date]

    # -- running clocks --------------------------------------------------------------------------

    def wake(self, name: str, sandbox: Sandbox) -> None:
        """Starts the delivery task, if there may be automatic deliveries."""
        if not sandbox.outbox or _stands_still(sandbox) or sandbox in self._tasks:
            return
        task = asyncio.create_task(self._run(name, sandbox))
        self._tasks[sandbox] = task

    def wake_all(self) -> None:
        """Starts the delivery tasks of every sandbox loaded from a store or a file."""
        self._waking = asyncio.create_task(self._wake_all())

    async def _wake_all(self) -> None:
        for name in await self._sandboxes.all_names() if self._callbacks else ():
            with suppress(UnknownSandbox, StoreLost):
                await self._sandboxes.turn(name, partial(self.wake, name), makes=False, reads=True)

    async def _run(self, name: str, sandbox: Sandbox) -> None:
        try:
            while sandbox.outbox and not _stands_still(sandbox) and not sandbox.feed.closed:
                number = sandbox.feed.total
                try:
                    with sandbox.waits.under_way() if sandbox.setup.skips else nullcontext():
                        await self.deliver(name)
                    await self._pause(sandbox, number)
                except StoreLost:
                    await asyncio.sleep(RETRY)
        except Exception:
            log.exception("deliveries of the sandbox %s failed", name)
        finally:
            self._tasks.pop(sandbox, None)

    async def _pause(self, sandbox: Sandbox, number: int) -> None:
        """Sleeps until the next delivery is due, or until something happens that may cause one."""
        due = self.next_due(sandbox)
        if sandbox.setup.skips and due is not None:
            await first_of(
                sandbox.waits.until(due, own_task=True), sandbox.feed.moved(number, None)
            )
            return
        clock, pause = sandbox.clock, LONGEST_SLEEP
        if due is not None and clock.speed > 0:
            pause = min(pause, max(0.0, (due - clock.now()) / 1_000_000 / clock.speed))
        ends = [until - _date() for until in sandbox.outbox.claims()]
        pause = min([pause, *(max(0.0, end / 1_000_000) for end in ends)])
        await sandbox.feed.moved(number, pause)

    # -- delivering ------------------------------------------------------------------------------

    async def deliver(self, name: str) -> None:
        """Attempts all due deliveries, one after another, in chronological order."""
        tried = set[str]()
        with suppress(UnknownSandbox):
            while True:
                sandbox, due = await self._sandboxes.turn(name, self._due, makes=False, reads=True)
                found = [each for each in due if each.id not in tried]
                if not found:
                    return
                for delivery in found:
                    tried.add(delivery.id)
                    free = not (sandbox.outbox.held or delivery.id in self._busy(sandbox))
                    if free and await self._claimed(name, delivery):
                        await self.attempt(name, sandbox, delivery)

    async def _claimed(self, name: str, delivery: PlannedDelivery) -> bool:
        """Claims a delivery. Returns False if another server attempts it."""
        if not self._sandboxes.is_shared:
            return True
        return await self._sandboxes.turn(name, partial(_claim, delivery), makes=False)

    def _due(self, sandbox: Sandbox) -> tuple[Sandbox, list[PlannedDelivery]]:
        """Returns a sandbox, with its due deliveries that are not being attempted."""
        if sandbox.outbox.held:
            return sandbox, []
        now = sandbox.clock.now()
        chosen = [target for due, target in self._dues(sandbox) if due <= now]
        found = self._free(chosen, sandbox)
        return sandbox, [each for each in found if each.due is not None and each.due <= now]

    def _busy(self, sandbox: Sandbox) -> set[str]:
        """Returns the ids of the deliveries that are being attempted."""
        return self._under_way.setdefault(sandbox, set())

    async def attempt(
        self, name: str, sandbox: Sandbox, delivery: PlannedDelivery, manner: Manner | None = None
    ) -> None:
        """Sends a delivery once, and records the outcome; with a manner, it is sent by hand."""
        busy = self._busy(sandbox)
        busy.add(delivery.id)
        try:
            outcome = await self._outcome(sandbox, delivery, manner or "right")
        finally:
            busy.discard(delivery.id)

        def note(there: Sandbox) -> None:
            if there is sandbox or _is_again(there, delivery):
                _note(there, delivery, outcome, by_hand=manner is not None)

        with suppress(UnknownSandbox):
            await self._sandboxes.turn(name, note, makes=False)

    async def _outcome(
        self, sandbox: Sandbox, delivery: PlannedDelivery, manner: Manner
    ) -> _Outcome:
        """Sends a delivery, and returns the result."""
        started = time.perf_counter_ns()
        receiver = sandbox.receivers.get(delivery.target.api, self._network)
        request = response = error = None
        refused = False
        try:
            request = _request(delivery, sandbox, manner)
            async with asyncio.timeout(LONGEST):
                response = await receiver(request)
        except (NotAllowed, WrongAnswer) as wrong:
            error, refused = str(wrong), True
        except TimeoutError:
            error = f"no answer within {LONGEST:g} s"
        except Exception as failure:  # noqa: BLE001 - any error of the receiver is its answer
            error = f"{type(failure).__name__}: {failure}"
        took = (time.perf_counter_ns() - started) // 1000
        return _Outcome(took, request, response, error, refused)


def _date() -> int:
    """Returns microseconds since 1970, by the machine's clock."""
    return time.time_ns() // 1000


def _claim(delivery: PlannedDelivery, sandbox: Sandbox) -> bool:
    """Claims a delivery, unless another server has claimed or attempted it."""
    target, outbox = delivery.target, sandbox.outbox
    job, name, key = (target.machine, target.job.record.id), target.name, delivery.key
    machine = sandbox.machine(target.machine)
    found = None if machine is None else sandbox.find(machine, job[1], unborn=True)
    attempted = len(outbox.attempts(job, name, key)) > len(delivery.attempts)
    if found is None or attempted or outbox.claimed(job, name, key) > _date():
        return False
    sandbox.claim_delivery(found, name, key, _date() + LONGEST_CLAIM)
    return True


class _Outcome(NamedTuple):
    """The result of an attempt, with its duration in microseconds; `refused` ones were not sent."""

    took: int
    request: OutgoingRequest | None
    response: ReceiverResponse | None
    error: str | None
    refused: bool


def _note(sandbox: Sandbox, delivery: PlannedDelivery, outcome: _Outcome, *, by_hand: bool) -> None:
    target, status = delivery.target, outcome.response and outcome.response.status
    machine = sandbox.machine(target.machine)
    id_ = target.job.record.id
    job = None if machine is None else sandbox.find(machine, id_, unborn=True)
    if job is None:
        return
    succeeded = Attempt(0, status).succeeded
    sandbox.record_attempt(
        job,
        target.name,
        delivery.key,
        status=status,
        error=None if outcome.error is None else _shown(outcome.error, target.secret),
        final=succeeded or (not by_hand and (outcome.refused or delivery.is_last(status))),
        by_hand=by_hand,
    )
    sandbox.answered(_entry(sandbox, delivery, outcome))


def _stands_still(sandbox: Sandbox) -> bool:
    return sandbox.clock.frozen and not sandbox.setup.skips


def _is_again(sandbox: Sandbox, delivery: PlannedDelivery) -> bool:
    """Returns True if a sandbox, read from its store again, has the job of a delivery."""
    key = delivery.target.machine, delivery.target.job.record.id
    return sandbox.outbox.has(key, delivery.target.name)


def _request(delivery: PlannedDelivery, sandbox: Sandbox, manner: Manner) -> OutgoingRequest:
    target, body = delivery.target, delivery.body()
    real = sandbox.outbox.timestamps == "real"
    seconds = time.time_ns() // 10**9 if real else sandbox.clock.now() // 1_000_000
    headers: Mapping[str, str] = {}
    if target.callback.signature is not None and target.secret:
        headers = signed(
            target.callback.signature,
            target.secret,
            id_=delivery.id,
            seconds=seconds,
            body=body,
            manner=manner,
        )
    kind = {"Content-Type": target.callback.answer.media_type, "User-Agent": "jobtwin"}
    return OutgoingRequest(target.callback.method, target.url, {**kind, **headers}, body)


def _shown(error: str, secret: str | None) -> str:
    """Returns the reason of a failed attempt, without secrets."""
    text = error.replace(secret, "***") if secret else error
    return mask_text(text)[:LONGEST_ERROR]


def _entry(sandbox: Sandbox, delivery: PlannedDelivery, outcome: _Outcome) -> JournalEntry:
    """Returns the journal entry of an attempt, without headers, which contain the signature."""
    target, request, response = delivery.target, outcome.request, outcome.response
    url, _, query = mask_url(target.url).partition("?")
    return JournalEntry(
        number=sandbox.journal.total + 1,
        at=sandbox.clock.now(),
        took=outcome.took,
        api=target.api,
        operation=target.name,
        method=target.callback.method,
        path=url,
        query=query,
        status=response.status if response else 0,
        job=target.job.record.shown_id,
        request=RecordedBody.of(request.body, target.callback.answer.media_type)
        if request
        else None,
        response=RecordedBody.of(response.body, response.media_type) if response else None,
        delivery=delivery.id,
    )
