"""Handlers of the control API's deliveries: list, hold, send; and the clock that sends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from jobcall.secrets import mask_url
from jobtwin.deliveries import Courier, PlannedDelivery
from jobtwin.errors import Refusal, WrongAnswer, unknown
from jobtwin.http.finding import Handler
from jobtwin.http.request import RequestData
from jobtwin.http.waiting import Pause
from jobtwin.lifecycle import Moment
from jobtwin.openapi import Spec
from jobtwin.openapi.times import rfc3339
from jobtwin.sandboxes import Attempt, RecordedBody, Sandbox
from jobtwin.sandboxes.bodies import shown_body

MOST_IN_ADVANCE = 1_000
"""The maximum number of stops for deliveries during an advance of the clock."""


class DeliveryControl:
    """The deliveries of a server's sandboxes; `paths` are those of the APIs by name."""

    def __init__(
        self, courier: Courier, spec_of: Callable[[str], Spec], paths: Mapping[str, str]
    ) -> None:
        self._courier = courier
        self._spec = spec_of
        self._paths = paths

    def handlers(self) -> Mapping[str, Handler]:
        """Returns the handlers by operationId."""
        return {
            "chooseEndpoint": self._choose_endpoint,
            "deliver": self._deliver,
            "listDeliveries": self._list,
            "removeEndpoint": self._remove_endpoint,
            "setDeliveries": self._set,
        }

    # -- the clock -------------------------------------------------------------------------------

    def advance(
        self, target: Moment, then: Handler, request: RequestData, sandbox: Sandbox, stops: int = 0
    ) -> Any:
        """Moves the clock to a moment; a frozen one stops for all deliveries due before.

        A receiver that calls the twin meanwhile sees the state at the time of the delivery.
        """
        now, due = sandbox.clock.now(), self._next_due(sandbox)
        if due is None or due > target:
            if target > now or not stops:
                sandbox.advance_clock(max(0, target - now))
            return then(request, sandbox)
        stop = target if stops >= MOST_IN_ADVANCE else due
        if stop > now:
            sandbox.advance_clock(stop - now)
        deliver = partial(self._courier.deliver, request.sandbox)
        return Pause(deliver, partial(self._resumed, target, then, stops + 1))

    def _resumed(
        self, target: Moment, then: Handler, stops: int, request: RequestData, sandbox: Sandbox
    ) -> Any:
        return self.advance(target, then, request, sandbox, stops)

    def next_stop(self, sandbox: Sandbox) -> Moment | None:
        """Returns the time of the next change of a job or the next delivery."""
        stops = (sandbox.next_change(), self._next_due(sandbox))
        return min((stop for stop in stops if stop is not None), default=None)

    def _next_due(self, sandbox: Sandbox) -> Moment | None:
        """Returns the time of the next delivery on a frozen clock."""
        if not sandbox.clock.frozen or sandbox.setup.skips:
            return None
        return self._courier.next_due(sandbox)

    # -- deliveries ------------------------------------------------------------------------------

    def _list(self, request: RequestData, sandbox: Sandbox) -> Any:
        now, query = sandbox.clock.now(), request.query
        found = [each for each in self._courier.all(sandbox) if _wanted(each, query, now)]
        return {
            "deliveries": [_shown(each, now) for each in found[-query["limit"] :]],
            "total": len(found),
            **_settings(sandbox),
        }

    @staticmethod
    def _set(request: RequestData, sandbox: Sandbox) -> Any:
        body = request.body
        sandbox.set_deliveries(held=body.get("held"), timestamps=body.get("timestamps"))
        return _settings(sandbox)

    def _deliver(self, request: RequestData, sandbox: Sandbox) -> Any:
        found = self._found(request, sandbox)
        if found.state(sandbox.clock.now()) == "planned":
            why = f"it happens at {rfc3339(found.first)}; advance the clock to that"
            raise Refusal("not_now", why=why)
        manner = (request.body or {}).get("signature", "right")
        attempt = partial(self._courier.attempt, request.sandbox, sandbox, found, manner)
        return Pause(
            attempt, lambda asked, there: _shown(self._found(asked, there), there.clock.now())
        )

    def _found(self, request: RequestData, sandbox: Sandbox) -> PlannedDelivery:
        id_ = request.path["id"]
        known = {each.id: each for each in self._courier.all(sandbox)}
        if id_ not in known:
            raise Refusal("not_there", why=unknown("delivery", id_, [*known][:10]))
        return known[id_]

    # -- endpoints -------------------------------------------------------------------------------

    def _choose_endpoint(self, request: RequestData, sandbox: Sandbox) -> Any:
        spec, body = self._spec(request.path["api"]), request.body
        if not spec.callbacks:
            raise Refusal("not_understood", why=f"{spec.name} has neither callbacks nor webhooks")
        base = request.base.removesuffix("/_control") + self._paths[spec.name]
        sandbox.choose_endpoint(spec.name, body["url"], body.get("secret"), base)
        return {"api": spec.name, "url": mask_url(body["url"])}

    def _remove_endpoint(self, request: RequestData, sandbox: Sandbox) -> None:
        sandbox.choose_endpoint(self._spec(request.path["api"]).name)


def _wanted(delivery: PlannedDelivery, query: Mapping[str, Any], now: Moment) -> bool:
    job = delivery.target.job.record.shown_id
    wanted = ("api", delivery.target.api), ("job", job), ("state", delivery.state(now))
    return all(query[name] in (None, value) for name, value in wanted)


def _settings(sandbox: Sandbox) -> dict[str, Any]:
    outbox = sandbox.outbox
    endpoints = [{"api": e.api, "url": mask_url(e.url)} for e in outbox.endpoints.values()]
    return {"held": outbox.held, "timestamps": outbox.timestamps, "endpoints": endpoints}


def _shown(delivery: PlannedDelivery, now: Moment) -> dict[str, Any]:
    target, due = delivery.target, delivery.due
    shown = {
        "id": delivery.id,
        "api": target.api,
        "callback": target.name,
        "machine": target.job.record.machine.name,
        "job": target.job.record.shown_id,
        "url": mask_url(target.url),
        "at": rfc3339(delivery.call.at),
        "due": None if due is None else rfc3339(due),
        "state": delivery.state(now),
        "body": _body(delivery),
        "attempts": list(map(_attempt, delivery.attempts)),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _body(delivery: PlannedDelivery) -> Any:
    """Returns the body without secrets, or None if it would not conform to the spec."""
    try:
        raw = delivery.body()
    except WrongAnswer:
        return None
    body = RecordedBody.of(raw, delivery.target.callback.answer.media_type)
    return body and shown_body(body)


def _attempt(attempt: Attempt) -> dict[str, Any]:
    shown = {
        "at": rfc3339(attempt.at),
        "status": attempt.status,
        "error": attempt.error,
        "byHand": attempt.by_hand or None,
    }
    return {name: value for name, value in shown.items() if value is not None}
