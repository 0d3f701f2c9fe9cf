"""Handlers of the control API's clock: read, set, advance, sleep."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from jobtwin.bounds import LAST_MOMENT
from jobtwin.errors import Refusal
from jobtwin.http.control.deliveries import DeliveryControl
from jobtwin.http.control.lookup import read_moment, read_span
from jobtwin.http.control.views import shown_clock
from jobtwin.http.finding import Handler
from jobtwin.http.pieces import settled
from jobtwin.http.request import RequestData
from jobtwin.http.waiting import Pause
from jobtwin.lifecycle import Moment
from jobtwin.openapi.times import rfc3339
from jobtwin.sandboxes import Sandbox


class ClockControl:
    """The clocks of a server's sandboxes; an advance also sends due deliveries."""

    def __init__(self, deliveries: DeliveryControl) -> None:
        self._deliveries = deliveries

    def handlers(self) -> Mapping[str, Handler]:
        """Returns the handlers by operationId."""
        return {
            "advanceClock": self._begin_to_advance,
            "getClock": lambda _, sandbox: shown_clock(sandbox),
            "setClock": self._set_clock,
            "sleepOnClock": self._sleep,
        }

    @staticmethod
    def _set_clock(request: RequestData, sandbox: Sandbox) -> Any:
        if request.body.keys() & {"speed", "frozen"}:
            sandbox.set_clock(speed=request.body.get("speed"), frozen=request.body.get("frozen"))
        if "progression" in request.body:
            sandbox.choose_progression(request.body["progression"])
        return shown_clock(sandbox)

    def _begin_to_advance(self, request: RequestData, sandbox: Sandbox) -> Any:
        """Advances the clock; to find the next change, updates the lists first."""
        advance = settled(self._advance_clock) if "toNext" in request.body else self._advance_clock
        return advance(request, sandbox)

    def _advance_clock(self, request: RequestData, sandbox: Sandbox) -> Any:
        now, body = sandbox.clock.now(), request.body
        if "by" in body:
            target: Moment | None = now + read_span(body["by"])
        elif "to" in body:
            target = read_moment(body["to"])
        else:
            target = self._deliveries.next_stop(sandbox)
        if target is None:
            raise Refusal("not_now", why="no job changes any more; there is nothing to go to")
        target = max(target, now) if "toNext" in body else target
        if target > LAST_MOMENT:
            raise Refusal("not_now", why=f"clocks end with {rfc3339(LAST_MOMENT)}")
        if target < now:
            why = f"{rfc3339(target)} is past: it is {rfc3339(now)}, and time goes forward only"
            raise Refusal("not_now", why=why)
        return self._deliveries.advance(
            target, lambda _, there: shown_clock(there), request, sandbox
        )

    @staticmethod
    def _sleep(request: RequestData, sandbox: Sandbox) -> Any:
        until = read_moment(request.body["until"])
        if sandbox.clock.now() >= until:
            return shown_clock(sandbox)
        who = request.body.get("process"), request.body.get("thread")
        reads = request.body.get("reads", False)
        return Pause(
            partial(sandbox.waits.until, until, *who, reads=reads),
            done=partial(sandbox.waits.told, *who),
        )
