"""Faults of one operation: selects the fault of a request, and applies it to the reply."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import takewhile
from typing import Any

import orjson

from jobtwin.errors import Refusal
from jobtwin.http.error_bodies import error_reply
from jobtwin.http.finding import Handler
from jobtwin.http.reply import Reply, Transmission, answer_headers
from jobtwin.http.request import Arrival, RequestData, RequestReader, job_id
from jobtwin.http.waiting import Pause
from jobtwin.lifecycle import JobView, Moment
from jobtwin.lifecycle.faults import FIRST_ERROR, Damage, Fault
from jobtwin.openapi import JobPage, Spec
from jobtwin.openapi.emitting import holds
from jobtwin.openapi.faults import READS, misfit, state_answers
from jobtwin.openapi.media_types import is_json
from jobtwin.openapi.operations import JSON, NO_BODY, Answer, Operation
from jobtwin.openapi.phrases import phrase
from jobtwin.sandboxes import Sandbox, ShownJob, StoredJob
from jobtwin.sandboxes.faults import FaultRule

_HTML = "text/html; charset=utf-8"
_ASSUMED_BODY = b'{"cut": "off"}'
"""The body to truncate or malform if the reply has none."""


class FaultInjector:
    """Injects faults into the replies of one operation; prepared once."""

    def __init__(self, spec: Spec, operation: Operation, reader: RequestReader) -> None:
        self._spec = spec
        self._operation = operation
        self._reader = reader
        self._state_answers = state_answers(operation)
        self._answers = [(holds(condition), answer) for condition, answer in operation.answers]

    def hit(self, request: RequestData, arrival: Arrival, sandbox: Sandbox) -> FaultRule | None:
        """Returns the fault that hits a request: one that it prefers, or one of the sandbox's.

        Every matching fault counts the request.
        """
        if (code := request.preferred_code) is not None:
            return _preferred(code)
        if not sandbox.faults:
            return None
        about = job_id(self._operation, self._reader, arrival)
        matched = [
            each.rule.id
            for each in sandbox.faults
            if self._fits(each.rule, about) and self._is_time(each.rule, about, sandbox)
        ]
        rule = sandbox.use_faults(matched) if matched else None
        if rule is not None and about is not None and self._operation.machine is not None:
            self._note_job(request, sandbox.find(self._operation.machine, about), sandbox)
        return rule

    @staticmethod
    def _note_job(request: RequestData, job: StoredJob | None, sandbox: Sandbox) -> None:
        """Notes the job of a request for the journal, even if the request is not handled."""
        if job is not None:
            request.job, request.before = job, job.view(sandbox.clock.now())

    def _fits(self, rule: FaultRule, about: Any) -> bool:
        operation = self._operation
        if rule.api != self._spec.name or rule.operation not in (None, operation.id):
            return False
        if misfit(rule.fault, operation) is not None:
            return False
        if rule.job is None or (
            operation.machine and rule.job == operation.machine.shown_id(about)
        ):
            return True
        return operation.does == "list" and _is_about_jobs(rule.fault)

    def _is_time(self, rule: FaultRule, about: Any, sandbox: Sandbox) -> bool:
        """Returns True if a job is new enough to be hidden."""
        if rule.fault.hide_for is None or (machine := self._operation.machine) is None:
            return True
        if about is not None:
            job = sandbox.find(machine, about)
            return job is not None and _is_hidden(rule, job, sandbox.clock.now())
        now, young_since = sandbox.clock.now(), sandbox.clock.now() - rule.fault.hide_for
        young = takewhile(
            lambda job: rule.fault.hide or job.record.at > young_since,
            reversed(sandbox.jobs(machine)),
        )
        return any(_is_hidden(rule, job, now) for job in young)

    # -- before the reply --------------------------------------------------------------------------

    def unhandled(self, rule: FaultRule) -> Reply | None:
        """Returns the reply if the request is not processed at all; None if it is."""
        fault, operation = rule.fault, self._operation
        if fault.does_handle or fault.refuses_by_itself or fault.is_stale:
            return None
        if operation.does in READS and (fault.status or 0) < FIRST_ERROR:
            return None
        return Reply(operation.answer.status, media_type=operation.answer.media_type)

    def handler(self, rule: FaultRule, handle: Handler) -> Handler:
        """Returns the handler while a fault is active."""
        fault = rule.fault
        hides = fault.is_hiding and self._operation.does != "list"

        def faulty(request: RequestData, sandbox: Sandbox) -> Any:
            refuses = hides or fault.credential is not None
            if not fault.does_handle:
                request.head = True  # a read that is not done does not move jobs on
            result = None if refuses and not fault.does_handle else handle(request, sandbox)
            if isinstance(result, Pause) and result.resume is not None:
                return result._replace(resume=self.handler(rule, result.resume))
            if fault.credential is not None:
                raise Refusal("wrong_credential")
            if hides:
                raise Refusal("unknown_job", id=self._wanted(request))
            return self._shown(rule, result, sandbox)

        return faulty

    def _wanted(self, request: RequestData) -> Any:
        source = self._operation.job_id
        return None if source is None else request.at(source)

    def _shown(self, rule: FaultRule, result: Any, sandbox: Sandbox) -> Any:
        """Returns the replacement of the handler's result."""
        if isinstance(result, JobView):
            return self._view(rule, result, sandbox)
        if not isinstance(result, JobPage):
            return result
        now = sandbox.clock.now()
        kept = [v for v in result.jobs if not _hides(rule, v, now)]
        shown = [self._view(rule, view, sandbox) for view in kept]
        return replace(result, jobs=shown, total=result.total - (len(result.jobs) - len(kept)))

    @staticmethod
    def _view(rule: FaultRule, view: JobView, sandbox: Sandbox) -> JobView:
        """Returns an earlier view of a job, or the current one if it is not affected."""
        fault, record = rule.fault, view.timeline.record
        if not fault.is_stale or rule.job not in (None, record.shown_id):
            return view
        if fault.stale is not None:
            return JobView(view.timeline, max(record.at, view.now - fault.stale))
        then = _polled(sandbox, rule.api, view, fault.stale_polls or 0)
        return view if then is None else JobView(view.timeline, max(record.at, min(then, view.now)))

    # -- the reply ---------------------------------------------------------------------------------

    def applied(
        self,
        rule: FaultRule,
        due: Reply | Pause,
        result: Any,
        request: RequestData,
        sandbox: Sandbox,
    ) -> Reply | Pause:
        """Returns the reply as changed by a fault; after a pause, it is changed then."""
        if isinstance(due, Pause):
            return due._replace(rule=rule)
        return self.changed(rule, due, result, request, sandbox)

    def changed(
        self, rule: FaultRule, due: Reply, result: Any, request: RequestData, sandbox: Sandbox
    ) -> Reply:
        """Returns the reply as changed by a fault."""
        fault = rule.fault
        reply = self._answered(fault, due, request)
        if fault.state is not None:
            reply = self._in_state(rule, reply, result, request)
        if fault.fields:
            reply = _damaged(reply, fault.fields)
        if fault.body is not None:
            reply = _with_body(reply, fault.body)
        reply = _with_headers(reply, fault, sandbox.clock.now())
        if fault.encoding is not None:
            reply = _encoded(reply, fault.encoding)
        if reply.status in NO_BODY:
            reply = reply._replace(body=b"")
        return reply._replace(injected=True, delivery=_delivery(fault, sandbox))

    def _answered(self, fault: Fault, due: Reply, request: RequestData) -> Reply:
        if fault.status is None:
            unseen = fault.body is not None or fault.drop is not None
            return due._replace(seen=()) if unseen else due
        if fault.status < FIRST_ERROR:
            return due._replace(status=fault.status)
        return error_reply(self._spec, self._operation, fault.status, request)

    def _in_state(self, rule: FaultRule, reply: Reply, result: Any, request: RequestData) -> Reply:
        """Returns the reply with a state unknown to the vendor's file, so without validation."""
        text = str(rule.fault.state)
        if reply.situation is not None:
            return reply
        if isinstance(result, JobView):
            told: Any = _lying(rule, result, text)
        elif isinstance(result, JobPage):
            told = replace(result, jobs=[_lying(rule, view, text) for view in result.jobs])
        else:
            return reply
        answer = self._answer_in_state(told, request)
        return reply._replace(
            status=answer.status if rule.fault.status is None else reply.status,
            body=orjson.dumps(answer.make(told, request) if answer.make else None),
            media_type=answer.media_type,
            headers={
                **request.reply_headers,
                **answer_headers(answer, told, request),
                **request.limit_headers,
            },
            seen=tuple(_unended(rule, each, text) for each in reply.seen),
        )

    def _answer_in_state(self, told: Any, request: RequestData) -> Answer:
        """Returns the answer for an unknown state; if it shows no state, the first that does."""
        chosen = next(answer for fits, answer in self._answers if fits(told, request))
        shown = any(chosen is each for each in self._state_answers)
        return chosen if shown else self._state_answers[0]


def _is_about_jobs(fault: Fault) -> bool:
    return fault.is_hiding or fault.is_stale or fault.state is not None


def _is_hidden(rule: FaultRule, job: StoredJob, now: Moment) -> bool:
    if rule.job not in (None, job.record.shown_id):
        return False
    return rule.fault.hide or job.record.at + (rule.fault.hide_for or 0) > now


def _hides(rule: FaultRule, view: JobView, now: Moment) -> bool:
    """Returns True if a job is omitted from a list."""
    fault, record = rule.fault, view.timeline.record
    if rule.job not in (None, record.shown_id):
        return False
    return fault.hide or (fault.hide_for is not None and record.at + fault.hide_for > now)


def _polled(sandbox: Sandbox, api: str, view: JobView, polls: int) -> Moment | None:
    """Returns the time of the nth last poll of a job, or of the first, or None."""
    record, then = view.timeline.record, None
    wanted = record.shown_id, record.machine.name
    for entry in reversed(sandbox.journal):
        if entry.api == api and any((s.job, s.machine) == wanted for s in entry.seen):
            then, polls = entry.at, polls - 1
            if polls <= 0:
                break
    return then


def _lying(rule: FaultRule, view: JobView, text: str) -> JobView:
    """Returns a view of a job with a false state."""
    if rule.job not in (None, view.timeline.record.shown_id):
        return view
    lying = JobView(view.timeline, view.now)
    lying.milestone = replace(view.milestone, state=replace(view.state, name=text))
    return lying


def _unended(rule: FaultRule, seen: ShownJob, text: str) -> ShownJob:
    return seen._replace(state=text, ended_at=None) if rule.job in (None, seen.job) else seen


# -- bodies ----------------------------------------------------------------------------------------


def _damaged(reply: Reply, fields: Mapping[str, Damage]) -> Reply:
    """Returns the reply with properties that are missing, null or of another type."""
    try:
        body = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return reply
    for path, damage in fields.items():
        _damage(body, path.split("."), damage)
    return reply._replace(body=orjson.dumps(body))


def _damage(node: Any, path: Sequence[str], damage: Damage) -> None:
    """Damages the value at a path, in every item of lists on the way."""
    if isinstance(node, list):
        for item in node:
            _damage(item, path, damage)
    elif isinstance(node, dict) and path[0] in node:
        if len(path) > 1:
            _damage(node[path[0]], path[1:], damage)
        elif damage == "missing":
            del node[path[0]]
        else:
            node[path[0]] = None if damage == "null" else _of_another_type(node[path[0]])


def _of_another_type(value: Any) -> Any:
    return {"value": value} if isinstance(value, str | int | float | bool) else str(value)


def _with_body(reply: Reply, body: Any) -> Reply:
    """Returns the reply with another body: one of the words, a text, or JSON."""
    if isinstance(body, str) and body in _DAMAGES:
        return _DAMAGES[body](reply)
    if isinstance(body, str):
        return reply._replace(body=body.encode())
    kind = reply.media_type if is_json(reply.media_type) else JSON
    return reply._replace(body=orjson.dumps(body), media_type=kind)


def _html(reply: Reply) -> Reply:
    """Returns a gateway's page."""
    title = f"{reply.status} {phrase(reply.status)}"
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    return reply._replace(body=page.encode(), media_type=_HTML)


def _malformed(reply: Reply) -> Reply:
    """Returns a reply whose JSON has one character too many."""
    return reply._replace(body=(reply.body or _ASSUMED_BODY) + b"}")


def _truncated(reply: Reply) -> Reply:
    """Returns the first half of a body, with a matching length."""
    body = reply.body or _ASSUMED_BODY
    return reply._replace(body=body[: math.ceil(len(body) / 2)])


_DAMAGES: Mapping[str, Callable[[Reply], Reply]] = {
    "empty": lambda reply: reply._replace(body=b""),
    "html": _html,
    "malformed": _malformed,
    "truncated": _truncated,
}
BODIES = tuple(_DAMAGES)
"""The words that `body` has."""


def _encoded(reply: Reply, encoding: str) -> Reply:
    """Returns the reply with a body that is not encoded as declared."""
    if encoding in CODINGS:
        return reply._replace(headers={**reply.headers, "Content-Encoding": encoding})
    text = reply.body.decode("utf-8", "replace")
    return reply._replace(body=text.encode(encoding, "replace"))


CODINGS = ("br", "deflate", "gzip", "zstd")
"""Content codings that a reply declares, but does not have."""
CHARSETS = ("latin-1", "utf-16", "utf-32")
"""Charsets that a body has, but does not declare."""


# -- headers and delivery --------------------------------------------------------------------------


def _with_headers(reply: Reply, fault: Fault, now: Moment) -> Reply:
    added = dict(fault.headers)
    kind = next((added.pop(n) for n in [*added] if n.lower() == "content-type"), None)
    headers = {**reply.headers, **_retry_after(fault, now), **added}
    return reply._replace(headers=headers, media_type=reply.media_type if kind is None else kind)


def _retry_after(fault: Fault, now: Moment) -> dict[str, str]:
    """Returns `Retry-After`: seconds, or a date of the sandbox's clock."""
    seconds = fault.retry_after
    if seconds is None:
        return {}
    if not fault.date:
        return {"Retry-After": str(int(seconds) if seconds == int(seconds) else seconds)}
    then = math.ceil(now / 1_000_000 + seconds)
    return {"Date": http_date(now // 1_000_000), "Retry-After": http_date(then)}


def http_date(seconds: int) -> str:
    """Formats a moment, in seconds since 1970, as HTTP does (RFC 9110, 5.6.7)."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def _delivery(fault: Fault, sandbox: Sandbox) -> Transmission | None:
    has_date = fault.date or any(name.lower() == "date" for name in fault.headers)
    if fault.delay is None and fault.drop is None and not has_date:
        return None
    return Transmission(sandbox, fault.delay or 0, fault.delayed, fault.drop, fault.reset)


def _preferred(code: int) -> FaultRule:
    """Returns the rule for a request that prefers a status."""
    applied = {"Preference-Applied": f"code={code}"}
    return FaultRule(id="", api="", fault=Fault(status=code, headers=applied))
