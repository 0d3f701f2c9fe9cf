"""Long polling: delays the response until a condition holds, or the requested time is over."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import Any

from jobtwin.http.finding import Handler, machine_of
from jobtwin.http.preferences import preferences
from jobtwin.http.request import RequestData
from jobtwin.http.waiting import LONGEST_REAL, Pause, until
from jobtwin.lifecycle import JobView, Moment, Span
from jobtwin.openapi.emitting import holds
from jobtwin.openapi.operations import Operation, WaitBinding
from jobtwin.sandboxes import Sandbox
from jobtwin.sandboxes.tasks import first_of


def blocking(operation: Operation, wait: WaitBinding, handle: Handler) -> Handler:
    """Returns the handler of an operation whose response may wait, by the sandbox's clock."""
    machine, fits = machine_of(operation), holds(wait.until)

    def begin(request: RequestData, sandbox: Sandbox) -> JobView | Pause:
        view = handle(request, sandbox)
        span = _span(wait, request)
        end = sandbox.clock.now() + span
        headers, patience = request.reply_headers, monotonic() + min(LONGEST_REAL, span / 1_000_000)
        job_id = view.timeline.record.id

        def settled(view: JobView, request: RequestData, sandbox: Sandbox) -> JobView | Pause:
            now = sandbox.clock.now()
            stuck = sandbox.clock.frozen and not sandbox.setup.skips and monotonic() >= patience
            if now >= end or stuck or fits(view, request):
                return view
            moment = end if view.due is None else min(end, view.due)
            return Pause(partial(_change, sandbox, moment, end - now, sandbox.feed.total), go_on)

        def go_on(request: RequestData, sandbox: Sandbox) -> JobView | Pause:
            request.reply_headers.update(headers)
            job = sandbox.find(machine, job_id, now=sandbox.clock.now())
            return view if job is None else settled(job.view(sandbox.clock.now()), request, sandbox)

        return settled(view, request, sandbox)

    return begin


async def _change(sandbox: Sandbox, moment: Moment, span: Span, number: int) -> None:
    """Waits for a moment of the clock, or for any item of the sandbox's feed after a number."""
    await first_of(until(sandbox, moment, span), sandbox.feed.news(number))


def _span(wait: WaitBinding, request: RequestData) -> Span:
    """Returns the requested maximum delay."""
    said: Any = request.at(wait.source)
    if isinstance(said, str) and wait.source.place == "header":
        said = preferences(said).get("wait")
        said = True if said == "" else said
    if said is True:
        return wait.at_most
    try:
        seconds = float(said or 0)
    except ValueError:
        return 0
    return min(wait.at_most, max(0, round(seconds * 1_000_000)))
