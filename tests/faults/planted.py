"""Faults to plant in a twin, one at a time: in its engine, or on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import orjson
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import jobtwin.http.creation
import jobtwin.http.handlers
import jobtwin.http.listing
import jobtwin.http.request
from jobtwin.errors import Refusal
from jobtwin.http.credentials import Authenticator
from jobtwin.lifecycle import JobView, Machine
from jobtwin.sandboxes import Sandbox
from tests.twins import Wrap

Plant = Callable[[pytest.MonkeyPatch], Wrap | None]
"""Plants a fault in the engine, or returns a wrapper for the application."""

Change = Callable[[Scope, Message, Any], Any]
"""Alters a response: its start, in place, and its body, which is returned."""


# -- in the engine -------------------------------------------------------------------------------


def skip_a_state(patch: pytest.MonkeyPatch) -> None:
    """From the first state, a job skips the second and enters the third."""
    timed = Machine.timed

    def skipping(self: Machine, state: str, facts: Any) -> Any:
        first = timed(self, state, facts)
        if state != self.initial or first is None or first.to is None:
            return first
        second = timed(self, first.to, facts)
        return replace(first, to=second.to, log=second.log) if second else first

    patch.setattr(Machine, "timed", skipping)


def leave_a_final_state(patch: pytest.MonkeyPatch) -> None:
    """A minute after its end, a job is shown as active again; no command is granted."""
    begin, allows = JobView.__init__, JobView.allows

    def beginning(self: JobView, timeline: Any, now: int, parent: JobView | None = None) -> None:
        begin(self, timeline, now, parent)
        ends = timeline.schedule.ends
        if ends is not None and self.index and now - timeline.record.at - ends > 60_000_000:
            self.milestone = replace(timeline.schedule[self.index - 1], at=self.milestone.at)

    patch.setattr(JobView, "__init__", beginning)
    patch.setattr(
        JobView,
        "allows",
        lambda v, e: allows(v, e) and not v.timeline.schedule[v.index].state.final,
    )


def count_progress_down(patch: pytest.MonkeyPatch) -> None:
    """A job's progress falls while it is active."""
    progress = JobView.progress.fget  # type: ignore[attr-defined]  # a property's
    active = "active"
    down = property(
        lambda view: 99 - progress(view) if view.state.kind == active else progress(view)
    )
    patch.setattr(JobView, "progress", down)


def move_one_state_a_read(patch: pytest.MonkeyPatch) -> None:
    """A read shows at most the state after the last state read, however late it is."""
    begin, reached = JobView.__init__, dict[int, tuple[Any, int]]()

    def beginning(self: JobView, timeline: Any, now: int, parent: JobView | None = None) -> None:
        begin(self, timeline, now, parent)
        _, last = reached.get(id(timeline.record), (None, -1))
        self.index = min(self.index, last + 1)
        self.milestone = timeline.schedule[self.index]
        reached[id(timeline.record)] = timeline.record, self.index

    patch.setattr(JobView, "__init__", beginning)


def forget_the_log(patch: pytest.MonkeyPatch) -> None:
    """Only the last line of the log is kept."""
    entries = JobView.entries
    patch.setattr(JobView, "entries", lambda view: entries(view)[-1:])


def grant_everything(patch: pytest.MonkeyPatch) -> None:
    """An illegal command is granted, too."""
    tell = Sandbox.send_event
    patch.setattr(Sandbox, "send_event", lambda *asked: tell(*asked) or True)


def do_nothing(patch: pytest.MonkeyPatch) -> None:
    """A legal command is granted without effect, except on sessions."""
    tell = Sandbox.send_event

    def told(sandbox: Sandbox, job: Any, event: str, data: Any = None) -> bool:
        if job.record.machine.hex_ids:
            return tell(sandbox, job, event, data)
        return bool(job.view(sandbox.clock.now()).allows(event))

    patch.setattr(Sandbox, "send_event", told)


def refuse_everything(patch: pytest.MonkeyPatch) -> None:
    """A legal command is refused as illegal."""
    patch.setattr(Sandbox, "send_event", lambda *_: False)


def let_everybody_hold(patch: pytest.MonkeyPatch) -> None:
    """A new job is accepted although another blocks it."""
    patch.setattr(jobtwin.http.creation, "_way_maker", lambda *_: lambda *_: ())


def delete_nothing(patch: pytest.MonkeyPatch) -> None:
    """A deletion is granted, but the job stays."""
    patch.setattr(Sandbox, "remove", lambda *_: None)


def lose_jobs(patch: pytest.MonkeyPatch) -> None:
    """Jobs with even numbers are lost five minutes after their creation, except in lists."""
    find = Sandbox.find

    def found(sandbox: Sandbox, machine: Machine, wanted: Any, **more: Any) -> Any:
        job = find(sandbox, machine, wanted, **more)
        lost = (
            job and job.record.number % 2 == 0 and sandbox.clock.now() - job.record.at > 300_000_000
        )
        return None if lost else job

    patch.setattr(Sandbox, "find", found)


def repeat_numbers(patch: pytest.MonkeyPatch) -> None:
    """After the second job, the numbers start again."""
    number = Sandbox._new_number  # noqa: SLF001  # the part to break
    patch.setattr(Sandbox, "_new_number", lambda box, *given: 1 + (number(box, *given) - 1) % 2)


def cut_pages_short(patch: pytest.MonkeyPatch) -> None:
    """A page ends one job too early."""

    def end(offset: int, limit: int | None) -> int | None:
        return None if limit is None else offset + limit - 1

    patch.setattr(jobtwin.http.listing, "_end", end)


def filter_nothing(patch: pytest.MonkeyPatch) -> None:
    """Filters are read, but have no effect."""

    def unfiltered(*_: Any) -> Callable[..., Iterator[Any]]:
        return lambda *_: iter(())

    patch.setattr(jobtwin.http.listing, "_filter", unfiltered)


def validate_no_parameter(patch: pytest.MonkeyPatch) -> None:
    """A parsable parameter is accepted, even if its schema forbids it."""
    judged = jobtwin.http.request._judged  # noqa: SLF001  # the part to break

    class Anything:
        def is_valid(self, _value: Any) -> bool:
            return True

    def lenient(parameter: Any, texts: list[str]) -> Any:
        value = judged(replace(parameter, validator=Anything()), texts)
        return max(value, 1) if parameter.name == "limit" and isinstance(value, int) else value

    patch.setattr(jobtwin.http.request, "_judged", lenient)


def let_everybody_in(patch: pytest.MonkeyPatch) -> None:
    """Invalid and missing credentials are accepted."""
    check = Authenticator.check

    def checked(gate: Authenticator, *asked: Any) -> str | None:
        try:
            return check(gate, *asked)
        except Refusal:
            return None

    patch.setattr(Authenticator, "check", checked)


def lag_behind(patch: pytest.MonkeyPatch) -> None:
    """Lists show a job as at its creation until it has ended."""
    listing = jobtwin.http.listing.listing

    class Late:
        def __init__(self, job: Any) -> None:
            self._job = job

        def view(self, now: int) -> JobView:
            view: JobView = self._job.view(now)
            return view if view.state.final else self._job.view(self._job.record.at)

    class LateBox:
        def __init__(self, sandbox: Sandbox) -> None:
            self._sandbox = sandbox

        def __getattr__(self, name: str) -> Any:
            return getattr(self._sandbox, name)

        def jobs(self, *asked: Any, **more: Any) -> list[Late]:
            return [Late(job) for job in self._sandbox.jobs(*asked, **more)]

    def lagging(operation: Any) -> Any:
        page = listing(operation)
        return lambda asked, sandbox: page(asked, cast("Sandbox", LateBox(sandbox)))

    kinds = jobtwin.http.handlers._KINDS  # noqa: SLF001  # the part to break
    patch.setitem(kinds, "list", lagging)


# -- on the wire ---------------------------------------------------------------------------------


def altering(change: Change) -> Wrap:
    """Returns a wrapper that passes every JSON body through `change`."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def altered(scope: Scope, receive: Receive, send: Send) -> None:
            messages: list[Message] = []

            async def kept(message: Message) -> None:
                messages.append(message)

            await app(scope, receive, kept)
            start, body = messages[0], b"".join(m.get("body", b"") for m in messages)
            if body:
                body = orjson.dumps(change(scope, start, orjson.loads(body)))
                others = [h for h in start["headers"] if h[0] != b"content-length"]
                start["headers"] = [*others, (b"content-length", b"%d" % len(body))]
            await send(start)
            await send({"type": "http.response.body", "body": body})

        return altered

    return wrap


def _weave(scope: Scope, body: Any) -> bool:
    return (
        scope["method"] == "GET" and isinstance(body, dict) and "state" in body and "born" in body
    )


def lose_a_required_field(_: pytest.MonkeyPatch) -> Wrap:
    """A job lacks its id, which the spec requires."""

    def change(scope: Scope, _start: Message, body: Any) -> Any:
        return {k: v for k, v in body.items() if k != "id"} if _weave(scope, body) else body

    return altering(change)


def lose_an_optional_field(_: pytest.MonkeyPatch) -> Wrap:
    """A job that has ended lacks its creation time, which the spec does not require."""

    def change(scope: Scope, _start: Message, body: Any) -> Any:
        lost = _weave(scope, body) and body["ended"]
        return {k: v for k, v in body.items() if k != "born"} if lost else body

    return altering(change)


def answer_another_job(_: pytest.MonkeyPatch) -> Wrap:
    """A read of every third job returns another job."""

    def change(scope: Scope, _start: Message, body: Any) -> Any:
        return (
            {"id": 10**6, "state": "queued"}
            if _weave(scope, body) and body["id"] % 3 == 0
            else body
        )

    return altering(change)


def tell_errors_otherwise(_: pytest.MonkeyPatch) -> Wrap:
    """Errors have another shape than the spec's."""

    def change(_scope: Scope, start: Message, body: Any) -> Any:
        return {"message": body.get("error")} if start["status"] >= 400 else body

    return altering(change)


def list_another_birth(_: pytest.MonkeyPatch) -> Wrap:
    """In lists, jobs are shown as created a year earlier."""

    def change(_scope: Scope, _start: Message, body: Any) -> Any:
        for weave in body.get("weaves", ()):
            weave["born"] = weave["born"].replace("2026", "2025", 1)
        return body

    return altering(change)


def list_backwards(_: pytest.MonkeyPatch) -> Wrap:
    """A page of a list is in reverse order."""

    def change(_scope: Scope, _start: Message, body: Any) -> Any:
        return {**body, "weaves": body["weaves"][::-1]} if "weaves" in body else body

    return altering(change)


def list_one_twice(_: pytest.MonkeyPatch) -> Wrap:
    """The last job of a page replaces the one before it."""

    def change(_scope: Scope, _start: Message, body: Any) -> Any:
        jobs = body.get("weaves", ())
        return {**body, "weaves": [*jobs[:-2], jobs[-1], jobs[-1]]} if len(jobs) > 1 else body

    return altering(change)


def foresee_the_change(_: pytest.MonkeyPatch) -> Wrap:
    """A waiting job is shown as changed at the end of the year."""

    def change(scope: Scope, _start: Message, body: Any) -> Any:
        if _weave(scope, body) and body["state"] == "queued":
            body["changed"] = "2026-12-31T00:00:00Z"
        return body

    return altering(change)


def forget_the_change(_: pytest.MonkeyPatch) -> Wrap:
    """A job's last change is always shown as its creation."""

    def change(_scope: Scope, _start: Message, body: Any) -> Any:
        for weave in (body, *body.get("weaves", ())):
            if "born" in weave:
                weave["changed"] = weave["born"]
        return body

    return altering(change)


def bear_again(_: pytest.MonkeyPatch) -> Wrap:
    """A job that has ended is shown as created a second earlier; lists omit the creation."""

    def change(scope: Scope, _start: Message, body: Any) -> Any:
        for weave in body.get("weaves", ()):
            del weave["born"]
        if _weave(scope, body) and body["ended"]:
            body["born"] = "2025-12-31T23:59:59Z"
        return body

    return altering(change)


def invent_a_state(_: pytest.MonkeyPatch) -> Wrap:
    """A paused job is shown in a state unknown to the spec."""

    def change(_scope: Scope, _start: Message, body: Any) -> Any:
        return {**body, "state": "resting"} if body.get("state") == "paused" else body

    return altering(change)


def seal_too_early(_: pytest.MonkeyPatch) -> Wrap:
    """A job that follows its parts is shown as ended while they are active."""

    def change(_scope: Scope, _start: Message, body: Any) -> Any:
        return {**body, "state": "sealed"} if "cloths" in body else body

    return altering(change)


def forget_allow(_: pytest.MonkeyPatch) -> Wrap:
    """A 405 lacks the `Allow` header."""

    def change(_scope: Scope, start: Message, body: Any) -> Any:
        start["headers"] = [header for header in start["headers"] if header[0] != b"allow"]
        return body

    return altering(change)


def answer_text(_: pytest.MonkeyPatch) -> Wrap:
    """A job's JSON is declared as plain text."""

    def change(scope: Scope, start: Message, body: Any) -> Any:
        if _weave(scope, body):
            others = [header for header in start["headers"] if header[0] != b"content-type"]
            start["headers"] = [*others, (b"content-type", b"text/plain")]
        return body

    return altering(change)
